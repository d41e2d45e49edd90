"""What the outside service answers instead of a number, and what becomes of whoever waited for one.

A refusal stands until the civil status that was sent changes, or an agent asks again.
"""

from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from bascule.ine.reasons import Reason


class Outcome(StrEnum):
    """What the service says of a line, or what became of its answer."""

    GIVEN = "attribue"
    #: The person was known there: the number is the one given before.
    DUPLICATE = "doublon"
    DISPUTE = "litige"
    ERROR = "erreur"
    #: Ours: the number is another person's here, or has no form.
    OF_ANOTHER = "ine-d-un-autre"
    MALFORMED = "ine-mal-forme"


#: Why the request of whoever was refused is in error or in dispute. The number of another person, once an agent
#: said that they are two, cannot be used either.
REASONS: Final = MappingProxyType(
    {
        Outcome.ERROR: Reason.NATIONAL_ERROR,
        Outcome.DISPUTE: Reason.NATIONAL_DISPUTE,
        Outcome.OF_ANOTHER: Reason.NATIONAL_OF_ANOTHER,
        Outcome.MALFORMED: Reason.NATIONAL_UNUSABLE,
    }
)

#: A refusal `a` that still stands.
STANDS_SQL: Final = (
    f"a.outcome IN ({', '.join(repr(one.value) for one in REASONS)}) AND NOT EXISTS"
    " (SELECT FROM ine_personstate c WHERE c.person_id = a.person_id AND c.until > a.asked_at)"
)
_CASES: Final = " ".join(
    f"WHEN '{outcome.value}' THEN '{reason.value}'" for outcome, reason in REASONS.items()
)
#: Whether something came for the request `r` of a record linked to `l`, that hangs on the outside service: a
#: number, or another answer than the one it bears.
HAS_COME_SQL: Final = (
    f"(r.reason LIKE '{Reason.NATIONAL.value}%%' AND EXISTS (SELECT FROM ine_person p WHERE p.id = l.person_id AND ("  # noqa: S608 - our own words
    "EXISTS (SELECT FROM ine_person m JOIN ine_number n ON n.person_id = m.id WHERE m.root_id = p.root_id)"
    " OR r.reason <> coalesce((SELECT CASE a.outcome WHEN 'ine-d-un-autre' THEN"
    f" CASE r.reason WHEN '{Reason.NATIONAL_UNUSABLE.value}' THEN r.reason"
    f" ELSE '{Reason.NATIONAL_OF_ANOTHER.value}' END {_CASES} END"
    f" FROM ine_asked a WHERE a.person_id = p.root_id AND {STANDS_SQL}), '{Reason.NATIONAL.value}'))))"
)


class Refusal(NamedTuple):
    """What the service answered for a person.

    Attributes:
        outcome: what it said.
        owner: the person whose number it gave; None but for the number of another.
    """

    outcome: Outcome
    owner: int | None


def standing_refusals(cursor: Any, roots: Iterable[int]) -> dict[int, Refusal]:
    """Read what stands against giving persons a number; the directory is open.

    Args:
        cursor (Any): a cursor in the transaction.
        roots (Iterable[int]): the persons.

    Returns:
        dict[int, Refusal]: by person; those who wait, or were never asked about, are left out.
    """
    cursor.execute(
        "SELECT a.person_id, a.outcome, p.root_id FROM ine_asked a LEFT JOIN ine_number n ON n.number = a.number"  # noqa: S608 - our own words
        f" LEFT JOIN ine_person p ON p.id = n.person_id WHERE a.person_id = ANY(%s) AND {STANDS_SQL}".encode(),
        [list(roots)],
    )
    return {person: Refusal(Outcome(outcome), owner) for person, outcome, owner in cursor}
