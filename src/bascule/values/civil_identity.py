"""Names of persons by French habits: how they are stored, shown, sorted and compared.

Decided here: an apostrophe and a hyphen are blanks to a key; `de` and `d'` do not count when
sorting and matching, `Le`, `La`, `Les`, `Du` and `Des` do. Not decided here: whether look-alikes
are the same person. All are called for every record of an import: plain names take a short way.
"""

import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import Final

_APOSTROPHES = "\u2019\u2018\u201b\u02bc\u02b9\u02bb\u02bd\u2032\u00b4\u0060\uff07"
_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe63\uff0d"
_TYPOGRAPHY = str.maketrans(
    dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_HYPHENS, "-") | {"ŉ": "'n"}
)
_TYPED_MARKS = frozenset(_APOSTROPHES + _HYPHENS)
_PART = re.compile(r"[^\s'./(-]+")
#: Printable for Python, yet nothing to see, or the trace of a lost character.
_UNSEEN = frozenset(
    "\ufffd\u034f\u115f\u1160\u2800\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))
)
_LONE_LETTERS = {"Æ": "AE", "Œ": "OE", "Þ": "TH", "ẞ": "SS"} | dict(
    zip("ØĐÐŁĦŦŊƏ", "ODDLHTNE", strict=True)
)
#: Columns of a key hold two of these, a birth date and separators in 230 characters.
_LONGEST_KEY = 105

#: Names come back within a file: children bear those of their parents.
_REMEMBERED: Final = 8192


def _fold(character: str) -> str:
    """Return one character as a key sees it: bare capitals and digits, a blank, or nothing."""
    folded = ""
    for bare in unicodedata.normalize("NFKD", character.upper()):
        if bare in _TYPED_MARKS or not (bare.isalnum() or unicodedata.combining(bare)):
            folded += " "
        elif not unicodedata.combining(bare):
            folded += _LONE_LETTERS.get(bare.upper(), bare.upper())
    return folded


class _Folding(dict[int, str]):
    """The folding of every character; those of European names are computed once.

    Others are not remembered: a hostile file must not fill the memory with them.
    """

    def __missing__(self, code: int) -> str:
        return _fold(chr(code))


_FOLDING = _Folding(
    (code, _fold(chr(code))) for block in ((0, 0x370), (0x1E00, 0x1F00)) for code in range(*block)
)


@lru_cache(_REMEMBERED)
def family_name(text: str) -> str:
    """Return a family or usual name as it is stored.

    Args:
        text (str): as read.

    Returns:
        str: capitals with their accents, Œ and Æ kept, single blanks, plain apostrophes and
            hyphens. May be longer than the text: the capitals of a few letters take two (ß, SS).
    """
    return _tidy(text).upper()


@lru_cache(_REMEMBERED)
def first_name(text: str) -> str:
    """Return a first name as it is stored.

    Args:
        text (str): as read.

    Returns:
        str: a capital at the start of each part ("Jean-Baptiste", "D'Arcy", "Marie Ange").
    """
    tidy = _tidy(text)
    # `title` takes a combining mark for the end of a word, which plain ASCII cannot hold.
    return tidy.title() if tidy.isascii() else _PART.sub(_capitalised, tidy)


def _tidy(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_TYPOGRAPHY)
    elif "`" in text:
        text = text.replace("`", "'")
    return " ".join(text.split())


def _capitalised(part: re.Match[str]) -> str:
    return part[0].capitalize()


@lru_cache(_REMEMBERED)
def key(text: str) -> str:
    """Return what two spellings of one name have in common.

    Args:
        text (str): a name in any case and Unicode form.

    Returns:
        str: digits and capitals without accents, Œ as OE, Æ as AE, ß as SS; hyphens, apostrophes
            and other marks are blanks, and blanks are single. Empty when there is nothing to read.
    """
    if text.isascii() and text.isalpha():
        return text.upper()
    return " ".join(text.translate(_FOLDING).split())


def match_key(text: str) -> str:
    """Return what look-alikes of one name have in common: the key, tight, without `de` and `d'`.

    So `DE LA TOUR`, `La Tour` and `LATOUR` are alike, and so are `Le Goff` and `LEGOFF`.

    Args:
        text (str): a name.

    Returns:
        str: letters and digits only.
    """
    return _without_particle(key(text)).replace(" ", "")


def sort_key(family: str, first: str) -> str:
    """Return what lists sort on, character by character (`C` collation).

    Args:
        family (str): family name, or usual name where lists show that one.
        first (str): first name.

    Returns:
        str: accent-free, word by word (`MARTIN Zoé` before `MARTIN DUBOIS Anne`). `de` and `d'` are
            left out: `DE LA TOUR` sorts at `LA TOUR`, `D'ORMESSON` at O; `LE GOFF` and `DU BELLAY`
            sort at their particle.
    """
    return f"{_without_particle(key(family)[:_LONGEST_KEY])}  {key(first)[:_LONGEST_KEY]}"


def _without_particle(name: str) -> str:
    if name.startswith("D"):
        return name.removeprefix("DE ").removeprefix("D ")
    return name


def identity_key(family: str, first: str, birth_date: date | None = None) -> str:
    """Return what strict identity compares.

    Args:
        family (str): family name.
        first (str): first name.
        birth_date (date | None): None where it is not known, as for guardians.

    Returns:
        str: equal for two spellings that differ by accents, case, hyphens, apostrophes or blanks.
    """
    born_on = "" if birth_date is None else birth_date.isoformat()
    return f"{key(family)[:_LONGEST_KEY]}|{key(first)[:_LONGEST_KEY]}|{born_on}"


def display(family: str, usual: str | None, first: str) -> str:
    """Return a name as screens and papers show it.

    Args:
        family (str): stored family name.
        usual (str | None): stored usual name, if any.
        first (str): stored first name.

    Returns:
        str: `DUPRÉ Léa`; with a usual name `MARTIN (DUPRÉ) Léa`.
    """
    if usual and usual != family:
        return f"{usual} ({family}) {first}"
    return f"{family} {first}"


def has_control_characters(text: str) -> bool:
    """Tell whether a text holds a control character, tabulation and line ends included.

    Args:
        text (str): as read.

    Returns:
        bool: True for any of the C0 and C1 sets.
    """
    return not text.isprintable() and any(
        unicodedata.category(character) == "Cc" for character in text
    )


def strange_characters(text: str) -> str:
    """Return what no name holds and nobody sees.

    Args:
        text (str): as read.

    Returns:
        str: each control, direction, zero-width, unassigned or replacement character once, in
            order of appearance; empty for a clean text. Typographic blanks are not strange.
    """
    if text.isprintable() and (text.isascii() or _UNSEEN.isdisjoint(text)):
        return ""
    return "".join(dict.fromkeys(filter(_is_strange, text)))


def _is_strange(character: str) -> bool:
    hidden = not character.isprintable() and unicodedata.category(character) != "Zs"
    return hidden or character in _UNSEEN
