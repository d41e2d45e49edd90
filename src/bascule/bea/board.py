"""What a school reads of its nights: the last one, those before, each line, and who is kept back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.db import transaction

from bascule.bea.models import Line, Record, Transfer
from bascule.bea.reasons import words_of
from bascule.errors import NotThereError
from bascule.exchange.rules.book import BY_CODE
from bascule.store.policies import open_schools
from bascule.students.models import Student
from bascule.values.civil_identity import display, key as plain

#: Lines and nights on a page.
PAGE: Final = 50

Outcome = Line.Outcome


class UnknownTransferError(NotThereError):
    """The school has no such transfer that year."""

    code = "bea.unknown-transfer"

    def __init__(self) -> None:
        super().__init__("Cette nuit n’a rien envoyé pour l’établissement cette année-là.")


class Why(NamedTuple):
    """One reason.

    Attributes:
        code: it, for ever the same.
        words: French.
        is_anomaly: whether it is a rule of the imports, whose anomalies the school corrects.
    """

    code: str
    words: str
    is_anomaly: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of an acknowledgement.

    Attributes:
        pupil_id: the pupil.
        name: NAME First name; blank when nobody knows it any more.
        division: code, may be blank.
        outcome: what became of the pupil.
        label: the same, in French.
        reasons: why, or what changed.
        given_ine: the national number that came back; may be blank.
        is_in_school: whether the school still has the record.
        replaced_by: the pupil who bears the number now, for one withdrawn.
    """

    pupil_id: int
    name: str
    division: str
    outcome: str
    label: str
    reasons: tuple[Why, ...]
    given_ine: str
    is_in_school: bool
    replaced_by: int | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which lines one looks for; what is blank restricts nothing.

    Attributes:
        outcomes: what became of them.
        division: one division.
        reason: one reason.
        text: words of a name.
        has_number: only those to whom a national number came.
        page: from 1.
    """

    outcomes: tuple[str, ...] = ()
    division: str = ""
    reason: str = ""
    text: str = ""
    has_number: bool = False
    page: int = 1


#: Kept back before the base, or by it.
KEPT_BACK: Final = (Outcome.BLOCKED, Outcome.REFUSED)


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of an acknowledgement, as filtered.

    Attributes:
        rows: of the page, by division then name.
        count: on all pages.
        outcomes: how many of each outcome, filters apart.
        divisions: those that have any, filters apart.
        reasons: how many of each reason, filters apart, the most met first.
    """

    rows: tuple[Shown, ...]
    count: int
    outcomes: dict[str, int]
    divisions: tuple[str, ...]
    reasons: tuple[tuple[Why, int], ...]


def last_transfer(*, uai: str, year: int) -> Transfer | None:
    """Read the last night that did something of a school's year.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        Transfer | None: what was sent; None before a first night.
    """
    return next(iter(transfers(uai=uai, year=year, most=1)), None)


def transfers(
    *, uai: str, year: int, most: int = PAGE, before: int | None = None
) -> list[Transfer]:
    """List the nights of a school's year, the latest first.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        most (int): how many at most.
        before (int | None): older than this one: the next page.

    Returns:
        list[Transfer]: what was sent each night.
    """
    with transaction.atomic():
        open_schools(uai)
        lines = Transfer.objects.filter(uai=uai, year=year).exclude(state=Transfer.State.TO_DO)
        if before is not None:
            lines = lines.filter(pk__lt=before)
        return list(lines.order_by("-pk")[:most])


def read_transfer(*, uai: str, year: int, transfer_id: int) -> Transfer:
    """Read one night of a school's year.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        transfer_id (int): its number.

    Returns:
        Transfer: what was sent.

    Raises:
        UnknownTransferError: if the year has none of this number.
    """
    with transaction.atomic():
        open_schools(uai)
        found = Transfer.objects.filter(uai=uai, year=year, pk=transfer_id).first()
    if found is None:
        raise UnknownTransferError
    return found


def read_lines(*, transfer: Transfer, filters: Filters | None = None) -> Lines:
    """Read the lines of an acknowledgement.

    Args:
        transfer (Transfer): of which night; when nothing moved then, those that still stand are kept back.
        filters (Filters | None): which; None for all.

    Returns:
        Lines: as filtered.
    """
    filters = filters or Filters()
    with transaction.atomic():
        open_schools(transfer.uai)
        found = Line.objects.filter(uai=transfer.uai, transfer_id=transfer.lines_id or transfer.pk)
        if transfer.lines_id != transfer.pk:
            # The others moved another night.
            found = found.filter(outcome__in=KEPT_BACK)
        every = _shown(transfer.uai, list(found))
    rows = [one for one in every if _is_wanted(one, filters)]
    start = (max(filters.page, 1) - 1) * PAGE
    return Lines(
        rows=tuple(rows[start : start + PAGE]),
        count=len(rows),
        outcomes=_counts(one.outcome for one in every),
        divisions=tuple(sorted({one.division for one in every if one.division})),
        reasons=tuple(
            (_why(code), count)
            for code, count in _counts(why.code for one in every for why in one.reasons).items()
        ),
    )


def blocked(*, uai: str, year: int, filters: Filters | None = None) -> Lines:
    """List the pupils whom the last night kept back.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        filters (Filters | None): which; outcomes apart.

    Returns:
        Lines: as filtered; none before a first night.
    """
    filters = filters or Filters()
    last = last_transfer(uai=uai, year=year)
    if last is None:
        return Lines((), 0, {}, (), ())
    kept = Filters(
        outcomes=tuple(str(one) for one in KEPT_BACK), division=filters.division, reason=filters.reason,
        text=filters.text, page=filters.page,
    )  # fmt: skip
    return read_lines(transfer=last, filters=kept)


def names_of(uai: str, ids: Iterable[int]) -> dict[int, tuple[str, bool]]:
    """Name pupils, those whose record is gone as the base knew them last.

    Args:
        uai (str): the school; it is open.
        ids (Iterable[int]): the pupils.

    Returns:
        dict[int, tuple[str, bool]]: name, and whether the school still has the record.
    """
    wanted = set(ids)
    columns = ("family_name", "usual_name", "first_name")
    found = {
        pk: (display(*names), True)
        for pk, *names in Student.objects.filter(uai=uai, pk__in=wanted).values_list("pk", *columns)
    }
    gone = Record.objects.filter(uai=uai, student_id__in=wanted - found.keys()).order_by("pk")
    return found | {
        pk: (display(*names), False) for pk, *names in gone.values_list("student_id", *columns)
    }


def why(codes: Iterable[str]) -> tuple[Why, ...]:
    """Tell reasons.

    Args:
        codes (Iterable[str]): their codes.

    Returns:
        tuple[Why, ...]: in the same order.
    """
    return tuple(_why(code) for code in codes)


def _why(code: str) -> Why:
    return Why(code, words_of(code), code in BY_CODE)


def _counts(values: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _shown(uai: str, lines: Sequence[Line]) -> list[Shown]:
    names = names_of(uai, (line.student_id for line in lines))
    shown = [
        Shown(
            pupil_id=line.student_id,
            name=names.get(line.student_id, ("", False))[0],
            division=line.division,
            outcome=line.outcome,
            label=line.get_outcome_display(),
            reasons=why(line.reasons),
            given_ine=line.given_ine,
            is_in_school=names.get(line.student_id, ("", False))[1],
            replaced_by=line.replaced_by,
        )
        for line in lines
    ]
    return sorted(shown, key=lambda one: (one.division, one.name, one.pupil_id))


def _is_wanted(one: Shown, filters: Filters) -> bool:
    wanted = plain(filters.text).split()
    return (
        (not filters.outcomes or one.outcome in filters.outcomes)
        and (not filters.division or one.division == filters.division)
        and (not filters.reason or filters.reason in {why.code for why in one.reasons})
        and (not filters.has_number or bool(one.given_ine))
        and all(word in plain(one.name) for word in wanted)
    )
