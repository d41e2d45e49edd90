"""Whether a password would be among the first that somebody tries. Pure.

Nothing is asked of its composition. What is refused: what is short, what many people have, what is made
of the person's own names and places, what follows the keyboard or repeats itself.
"""

import re
import string
import unicodedata
from collections.abc import Collection, Iterator
from enum import Enum

#: Characters of a password at least; and at most, which is a phrase of thirty words.
SHORTEST, LONGEST = 12, 200

#: What must be left of a password once what is guessed first is taken out.
_LEFT = 4
#: Words shorter than this are found in any password.
_WORD = 3
#: Neighbours on the keyboard that make a run.
_RUN = 4

_ROWS = (
    "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890",
    "abcdefghijklmnopqrstuvwxyz",
    # Down the columns, on French keyboards and on others.
    "1aqw2zsx3edc4rfv5tgb6yhn7uj8ik9ol0pm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)  # fmt: skip
_RUNS = frozenset(
    row[start : start + _RUN]
    for line in _ROWS
    for row in (line, line[::-1])
    for start in range(len(row) - _RUN + 1)
)
#: Signs and digits written for letters; some are written for two.
_SUBSTITUTES = (
    str.maketrans("@4301!|5$7+8€", "aaeoiiissttbe"),
    str.maketrans("@4301!|5$7+8€", "aaeolllssttbe"),
)


_AROUND = f"{string.digits}{string.punctuation}{string.whitespace}€"


class Reason(Enum):
    """Why a password is refused: a stable code, and a French sentence."""

    SHORT = ("short", "Ce mot de passe est trop court : il faut douze caractères au moins.")
    LONG = ("long", "Ce mot de passe est trop long : deux cents caractères au plus sont lus.")
    COMMON = ("common", "Ce mot de passe est parmi les plus courants : on l’essaie en premier.")
    PERSONAL = (
        "personal",
        "Ce mot de passe est fait de votre nom, de votre établissement ou de mots du métier.",
    )
    REPEATED = ("repeated", "Ce mot de passe répète toujours la même chose.")
    KEYBOARD = ("keyboard", "Ce mot de passe suit les touches du clavier.")
    OLD = ("old", "Ce mot de passe est votre ancien mot de passe.")

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        self.sentence = sentence


def judge(password: str, *, words: Collection[str], common: Collection[str]) -> Reason | None:
    """Say why a password would be guessed.

    Args:
        password (str): the password, as it is kept.
        words (Collection[str]): names and places of the person, words of the trade, in any form.
        common (Collection[str]): passwords that many people have, in small letters.

    Returns:
        Reason | None: why; None if it may be taken.
    """
    if len(password) < SHORTEST:
        return Reason.SHORT
    if len(password) > LONGEST:
        return Reason.LONG
    own = sorted({part for word in words for part in _parts(word)}, key=len, reverse=True)
    readings = list(_readings(password))
    for reason, is_guessed in (
        (Reason.COMMON, lambda text: _is_common(text, common)),
        (Reason.PERSONAL, lambda text: _is_made_of(text, own)),
        (Reason.KEYBOARD, lambda text: _is_run(text, own)),
        (Reason.REPEATED, _is_repeated),
    ):
        if any(is_guessed(reading) for reading in readings):
            return reason
    return None


def _readings(password: str) -> Iterator[str]:
    """Give a password in small letters without accents; then with signs and digits read as letters.

    What stands around the letters is taken off too: a year is no letter, whatever it looks like.
    """
    plain = _plain(password)
    for text in dict.fromkeys((plain, plain.rstrip(_AROUND), plain.strip(_AROUND))):
        if text:
            yield text
            yield from (text.translate(substitutes) for substitutes in _SUBSTITUTES)


def _is_repeated(text: str) -> bool:
    squeezed = _squeezed(text) or text
    period = (squeezed * 2).find(squeezed, 1)
    has_few = len(text) >= SHORTEST and len(set(squeezed)) < _LEFT
    return period <= len(squeezed) // 2 or has_few


def _is_common(text: str, common: Collection[str]) -> bool:
    letters = re.sub(r"^[^a-z]+|[^a-z]+$", "", text)
    if text in common or letters in common or _squeezed(text) in common:
        return True
    said = set(re.findall(r"[a-z]+", text))
    return len(said) == 1 and said.pop() in common


def _is_made_of(text: str, own: list[str]) -> bool:
    letters = _squeezed(text)
    for part in own:
        letters = letters.replace(part, "|")
    if "|" not in letters:
        return False
    return len(re.sub(r"[^a-z]", "", letters)) < _LEFT


def _is_run(text: str, own: list[str]) -> bool:
    letters = _squeezed(text)
    for part in own:
        letters = letters.replace(part, "|")
    left = _without_runs(letters)
    return left != letters and len(left.replace("|", "")) < _LEFT


def _without_runs(text: str) -> str:
    """Take out what follows the keyboard for four characters or more."""
    kept, at = [], 0
    while at < len(text):
        end = at
        while text[end : end + _RUN] in _RUNS:
            end += 1
        if end > at:
            at = end + _RUN - 1
        else:
            kept.append(text[at])
            at += 1
    return "".join(kept)


def _parts(word: str) -> Iterator[str]:
    """Cut a name at its blanks and dashes; it is also one word, as it is typed without them."""
    plain = _plain(word)
    for part in (*re.split(r"[^a-z0-9]+", plain), _squeezed(plain)):
        if len(part) >= _WORD and not part.isdigit():
            yield part


def _squeezed(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
