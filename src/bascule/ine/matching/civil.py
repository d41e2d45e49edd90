"""A civil status as it is written, and the keys by which two of them are compared. Pure."""

from collections.abc import Container
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from bascule.ine.matching.sounds import PARTICLES, core, sound
from bascule.values import civil_identity

_SHORTEST_PART = 3
_OVERSEAS = "97"
#: Columns of the directory.
_LONGEST = 105
_REMEMBERED: Final = 131_072


class Civil(NamedTuple):
    """What is known of somebody, as it is written; empty for what is not known.

    Attributes:
        family: family name.
        usual: usual name.
        firsts: first names, the first one first.
        sex: `1` or `2`.
        birth: date of birth; its day, or month and day, are the first when they are not known.
        precision: `D` for a known day, `M` for a month and year only, `Y` for a year only.
        country: code of the country of birth.
        commune: number of the commune of birth, in France.
        town: town of birth.
    """

    family: str
    usual: str
    firsts: tuple[str, ...]
    sex: str
    birth: date | None
    precision: str = "D"
    country: str = ""
    commune: str = ""
    town: str = ""


class Keys(NamedTuple):
    """What is compared: texts, empty when nothing is known, and lists of texts.

    Attributes:
        family: family name, else the usual one; letters and digits, without `de`.
        names: family and usual name, each once.
        name_parts: words of both names without particles, and each name in one word.
        name_sound: sound of the family name.
        first: first first name.
        firsts: every first name.
        furthers: those that follow the first one, initials apart.
        first_parts: words of the first first name.
        first_sound: sound of it.
        borne: `1` when the first name is one that people bear, not a slip of the pen.
        sex: as written.
        day: `20150314`, when the day is known.
        swapped: the same with day and month in each other's place, when that is a date.
        month: `201503`, when it is known.
        year: `2015`.
        month_day: `0314`, when the day is known.
        year_day: `2015-14`, when the day is known.
        place: commune, else country and town.
        town: town of birth.
        area: department, else country.
    """

    family: str
    names: tuple[str, ...]
    name_parts: tuple[str, ...]
    name_sound: str
    first: str
    firsts: tuple[str, ...]
    furthers: tuple[str, ...]
    first_parts: tuple[str, ...]
    first_sound: str
    borne: str
    sex: str
    day: str
    swapped: str
    month: str
    year: str
    month_day: str
    year_day: str
    place: str
    town: str
    area: str


class SearchKeys(NamedTuple):
    """What the directory searches a person by.

    Attributes:
        name_key: family name, by its sound.
        usual_key: usual name likewise; None without one.
        first_key: first first name, by its sound.
    """

    name_key: str
    usual_key: str | None
    first_key: str


def search_keys(civil: Civil) -> SearchKeys:
    """Give what a person is searched by.

    Args:
        civil (Civil): as written.

    Returns:
        SearchKeys: what the directory stores, and what a search compares with it.
    """
    usual = search_key(civil.usual)
    first = search_key(next(iter(civil.firsts), ""))
    return SearchKeys(search_key(civil.family) or usual, usual or None, first)


def search_key(name: str) -> str:
    """Give what a name is searched by.

    Args:
        name (str): as written.

    Returns:
        str: its sound.
    """
    return _read(name).sound[:_LONGEST]


def keys(civil: Civil, borne: Container[str] = ()) -> Keys:
    """Give what is compared of a civil status.

    Args:
        civil (Civil): as written.
        borne (Container[str]): first names that people bear, as `match_key` gives them.

    Returns:
        Keys: everything that the comparisons read.
    """
    names, firsts = _name_keys(civil.family, civil.usual), _first_keys(civil.firsts)
    return Keys._make((
        *names,
        *firsts,
        "1" if firsts[0] in borne else "",
        civil.sex,
        *_birth_keys(civil.birth, civil.precision),
        *_place_keys(civil.country, civil.commune, civil.town),
    ))  # fmt: skip


class _Name(NamedTuple):
    tight: str
    words: tuple[str, ...]
    parts: tuple[str, ...]
    sound: str


@lru_cache(_REMEMBERED)
def _read(name: str) -> _Name:
    """Read a name, family or first: once for all who bear it, as a search compares thousands of persons."""
    words = civil_identity.key(name).split()
    long = dict.fromkeys([word for word in words if len(word) >= _SHORTEST_PART])
    parts = dict.fromkeys([word for word in long if word not in PARTICLES])
    if words:
        parts[core(words)] = None
    tight = civil_identity.match_key(name)
    return _Name(tight, tuple(long), tuple(parts), sound(tight) if tight else "")


def _name_keys(family: str, usual: str) -> tuple[str, tuple[str, ...], tuple[str, ...], str]:
    one, other = _read(family), _read(usual)
    if not one.tight:
        one, other = other, one
    if not other.tight:
        return one.tight, (one.tight,) if one.tight else (), one.parts, one.sound
    names, parts = dict.fromkeys((one.tight, other.tight)), dict.fromkeys(one.parts + other.parts)
    return one.tight, tuple(names), tuple(parts), one.sound


def _first_keys(
    written: tuple[str, ...],
) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], str]:
    if not written:
        return "", (), (), (), ""
    one = _read(written[0])
    if len(written) == 1 and one.tight:
        return one.tight, (one.tight,), (), one.words, one.sound
    read = [each for each in map(_read, written) if each.tight]
    if not read:
        return "", (), (), (), ""
    firsts = tuple(dict.fromkeys([each.tight for each in read]))
    # An initial says too little.
    furthers = tuple([tight for tight in firsts[1:] if len(tight) > 1])
    return firsts[0], firsts, furthers, one.words, read[0].sound


@lru_cache(_REMEMBERED)
def _birth_keys(birth: date | None, precision: str) -> tuple[str, str, str, str, str, str]:
    if birth is None:
        return ("",) * 6
    year, month, day = f"{birth.year:04d}", f"{birth.month:02d}", f"{birth.day:02d}"
    if precision != "D":
        return "", "", "" if precision == "Y" else f"{year}{month}", year, "", ""
    months = 12
    swapped = f"{year}{day}{month}" if birth.day <= months else ""
    return f"{year}{month}{day}", swapped, f"{year}{month}", year, f"{month}{day}", f"{year}-{day}"


@lru_cache(_REMEMBERED)
def _place_keys(country: str, commune: str, town: str) -> tuple[str, str, str]:
    town = _read(town).tight
    if commune:
        length = 3 if commune.startswith(_OVERSEAS) else 2
        return commune, town, commune[:length]
    return f"{country} {town}" if town else "", town, country
