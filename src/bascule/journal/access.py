"""Write down looks and tries: sign-ins, readings of a record, papers taken out, doors found closed; read them again.

Unlike an act, a line waits for nobody and belongs to no transaction of a school; `seal` puts
lines into the chain of their school afterwards.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from bascule.journal.act import AUTHORITY
from bascule.journal.models import Access
from bascule.store.policies import open_schools

#: Lines shown at most, unless more are asked.
PAGE = 100


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


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which lines one looks for; what is blank or None restricts nothing.

    Attributes:
        since: from this instant on.
        until: before this instant.
        kinds: of these kinds.
        person_ids: of these persons; acts name none.
        actors: of these logins, or names of tokens.
        about: about one of these things (`student/12`); acts are about nothing.
        before_id: lines older than this one: the next page.
    """

    since: datetime | None = None
    until: datetime | None = None
    kinds: tuple[str, ...] = ()
    person_ids: tuple[int, ...] = ()
    actors: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    before_id: int | None = None

    def filters(self) -> dict[str, object]:
        """Give them in the words of a query.

        Returns:
            dict[str, object]: names of look-ups and values.
        """
        wanted = {
            "at__gte": self.since,
            "at__lt": self.until,
            "kind__in": self.kinds,
            "person_id__in": self.person_ids,
            "actor__in": self.actors,
            "about__in": self.about,
            "id__lt": self.before_id,
        }
        return {name: value for name, value in wanted.items() if value not in (None, "", ())}


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
        kind (str): what happened (`signin.done`, `record.read`, `export.taken`, `door.closed`…);
            `kinds` has its words.
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
    *, uais: Iterable[str], criteria: Criteria | None = None, most: int = PAGE
) -> list[Access]:
    """Find lines of some schools, latest first.

    Args:
        uais (Iterable[str]): the schools; `AUTHORITY` for what is of no school.
        criteria (Criteria | None): which lines; None for all.
        most (int): how many at most.

    Returns:
        list[Access]: the lines.
    """
    wanted = list(uais)
    with transaction.atomic():
        open_schools(*wanted)
        return list(_matching(criteria).filter(uai__in=wanted).order_by("-id")[:most])


def find_own(*, person_id: int, criteria: Criteria | None = None, most: int = PAGE) -> list[Access]:
    """Find what a person did, latest first; she may always see it.

    Args:
        person_id (int): the person, to whom the transaction is confined.
        criteria (Criteria | None): which lines; None for all.
        most (int): how many at most.

    Returns:
        list[Access]: the lines.
    """
    return list(_matching(criteria).filter(person_id=person_id).order_by("-id")[:most])


def last_about(*, uai: str, things: Sequence[str], kind: str) -> dict[str, datetime]:
    """Tell when each of some things was last the object of a line.

    Args:
        uai (str): the school.
        things (Sequence[str]): what lines are about (`token/3`).
        kind (str): lines of this kind.

    Returns:
        dict[str, datetime]: by thing; those of which there is no line are left out.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(uai)
        # One step down an index for each thing, however many lines there are.
        cursor.execute(
            "SELECT thing, last.at FROM unnest(%s::text[]) AS thing, LATERAL ("
            "SELECT a.at FROM journal_access a WHERE a.uai = %s AND a.about = thing AND a.kind = %s"
            " ORDER BY a.id DESC LIMIT 1) AS last",
            [list(things), uai, kind],
        )
        return dict(cursor.fetchall())


def count_about(*, uai: str, about: str, since: datetime, most: int) -> int:
    """Count the latest lines about a thing.

    Args:
        uai (str): the school; it is open.
        about (str): the thing.
        since (datetime): from this instant on.
        most (int): it is enough to count so far.

    Returns:
        int: how many, `most` at most.
    """
    with connection.cursor() as cursor:
        # The latest first, and no further: the cost is the same after a year of calls.
        cursor.execute(
            "SELECT count(*) FROM (SELECT at FROM journal_access WHERE uai = %s AND about = %s"
            " ORDER BY id DESC LIMIT %s) latest WHERE at >= %s",
            [uai, about, most, since],
        )
        return int(cursor.fetchone()[0])


def _matching(criteria: Criteria | None) -> QuerySet[Access]:
    return Access.objects.filter(**(criteria or Criteria()).filters())
