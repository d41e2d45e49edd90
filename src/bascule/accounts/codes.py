"""Codes that are written on paper and typed once: how they are made, read back, and kept. Pure but for chance.

An activation code, of a person or of a key, is letters and digits that no reader takes for one another.
What is kept of it is a digest: a code is long enough for that to open nothing.
"""

import hashlib
import hmac
import secrets

#: Without 0 and O, 1 and I and L, 5 and S, 8 and B, 2 and Z, U and V.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"

_GROUP = 4


def new_code(*, groups: int) -> str:
    """Make a code.

    Args:
        groups (int): groups of four characters, 18 bits each.

    Returns:
        str: in capitals, groups cut by dashes.
    """
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(_GROUP)) for _ in range(groups))


def digest_of(typed: str) -> bytes:
    """Give what is kept of a code, however it was typed: small letters, blanks, dashes or not.

    Args:
        typed (str): the code.

    Returns:
        bytes: SHA-256.
    """
    read = "".join(filter(str.isalnum, typed.upper()))
    return hashlib.sha256(read.encode()).digest()


def is_code(typed: str, digest: bytes) -> bool:
    """Tell whether what was typed is the code of which a digest was kept.

    Args:
        typed (str): what was typed.
        digest (bytes): the digest; blank for a code that was used.

    Returns:
        bool: true if it is.
    """
    return bool(digest) and hmac.compare_digest(digest_of(typed), bytes(digest))
