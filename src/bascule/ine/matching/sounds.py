"""What two spellings of one name sound like: a folding of French habits, coarse on purpose. Pure.

It only says that two names are worth comparing, and that they are near: what that is worth is learned.
"""

from collections.abc import Sequence
from typing import Final

#: Words that come and go before a name, and stand behind it when a form sorts on the rest.
PARTICLES: Final = frozenset((
    "D", "DE", "DU", "DES", "L", "LE", "LA", "LES", "LO", "EL", "AL", "DELLA", "DELA", "DEL", "DI", "DA",
    "DO", "DOS", "VAN", "VON", "DER", "DEN", "TEN", "BEN", "AIT", "OULD", "ABU", "ABOU",
))  # fmt: skip
#: Those that are written in one word with the name, the longest first.
_GLUED: Final = ("DELLA", "DELA", "DES", "DEL", "DOS", "DU", "DE", "DA", "DI", "LES", "LE", "LA", "BEN",
    "AIT", "OULD", "EL")  # fmt: skip
_SHORTEST = 4

#: In this order: what is read as one sound, before the letters that it is made of.
_SOUNDS: Final = (
    ("EAUX", "O"), ("EAU", "O"), ("AULT", "O"), ("AUD", "O"), ("AU", "O"), ("OE", "E"), ("UE", "U"),
    ("OU", "U"), ("OO", "U"), ("W", "U"), ("TCH", "CH"), ("SCH", "CH"), ("CZ", "CH"), ("SZ", "CH"),
    ("SH", "CH"), ("CH", "$"), ("PH", "F"), ("TH", "T"), ("KH", "K"), ("GH", "G"), ("DJ", "J"),
    ("ZH", "J"), ("QU", "K"), ("CK", "K"), ("Q", "K"), ("CE", "SE"), ("CI", "SI"), ("CY", "SI"), ("C", "K"),
    ("X", "KS"), ("Z", "S"), ("Y", "I"), ("AIN", "IN"), ("EIN", "IN"), ("AI", "E"), ("EI", "E"),
    ("EN", "AN"), ("EM", "AN"), ("AM", "AN"), ("GE", "JE"), ("GI", "JI"), ("V", "U"), ("H", ""),
    ("$", "CH"),
)  # fmt: skip
_SILENT: Final = "ESTXDZ"


def _without_doubles(text: str) -> str:
    letters, last = [], ""
    for letter in text:
        if letter != last:
            letters.append(letter)
            last = letter
    return "".join(letters)


def sound(tight: str) -> str:
    """Fold a name by its sound.

    Args:
        tight (str): letters and digits only, as `civil_identity.match_key` gives.

    Returns:
        str: what look-alikes have in common; the name itself when nothing would be left of it.
    """
    folded = tight
    for written, heard in _SOUNDS:
        folded = folded.replace(written, heard)
    folded = _without_doubles(folded)
    if len(folded) >= _SHORTEST and folded[-1] in _SILENT:
        folded = folded[:-1]
    return folded or tight


def core(words: Sequence[str]) -> str:
    """Give a name without the particles that come before or behind it, apart or in one word.

    Args:
        words (Sequence[str]): those of the name, as `civil_identity.key` gives them; one at least.

    Returns:
        str: letters and digits only; the whole name when it is made of particles.
    """
    tight = "".join([word for word in words if word not in PARTICLES]) or "".join(words)
    if tight.startswith(_GLUED):
        for start in _GLUED:
            rest = tight.removeprefix(start)
            if rest != tight and len(rest) >= _SHORTEST:
                return rest
    return tight
