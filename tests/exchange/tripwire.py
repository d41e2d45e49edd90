"""Something happens at the n-th thing asked of PostgreSQL: a statement, a COPY, its end, a commit.

It is laid in the driver, below Django's cursors and our own, so nothing passes beside it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import psycopg
import pytest

#: What is watched, and under which name.
_WATCHED = (
    (psycopg.Cursor, "execute", "execute"),
    (psycopg.Cursor, "executemany", "execute"),
    (psycopg.Cursor, "copy", "copy"),
    (psycopg.Connection, "commit", "commit"),
)


@dataclass(slots=True)
class Tripwire:
    """A wire laid at the n-th thing asked, or at the n-th of a name; `seen` names all that were."""

    at: int | tuple[str, int]
    then: Callable[[], None]
    seen: list[str] = field(default_factory=list)

    tripped: bool = False

    def step(self, name: str) -> None:
        self.seen.append(name)
        if self.at in {len(self.seen), (name, self.seen.count(name))}:
            self.tripped = True
            self.then()


@contextmanager
def laid(
    at: int | tuple[str, int], then: Callable[[], None], *, is_after: bool = False
) -> Iterator[Tripwire]:
    """Lay a wire for the block.

    Args:
        at (int | tuple[str, int]): which thing trips it, from 1; or a name, and which of that name.
        then (Callable[[], None]): what happens; it may raise.
        is_after (bool): whether it happens once the thing is done, in place of its answer.

    Yields:
        Tripwire: the wire.
    """
    wire = Tripwire(at, then)
    with pytest.MonkeyPatch.context() as patch:
        for owner, attribute, name in _WATCHED:
            patch.setattr(
                owner,
                attribute,
                _stepping(getattr(owner, attribute), wire, name, is_after=is_after),
            )
        patch.setattr(psycopg.Copy, "__exit__", _ending(psycopg.Copy.__exit__, wire))
        yield wire


def _stepping(asked: Any, wire: Tripwire, name: str, *, is_after: bool) -> Any:
    @wraps(asked)
    def stepping(*args: Any, **options: Any) -> Any:
        if not is_after:
            wire.step(name)
        answer = asked(*args, **options)
        if is_after:
            wire.step(name)
        return answer

    return stepping


def _ending(end: Any, wire: Tripwire) -> Any:
    @wraps(end)
    def ending(copy: Any, *raised: Any) -> Any:
        try:
            wire.step("end of copy")
        except psycopg.Error as fault:
            # As the driver does: the server is told, and the connection may go on.
            end(copy, type(fault), fault, None)
            raise
        return end(copy, *raised)

    return ending
