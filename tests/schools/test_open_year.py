from datetime import UTC, date, datetime
from typing import Any

import pytest

from bascule.journal.verify import verify_chain
from bascule.schools.directory import UnknownSchoolError, register_school
from bascule.schools.open_year import (
    AnotherYearInStateError,
    State,
    WrongBoundsError,
    YearAlreadyOpenError,
    YearNotOpenError,
    change_state,
    open_year,
    year_of,
    years_of,
)
from bascule.values.uai import make_uai

UAI = make_uai("099", 1)
OTHER = make_uai("099", 2)
AT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
BY: dict[str, Any] = {"actor": "deep", "at": AT}


@pytest.fixture(autouse=True)
def _schools(base: Any) -> None:
    for uai in (UAI, OTHER):
        register_school(uai=uai, name="École fictive", **BY)


def test_a_year_opens_in_preparation_from_september_to_august() -> None:
    open_year(uai=UAI, year=2026, **BY)

    row = year_of(uai=UAI, year=2026)
    assert (row.state, row.starts_on, row.ends_on) == (
        State.PREPARATION,
        date(2026, 9, 1),
        date(2027, 8, 31),
    )


def test_a_year_takes_the_days_given() -> None:
    days = {"starts_on": date(2026, 8, 31), "ends_on": date(2027, 7, 3)}

    open_year(uai=UAI, year=2026, **days, **BY)

    row = year_of(uai=UAI, year=2026)
    assert {"starts_on": row.starts_on, "ends_on": row.ends_on} == days


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (date(2025, 9, 1), date(2027, 8, 31)),
        (date(2026, 9, 1), date(2026, 12, 31)),
        (date(2027, 9, 1), date(2026, 8, 31)),
    ],
)
def test_days_that_do_not_bound_the_year_are_refused(starts_on: date, ends_on: date) -> None:
    with pytest.raises(WrongBoundsError):
        open_year(uai=UAI, year=2026, starts_on=starts_on, ends_on=ends_on, **BY)

    assert years_of(UAI) == []


def test_a_year_opens_once() -> None:
    open_year(uai=UAI, year=2026, **BY)

    with pytest.raises(YearAlreadyOpenError):
        open_year(uai=UAI, year=2026, state=State.CURRENT, **BY)

    assert [row.state for row in years_of(UAI)] == [State.PREPARATION]


def test_two_years_are_open_at_once_one_under_way_and_one_in_preparation() -> None:
    open_year(uai=UAI, year=2025, state=State.CURRENT, **BY)
    open_year(uai=UAI, year=2026, **BY)

    assert [(row.year, row.state) for row in years_of(UAI)] == [
        (2025, State.CURRENT),
        (2026, State.PREPARATION),
    ]


@pytest.mark.parametrize("state", [State.PREPARATION, State.CURRENT])
def test_a_second_year_in_the_same_open_state_is_refused(state: State) -> None:
    open_year(uai=UAI, year=2025, state=state, **BY)

    with pytest.raises(AnotherYearInStateError):
        open_year(uai=UAI, year=2026, state=state, **BY)


def test_a_year_of_another_school_does_not_stand_in_the_way() -> None:
    open_year(uai=OTHER, year=2026, state=State.CURRENT, **BY)

    open_year(uai=UAI, year=2026, state=State.CURRENT, **BY)

    assert [row.uai for row in years_of(UAI)] == [UAI]
    assert len(years_of(UAI, OTHER)) == 2


def test_a_school_outside_the_directory_has_no_year() -> None:
    with pytest.raises(UnknownSchoolError):
        open_year(uai=make_uai("099", 3), year=2026, **BY)


def test_the_switch_over_closes_the_year_under_way_then_starts_the_other() -> None:
    open_year(uai=UAI, year=2025, state=State.CURRENT, **BY)
    open_year(uai=UAI, year=2026, **BY)

    with pytest.raises(AnotherYearInStateError):
        change_state(uai=UAI, year=2026, state=State.CURRENT, **BY)
    change_state(uai=UAI, year=2025, state=State.CLOSED, **BY)
    change_state(uai=UAI, year=2026, state=State.CURRENT, **BY)

    assert [row.state for row in years_of(UAI)] == [State.CLOSED, State.CURRENT]


def test_the_state_it_already_has_writes_nothing() -> None:
    opened = open_year(uai=UAI, year=2026, **BY)

    again = change_state(uai=UAI, year=2026, state=State.PREPARATION, **BY)

    assert again.pk == opened.pk
    assert verify_chain(uai=UAI).count == 1


def test_the_state_of_a_year_not_open_is_refused() -> None:
    with pytest.raises(YearNotOpenError):
        change_state(uai=UAI, year=2026, state=State.CLOSED, **BY)
