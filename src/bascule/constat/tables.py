"""The counts of a constat as pages and papers show them: by MEF, by division, each by sex."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from bascule.constat.counting import COLUMNS, Cell
from bascule.figures.dimensions import BY_CODE

#: Codes of `CODE_SEXE`.
_BOYS, _GIRLS = "1", "2"


class Row(NamedTuple):
    """One line: code and words, boys, girls, all of them."""

    code: str
    words: str
    boys: int
    girls: int
    total: int


def rows_by(counts: Mapping[Cell, int], dimension: str) -> list[Row]:
    """Add counts up by one dimension.

    Args:
        counts (Mapping[Cell, int]): pupils of each cell.
        dimension (str): one of `counting.COLUMNS`.

    Returns:
        list[Row]: by code, what is not known last.
    """
    rank, sex = COLUMNS.index(dimension), COLUMNS.index("sexe")
    found: dict[str, Counter[str]] = {}
    for cell, count in counts.items():
        found.setdefault(cell[rank], Counter())[cell[sex]] += count
    words = BY_CODE[dimension].words([code for code in found if code])
    return [
        Row(code, words.get(code) or code, one[_BOYS], one[_GIRLS], one.total())
        for code, one in sorted(found.items(), key=lambda pair: (not pair[0], pair[0]))
    ]
