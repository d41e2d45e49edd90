"""How two civil statuses are compared: for each field, the levels of likeness, from same to different. Pure.

This is data, written once: Python compares by it, and Splink learns by it. The first level whose condition
holds is the level of the field. A value that is missing says nothing, for or against.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from bascule.ine.matching.civil import Keys
from bascule.ine.matching.conditions import (
    FUNCTIONS,
    Alike,
    Among,
    Condition,
    Edits,
    Every,
    Known,
    Not,
    Same,
    Shares,
    Some,
    Starts,
    Within,
)
from bascule.values.words import said as _


class Likeness(Enum):
    """What a page says of a field."""

    SAME = _("identique")
    NEAR = _("proche")
    DIFFERENT = _("différent")
    MISSING = _("absent")


@dataclass(frozen=True, slots=True)
class Level:
    """How alike two values of a field are.

    Attributes:
        code: unique in its field; weights are kept by it.
        likeness: in a word.
        words: in a few words.
        when: what holds; None for whatever is left.
        term: column of what is in common, whose frequency counts: a rare name in common says more.
        says_nothing: no evidence, for or against.
        may_be_automatic: False when no weight of the other fields makes it the same person.
        is_slip: whether something was written otherwise, when it is near or different; False where all
            that both know is the same.
    """

    code: str
    likeness: Likeness
    words: str
    when: Condition | None = None
    term: str = ""
    says_nothing: bool = False
    may_be_automatic: bool = True
    is_slip: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field, and the levels at which two persons may be alike in it.

    Attributes:
        field: its code.
        label: its name.
        levels: in the order in which they are tried; the last one is for whatever is left.
        terms: the frequencies that count, when they do.
    """

    field: str
    label: str
    levels: tuple[Level, ...]
    terms: str = ""


_NAMES_SWAPPED = Every((
    Not(Same("family")),
    Not(Shares("names")),
    Alike("family", 0.9, "first"),
    Alike("first", 0.9, "family"),
))  # fmt: skip
_BORNE = Known("borne")
_FIRST_NEAR = Some((Edits("first", 1, 4), Same("first_sound"), Alike("first", 0.92)))

FAMILY: Final = Comparison(
    "family",
    _("Nom"),
    (
        Level("missing", Likeness.MISSING, _("absent"), Not(Known("family")), says_nothing=True),
        Level("same", Likeness.SAME, _("identique"), Same("family"), term="family"),
        Level("crossed", Likeness.SAME, _("nom d’usage de l’un, nom de l’autre"), Shares("names"),
              term="names"),
        Level("swapped", Likeness.NEAR, _("nom et prénom inversés"), _NAMES_SWAPPED),
        Level("part", Likeness.NEAR, _("une partie du nom en commun"), Shares("name_parts"),
              term="name_parts"),
        Level("near", Likeness.NEAR, _("une lettre ou un son d’écart"),
              Some((Edits("family", 1, 4), Same("name_sound"), Alike("family", 0.92)))),
        Level("alike", Likeness.NEAR, _("ressemblant"), Alike("family", 0.85)),
        Level("different", Likeness.DIFFERENT, _("différent")),
    ),
    terms="family",
)  # fmt: skip

FIRST: Final = Comparison(
    "first",
    _("Prénom"),
    (
        Level("missing", Likeness.MISSING, _("absent"), Not(Known("first")), says_nothing=True),
        # Counted with the family name.
        Level("swapped", Likeness.NEAR, _("nom et prénom inversés"), _NAMES_SWAPPED,
              says_nothing=True),
        Level("same", Likeness.SAME, _("identique"), Same("first"), term="first"),
        Level("exchanged", Likeness.NEAR, _("prénoms dans un autre ordre"),
              Every((Among("first", "firsts"), Among("first", "firsts", turned=True)))),
        Level("part", Likeness.NEAR, _("une partie du prénom"), Within("first_parts")),
        Level("near", Likeness.NEAR, _("une lettre ou un son d’écart"),
              Every((Not(_BORNE), _FIRST_NEAR))),
        Level("short", Likeness.NEAR, _("prénom raccourci"),
              Every((Not(_BORNE), Starts("first", 3)))),
        # Two names that people bear: twins may bear them.
        Level("neighbour", Likeness.DIFFERENT, _("deux prénoms qui se ressemblent"),
              Some((_FIRST_NEAR, Starts("first", 3))), may_be_automatic=False),
        Level("further", Likeness.DIFFERENT, _("un autre prénom de l’un"),
              Some((Among("first", "firsts"), Among("first", "firsts", turned=True))),
              may_be_automatic=False),
        Level("alike", Likeness.DIFFERENT, _("ressemblant"),
              Every((Not(_BORNE), Alike("first", 0.8))), may_be_automatic=False),
        Level("different", Likeness.DIFFERENT, _("différent"), may_be_automatic=False),
    ),
    terms="first",
)  # fmt: skip

FURTHERS: Final = Comparison(
    "furthers",
    _("Autres prénoms"),
    (
        Level("missing", Likeness.MISSING, _("absent"), Not(Known("furthers")), says_nothing=True),
        Level("same", Likeness.SAME, _("un au moins en commun"),
              Some((Shares("furthers"), Shares("firsts", 2)))),
        Level("different", Likeness.DIFFERENT, _("différent")),
    ),
)  # fmt: skip

BIRTH: Final = Comparison(
    "birth",
    _("Naissance"),
    (
        Level("missing", Likeness.MISSING, _("absent"), Not(Known("year")), says_nothing=True),
        Level("same", Likeness.SAME, _("identique"), Same("day")),
        Level("month", Likeness.NEAR, _("même mois, jour inconnu"),
              Every((Not(Known("day")), Same("month"))), is_slip=False),
        Level("year", Likeness.NEAR, _("même année, mois inconnu"),
              Every((Not(Known("month")), Same("year"))), is_slip=False),
        Level("swapped", Likeness.NEAR, _("jour et mois inversés"), Same("day", "swapped")),
        Level("digit", Likeness.NEAR, _("un chiffre d’écart"), Edits("day", 1, 8)),
        Level("parts", Likeness.NEAR, _("deux éléments sur trois"),
              Every((Known("day"), Some((Same("month"), Same("month_day"), Same("year_day")))))),
        Level("different", Likeness.DIFFERENT, _("différent"), may_be_automatic=False),
    ),
)  # fmt: skip

SEX: Final = Comparison(
    "sex",
    _("Sexe"),
    (
        Level("missing", Likeness.MISSING, _("absent"), Not(Known("sex")), says_nothing=True),
        Level("same", Likeness.SAME, _("identique"), Same("sex")),
        Level("different", Likeness.DIFFERENT, _("différent")),
    ),
)

PLACE: Final = Comparison(
    "place",
    _("Lieu de naissance"),
    (
        Level("missing", Likeness.MISSING, _("absent"), Not(Known("place")), says_nothing=True),
        Level("same", Likeness.SAME, _("identique"), Same("place"), term="place"),
        Level("town", Likeness.NEAR, _("villes de même nom ou presque"), Alike("town", 0.9)),
        Level("area", Likeness.NEAR, _("même département ou même pays"), Same("area")),
        Level("different", Likeness.DIFFERENT, _("différent")),
    ),
    terms="place",
)

COMPARISONS: Final = (FAMILY, FIRST, FURTHERS, BIRTH, SEX, PLACE)

#: The level of each field, in the order of `COMPARISONS`.
Levels = tuple[Level, ...]
#: The same, as ranks.
Grades = tuple[int, ...]


def _reading(comparison: Comparison) -> Callable[[Keys, Keys], int]:
    """Make one function of all the levels of a field: it is called for every pair of persons."""
    chain = str(len(comparison.levels) - 1)
    for at, level in reversed(tuple(enumerate(comparison.levels))):
        if level.when:
            chain = f"{at} if {level.when.python()} else {chain}"
    # Of our own words alone: nothing of anybody's record is in it.
    return eval(f"lambda l, r: {chain}", dict(FUNCTIONS))  # type: ignore[no-any-return]  # noqa: S307


#: For each comparison, what gives the rank of the level.
READINGS: Final = tuple(_reading(comparison) for comparison in COMPARISONS)


def compare(one: Keys, other: Keys) -> Levels:
    """Compare two persons, field by field.

    Args:
        one (Keys): of one.
        other (Keys): of the other; which is which changes nothing.

    Returns:
        Levels: a level for each comparison.
    """
    return levels_of(tuple(read(one, other) for read in READINGS))


def levels_of(grades: Grades) -> Levels:
    """Give the levels that grades stand for.

    Args:
        grades (Grades): in the order of `COMPARISONS`.

    Returns:
        Levels: in the same order.
    """
    return tuple(comparison.levels[at] for comparison, at in zip(COMPARISONS, grades, strict=True))
