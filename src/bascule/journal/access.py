"""Write down looks and tries: sign-ins, readings of a record, papers taken out, doors found closed.

Unlike an act, a line waits for nobody and belongs to no transaction of a school; `seal` puts
lines into the chain of their school afterwards.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from bascule.journal.act import AUTHORITY, act
from bascule.journal.models import Access
from bascule.store.policies import open_schools

#: The act that seals lines.
SEAL_ACT = "access.seal"

#: Lines shown at most, unless more are asked.
PAGE = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks, as the journal writes it.

    Attributes:
        actor: the login, or the name of a machine token; blank when nobody is known.
        person_id: the person, if one is known.
        address: where the request came from.
    """

    actor: str = ""
    person_id: int | None = None
    address: str | None = None


def note(
    *,
    kind: str,
    visitor: Visitor,
    at: datetime,
    uai: str = AUTHORITY,
    about: str = "",
    purpose: str = "",
    facts: dict[str, object] | None = None,
) -> None:
    """Write one line.

    Args:
        kind (str): what happened (`signin.done`, `record.read`, `export.taken`, `door.closed`…).
        visitor (Visitor): who.
        at (datetime): when, with its time zone.
        uai (str): the school whose data it is about, or `AUTHORITY`.
        about (str): the thing looked at (`student/12`).
        purpose (str): French, why it was looked at.
        facts (dict[str, object] | None): codes and counts; never a name of a pupil.
    """
    # Not through the model: it would ask for the new row back, which only its school may see.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_access (uai, at, kind, person_id, actor, about, purpose, address, facts)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                uai,
                at,
                kind,
                visitor.person_id,
                visitor.actor,
                about,
                purpose[:200],
                visitor.address,
                json.dumps(facts or {}, ensure_ascii=False),
            ],
        )


def find(
    *,
    uais: Iterable[str],
    since: datetime | None = None,
    until: datetime | None = None,
    actor: str = "",
    about: str = "",
    kind: str = "",
    most: int = PAGE,
) -> list[Access]:
    """Find lines of some schools, latest first.

    Args:
        uais (Iterable[str]): the schools; `AUTHORITY` for what is of no school.
        since (datetime | None): from this instant on.
        until (datetime | None): before this instant.
        actor (str): of this login only.
        about (str): about this thing only.
        kind (str): of this kind only.
        most (int): how many at most.

    Returns:
        list[Access]: the lines.
    """
    wanted: dict[str, Any] = {"uai__in": list(uais)}
    wanted |= {"at__gte": since} if since else {}
    wanted |= {"at__lt": until} if until else {}
    wanted |= {"actor": actor} if actor else {}
    wanted |= {"about": about} if about else {}
    wanted |= {"kind": kind} if kind else {}
    with transaction.atomic():
        open_schools(*wanted["uai__in"])
        return list(Access.objects.filter(**wanted).order_by("-id")[:most])


def find_own(*, person_id: int, most: int = PAGE) -> list[Access]:
    """Find what a person did, latest first; she may always see it.

    Args:
        person_id (int): the person, to whom the transaction is confined.
        most (int): how many at most.

    Returns:
        list[Access]: the lines.
    """
    return list(Access.objects.filter(person_id=person_id).order_by("-id")[:most])


def seal(*, uai: str, at: datetime) -> int:
    """Put the lines of a school that are not yet in its chain into it.

    A seal covers the lines of a span of transactions that have all ended: numbers of lines are
    given before they are committed, so a span of numbers could still gain one.

    Args:
        uai (str): the school, or `AUTHORITY`.
        at (datetime): when.

    Returns:
        int: lines sealed.
    """
    with transaction.atomic():
        open_schools(uai)
        if not _digest(uai, *_unsealed(uai))[0]:
            return 0
        with act(uai=uai, kind=SEAL_ACT, actor="bascule", at=at) as opened:
            # Asked again under the lock of the school: another sealer may have come first.
            start, end = _unsealed(uai)
            count, digest = _digest(uai, start, end)
            opened.facts |= {"from": start, "before": end, "count": count, "digest": digest}
    return count


def seal_faults(*, uai: str) -> tuple[int, list[str]]:
    """Compare the sealed lines of a school with what its chain says of them.

    Args:
        uai (str): the school, or `AUTHORITY`.

    Returns:
        tuple[int, list[str]]: lines under seal, and French sentences, one for each broken seal.
    """
    sealed, faults = 0, []
    with transaction.atomic():
        open_schools(uai)
        for sequence, facts in _seals(uai):
            count, digest = _digest(uai, facts["from"], facts["before"])
            sealed += count
            if (count, digest) != (facts["count"], facts["digest"]):
                faults.append(
                    f"acte n° {sequence} : les accès qu’il scelle ont été touchés"
                    f" ({facts['count']} attendus, {count} trouvés)."
                )
    return sealed, faults


def _seals(uai: str) -> list[tuple[int, dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequence, payload FROM journal_act WHERE uai = %s AND kind = %s ORDER BY sequence",
            [uai, SEAL_ACT],
        )
        return [(sequence, json.loads(payload)["facts"]) for sequence, payload in cursor]


def _unsealed(uai: str) -> tuple[int, int]:
    """Give the span of ended transactions that no seal covers: first, and first one after."""
    seals = _seals(uai)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(seals[-1][1]["before"]) if seals else 0, int(cursor.fetchone()[0])


def _digest(uai: str, start: int, end: int) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, at, kind, person_id, actor, about, purpose, host(address), facts::text"
            " FROM journal_access WHERE uai = %s AND transaction >= %s AND transaction < %s ORDER BY id",
            [uai, start, end],
        )
        for line_id, instant, *others in cursor:
            text = json.dumps([line_id, instant.astimezone(UTC).isoformat(), *others])
            digest.update(text.encode() + b"\n")
            count += 1
    return count, digest.hexdigest()
