from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from bascule.values import school_year

YEARS = st.integers(1900, 2098)


def test_a_school_year_is_named_by_its_two_calendar_years() -> None:
    assert school_year.label(2026) == "2026-2027"


def test_it_runs_from_september_to_the_end_of_august() -> None:
    assert school_year.starts_on(2026) == date(2026, 9, 1)
    assert school_year.ends_on(2026) == date(2027, 8, 31)


@given(YEARS)
def test_school_years_follow_each_other_without_a_gap(year: int) -> None:
    assert school_year.ends_on(year) + timedelta(days=1) == school_year.starts_on(year + 1)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_each_day_falls_in_its_school_year(day: date) -> None:
    year = school_year.school_year_of(day)

    assert school_year.starts_on(year) <= day <= school_year.ends_on(year)


@given(YEARS)
def test_what_is_written_is_read_again(year: int) -> None:
    assert school_year.parse(school_year.label(year)) == year
    assert school_year.parse(str(year)) == year


@pytest.mark.parametrize("text", ["2026-27", "2026/2027", " 2026 - 2027 ", "2026\u20132027"])
def test_people_write_it_in_several_ways(text: str) -> None:
    assert school_year.parse(text) == 2026


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-2028", "2026-2026", "2026-26", "2026-", "20262027", "1826", "2\u0660\u06602"],
)
def test_what_is_no_school_year_gives_nothing(text: str) -> None:
    assert school_year.parse(text) is None


def test_the_turn_of_the_century_is_read_with_two_digits() -> None:
    assert school_year.parse("1999-00") == 1999
