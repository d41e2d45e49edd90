"""What a person means who types in the search of pupils. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from bascule.values import civil_identity

#: Days as they are typed: `12/03/2010`, `12.3.10`, `2010-03-12`, `12032010`.
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_TIGHT: Final = re.compile(r"(\d{2})(\d{2})((?:19|20)\d{2})", re.ASCII)
#: A national number, of any of its forms.
_NATIONAL: Final = re.compile(r"(?=(?:.*\d){5})[0-9A-Z]{10,11}", re.ASCII)
_OWN: Final = re.compile(r"\d{1,5}", re.ASCII)
#: Nobody types more; a longer text would only cost.
_MOST_WORDS: Final = 8


@dataclass(frozen=True, slots=True)
class Typed:
    """What was understood; all of it must be true of a pupil.

    Attributes:
        words: beginnings of words of the names, as keys.
        born: birth date.
        national: a national number.
        number: the number in the school (`ELENOET`).
    """

    words: tuple[str, ...] = ()
    born: date | None = None
    national: str = ""
    number: int | None = None


def understood(text: str) -> Typed:
    """Understand what was typed.

    Args:
        text (str): a name without regard for accents, case or order; a birth date; a national number; the
            number in the school; or several of these.

    Returns:
        Typed: nothing at all for a blank text.
    """
    tight = "".join(text.split()).upper()
    if _NATIONAL.fullmatch(tight):
        return Typed(national=tight)
    words: list[str] = []
    born, number = None, None
    for part in text.split():
        if (found := _day(part)) is not None:
            born = found
        elif _OWN.fullmatch(part):
            number = int(part)
        else:
            words += civil_identity.key(part).split()
    return Typed(tuple(words[:_MOST_WORDS]), born, "", number)


def _day(part: str) -> date | None:
    for form, order in ((_DAY_FIRST, (2, 1, 0)), (_YEAR_FIRST, (0, 1, 2)), (_TIGHT, (2, 1, 0))):
        if match := form.fullmatch(part):
            year, month, day = (int(match.groups()[place]) for place in order)
            try:
                return date(_whole(year), month, day)
            except ValueError:
                return None
    return None


def _whole(year: int) -> int:
    """Give the year meant by two digits: pupils and their parents were born since 1950."""
    if year >= 100:  # noqa: PLR2004 - written whole
        return year
    return 1900 + year if year >= 50 else 2000 + year  # noqa: PLR2004 - the middle of the century
