"""The components: what templates may say, and what comes out."""

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template


def drawn(source: str, **given: object) -> str:
    return " ".join(Template(source).render(Context(given)).split())


@pytest.mark.parametrize(
    ("source", "value", "expected"),
    [
        ("{{ v|day }}", date(2026, 9, 1), "01/09/2026"),
        ("{{ v|day }}", None, ""),
        ("{{ v|long_day }}", date(2026, 9, 1), "1er septembre 2026"),
        ("{{ v|long_day }}", date(2026, 9, 21), "21 septembre 2026"),
        # At midnight where the authority is, it is still the day before in universal time.
        ("{{ v|day }}", datetime(2026, 8, 31, 22, 30, tzinfo=UTC), "01/09/2026"),
        (
            "{{ v|instant }}",
            datetime(2026, 11, 26, 13, 5, tzinfo=UTC),
            "26/11/2026 à 14\xa0h\xa005",
        ),
        ("{{ v|number }}", 1234567, "1\xa0234\xa0567"),
        ("{{ v|number }}", 0, "0"),
        ("{{ v|school_year_label }}", 2026, "2026-2027"),
    ],
)
def test_dates_and_numbers_are_written_as_the_french_do(
    source: str, value: object, expected: str
) -> None:
    assert Template(source).render(Context({"v": value})) == expected
