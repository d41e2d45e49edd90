"""One-time codes: HOTP (RFC 4226) and TOTP (RFC 6238), and how far a key may have run ahead. Pure.

It decides which counter a code stands for, if any. A counter is never taken twice: each answer is the
counter taken, and whoever keeps the key keeps the one after.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

import pyotp

#: HOTP: presses of the button that led to no sign-in and are forgiven without a word.
LOOK_AHEAD = 5
#: HOTP: presses of the button that two successive codes make up for.
RESYNC_AHEAD = 50
#: TOTP: steps by which the clock of a key may be early or late.
DRIFT = 1
#: HOTP: codes before the one expected that are known as used, so that a page can say so.
_LOOK_BEHIND = 10

_HASHES = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}

#: What a code may be pasted with: blanks of every kind, dots, dashes.
_SEPARATORS = re.compile(r"[\s.\-–]+")


@dataclass(frozen=True, slots=True)
class CodeSource:
    """What a one-time key computes its codes from.

    Attributes:
        seed: the shared secret, 14 bytes at least.
        algorithm: `SHA1`, `SHA256` or `SHA512`.
        digits: of a code, 6 to 8.
        period: seconds that a code lasts; TOTP only.
    """

    seed: bytes
    algorithm: str = "SHA1"
    digits: int = 6
    period: int = 30

    def code(self, counter: int) -> str:
        """Compute a code.

        Args:
            counter (int): the counter (HOTP) or the step (TOTP), from 0.

        Returns:
            str: digits.
        """
        secret = base64.b32encode(self.seed).decode("ascii")
        return pyotp.HOTP(secret, digits=self.digits, digest=_HASHES[self.algorithm]).at(counter)

    def step(self, at: datetime) -> int:
        """Tell which step of time an instant is in.

        Args:
            at (datetime): the instant, with its time zone.

        Returns:
            int: periods since 1970.
        """
        return int(at.timestamp()) // self.period

    def find(self, code: str, counters: range) -> int | None:
        """Find the counter that a code stands for.

        Args:
            code (str): digits.
            counters (range): where to look; those below 0 are passed over.

        Returns:
            int | None: the first one; None if there is none.
        """
        # All are looked at: the time taken does not tell which one it was.
        found = [
            counter
            for counter in counters
            if counter >= 0 and hmac.compare_digest(self.code(counter).encode(), code.encode())
        ]
        return found[0] if found else None


def without_separators(typed: str) -> str:
    """Take out what a pasted code is cut with.

    Args:
        typed (str): what was typed or pasted.

    Returns:
        str: the rest.
    """
    return _SEPARATORS.sub("", typed)


def match_totp(source: CodeSource, code: str, *, at: datetime, unused: int) -> int | None:
    """Find the step of a code that follows the clock.

    Args:
        source (CodeSource): the key.
        code (str): digits.
        at (datetime): now.
        unused (int): the first step that was not used.

    Returns:
        int | None: the step, within one of now and not used; None if there is none.
    """
    now = source.step(at)
    return source.find(code, range(max(now - DRIFT, unused), now + DRIFT + 1))


def match_hotp(source: CodeSource, code: str, *, expected: int) -> int | None:
    """Find the counter of a code that follows a button.

    Args:
        source (CodeSource): the key.
        code (str): digits.
        expected (int): the next counter.

    Returns:
        int | None: the counter, `LOOK_AHEAD` ahead at most; None if there is none.
    """
    return source.find(code, range(expected, expected + LOOK_AHEAD + 1))


def is_ahead(source: CodeSource, code: str, *, expected: int) -> bool:
    """Tell whether a code refused is one of a key whose button was pressed too often.

    Args:
        source (CodeSource): the key.
        code (str): digits.
        expected (int): the next counter.

    Returns:
        bool: true if two successive codes would bring it back.
    """
    ahead = range(expected + LOOK_AHEAD + 1, expected + RESYNC_AHEAD + 1)
    return source.find(code, ahead) is not None


def was_used(source: CodeSource, code: str, *, unused: int, around: int | None = None) -> bool:
    """Tell whether a code refused is one that was taken before.

    Args:
        source (CodeSource): the key.
        code (str): digits.
        unused (int): the next counter (HOTP), or the first step not used (TOTP).
        around (int | None): the step of now (TOTP); None for a button (HOTP).

    Returns:
        bool: true if it was.
    """
    first = unused - _LOOK_BEHIND if around is None else around - DRIFT
    return source.find(code, range(first, unused)) is not None


def resynchronise(source: CodeSource, first: str, second: str, *, expected: int) -> int | None:
    """Find where a key that ran ahead is, by two codes in a row.

    Args:
        source (CodeSource): the key.
        first (str): a code.
        second (str): the code right after.
        expected (int): the next counter.

    Returns:
        int | None: the counter of the second one, the first being `RESYNC_AHEAD` ahead at most; None
            if they are not two codes in a row, or from farther away.
    """
    for counter in range(expected, expected + RESYNC_AHEAD + 1):
        if source.find(first, range(counter, counter + 1)) is None:
            continue
        if source.find(second, range(counter + 1, counter + 2)) is not None:
            return counter + 1
    return None
