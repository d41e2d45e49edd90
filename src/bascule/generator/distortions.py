"""How another school's software writes the civil status of somebody: one function for each way.

Written before any matching is, from what French names and school software are known to do, and not
from what a matcher finds easy. Each distortion alone says what it changes, and changes nothing else.
"""

# ruff: noqa: PLR2004
# The shares of a fictional population: a name for each would say less than the number.

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from enum import Enum
from random import Random
from typing import Final, TypeVar

from bascule.generator.directory import Birthday, CivilStatus
from bascule.generator.frequencies import COMMUNES, pools
from bascule.generator.names import slug
from bascule.generator.places import BIRTH_TOWNS, FRANCE
from bascule.values import civil_identity


class Distortion(Enum):
    """What was done to a civil status, in the order in which it is done when there are several."""

    USUAL_FOR_FAMILY = "the usual name stands for the family name, which is lost"
    USUAL_MISSING = "no usual name"
    NAME_ADDED = "the other parent's name follows the family name"
    COMPOUND_CUT = "one of two family names is left out"
    PARTICLE_MOVED = "the particle is dropped, glued, cut off or put behind"
    FIRSTS_SWAPPED = "a further first name comes first"
    FIRSTS_MISSING = "first names after the first are left out"
    FIRST_SHORTENED = "the first name is shortened, or one half of it is kept"
    HYPHENS_MOVED = "a hyphen, an apostrophe or a blank within a name is another one, or none"
    TRANSLITERATED = "a name from elsewhere is written by other habits"
    TYPO_KEYBOARD = "a key beside the right one"
    TYPO_PHONETIC = "what sounds the same in French"
    TYPO_DOUBLED = "a letter doubled, or a double letter made one"
    TYPO_DROPPED = "a letter forgotten"
    TYPO_SWAPPED = "two letters in each other's place"
    ACCENTS_DROPPED = "no accent, no cedilla, no ligature in any name"
    NAMES_SWAPPED = "family name and first name in each other's place"
    DATE_FILLED = "an unknown day or month of birth is written as the first"
    DAY_MONTH_SWAPPED = "day and month of birth in each other's place"
    DATE_DIGIT = "one digit of the date of birth is another one"
    PLACE_MISTAKEN = "another commune or town of birth"
    PLACE_MISSING = "no place of birth"
    SEX_MISSING = "no sex"
    SEX_MISTAKEN = "the other sex"


_T = TypeVar("_T")
#: What is written, and what is written instead.
_Rules = tuple[tuple[str, str], ...]

#: What is written before a name, the longest first.
PARTICLES: Final = (
    "DE LA ", "DE L'", "DELLA ", "DELA ", "DES ", "DOS ", "DU ", "DE ", "DA ", "DI ", "D'", "LES ",
    "LE ", "LA ", "LO ", "L'", "EL ", "BEN ", "AÏT-", "OULD-",
)  # fmt: skip

_SHORT: Final = {
    "Abdoulaye": "Abdou", "Aboubacar": "Abou", "Alexandra": "Alex", "Alexis": "Alex",
    "Anastasia": "Nastia", "Barthélemy": "Barth", "Beatriz": "Bia", "Benoît": "Ben",
    "Charlotte": "Charlie", "Clémence": "Clem", "Clément": "Clem", "Emmanuel": "Manu",
    "Fatoumata": "Fatou", "Gabriel": "Gaby", "Gabrielle": "Gaby", "Grégoire": "Greg",
    "Ibrahima": "Ibra", "Joseph": "Jo", "Juliette": "Julie", "Leonardo": "Leo", "Lorenzo": "Enzo",
    "Louise": "Lou", "Maksym": "Maks", "Margaux": "Margot", "Mathilde": "Mathou", "Maxime": "Max",
    "Mohamed": "Med", "Nathan": "Nath", "Nicolas": "Nico", "Philippine": "Philou",
    "Raphaël": "Raph", "Samuel": "Sam", "Souleymane": "Souley", "Thibault": "Thib",
    "Valentin": "Val", "Victor": "Vic", "Victoria": "Vicky", "Youssef": "Youss", "Zakaria": "Zak",
}  # fmt: skip

_SOUNDS: Final[_Rules] = (
    ("ph", "f"), ("f", "ph"), ("eau", "o"), ("eau", "au"), ("au", "eau"), ("ot", "eau"), ("o", "au"),
    ("ain", "in"), ("in", "ain"), ("an", "en"), ("en", "an"), ("y", "i"), ("i", "y"), ("qu", "k"),
    ("k", "qu"), ("ch", "sh"), ("th", "t"), ("t", "th"), ("s", "z"), ("z", "s"), ("ss", "c"),
    ("c", "k"), ("ault", "aud"), ("é", "er"), ("er", "é"), ("ez", "é"), ("et", "ay"), ("aix", "ay"),
    ("ette", "ète"), ("elle", "èle"), ("x", "ks"), ("h", ""), ("ie", "i"), ("è", "ai"), ("ë", "e"),
    ("oux", "ou"), ("eux", "eu"), ("w", "v"), ("g", "gu"), ("j", "g"),
)  # fmt: skip

_HABITS: Final[_Rules] = (
    ("ou", "u"), ("ou", "w"), ("dj", "j"), ("kh", "h"), ("tch", "ch"), ("aï", "ay"), ("ei", "ey"),
    ("ya", "ia"), ("ss", "s"), ("ch", "sh"), ("sh", "ch"), ("gh", "r"), ("amed", "ammed"),
    ("eddine", "dine"), ("abd-el-", "abdel"), ("w", "ou"), ("ey", "ei"), ("yu", "iou"), ("cz", "tch"),
    ("sz", "ch"), ("ii", "iy"), ("x", "ks"), ("ö", "oe"), ("ü", "ue"), ("ç", "tch"), ("ñ", "gn"),
    ("ã", "an"), ("n'g", "ng"), ("n'd", "nd"), ("m'b", "mb"), ("keï", "kei"), ("phu", "fu"),
    ("nguy", "ngui"), ("zh", "j"), ("xi", "si"), ("hou", "hu"),
)  # fmt: skip

_ROWS: Final = ("azertyuiop", "qsdfghjklm", "wxcvbn")
_KEYS_BESIDE: Final = {
    letter: (row[at - 1 : at] if at else "") + row[at + 1 : at + 2]
    for row in _ROWS
    for at, letter in enumerate(row)
}


def distorted(civil: CivilStatus, distortion: Distortion, random: Random) -> CivilStatus | None:
    """Distort a civil status in one way.

    Args:
        civil (CivilStatus): as it is.
        distortion (Distortion): what is done to it.
        random (Random): the generator to draw from.

    Returns:
        CivilStatus | None: as it is written; None when there is nothing to distort so.
    """
    written = _WAYS[distortion](civil, random)
    return None if written == civil else written


def _one_of(words: Sequence[_T], random: Random) -> _T:
    return words[int(random.random() * len(words))]


# Whole names


def _usual_for_family(civil: CivilStatus, _: Random) -> CivilStatus:
    return civil._replace(family=civil.usual or civil.family, usual="")


def _usual_missing(civil: CivilStatus, _: Random) -> CivilStatus:
    return civil._replace(usual="")


def _name_added(civil: CivilStatus, random: Random) -> CivilStatus:
    origins = pools()
    other = origins[int(random.random() * len(origins))].families.pick(random)
    mark = "-" if random.random() < 0.3 else " "
    return civil._replace(family=f"{civil.family}{mark}{other}")


def _compound_cut(civil: CivilStatus, random: Random) -> CivilStatus:
    particle, name = _particle_of(civil.family)
    parts = name.replace("-", " ").split()
    if len(parts) < 2:
        return civil
    return civil._replace(family=parts[-1] if random.random() < 0.3 else particle + parts[0])


def _particle_moved(civil: CivilStatus, random: Random) -> CivilStatus:
    particle, name = _particle_of(civil.family)
    if particle:
        tight = particle.replace(" ", "").replace("'", "").replace("-", "")
        ways = (name, tight + name, f"{name} ({particle.strip(' -')})")
        return civil._replace(family=_one_of(ways, random))
    begins = civil.family[:2] in ("LE", "DU") and slug(civil.family[2:3]) not in tuple("aeiouy")
    if begins and len(civil.family) >= 6 and civil.family.isalpha():
        return civil._replace(family=f"{civil.family[:2]} {civil.family[2:]}")
    return civil


def _particle_of(family: str) -> tuple[str, str]:
    particle = next((start for start in PARTICLES if family.startswith(start)), "")
    return particle, family[len(particle) :]


def _names_swapped(civil: CivilStatus, _: Random) -> CivilStatus:
    first = civil_identity.first_name(civil.family)
    family = civil_identity.family_name(civil.firsts[0])
    return civil._replace(family=family, firsts=(first, *civil.firsts[1:]))


def _firsts_swapped(civil: CivilStatus, random: Random) -> CivilStatus:
    if len(civil.firsts) < 2:
        return civil
    at = 1 + int(random.random() * (len(civil.firsts) - 1))
    others = (first for first in civil.firsts if first != civil.firsts[at])
    return civil._replace(firsts=(civil.firsts[at], *others))


def _firsts_missing(civil: CivilStatus, _: Random) -> CivilStatus:
    return civil._replace(firsts=civil.firsts[:1])


def _first_shortened(civil: CivilStatus, random: Random) -> CivilStatus:
    first = civil.firsts[0]
    parts = first.replace("-", " ").split()
    if len(parts) > 1:
        first = _one_of((parts[0], parts[0], parts[-1], f"{parts[0][0]}-{parts[-1]}"), random)
    return _with_first(civil, _SHORT.get(first, first))


# Letters of the family name or of the first name


def _in_one_name(
    change: Callable[[str, Random], str],
) -> Callable[[CivilStatus, Random], CivilStatus]:
    """Make a distortion of what changes one name in small letters: the family name, or the first one.

    The other one is tried when there is nothing to change in the one drawn.
    """

    def way(civil: CivilStatus, random: Random) -> CivilStatus:
        family_is_first = random.random() < 0.5
        for is_family in (family_is_first, not family_is_first):
            name = civil.family if is_family else civil.firsts[0]
            changed = change(name.lower(), random)
            if changed != name.lower() and len(slug(changed)) > 1:
                return (
                    civil._replace(family=civil_identity.family_name(changed))
                    if is_family
                    else _with_first(civil, civil_identity.first_name(changed))
                )
        return civil

    return way


def _with_first(civil: CivilStatus, first: str) -> CivilStatus:
    return civil._replace(firsts=(first, *civil.firsts[1:]))


def _marks_moved(name: str, random: Random) -> str:
    places = [at for at, letter in enumerate(name) if letter in "-' "]
    if not places:
        return name
    at = _one_of(places, random)
    others = [mark for mark in ("-", " ", "") if mark != name[at]]
    return name[:at] + _one_of(others, random) + name[at + 1 :]


def _by(rules: _Rules) -> Callable[[str, Random], str]:
    """Make a change that applies one rule at one place: all places of all rules are as likely."""

    def change(name: str, random: Random) -> str:
        found = [
            (at, old, new)
            for old, new in rules
            for at in _places(name, old)
            if not new or not name.startswith(new, at)
        ]
        if not found:
            return name
        at, old, new = _one_of(found, random)
        return name[:at] + new + name[at + len(old) :]

    return change


def _places(name: str, old: str) -> Iterator[int]:
    at = name.find(old)
    while at >= 0:
        yield at
        at = name.find(old, at + 1)


def _keyboard(name: str, random: Random) -> str:
    places = [at for at, letter in enumerate(name) if letter in _KEYS_BESIDE]
    if not places:
        return name
    at = _one_of(places, random)
    return name[:at] + _one_of(_KEYS_BESIDE[name[at]], random) + name[at + 1 :]


def _doubled(name: str, random: Random) -> str:
    twice = [at for at in range(1, len(name)) if name[at] == name[at - 1]]
    if twice:
        at = _one_of(twice, random)
        return name[:at] + name[at + 1 :]
    once = [at for at, letter in enumerate(name) if at and letter in "bcdfglmnprst"]
    if not once:
        return name
    at = _one_of(once, random)
    return name[:at] + name[at] + name[at:]


def _dropped(name: str, random: Random) -> str:
    places = [at for at, letter in enumerate(name) if at and letter.isalpha()]
    if not places:
        return name
    at = _one_of(places, random)
    return name[:at] + name[at + 1 :]


def _swapped(name: str, random: Random) -> str:
    pairs = [
        at
        for at in range(len(name) - 1)
        if name[at].isalpha() and name[at + 1].isalpha() and name[at] != name[at + 1]
    ]
    if not pairs:
        return name
    at = _one_of(pairs, random)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _accents_dropped(civil: CivilStatus, _: Random) -> CivilStatus:
    firsts = tuple(civil_identity.first_name(_bare(first)) for first in civil.firsts)
    return civil._replace(
        family=_bare(civil.family).upper(), usual=_bare(civil.usual).upper(), firsts=firsts
    )


def _bare(text: str) -> str:
    return "".join(slug(letter) if not letter.isascii() else letter for letter in text)


# Birth and sex


def _date_filled(civil: CivilStatus, _: Random) -> CivilStatus:
    year, month, day = civil.birth
    return civil._replace(birth=Birthday(year, month or 1, day or 1))


def _day_month_swapped(civil: CivilStatus, _: Random) -> CivilStatus:
    year, month, day = civil.birth
    return civil._replace(birth=Birthday(year, day, month)) if 0 < day <= 12 else civil


def _date_digit(civil: CivilStatus, random: Random) -> CivilStatus:
    year, month, day = civil.birth
    digits = f"{year:04d}{month:02d}{day:02d}"
    known = range(3, 8) if day else range(3, 6 if month else 4)
    others = []
    for at in known:
        for digit in "0123456789":
            typed = f"{digits[:at]}{digit}{digits[at + 1 :]}"
            birth = Birthday(int(typed[:4]), int(typed[4:6]), int(typed[6:]))
            if birth != civil.birth and _exists(birth, civil.birth):
                others.append(birth)
    return civil._replace(birth=_one_of(others, random))


def _exists(birth: Birthday, known: Birthday) -> bool:
    """Tell whether a date exists, and is as complete as another."""
    if bool(birth.month) != bool(known.month) or bool(birth.day) != bool(known.day):
        return False
    try:
        date(birth.year, birth.month or 1, birth.day or 1)
    except ValueError:
        return False
    return True


def _place_mistaken(civil: CivilStatus, random: Random) -> CivilStatus:
    if civil.country == FRANCE:
        return civil._replace(commune=COMMUNES.pick(random))
    return civil._replace(town=_one_of(BIRTH_TOWNS.get(civil.country, (civil.town,)), random))


def _place_missing(civil: CivilStatus, _: Random) -> CivilStatus:
    return civil._replace(country="", commune="", town="")


def _sex_missing(civil: CivilStatus, _: Random) -> CivilStatus:
    return civil._replace(sex="")


def _sex_mistaken(civil: CivilStatus, _: Random) -> CivilStatus:
    return civil._replace(sex={"1": "2", "2": "1"}.get(civil.sex, ""))


_WAYS: Final[dict[Distortion, Callable[[CivilStatus, Random], CivilStatus]]] = {
    Distortion.USUAL_FOR_FAMILY: _usual_for_family,
    Distortion.USUAL_MISSING: _usual_missing,
    Distortion.NAME_ADDED: _name_added,
    Distortion.COMPOUND_CUT: _compound_cut,
    Distortion.PARTICLE_MOVED: _particle_moved,
    Distortion.FIRSTS_SWAPPED: _firsts_swapped,
    Distortion.FIRSTS_MISSING: _firsts_missing,
    Distortion.FIRST_SHORTENED: _first_shortened,
    Distortion.HYPHENS_MOVED: _in_one_name(_marks_moved),
    Distortion.TRANSLITERATED: _in_one_name(_by(_HABITS)),
    Distortion.TYPO_KEYBOARD: _in_one_name(_keyboard),
    Distortion.TYPO_PHONETIC: _in_one_name(_by(_SOUNDS)),
    Distortion.TYPO_DOUBLED: _in_one_name(_doubled),
    Distortion.TYPO_DROPPED: _in_one_name(_dropped),
    Distortion.TYPO_SWAPPED: _in_one_name(_swapped),
    Distortion.ACCENTS_DROPPED: _accents_dropped,
    Distortion.NAMES_SWAPPED: _names_swapped,
    Distortion.DATE_FILLED: _date_filled,
    Distortion.DAY_MONTH_SWAPPED: _day_month_swapped,
    Distortion.DATE_DIGIT: _date_digit,
    Distortion.PLACE_MISTAKEN: _place_mistaken,
    Distortion.PLACE_MISSING: _place_missing,
    Distortion.SEX_MISSING: _sex_missing,
    Distortion.SEX_MISTAKEN: _sex_mistaken,
}
