"""The milestones of a school's year: for each thing that may be done to it, the last act that did it.

From them alone one reads how far a year has come, and whether what was validated has changed since:
acts of a school are numbered in the order in which they were written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection, transaction

from bascule.journal.act import OpenAct
from bascule.store.policies import open_schools


class Milestone(StrEnum):
    """What may be done to a school's year."""

    #: The authority opened it, pupils carried or not.
    YEAR_OPENED = "year.opened"
    #: The structures of the year before were taken over (*bascule STS*), or came whole in a file.
    STRUCTURES_CARRIED = "structures.carried"
    STRUCTURES_CHANGED = "structures.changed"
    STRUCTURES_VALIDATED = "structures.validated"
    COMMON_CHANGED = "common.changed"
    COMMON_VERIFIED = "common.verified"
    #: Nomenclatures came down.
    RELEASE_RECEIVED = "release.received"
    PROFILE_CHANGED = "profile.changed"
    PROFILE_VALIDATED = "profile.validated"
    NOMENCLATURE_SENT = "nomenclature.sent"
    STRUCTURES_SENT = "structures.sent"
    COMMON_SENT = "common.sent"
    PUPILS_SENT = "pupils.sent"
    #: A pupils' file was applied, and not undone.
    PUPILS_IMPORTED = "pupils.imported"
    #: GEP was taken over, and the head signed its end.
    GEP_TAKEN = "gep.taken"
    GEP_STOPPED = "gep.stopped"


@dataclass(frozen=True, slots=True)
class Reached:
    """When a milestone was last reached.

    Attributes:
        act_id: the act; greater than that of whatever was done before in the school.
        at: when.
        actor: who did it.
    """

    act_id: int
    at: datetime
    actor: str


def reach(opened: OpenAct, *milestones: Milestone, year: int) -> None:
    """Say that an act under way does these things.

    Args:
        opened (OpenAct): the act.
        *milestones (Milestone): what it does.
        year (int): first calendar year.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_yearmilestone (uai, year, name, act_id, at, actor)"
            " SELECT %s, %s, unnest(%s::text[]), %s, %s, %s"
            " ON CONFLICT (uai, year, name)"
            " DO UPDATE SET act_id = EXCLUDED.act_id, at = EXCLUDED.at, actor = EXCLUDED.actor",
            [
                opened.uai,
                year,
                [str(one) for one in dict.fromkeys(milestones)],
                opened.id,
                opened.at,
                opened.actor,
            ],
        )


def leave(opened: OpenAct, *milestones: Milestone, year: int) -> None:
    """Say that these things no longer hold: what did them was undone.

    Args:
        opened (OpenAct): the act that undoes them.
        *milestones (Milestone): which.
        year (int): first calendar year.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM journal_yearmilestone WHERE uai = %s AND year = %s AND name = ANY(%s)",
            [opened.uai, year, [str(one) for one in milestones]],
        )


def reached(*uais: str, year: int) -> dict[str, dict[Milestone, Reached]]:
    """Read how far schools have come in a year.

    Args:
        *uais (str): the schools; they are opened for reading.
        year (int): first calendar year.

    Returns:
        dict[str, dict[Milestone, Reached]]: for each school, empty or not.
    """
    found: dict[str, dict[Milestone, Reached]] = {uai: {} for uai in uais}
    with transaction.atomic():
        open_schools(*uais)
        for uai, name, act_id, at, actor in _rows(uais, year):
            found[uai][Milestone(name)] = Reached(act_id, at, actor)
    return found


def reached_in(uai: str, *, year: int) -> dict[Milestone, Reached]:
    """Read how far a school has come in a year; the school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        dict[Milestone, Reached]: what was reached.
    """
    return {Milestone(name): Reached(*how) for _uai, name, *how in _rows((uai,), year)}


def _rows(uais: Sequence[str], year: int) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uai, name, act_id, at, actor FROM journal_yearmilestone"
            " WHERE uai = ANY(%s) AND year = %s",
            [list(uais), year],
        )
        return list(cursor.fetchall())
