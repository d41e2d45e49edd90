"""Telephone numbers and e-mail addresses: what may be stored, and in which form."""

import re

_PHONE = re.compile(r"\+?[0-9][0-9 ./()-]{3,18}").fullmatch
_PHONE_SEPARATORS = str.maketrans("", "", " ./()-")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+").fullmatch
_EMAIL_LENGTH = 254


def is_phone(text: str) -> bool:
    """Tell whether a text may be a telephone number.

    Args:
        text (str): digits, perhaps a leading +, and separators (blank . / - brackets).

    Returns:
        bool: False under 4 or over 20 characters, or with anything else in it.
    """
    return _PHONE(text) is not None


def normalise_phone(text: str) -> str:
    """Bring a telephone number to the stored form: digits, with the leading + where it has one.

    Args:
        text (str): a text that `is_phone`.

    Returns:
        str: without separators, so that two spellings of one number are equal.
    """
    return text.translate(_PHONE_SEPARATORS)


def is_email(text: str) -> bool:
    """Tell whether a text may be an e-mail address; only a message sent tells whether it is one.

    Args:
        text (str): without blanks around.

    Returns:
        bool: one @, a dotted domain, no blank or invisible character, 254 characters at most.
    """
    return len(text) <= _EMAIL_LENGTH and text.isprintable() and _EMAIL(text) is not None
