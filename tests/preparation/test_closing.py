"""The year under way is closed with its balance, the next one takes its place; undone while nothing moved."""

import json
from typing import Any

import pytest
from tests.bases import Base
from tests.exchange.schools_for_tests import ReadySchool
from tests.preparation.schools import (
    AUTUMN,
    BY,
    NEXT,
    YEAR,
    bring,
    plan,
    prepare_next,
    school_under_way,
    year_after,
)

from bascule.exchange.import_pipeline.conductor import reading
from bascule.journal.models import Act
from bascule.preparation.closing import (
    CannotCloseYearError,
    CannotReopenYearError,
    UnknownPupilsError,
    close_year,
    close_years,
    plan_closing,
    reopen_year,
)
from bascule.preparation.opening import open_next_year, undo_opening
from bascule.schools.open_year import State, YearClosedError, writable_year, year_of

LATE: dict[str, Any] = {"actor": "deep", "at": AUTUMN}


def two_years_open() -> ReadySchool:
    """Give a school whose two years are open, and of whose pupils one is not heard of."""
    return opened(1)


@pytest.fixture
def stage() -> Any:
    return two_years_open


@pytest.fixture
def school(stage: Any, base: Base) -> ReadySchool:
    return base.ready


def opened(number: int, *, without: int = 1) -> ReadySchool:
    school = school_under_way(8, number=number)
    open_next_year(uai=school.uai, year=NEXT, **BY)
    prepare_next(school)
    bring(school, year_after(school.population, without=without))
    return school


def states(school: ReadySchool) -> tuple[str, str]:
    return (
        year_of(uai=school.uai, year=YEAR).state,
        year_of(uai=school.uai, year=NEXT).state,
    )


def test_closing_makes_one_year_read_only_and_the_next_current(school: ReadySchool) -> None:
    balance = close_year(uai=school.uai, year=YEAR, unknown=1, **LATE)

    assert states(school) == (State.CLOSED, State.CURRENT)
    assert balance.unknown == 1
    with reading(school.uai):
        written = Act.objects.filter(uai=school.uai, kind="year.close").get()
        assert json.loads(written.payload)["facts"]["unknown"] == 1
        with pytest.raises(YearClosedError):
            writable_year(uai=school.uai, year=YEAR)


@pytest.mark.parametrize("typed", [None, 0, 2])
def test_unknown_pupils_hold_the_closing_until_their_number_is_typed(
    school: ReadySchool, typed: int | None
) -> None:
    with pytest.raises(UnknownPupilsError, match="1 élève de 2026-2027"):
        close_year(uai=school.uai, year=YEAR, unknown=typed, **LATE)

    assert states(school) == (State.CURRENT, State.PREPARATION)


def test_a_whole_balance_needs_no_number(base: Base) -> None:
    school = opened(1, without=0)

    close_year(uai=school.uai, year=YEAR, **LATE)

    assert states(school) == (State.CLOSED, State.CURRENT)


def test_a_year_without_a_next_one_is_not_closed(base: Base) -> None:
    school = school_under_way(4)

    with pytest.raises(CannotCloseYearError, match="ouvrez-la d’abord"):
        close_year(uai=school.uai, year=YEAR, unknown=9, **LATE)

    (found,) = plan_closing(uais=[school.uai], year=YEAR)
    assert not found.is_ready


def test_a_closing_is_undone_while_nothing_moved(school: ReadySchool) -> None:
    before = school.digest()
    close_year(uai=school.uai, year=YEAR, unknown=1, **LATE)

    reopen_year(uai=school.uai, year=YEAR, **LATE)

    assert states(school) == (State.CURRENT, State.PREPARATION)
    assert school.digest() == before
    close_year(uai=school.uai, year=YEAR, unknown=1, **LATE)
    assert states(school) == (State.CLOSED, State.CURRENT)


def test_an_opening_is_undone_even_after_a_closing_that_was(base: Base) -> None:
    school = school_under_way(4)
    before = school.digest()
    carried = open_next_year(uai=school.uai, year=NEXT, **BY).carried_count
    close_year(uai=school.uai, year=YEAR, unknown=carried, **LATE)
    reopen_year(uai=school.uai, year=YEAR, **LATE)

    undo_opening(uai=school.uai, year=NEXT, **LATE)

    assert school.digest() == before


def test_a_closing_stays_once_the_new_year_moved(school: ReadySchool) -> None:
    close_year(uai=school.uai, year=YEAR, unknown=1, **LATE)
    population = year_after(school.population, without=0)
    assert plan(school, population, send_number=2)
    bring(school, population, send_number=3)

    with pytest.raises(CannotReopenYearError, match="modifiée depuis"):
        reopen_year(uai=school.uai, year=YEAR, **LATE)

    assert states(school) == (State.CLOSED, State.CURRENT)


def test_what_was_not_closed_is_not_reopened(school: ReadySchool) -> None:
    with pytest.raises(CannotReopenYearError, match="n’est pas close"):
        reopen_year(uai=school.uai, year=YEAR, **LATE)


def test_several_schools_are_closed_by_the_sum_of_what_is_unknown(base: Base) -> None:
    schools = [opened(1), opened(2, without=2)]
    uais = [school.uai for school in schools]

    with pytest.raises(UnknownPupilsError, match="3 élèves"):
        close_years(uais=uais, year=YEAR, unknown=1, **LATE)
    assert states(schools[0]) == (State.CURRENT, State.PREPARATION)

    found = close_years(uais=uais, year=YEAR, unknown=3, **LATE)

    assert {uai: balance.unknown for uai, balance in found.items()} == dict(
        zip(uais, (1, 2), strict=True)
    )
    assert [states(school) for school in schools] == [(State.CLOSED, State.CURRENT)] * 2
