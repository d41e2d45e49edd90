"""How many can be linked without anybody at all, by any rule that never does so when first names disagree."""

from itertools import product

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from bascule.ine.matching.civil import Civil, keys

_SHORT = 4


def bears_another_name(one: Civil, other: Civil) -> bool:
    """Tell whether first names disagree for whoever reads them, however kindly.

    Kinder than the program: also where both are names that people bear, where letters are few, where any
    first name is like any other, or like the family name. What is missing does not disagree.

    Args:
        one (Civil): somebody, as the directory has it.
        other (Civil): the same one, as written elsewhere.

    Returns:
        bool: True when nothing that either is called is like anything that the other is.
    """
    left, right = keys(one), keys(other)
    if not (left.firsts and right.firsts):
        return False
    pairs = (
        *product((*left.firsts, *left.first_parts), (*right.firsts, *right.first_parts)),
        *product(left.firsts, right.names),
        *product(left.names, right.firsts),
    )
    return left.first_sound != right.first_sound and not any(_is_like(*pair) for pair in pairs)


def _is_like(one: str, other: str) -> bool:
    edits = 2 if min(len(one), len(other)) >= _SHORT else 1
    return (
        one.startswith(other)
        or other.startswith(one)
        or DamerauLevenshtein.distance(one, other) <= edits
        or JaroWinkler.similarity(one, other) >= 0.8  # noqa: PLR2004
    )
