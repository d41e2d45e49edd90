"""Open, switch over and close the years of a school.

A school has at most one year in preparation and one under way; both may be written.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from bascule.errors import RefusedError
from bascule.journal.act import act
from bascule.journal.milestones import Milestone, reach
from bascule.schools.directory import known_school
from bascule.schools.models import SchoolYear
from bascule.store.policies import open_schools
from bascule.values import school_year
from bascule.values.steps import MissingStepError, NextAct, Step

State = SchoolYear.State


class YearAlreadyOpenError(RefusedError):
    """The year is already there.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        state (str): its state, in French.
    """

    code = "school-year.already-open"

    def __init__(self, uai: str, year: int, state: str) -> None:
        super().__init__(
            f"L’année {school_year.label(year)} existe déjà pour {uai} : elle est {state}. Il n’y a rien à ouvrir."
        )
        self.uai, self.year, self.state = uai, year, state


class YearNotOpenError(MissingStepError):
    """The school does not have this year.

    Args:
        uai (str): the school.
        year (int): first calendar year.
    """

    code = "school-year.not-open"

    def __init__(self, uai: str, year: int) -> None:
        super().__init__(
            Step.YEAR,
            NextAct.WAIT_FOR_YEAR,
            uai=uai,
            year=year,
            sentence=f"L’année {school_year.label(year)} n’est pas ouverte pour {uai} : ouvrez-la d’abord.",
        )


class YearClosedError(RefusedError):
    """The year is closed: nothing of it changes any more.

    Args:
        uai (str): the school.
        year (int): first calendar year.
    """

    code = "school-year.closed"

    def __init__(self, uai: str, year: int) -> None:
        super().__init__(
            f"L’année {school_year.label(year)} est close pour {uai} : elle ne se modifie plus. Choisissez l’année"
            " en cours."
        )
        self.uai, self.year = uai, year


class AnotherYearInStateError(RefusedError):
    """Another year of the school already is what this one should become.

    Args:
        uai (str): the school.
        other (int): first calendar year of the other.
        state (str): the state, in French.
    """

    code = "school-year.another-in-state"

    def __init__(self, uai: str, other: int, state: str) -> None:
        super().__init__(
            f"L’année {school_year.label(other)} est déjà {state} pour {uai} :"
            " changez d’abord son état."
        )
        self.uai, self.other, self.state = uai, other, state


class WrongBoundsError(RefusedError):
    """The days given cannot bound the year.

    Args:
        year (int): first calendar year.
        starts_on (date): first day given.
        ends_on (date): last day given.
    """

    code = "school-year.wrong-bounds"

    def __init__(self, year: int, starts_on: date, ends_on: date) -> None:
        super().__init__(
            f"L’année {school_year.label(year)} ne peut pas aller du {starts_on:%d/%m/%Y} au"
            f" {ends_on:%d/%m/%Y} : elle commence en {year} et finit en {year + 1}. Corrigez ses dates."
        )
        self.year, self.starts_on, self.ends_on = year, starts_on, ends_on


def open_year(
    *,
    uai: str,
    year: int,
    actor: str,
    at: datetime,
    state: State = State.PREPARATION,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> SchoolYear:
    """Open a year for a school.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        actor (str): who opens it.
        at (datetime): when, with its time zone.
        state (State): in preparation, or under way.
        starts_on (date | None): first day; None for 1 September.
        ends_on (date | None): last day, included; None for 31 August.

    Returns:
        SchoolYear: the year.

    Raises:
        YearAlreadyOpenError: if the school already has it.
    """
    known_school(uai)
    starts_on = starts_on or school_year.starts_on(year)
    ends_on = ends_on or school_year.ends_on(year)
    check_bounds(year, starts_on, ends_on)
    with act(uai=uai, kind="school-year.open", actor=actor, at=at) as opened:
        years = _years(uai)
        if year in years:
            raise YearAlreadyOpenError(uai, year, years[year].get_state_display())
        _refuse_second(years.values(), state)
        opened.facts |= {
            "year": year,
            "state": state.value,
            "starts_on": starts_on.isoformat(),
            "ends_on": ends_on.isoformat(),
        }
        row = SchoolYear(uai=uai, year=year, state=state, starts_on=starts_on, ends_on=ends_on)
        row.save(force_insert=True)
        reach(opened, Milestone.YEAR_OPENED, year=year)
        return row


def change_state(*, uai: str, year: int, state: State, actor: str, at: datetime) -> SchoolYear:
    """Bring a year into another state: under way, closed, or back.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        state (State): the state wanted.
        actor (str): who decides it.
        at (datetime): when, with its time zone.

    Returns:
        SchoolYear: the year; unchanged, and no act kept, when it already was in that state.

    Raises:
        YearNotOpenError: if the school does not have it.
    """
    row = year_of(uai=uai, year=year)
    if row.state == state:
        return row
    with act(uai=uai, kind="school-year.state", actor=actor, at=at) as opened:
        years = _years(uai)
        if year not in years:
            raise YearNotOpenError(uai, year)
        row = years.pop(year)
        _refuse_second(years.values(), state)
        opened.facts |= {"year": year, "before": row.state, "after": state.value}
        row.state = state
        row.act_id = opened.id
        row.save(update_fields=["state", "act_id"])
    return row


def writable_year(*, uai: str, year: int) -> SchoolYear:
    """Read a year that is about to be written; its school is open, in an act.

    Args:
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        SchoolYear: the year.

    Raises:
        YearNotOpenError: if the school does not have it.
        YearClosedError: if it is closed.
    """
    return writable(find_year(uai=uai, year=year), uai=uai, year=year)


def find_year(*, uai: str, year: int) -> SchoolYear | None:
    """Read a year that may not be there; its school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        SchoolYear | None: the year, whatever its state.
    """
    return SchoolYear.objects.filter(uai=uai, year=year).first()


def writable(row: SchoolYear | None, *, uai: str, year: int) -> SchoolYear:
    """Refuse a year that may not be written.

    Args:
        row (SchoolYear | None): what `find_year` found.
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        SchoolYear: the year.

    Raises:
        YearNotOpenError: if the school does not have it.
        YearClosedError: if it is closed.
    """
    if row is None:
        known_school(uai)
        raise YearNotOpenError(uai, year)
    if row.state == State.CLOSED:
        raise YearClosedError(uai, year)
    return row


def refuse_closed_year(*, uai: str, year: int) -> None:
    """Refuse what would change a closed year; a year not open yet is no hindrance.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Raises:
        YearClosedError: if it is closed.
    """
    if any(row.year == year and row.state == State.CLOSED for row in years_of(uai)):
        raise YearClosedError(uai, year)


def year_of(*, uai: str, year: int) -> SchoolYear:
    """Read a year of a school.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        SchoolYear: the year, whatever its state.

    Raises:
        YearNotOpenError: if the school does not have it.
    """
    row = next((row for row in years_of(uai) if row.year == year), None)
    if row is None:
        known_school(uai)
        raise YearNotOpenError(uai, year)
    return row


def years_of(*uais: str) -> list[SchoolYear]:
    """Read the years of schools.

    Args:
        *uais (str): the schools; they are opened for reading.

    Returns:
        list[SchoolYear]: by school, then by year.
    """
    with transaction.atomic():
        open_schools(*uais)
        return list(SchoolYear.objects.filter(uai__in=uais).order_by("uai", "year"))


def years_known() -> list[int]:
    """List the years that any school has, of the schools that are open.

    Returns:
        list[int]: first calendar years, the earliest first.
    """
    years = SchoolYear.objects.order_by("year").values_list("year", flat=True)
    return list(years.distinct())


def check_bounds(year: int, starts_on: date, ends_on: date) -> None:
    """Refuse days that cannot bound a year.

    Args:
        year (int): first calendar year.
        starts_on (date): first day.
        ends_on (date): last day, included.

    Raises:
        WrongBoundsError: if the first is not in that calendar year, or the last in the next.
    """
    if (starts_on.year, ends_on.year) != (year, year + 1):
        raise WrongBoundsError(year, starts_on, ends_on)


def _years(uai: str) -> dict[int, SchoolYear]:
    return {row.year: row for row in SchoolYear.objects.filter(uai=uai)}


def _refuse_second(others: Iterable[SchoolYear], state: State) -> None:
    if state == State.CLOSED:
        return
    for other in others:
        if other.state == state:
            raise AnotherYearInStateError(other.uai, other.year, state.label)
