"""Compare what is stored with what a file gives, so that only what differs is written.

Pure. Ranks keep the order of the file; they are spaced, so that an entry added in the middle does
not displace, and rewrite, those after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

Content = TypeVar("Content")

#: Between two entries written at once.
_SPACE = 1024


@dataclass(frozen=True, slots=True)
class Count:
    """What a file changed among entries of one kind.

    Attributes:
        added: entries that were not there.
        changed: entries whose content or place differs.
        removed: entries that the file no longer gives.
        unchanged: entries left untouched.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0

    @property
    def total(self) -> int:
        """Entries held once the file is in."""
        return self.added + self.changed + self.unchanged


class Stored(NamedTuple, Generic[Content]):
    """An entry of the base."""

    id: int
    rank: int
    content: Content


class Placed(NamedTuple, Generic[Content]):
    """An entry to write: what identifies it, its place and its content."""

    key: str
    rank: int
    content: Content


@dataclass(slots=True)
class Difference(Generic[Content]):
    """What to write so that the base holds what the file gives.

    Attributes:
        added: entries to add, in the order of the file.
        changed: entries to rewrite, by their id.
        removed: ids to remove.
        unchanged: how many stay as they are.
    """

    added: list[Placed[Content]] = field(default_factory=list)
    changed: dict[int, Placed[Content]] = field(default_factory=dict)
    removed: list[int] = field(default_factory=list)
    unchanged: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.added or self.changed or self.removed)

    @property
    def count(self) -> Count:
        """The difference in numbers."""
        return Count(len(self.added), len(self.changed), len(self.removed), self.unchanged)


def compare(
    stored: Mapping[str, Stored[Content]], given: Mapping[str, Content]
) -> Difference[Content]:
    """Compare entries of one kind.

    Args:
        stored (Mapping[str, Stored[Content]]): entries of the base, by key.
        given (Mapping[str, Content]): entries of the file by key, in its order.

    Returns:
        Difference[Content]: what to write.
    """
    found: Difference[Content] = Difference()
    ranks = place([stored[key].rank if key in stored else None for key in given])
    for (key, content), rank in zip(given.items(), ranks, strict=True):
        entry, before = Placed(key, rank, content), stored.get(key)
        if before is None:
            found.added.append(entry)
        elif (before.rank, before.content) == (rank, content):
            found.unchanged += 1
        else:
            found.changed[before.id] = entry
    found.removed = [entry.id for key, entry in stored.items() if key not in given]
    return found


def place(ranks: Sequence[int | None]) -> list[int]:
    """Give a rank to entries that have none, displacing as few of the others as is simple.

    Args:
        ranks (Sequence[int | None]): in the order wanted, the rank of each entry already placed.

    Returns:
        list[int]: growing ranks. Those given stay, unless their order or the room between them
            obliges to place all anew.
    """
    placed: list[int] = []
    waiting, low = 0, 0
    for rank in (*ranks, None):
        if rank is None:
            waiting += 1
            continue
        placed += (low + (rank - low) * n // (waiting + 1) for n in range(1, waiting + 1))
        placed.append(rank)
        waiting, low = 0, rank
    placed += (low + _SPACE * n for n in range(1, waiting))
    if all(before < after for before, after in pairwise((0, *placed))):
        return placed
    return [_SPACE * n for n in range(1, len(ranks) + 1)]
