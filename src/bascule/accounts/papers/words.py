"""French words that papers share."""

from datetime import date, datetime
from typing import Final

_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip


def long_day(value: date) -> str:
    """Write a date in words.

    Args:
        value (date): the date.

    Returns:
        str: `1er septembre 2026`.
    """
    number = "1er" if value.day == 1 else str(value.day)
    return f"{number}{_NO_BREAK}{_MONTHS[value.month - 1]}{_NO_BREAK}{value.year}"


def long_instant(value: datetime) -> str:
    """Write an instant in words, in the time zone it carries.

    Args:
        value (datetime): the instant.

    Returns:
        str: `1er septembre 2026 à 14 h 05`.
    """
    return f"{long_day(value)} à {value.hour}{_NO_BREAK}h{_NO_BREAK}{value:%M}"
