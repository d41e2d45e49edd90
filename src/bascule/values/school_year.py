"""School years: known by their first calendar year, 2026 for 2026-2027.

The bounds given here are the default ones; a school's own calendar may differ.
"""

import re
from datetime import date

_SHAPE = re.compile(r"((?:19|20)[0-9]{2})(?:\s*[-/\N{EN DASH}]\s*((?:19|20)?[0-9]{2}))?").fullmatch
_FIRST_MONTH = 9


def label(year: int) -> str:
    """Return the name of a school year.

    Args:
        year (int): first calendar year.

    Returns:
        str: `2026-2027`.
    """
    return f"{year}-{year + 1}"


def starts_on(year: int) -> date:
    """Return the first day of a school year.

    Args:
        year (int): first calendar year.

    Returns:
        date: 1 September.
    """
    return date(year, _FIRST_MONTH, 1)


def ends_on(year: int) -> date:
    """Return the last day of a school year.

    Args:
        year (int): first calendar year.

    Returns:
        date: 31 August of the next calendar year, included in the school year.
    """
    return date(year + 1, _FIRST_MONTH - 1, 31)


def school_year_of(day: date) -> int:
    """Return the school year in which a day falls.

    Args:
        day (date): any day.

    Returns:
        int: first calendar year.
    """
    return day.year if day.month >= _FIRST_MONTH else day.year - 1


def parse(text: str) -> int | None:
    """Read a school year as people and files write it.

    Args:
        text (str): `2026`, `2026-2027`, `2026/2027` or `2026-27`; blanks around do not matter.

    Returns:
        int | None: first calendar year; None when the text is no school year.
    """
    shape = _SHAPE(text.strip())
    if shape is None:
        return None
    year, second = int(shape[1]), shape[2]
    return year if second is None or str(year + 1).endswith(second) else None
