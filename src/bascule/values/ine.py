"""INE: the national number of a pupil, its three forms and their keys.

An INE is a plain `str`, upper case. This module knows forms and keys, not whose a number is.
The key rule of the RNIE form is in no public text: it was found by arithmetic on numbers in use. So
a wrong RNIE key is worth a warning only.
"""

import re
from enum import Enum
from functools import lru_cache
from typing import Final

from bascule.values.uai import KEY_ALPHABET

_SHAPE = re.compile(
    r"(?P<BEA>[0-9]{10}[A-Z])|(?P<RNIE>[0-9]{9}[A-Z]{2})|(?P<APPRENTICE>[0-9]{4}A[0-9]{5}[A-Z])"
).fullmatch
_RNIE_DIGITS = "ABCDEFGHJK"
_BEA_NUMBERS = 10**10
_RNIE_NUMBERS = 10**9
#: A record gives one number twice or thrice, and each is asked about twice.
_REMEMBERED: Final = 1024


class IneKind(Enum):
    """Who gave the number, seen from its form."""

    #: Second-degree base of an académie, since 1995: ten digits and a key letter.
    BEA = "BEA"
    #: National identity registry (RNIE, before it BNIE): nine digits and two key letters.
    RNIE = "RNIE"
    #: Apprentices: four digits, A, five digits, a letter whose rule is not known.
    APPRENTICE = "apprenti"


@lru_cache(_REMEMBERED)
def ine_kind(text: str) -> IneKind | None:
    """Tell the form of an INE, whatever its key.

    Args:
        text (str): eleven characters, upper case.

    Returns:
        IneKind | None: None when the text has none of the three forms.
    """
    shape = _SHAPE(text)
    return IneKind[shape.lastgroup] if shape and shape.lastgroup else None


@lru_cache(_REMEMBERED)
def ine_key_is_right(text: str) -> bool:
    """Tell whether the key of an INE fits its digits.

    Args:
        text (str): eleven characters, upper case.

    Returns:
        bool: True for an apprentice's number, whose key has no known rule; False on a wrong form.
    """
    match ine_kind(text):
        case IneKind.BEA:
            return text[10] == _bea_key(int(text[:10]))
        case IneKind.RNIE:
            return text[9:] == _rnie_key(int(text[:9]))
        case kind:
            return kind is IneKind.APPRENTICE


def make_ine_bea(number: int) -> str:
    """Build an INE of the BEA form.

    Args:
        number (int): 0 to 9,999,999,999.

    Returns:
        str: ten digits and the key letter.

    Raises:
        ValueError: when the number has more than ten digits or is negative.
    """
    if not 0 <= number < _BEA_NUMBERS:
        raise ValueError(f"no BEA number for {number}")
    return f"{number:010d}{_bea_key(number)}"


def make_ine_rnie(number: int) -> str:
    """Build an INE of the RNIE form.

    Args:
        number (int): 0 to 999,999,999; the first two of its nine digits look like a school year.

    Returns:
        str: nine digits and the two key letters.

    Raises:
        ValueError: when the number has more than nine digits or is negative.
    """
    if not 0 <= number < _RNIE_NUMBERS:
        raise ValueError(f"no RNIE number for {number}")
    return f"{number:09d}{_rnie_key(number)}"


def _bea_key(number: int) -> str:
    return KEY_ALPHABET[number % 23]


def _rnie_key(number: int) -> str:
    tens, units = divmod(97 - number % 97, 10)
    return _RNIE_DIGITS[tens] + _RNIE_DIGITS[units]
