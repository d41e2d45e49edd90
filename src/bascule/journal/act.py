"""Open an act: the only way to write a school's rows.

An act is one transaction, one line of the school's chain, and the name every row it writes bears.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection, transaction

from bascule.store.locks import lock_school
from bascule.store.policies import SCHOOLS_SETTING

#: The hash before the first act of a chain.
GENESIS = bytes(32)

#: Stands for the school in the authority's own acts; no UAI looks like it.
AUTHORITY = "AUTORITE"


@dataclass(slots=True)
class OpenAct:
    """An act under way.

    Attributes:
        id: its number, borne by the rows it writes.
        uai: the school; `AUTHORITY` for the authority.
        at: when.
        actor: who does it.
        run_id: the run of an import it belongs to; may be told within the block.
        facts: what the journal says of it: counts, digests, codes. Never a name of a pupil.
    """

    id: int
    uai: str
    at: datetime
    actor: str
    run_id: int | None = None
    facts: dict[str, object] = field(default_factory=dict)


@contextmanager
def act(
    *,
    uai: str,
    kind: str,
    actor: str,
    at: datetime,
    run_id: int | None = None,
    reads: tuple[str, ...] = (),
) -> Iterator[OpenAct]:
    """Open an act, and write it into the chain when its block ends well.

    Args:
        uai (str): the school, or `AUTHORITY`.
        kind (str): what is done (`import.apply`, `structures.load`…).
        actor (str): who does it.
        at (datetime): when, with its time zone.
        run_id (int | None): the run of an import it belongs to.
        reads (tuple[str, ...]): other schools whose rows the block may see.

    Yields:
        OpenAct: the act; the block adds to its `facts`.

    Raises:
        SchoolIsBusyError: if another act holds the school.
    """
    with transaction.atomic():
        lock_school(uai)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config(%s, %s, true),"
                " set_config('bascule.act', nextval(pg_get_serial_sequence('journal_act', 'id'))::text, true)",
                [SCHOOLS_SETTING, ",".join((uai, *reads))],
            )
            opened = OpenAct(int(cursor.fetchone()[1]), uai, at, actor, run_id)
        yield opened
        _write(opened, kind=kind)


def payload_of(
    *,
    uai: str,
    sequence: int,
    at: datetime,
    kind: str,
    actor: str,
    run_id: int | None,
    facts: dict[str, object],
) -> str:
    """Write the text that is hashed, always the same for the same act.

    Args:
        uai (str): the school.
        sequence (int): rank in the school's chain, from 1.
        at (datetime): when.
        kind (str): what was done.
        actor (str): who did it.
        run_id (int | None): the run it belongs to.
        facts (dict[str, object]): counts, digests, codes.

    Returns:
        str: JSON with sorted keys and no blanks.
    """
    content = {
        "uai": uai,
        "sequence": sequence,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "kind": kind,
        "actor": actor,
        "run": run_id,
        "facts": facts,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_of(previous: bytes, payload: str) -> bytes:
    """Chain an act to the one before.

    Args:
        previous (bytes): hash of the act before, or `GENESIS`.
        payload (str): text of the act.

    Returns:
        bytes: SHA-256, 32 bytes.
    """
    return hashlib.sha256(previous + payload.encode()).digest()


def _write(opened: OpenAct, *, kind: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequence, hash FROM journal_act WHERE uai = %s ORDER BY sequence DESC LIMIT 1",
            [opened.uai],
        )
        last = cursor.fetchone()
        sequence, previous = (last[0] + 1, bytes(last[1])) if last else (1, GENESIS)
        payload = payload_of(
            uai=opened.uai,
            sequence=sequence,
            at=opened.at,
            kind=kind,
            actor=opened.actor,
            run_id=opened.run_id,
            facts=opened.facts,
        )
        cursor.execute(
            "INSERT INTO journal_act (id, uai, sequence, at, kind, actor, run_id, payload, previous_hash, hash)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                opened.id,
                opened.uai,
                sequence,
                opened.at,
                kind,
                opened.actor,
                opened.run_id,
                payload,
                previous,
                hash_of(previous, payload),
            ],
        )
