"""Names as often as the French bear them: a few are everywhere, most are rare.

The names come from `names`, and from crosses of them: the beginning of one, the end of another of the
same origin. No file of persons is read. How often each is borne follows the law of Zipf and Mandelbrot,
set by hand to come near the known orders of magnitude: of family names, the first is borne by one person
in 500 and the thousandth by one in 8,000; of a sex's first names, the first by one in 90 and the thousandth
by one in 5,000.
"""

# The shares of a fictional population: a name for each would say less than the number.

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

from bascule.generator.names import ORIGINS, Origin, Word, slug
from bascule.generator.places import BIRTH_COMMUNES
from bascule.values import civil_identity

_FAMILIES, _FIRST_NAMES = 50_000, 5_000
_FAMILY_EXPONENT, _FIRST_EXPONENT = 0.85, 1.3
#: How many of the first ranks are nearly as frequent as the first.
_FLATTENING = 20.0


class Ranked:
    """Words from the most frequent to the rarest.

    Args:
        words (tuple[str, ...]): at least one.
        exponent (float): of the law, not 1; the higher, the rarer the last ones.
    """

    def __init__(self, words: tuple[str, ...], exponent: float) -> None:
        self.words = words
        power = 1 - exponent
        self._last = len(words) - 1
        self._low = _FLATTENING**power
        self._span = (_FLATTENING + len(words)) ** power - self._low
        self._inverse = 1 / power

    def pick(self, random: Random) -> str:
        """Draw a word, as often as its rank says.

        Args:
            random (Random): the generator to draw from.

        Returns:
            str: one of the words.
        """
        at = (self._low + random.random() * self._span) ** self._inverse - _FLATTENING
        return self.words[min(int(at), self._last)]


@dataclass(frozen=True, slots=True)
class Pool:
    """The names of an origin, and where its people are born.

    Attributes:
        families: family names, in capitals.
        girls: first names.
        boys: first names.
        countries: codes of the countries where a birth abroad takes place.
        abroad: share of births abroad, 0 to 1.
    """

    families: Ranked
    girls: Ranked
    boys: Ranked
    countries: tuple[str, ...]
    abroad: float


#: Communes with a maternity ward, a few with many births.
COMMUNES = Ranked(tuple(Random(1).sample(BIRTH_COMMUNES, len(BIRTH_COMMUNES))), _FAMILY_EXPONENT)


@cache
def pools() -> tuple[Pool, ...]:
    """Return the names of every origin, each pool as often as it is met.

    Returns:
        tuple[Pool, ...]: to draw from with equal chances. The same in every process.
    """
    return tuple(pool_of(origin) for origin in ORIGINS)


def pool_of(origin: Origin) -> Pool:
    """Return the names of an origin.

    Args:
        origin (Origin): one of `ORIGINS`.

    Returns:
        Pool: made once.
    """
    if id(origin) not in _made:
        _made[id(origin)] = _pool(origin)
    return _made[id(origin)]


#: The pool of each origin: these last as long as the program, and are long to compare.
_made: dict[int, Pool] = {}


def _pool(origin: Origin) -> Pool:
    families = (name.upper() for name in _with_crosses(origin.families, _FAMILIES))
    return Pool(
        Ranked(tuple(families), _FAMILY_EXPONENT),
        Ranked(_with_crosses(origin.girls, _FIRST_NAMES), _FIRST_EXPONENT),
        Ranked(_with_crosses(origin.boys, _FIRST_NAMES), _FIRST_EXPONENT),
        origin.countries,
        0.015 if origin is ORIGINS[0] else 0.15,
    )


def _with_crosses(words: tuple[Word, ...], most: int) -> tuple[str, ...]:
    """Return names, then their crosses in an order that is always the same."""
    known = tuple(civil_identity.first_name(word.text) for word in words)
    cuts = [cut for name in known for cut in _cuts(name)]
    heads = tuple(dict.fromkeys(head for head, _ in cuts))
    tails = tuple(dict.fromkeys(tail for _, tail in cuts if tail.isalpha()))
    crosses = [head + tail for head in heads for tail in tails]
    Random(2).shuffle(crosses)
    return tuple(dict.fromkeys((*known, *crosses)))[:most]


def _cuts(name: str) -> Iterator[tuple[str, str]]:
    """Cut a name before each vowel that follows a consonant, two letters at least on each side."""
    for at in range(2, len(name) - 1):
        if _is_vowel(name[at]) and name[at - 1].isalpha() and not _is_vowel(name[at - 1]):
            yield name[:at], name[at:]


def _is_vowel(letter: str) -> bool:
    return slug(letter)[:1] in tuple("aeiouy")
