"""Open a constat for a year, change its days, close it: the authority's acts."""

from datetime import date, datetime
from typing import Any, Final

from django.db import OperationalError, transaction

from bascule.constat.models import Part, Round, Signature
from bascule.errors import NotThereError, RefusedError
from bascule.journal.act import AUTHORITY, act
from bascule.schools.directory import school_numbers
from bascule.schools.models import SchoolYear
from bascule.store.locks import LOCK_NOT_AVAILABLE
from bascule.store.policies import open_schools
from bascule.values import school_year

OPEN_ACT: Final = "constat.open"
PROLONG_ACT: Final = "constat.prolong"
CLOSE_ACT: Final = "constat.close"


class AlreadyOpenError(RefusedError):
    """The year has its constat."""

    code = "constat.already-open"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"Le constat de rentrée {school_year.label(year)} est déjà ouvert : vous pouvez le prolonger ou le clore."
        )


class DaysOutOfOrderError(RefusedError):
    """The days do not follow each other, or are not of the year."""

    code = "constat.days"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"Les dates ne conviennent pas : le jour d’observation est dans l’année {school_year.label(year)}, et la"
            " fin ne précède ni l’ouverture ni l’observation. Corrigez-les."
        )


class NobodyConcernedError(RefusedError):
    """No school has the year."""

    code = "constat.nobody"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"Aucun établissement n’a l’année {school_year.label(year)} : ouvrez-la avant le constat."
        )


class SignedAlreadyError(RefusedError):
    """Schools signed for the day that would change."""

    code = "constat.signed-already"

    def __init__(self) -> None:
        super().__init__(
            "Des établissements ont déjà signé : seul le dernier jour peut encore changer. Pour compter un autre jour,"
            " rouvrez d’abord leurs constats."
        )


class SigningNowError(RefusedError):
    """A head is signing: her school's part is held until she has."""

    code = "constat.signing-now"

    def __init__(self) -> None:
        super().__init__(
            "Un chef d’établissement signe en ce moment : rien n’est changé. Attendez une minute, puis recommencez."
        )


class NoRoundError(NotThereError):
    """The year has no constat, or none that is still open."""

    code = "constat.not-open"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"Il n’y a pas de constat ouvert pour {school_year.label(year)} : ouvrez-le d’abord."
        )


def round_of(*, year: int) -> Round | None:
    """Read the constat of a year.

    Args:
        year (int): first calendar year.

    Returns:
        Round | None: as the authority opened it.
    """
    with transaction.atomic():
        open_schools(AUTHORITY)
        return Round.objects.filter(uai=AUTHORITY, year=year).first()


def open_round(
    *, year: int, opens_on: date, closes_on: date, observed_on: date, actor: str, at: datetime
) -> Round:
    """Open the constat of a year to every school that has it.

    Args:
        year (int): first calendar year.
        opens_on (date): first day on which a head may sign.
        closes_on (date): last day; who has not signed then is late.
        observed_on (date): day on which pupils are counted.
        actor (str): who opens.
        at (datetime): when.

    Returns:
        Round: the constat.

    Raises:
        DaysOutOfOrderError: if the days do not follow each other.
        AlreadyOpenError: if the year has its constat.
        NobodyConcernedError: if no school has the year.
    """
    days = {"opens_on": opens_on, "closes_on": closes_on, "observed_on": observed_on}
    _check(year, **days)
    with act(uai=AUTHORITY, kind=OPEN_ACT, actor=actor, at=at) as opened:
        open_schools(AUTHORITY, *school_numbers())
        if Round.objects.filter(uai=AUTHORITY, year=year).exists():
            raise AlreadyOpenError(year)
        years = SchoolYear.objects.filter(year=year).order_by("uai")
        uais = list(years.values_list("uai", flat=True))
        if not uais:
            raise NobodyConcernedError(year)
        Part.objects.bulk_create([Part(uai=uai, year=year, **days) for uai in uais])
        opened.facts |= {
            "year": year,
            "schools": len(uais),
            **{name: day.isoformat() for name, day in days.items()},
        }
        return Round.objects.create(uai=AUTHORITY, year=year, opened_at=at, opened_by=actor, **days)


def change_days(
    *,
    year: int,
    closes_on: date,
    opens_on: date | None = None,
    observed_on: date | None = None,
    actor: str,
    at: datetime,
) -> Round:
    """Change the days of a constat, which is open again if it was closed; schools that came meanwhile enter it.

    Args:
        year (int): first calendar year.
        closes_on (date): last day.
        opens_on (date | None): first day; None leaves it.
        observed_on (date | None): day on which pupils are counted; None leaves it.
        actor (str): who.
        at (datetime): when.

    Returns:
        Round: the constat.

    Raises:
        NoRoundError: if the year has none.
        DaysOutOfOrderError: if the days do not follow each other.
        SignedAlreadyError: if another day than the last would change after a signature.
        SigningNowError: if a head is signing, and takes her time.
    """
    with act(uai=AUTHORITY, kind=PROLONG_ACT, actor=actor, at=at) as opened:
        open_schools(AUTHORITY, *school_numbers())
        found = Round.objects.filter(uai=AUTHORITY, year=year).first()
        if found is None:
            raise NoRoundError(year)
        before = found.opens_on, found.observed_on
        days = {
            "opens_on": opens_on or found.opens_on,
            "closes_on": closes_on,
            "observed_on": observed_on or found.observed_on,
        }
        _check(year, **days)
        # First: who signs holds her school's part, and has then signed, or has yet to read these days.
        _change_parts(year, **days, closed_at=None)
        is_signed = Signature.objects.filter(year=year, withdrawn_at=None).exists()
        if is_signed and (days["opens_on"], days["observed_on"]) != before:
            raise SignedAlreadyError
        was_closed = found.closed_at is not None
        known = set(Part.objects.filter(year=year).values_list("uai", flat=True))
        years = SchoolYear.objects.filter(year=year).exclude(uai__in=known)
        new = [Part(uai=uai, year=year, **days) for uai in years.values_list("uai", flat=True)]
        Part.objects.bulk_create(new)
        Round.objects.filter(pk=found.pk).update(**days, closed_at=None, closed_by="")
        opened.facts |= {
            "year": year,
            "new": len(new),
            "was_closed": was_closed,
            **{name: day.isoformat() for name, day in days.items()},
        }
        found.refresh_from_db()
    return found


def close_round(*, year: int, actor: str, at: datetime) -> Round:
    """Close a constat: nobody signs any more, unless the authority reopens a school's.

    Args:
        year (int): first calendar year.
        actor (str): who.
        at (datetime): when.

    Returns:
        Round: the constat.

    Raises:
        NoRoundError: if none is open.
        SigningNowError: if a head is signing, and takes her time.
    """
    with act(uai=AUTHORITY, kind=CLOSE_ACT, actor=actor, at=at) as opened:
        open_schools(AUTHORITY, *school_numbers())
        found = Round.objects.filter(uai=AUTHORITY, year=year, closed_at=None).first()
        if found is None:
            raise NoRoundError(year)
        _change_parts(year, closed_at=at)
        found.closed_at, found.closed_by = at, actor
        found.save(update_fields=["closed_at", "closed_by"])
        opened.facts |= {"year": year}
    return found


def _change_parts(year: int, **values: Any) -> None:
    try:
        Part.objects.filter(year=year).update(**values)
    except OperationalError as fault:
        if getattr(fault.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise SigningNowError from fault
        raise


def _check(year: int, opens_on: date, closes_on: date, observed_on: date) -> None:
    in_year = school_year.starts_on(year) <= observed_on <= school_year.ends_on(year)
    if not in_year or closes_on < max(opens_on, observed_on):
        raise DaysOutOfOrderError(year)
