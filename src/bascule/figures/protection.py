"""Hide what would point at few pupils in a table that leaves, and what would give it back by subtraction. Pure.

A hidden figure is one that no sum of the table determines: sums are equations whose unknowns are the hidden figures,
and as long as elimination leaves one of them alone, another figure of its sums is hidden beside it.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from bascule.values.words import said as _

#: Fewer pupils than this are never shown outside.
FEWEST: Final = 5
#: Arithmetic of the elimination: modulo a prime no coefficient of sums can be a multiple of.
_PRIME: Final = 2**31 - 1

Key = TypeVar("Key", bound=Hashable)


class Hidden(StrEnum):
    """Why a figure is hidden; codes that stay."""

    FEW = "PEU"
    BESIDE = "AVEC"
    APART = "ECART"

    @property
    def label(self) -> str:
        """Return its French words."""
        return _HIDDEN[self]


_HIDDEN: Final = {
    Hidden.FEW: _("moins de 5 élèves"),
    Hidden.BESIDE: _("permettrait de retrouver un effectif de moins de 5 élèves"),
    Hidden.APART: _("diffère de moins de 5 élèves d’un tableau déjà remis"),
}


class Sum(NamedTuple):
    """Figures of which one is the sum of others.

    Attributes:
        total: it.
        parts: the others.
    """

    total: Hashable
    parts: tuple[Hashable, ...]


def protect(
    figures: Mapping[Key, int], sums: Sequence[Sum], *, apart: Collection[Key] = ()
) -> dict[Key, Hidden]:
    """Choose the figures to hide.

    Args:
        figures (Mapping[Key, int]): the table.
        sums (Sequence[Sum]): what anybody may add up in it.
        apart (Collection[Key]): figures to hide because of what was given before.

    Returns:
        dict[Key, Hidden]: figures to hide, and why.
    """
    hidden: dict[Key, Hidden] = dict.fromkeys(apart, Hidden.APART)
    hidden |= {key: Hidden.FEW for key, count in figures.items() if 0 < count < FEWEST}
    of: dict[Hashable, list[Sum]] = {}
    for one in sums:
        for key in (one.total, *one.parts):
            of.setdefault(key, []).append(one)
    while True:
        told = _determined([key for key in figures if key in hidden], sums)
        added = {_beside(key, figures, of.get(key, ()), hidden) for key in told} - {None}
        if not added:
            return hidden
        hidden |= {key: Hidden.BESIDE for key in added if key is not None}


def _beside(
    key: Key, figures: Mapping[Key, int], sums: Sequence[Sum], hidden: Mapping[Key, Hidden]
) -> Key | None:
    """Choose the smallest figure that shares a sum with one, a nought only when there is no other."""
    names = {other for one in sums for other in (one.total, *one.parts)}
    near = [other for other in figures if other in names and other not in hidden and other != key]
    return min(
        near, key=lambda other: (figures[other] == 0, figures[other], str(other)), default=None
    )


def _determined(hidden: Sequence[Key], sums: Sequence[Sum]) -> list[Key]:
    """Find the hidden figures that sums alone give back: a group too small to hide in counts as one."""
    unknown = set(hidden)
    rows: dict[Hashable, dict[Hashable, int]] = {}
    for one in sums:
        row: dict[Hashable, int] = {}
        for key, sign in ((one.total, 1), *((part, -1) for part in one.parts)):
            if key in unknown:
                row[key] = (row.get(key, 0) + sign) % _PRIME
        _enter(rows, {key: value for key, value in row.items() if value})
    _reduce(rows)
    alone = {next(iter(row)) for row in rows.values() if len(row) == 1}
    return [key for key in hidden if key in alone]


def _enter(rows: dict[Hashable, dict[Hashable, int]], row: dict[Hashable, int]) -> None:
    """Bring an equation among those in echelon, each known by its first unknown."""
    while row:
        pivot = min(row, key=str)
        known = rows.get(pivot)
        if known is None:
            factor = pow(row[pivot], -1, _PRIME)
            rows[pivot] = {key: value * factor % _PRIME for key, value in row.items()}
            return
        _subtract(row, known, row[pivot])


def _reduce(rows: dict[Hashable, dict[Hashable, int]]) -> None:
    """Take each first unknown out of the equations before it."""
    for pivot in sorted(rows, key=str, reverse=True):
        for row in rows.values():
            if row is not rows[pivot] and pivot in row:
                _subtract(row, rows[pivot], row[pivot])


def _subtract(row: dict[Hashable, int], other: Mapping[Hashable, int], factor: int) -> None:
    for key, value in other.items():
        left = (row.get(key, 0) - factor * value) % _PRIME
        if left:
            row[key] = left
        else:
            row.pop(key, None)
