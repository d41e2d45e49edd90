"""UAI: the number of a school, and the key alphabet it shares with the BEA number of a pupil.

A UAI is a plain `str` once it is checked. This module knows its form, not which schools exist.
"""

import re

#: The 23 letters of a key: neither I, O nor Q. The letter is the number modulo 23.
KEY_ALPHABET = "ABCDEFGHJKLMNPRSTUVWXYZ"

_SHAPE = re.compile(r"[0-9]{7}[A-Z]").fullmatch
_LAST_NUMBER = 9999
#: Corsica was split after the numbers were given out: its two départements have their own start.
_CORSICA = {"02A": "620", "02B": "720"}


def uai_key(digits: str) -> str:
    """Return the key letter of a UAI.

    Args:
        digits (str): the seven digits.

    Returns:
        str: one letter of `KEY_ALPHABET`.
    """
    return KEY_ALPHABET[int(digits) % 23]


def is_uai(text: str) -> bool:
    """Tell whether a text is a UAI with the right key.

    Args:
        text (str): seven digits and an upper-case letter, without blanks.

    Returns:
        bool: False on a wrong form and on a wrong key.

    Source: répertoire national des établissements, key modulo 23.
    """
    return _SHAPE(text) is not None and text[7] == uai_key(text[:7])


def normalise_uai(text: str) -> str | None:
    """Bring a typed UAI to its form: upper case, no blank. The key is `is_uai`'s business.

    Args:
        text (str): as typed or read.

    Returns:
        str | None: seven digits and a letter; None when the text has another form.
    """
    tight = "".join(text.split()).upper()
    return tight if _SHAPE(tight) else None


def make_uai(department: str, number: int) -> str:
    """Build a UAI.

    Args:
        department (str): département in three characters (`077`, `02A`).
        number (int): 0 to 9999.

    Returns:
        str: the UAI with its key.

    Raises:
        ValueError: when the département or the number cannot stand in a UAI.
    """
    start = _CORSICA.get(department, department)
    digits = f"{start}{number:04d}"
    if not 0 <= number <= _LAST_NUMBER or not _SHAPE(f"{digits}A"):
        raise ValueError(f"no UAI for {department!r} and {number}")
    return digits + uai_key(digits)
