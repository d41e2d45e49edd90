"""Put accesses into the chain of their school afterwards, and check that none was touched since.

A seal is an act that holds the number of the lines it covers and their digest. It covers the lines of a
span of transactions, not of a span of numbers: a line has its number before it is committed, so a span of
numbers could still gain one. Once the oldest transaction under way is past a span, nothing can join it.

Numbers of transactions belong to one server. When the base is restored on another one they begin
anew, while those of lines go on: the first sealing there closes what came from the old server (all its
transactions have ended), and later seals only look at lines above.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Self

from django.db import connection, transaction

from bascule.journal.act import act
from bascule.store.policies import open_schools

#: The act that seals lines, and who signs it; and the one that removes those past their time.
SEAL_ACT = "access.seal"
FORGET_ACT = "access.forget"
SIGNATURE = "bascule"

_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class SealReport:
    """What was found of the sealed lines of a school.

    Attributes:
        sealed_count: lines under a seal.
        pending_count: lines that no seal covers yet.
        faults: French sentences, one for each broken seal.
    """

    sealed_count: int
    pending_count: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Span:
    """The lines above a number, written by transactions of one server from one to before another."""

    server: str
    above: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Seal:
    """One seal: its rank in the chain, its span, the last line that any seal covers, what it covers."""

    sequence: int
    span: _Span
    last: int
    count: int
    digest: str

    @classmethod
    def of(cls, sequence: int, payload: str) -> Self | None:
        """Read a seal; None when it was touched so that it cannot be read."""
        try:
            said = json.loads(payload)["facts"]
            span = _Span(said["server"], said["above"], said["from"], said["before"])
            return cls(sequence, span, said["last"], said["count"], said["digest"])
        except (ValueError, KeyError, TypeError):
            return None


def seal(*, uai: str, at: datetime) -> int:
    """Put the lines of a school that are not yet in its chain into it.

    Args:
        uai (str): the school, or `AUTHORITY`.
        at (datetime): when.

    Returns:
        int: lines sealed.
    """
    count = _seal_next(uai, at)
    with transaction.atomic():
        open_schools(uai)
        last = _last_seal(uai)
    if last is not None and last.span.end == _HIGHEST:
        # What came from an old server has just been closed; there may be more since.
        count += _seal_next(uai, at)
    return count


def check_seals(*, uai: str) -> SealReport:
    """Compare the sealed lines of a school with what its chain says of them.

    Args:
        uai (str): the school, or `AUTHORITY`.

    Returns:
        SealReport: what was found.
    """
    sealed, pending, faults = 0, 0, []
    with transaction.atomic():
        open_schools(uai)
        seals, unreadable = _seals(uai)
        faults += [
            f"acte n° {sequence} : ce scellé ne peut plus être lu." for sequence in unreadable
        ]
        forgotten = _forgotten(uai)
        for one, upto in _with_bounds(uai, seals):
            count, digest, _ = _digest(uai, one.span, upto)
            sealed += count
            if one.sequence <= forgotten and count == 0:
                continue
            if (count, digest) != (one.count, one.digest):
                faults.append(
                    f"acte n° {one.sequence} : les accès qu’il scelle ont été touchés"
                    f" ({one.count} attendus, {count} trouvés)."
                )
        pending = _count(uai) - sealed
    return SealReport(sealed, pending, tuple(faults))


def forget(*, uai: str, actor: str, at: datetime) -> int:
    """Remove the lines past their time, seal by seal; the chain says up to which seal, and still verifies.

    Lines that no seal covers yet are not removed: the next one will, then they are.

    Args:
        uai (str): the school, or `AUTHORITY`.
        actor (str): who asks.
        at (datetime): now.

    Returns:
        int: lines removed.
    """
    with transaction.atomic():
        open_schools(uai)
        if not _forgettable(uai):
            return 0
        with act(uai=uai, kind=FORGET_ACT, actor=actor, at=at) as opened:
            found = _forgettable(uai)
            with connection.cursor() as cursor:
                count = 0
                for one, upto in found:
                    cursor.execute(
                        "SELECT purge_accesses(%s, %s, %s, %s, %s)",
                        [uai, one.span.start, one.span.end, one.span.above, upto],
                    )
                    count += cursor.fetchone()[0]
            last = max((one.sequence for one, _ in found), default=0)
            opened.facts |= {"upto": last, "count": count}
    return count


def _forgettable(uai: str) -> list[tuple[_Seal, int]]:
    """Give the seals, from the first that still covers lines, whose lines are all past their time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequence FROM journal_act WHERE uai = %s AND kind = %s"
            " AND at < purge_limit('access') ORDER BY sequence DESC LIMIT 1",
            [uai, SEAL_ACT],
        )
        last = (cursor.fetchone() or (0,))[0]
    done = _forgotten(uai)
    bounds = _with_bounds(uai, _seals(uai)[0])
    return [(one, upto) for one, upto in bounds if done < one.sequence <= last]


def _forgotten(uai: str) -> int:
    """Tell up to which seal the lines were removed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max((payload::jsonb->'facts'->>'upto')::integer), 0) FROM journal_act"
            " WHERE uai = %s AND kind = %s",
            [uai, FORGET_ACT],
        )
        return int(cursor.fetchone()[0])


def _seal_next(uai: str, at: datetime) -> int:
    """Seal the next span, if it has lines or ends what came from an old server."""
    with transaction.atomic():
        open_schools(uai)
        if not _is_due(uai, _last_seal(uai)):
            return 0
        with act(uai=uai, kind=SEAL_ACT, actor=SIGNATURE, at=at) as opened:
            # Asked again under the lock of the school: another sealer may have come first.
            before = _last_seal(uai)
            span, upto = _next_span(uai, before)
            count, digest, last = _digest(uai, span, upto)
            opened.facts |= {
                "server": span.server,
                "above": span.above,
                "from": span.start,
                "before": span.end,
                "last": max(last, before.last if before else 0, 0 if upto == _HIGHEST else upto),
                "count": count,
                "digest": digest,
            }
    return count


def _is_due(uai: str, before: _Seal | None) -> bool:
    span, upto = _next_span(uai, before)
    return span.end == _HIGHEST or _count(uai, span, upto) > 0


def _next_span(uai: str, before: _Seal | None) -> tuple[_Span, int]:
    """Give the span that follows the last seal, and the highest line it may cover."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier::text, pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
            " FROM pg_control_system()"
        )
        server, end = cursor.fetchone()
    if before is None:
        return _Span(server, _LOWEST, _LOWEST, end), _HIGHEST
    if before.span.end == _HIGHEST:
        return _Span(server, before.last, _LOWEST, end), _HIGHEST
    if before.span.server == server:
        return _Span(server, before.span.above, before.span.end, end), _HIGHEST
    old = before.span
    return _Span(old.server, old.above, old.end, _HIGHEST), _last_of_old_server(uai, before)


def _last_of_old_server(uai: str, before: _Seal) -> int:
    """Give the last line that is known to come from the server of a seal, which is not this one.

    A transaction that this server has not begun yet is another's. Lines of the old server after
    that one bear numbers that this server has passed: they are sealed like its own.
    """
    with connection.cursor() as cursor:
        # One statement, so one snapshot: what is visible in it was begun before its end.
        cursor.execute(
            "SELECT max(id) FROM journal_access WHERE uai = %s"
            " AND transaction >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
            [uai],
        )
        return max(before.last, cursor.fetchone()[0] or 0)


def _with_bounds(uai: str, seals: Sequence[_Seal]) -> Iterator[tuple[_Seal, int]]:
    """Give each seal with the highest line it may cover: all those of its server."""
    groups = [list(group) for _, group in groupby(seals, key=lambda one: one.span.above)]
    for group in groups:
        last = group[-1]
        upto = _HIGHEST
        if last.span.end == _HIGHEST:
            upto = last.last
        elif last is seals[-1]:
            _, upto = _next_span(uai, last)
        yield from ((one, upto) for one in group)


def _seals(uai: str) -> tuple[list[_Seal], list[int]]:
    """Read the seals of a school, and the ranks of those that cannot be read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequence, payload FROM journal_act WHERE uai = %s AND kind = %s ORDER BY sequence",
            [uai, SEAL_ACT],
        )
        read = [(sequence, _Seal.of(sequence, payload)) for sequence, payload in cursor]
    return (
        [found for _, found in read if found is not None],
        [sequence for sequence, found in read if found is None],
    )


def _last_seal(uai: str) -> _Seal | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequence, payload FROM journal_act WHERE uai = %s AND kind = %s"
            " ORDER BY sequence DESC LIMIT 1",
            [uai, SEAL_ACT],
        )
        found = cursor.fetchone()
    if found is None:
        return None
    # One that was touched is told by the verification; sealing goes on from the one before.
    return _Seal.of(*found) or next(reversed(_seals(uai)[0]), None)


def _count(uai: str, span: _Span | None = None, upto: int = _HIGHEST) -> int:
    start, end, above = (span.start, span.end, span.above) if span else (_LOWEST, _HIGHEST, _LOWEST)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM journal_access WHERE uai = %s AND transaction >= %s"
            " AND transaction < %s AND id > %s AND id <= %s",
            [uai, start, end, above, upto],
        )
        return int(cursor.fetchone()[0])


def _digest(uai: str, span: _Span, upto: int) -> tuple[int, str, int]:
    """Give the count, the digest and the last of the lines of a span."""
    digest, count, last = hashlib.sha256(), 0, 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, at, transaction, kind, person_id, actor, about, purpose, host(address), facts::text"
            " FROM journal_access WHERE uai = %s AND transaction >= %s AND transaction < %s"
            " AND id > %s AND id <= %s ORDER BY id",
            [uai, span.start, span.end, span.above, upto],
        )
        for last, instant, *others in cursor:
            digest.update(_text(last, instant, others).encode() + b"\n")
            count += 1
    return count, digest.hexdigest(), last


def _text(line_id: int, instant: datetime, others: Sequence[Any]) -> str:
    return json.dumps([line_id, instant.astimezone(UTC).isoformat(), *others])
