"""Close the year under way: it is read-only from then on, and the year in preparation is the one under way."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import connection

from bascule.errors import RefusedError
from bascule.ine.answers import NUMBER_ACTS
from bascule.journal.act import act
from bascule.journal.models import Act
from bascule.journal.reverse import events_of, reverse_act
from bascule.preparation.accounting import Balance, balances
from bascule.preparation.opening import YEARS, nothing_is_kept
from bascule.schools.directory import known_school
from bascule.schools.models import SchoolYear
from bascule.schools.open_year import years_of
from bascule.values import school_year

State = SchoolYear.State

CLOSE_ACT = "year.close"


class CannotCloseYearError(RefusedError):
    """The year cannot be closed as things stand.

    Args:
        uai (str): the school.
        year (int): the year.
        hindrance (str): French, why, and what to do.
    """

    code = "year.cannot-close"

    def __init__(self, uai: str, year: int, hindrance: str) -> None:
        super().__init__(
            f"L’année {school_year.label(year)} ne peut pas être close pour {uai}. {hindrance}"
        )
        self.uai, self.year, self.hindrance = uai, year, hindrance


class UnknownPupilsError(RefusedError):
    """Of some pupils it is not known what became of them, and their number was not typed.

    Args:
        year (int): the year.
        unknown (int): how many they are.
    """

    code = "year.unknown-pupils"

    def __init__(self, year: int, unknown: int) -> None:
        who = f"{unknown} élèves" if unknown > 1 else f"{unknown} élève"
        super().__init__(
            f"{who} de {school_year.label(year)}, sans départ ni inscription confirmée en"
            f" {school_year.label(year + 1)} : le bilan n’est pas complet. Attendez le fichier de"
            f" l’établissement, ou saisissez ce nombre ({unknown}) pour clore malgré tout."
            " Rien n’a été changé."
        )
        self.year, self.unknown = year, unknown


class CannotReopenYearError(RefusedError):
    """The closing of a year can no longer be undone, or there is none.

    Args:
        uai (str): the school.
        year (int): the year.
        reason (str): French, why.
    """

    code = "year.cannot-reopen"

    def __init__(self, uai: str, year: int, reason: str) -> None:
        super().__init__(
            f"La clôture de l’année {school_year.label(year)} ne peut pas être annulée pour {uai} :"
            f" {reason}. Rien n’a été changé. Appelez l’exploitation s’il faut encore modifier cette année."
        )
        self.uai, self.year, self.reason = uai, year, reason


@dataclass(frozen=True, slots=True)
class ClosingPlan:
    """What stands between a school and the closing of a year.

    Attributes:
        uai: the school.
        has_year: it has the year, in whatever state.
        is_closed: it is closed already.
        hindrance: French, why it cannot be; blank for nothing.
        balance: its pupils in the year after.
    """

    uai: str
    has_year: bool
    is_closed: bool
    hindrance: str
    balance: Balance

    @property
    def is_ready(self) -> bool:
        """Tell whether it can be closed, unknown pupils apart."""
        return not self.is_closed and not self.hindrance


def plan_closing(*, uais: Sequence[str], year: int) -> list[ClosingPlan]:
    """Tell, school by school, whether a year may be closed, and the balance of its pupils.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        year (int): the year to close.

    Returns:
        list[ClosingPlan]: in the order given.
    """
    states: dict[str, dict[int, str]] = {}
    for row in years_of(*uais):
        states.setdefault(row.uai, {})[row.year] = row.state
    found = balances(uais=uais, year=year)
    return [
        ClosingPlan(
            uai,
            year in states.get(uai, {}),
            states.get(uai, {}).get(year) == State.CLOSED,
            _hindrance(states.get(uai, {}), year),
            found[uai],
        )
        for uai in uais
    ]


def close_year(
    *, uai: str, year: int, actor: str, at: datetime, unknown: int | None = None
) -> Balance:
    """Close a year of a school; the next one is under way. One act.

    Args:
        uai (str): the school.
        year (int): the year under way, to close.
        actor (str): who closes it.
        at (datetime): when, with its time zone.
        unknown (int | None): the number of pupils of whom nothing is known, typed by the authority.

    Returns:
        Balance: its pupils in the year after, as the act keeps it.

    Raises:
        CannotCloseYearError: if it is not under way, or the next one is not in preparation.
        UnknownPupilsError: if of some pupils nothing is known, and their number is not the one given.
    """
    known_school(uai)
    with act(uai=uai, kind=CLOSE_ACT, actor=actor, at=at) as opened:
        years = {row.year: row for row in SchoolYear.objects.filter(uai=uai)}
        hindrance = _hindrance({row.year: row.state for row in years.values()}, year)
        if hindrance:
            raise CannotCloseYearError(uai, year, hindrance)
        balance = balances(uais=[uai], year=year)[uai]
        if balance.unknown and balance.unknown != unknown:
            raise UnknownPupilsError(year, balance.unknown)
        opened.facts |= {"year": year, **asdict(balance)}
        _put(years[year], State.CLOSED, opened.id)
        _put(years[year + 1], State.CURRENT, opened.id)
        return balance


def close_years(
    *, uais: Sequence[str], year: int, actor: str, at: datetime, unknown: int | None = None
) -> dict[str, Balance]:
    """Close a year of several schools, each by its own act; none of them if the sums do not allow it.

    Args:
        uais (Sequence[str]): the schools.
        year (int): the year under way, to close.
        actor (str): who closes it.
        at (datetime): when, with its time zone.
        unknown (int | None): the number of pupils of whom nothing is known, all schools together.

    Returns:
        dict[str, Balance]: by school.

    Raises:
        UnknownPupilsError: if of some pupils nothing is known, and their number is not the one given.
    """
    plans = plan_closing(uais=uais, year=year)
    for plan in plans:
        if plan.hindrance:
            raise CannotCloseYearError(plan.uai, year, plan.hindrance)
    total = sum(plan.balance.unknown for plan in plans)
    if total and total != unknown:
        raise UnknownPupilsError(year, total)
    return {
        plan.uai: close_year(
            uai=plan.uai, year=year, actor=actor, at=at, unknown=plan.balance.unknown
        )
        for plan in plans
    }


def reopen_year(*, uai: str, year: int, actor: str, at: datetime) -> None:
    """Undo the closing of a year, as one act, while nothing was written in the school since.

    Args:
        uai (str): the school.
        year (int): the year that was closed.
        actor (str): who undoes it.
        at (datetime): when, with its time zone.

    Raises:
        CannotReopenYearError: if it was not closed so, or something was written since.
    """
    known_school(uai)
    with act(uai=uai, kind="year.reopen", actor=actor, at=at) as opened:
        years = {row.year: row for row in SchoolYear.objects.filter(uai=uai)}
        closed, current = years.get(year), years.get(year + 1)
        if closed is None or closed.state != State.CLOSED:
            raise CannotReopenYearError(uai, year, "elle n’est pas close")
        by_closing = Act.objects.filter(uai=uai, pk=closed.act_id, kind=CLOSE_ACT).exists()
        if not by_closing or current is None:
            raise CannotReopenYearError(uai, year, "elle n’a pas été close avec son bilan")
        if current.act_id != closed.act_id or _written_since(uai, year, closed.act_id):
            raise CannotReopenYearError(
                uai, year, f"l’année {school_year.label(year + 1)} a été modifiée depuis"
            )
        opened.facts |= {"year": year, "closing": closed.act_id}
        # Both years are as they were, down to the act that they name: what could be undone then still can.
        reverse_act(
            opened,
            reversed_act_id=closed.act_id,
            events=events_of(uai=uai, act_id=closed.act_id),
            tables=(YEARS,),
            values=(),
            is_kept=nothing_is_kept,
            own_columns={},
        )


def _hindrance(states: dict[int, str], year: int) -> str:
    label, after = school_year.label(year), school_year.label(year + 1)
    state = states.get(year)
    if state == State.CLOSED:
        return f"L’année {label} est déjà close."
    if state is None:
        return f"L’année {label} n’existe pas."
    if state == State.PREPARATION:
        return f"L’année {label} est en préparation : elle doit d’abord être en cours."
    if states.get(year + 1) != State.PREPARATION:
        return f"L’année {after} n’est pas en préparation : ouvrez-la d’abord."
    return ""


def _put(row: SchoolYear, state: State, act_id: int) -> None:
    row.state, row.act_id = state, act_id
    row.save(update_fields=["state", "act_id"])


def _written_since(uai: str, year: int, act_id: int) -> bool:
    """Tell whether anything was written in the school, or undone, after an act; national numbers apart."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM journal_history h JOIN journal_act a ON a.id = h.act_id AND a.uai = h.uai"
            " WHERE h.uai = %s AND h.act_id > %s AND h.table_name LIKE 'students%%' AND NOT a.kind = ANY(%s))"
            " OR EXISTS (SELECT FROM students_enrolment"
            " WHERE uai = %s AND year >= %s AND act_id > %s) OR EXISTS (SELECT FROM journal_yearmilestone"
            " WHERE uai = %s AND year >= %s AND act_id > %s)",
            [uai, act_id, list(NUMBER_ACTS), uai, year, act_id, uai, year, act_id],
        )
        return bool(cursor.fetchone()[0])
