"""What runs by itself, for people: what it does, at what hours, how it ended last, when it runs next."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from django.db import connection, transaction
from procrastinate.contrib.django import app

from bascule.errors import NotThereError
from bascule.journal.act import AUTHORITY, act
from bascule.ops.schedule import SCHEDULE, Timed
from bascule.store.queue import ask_once
from bascule.values.words import said as _

RUN_ACT: Final = "schedule.run"


class Result(StrEnum):
    """How a job ended last."""

    NEVER = "jamais"
    WAITING = "en-attente"
    RUNNING = "en-cours"
    DONE = "fait"
    FAILED = "echec"

    @property
    def label(self) -> str:
        """Return its French words."""
        return _RESULTS[self]


_RESULTS: Final = {
    Result.NEVER: _("pas encore lancé ces jours-ci"),
    Result.WAITING: _("en attente"),
    Result.RUNNING: _("en cours"),
    Result.DONE: _("fait"),
    Result.FAILED: _("en échec"),
}
_OF_STATUS: Final = {
    "todo": Result.WAITING,
    "doing": Result.RUNNING,
    "succeeded": Result.DONE,
}


class UnknownJobError(NotThereError):
    """Nothing of this name runs by itself.

    Args:
        name (str): as given.
    """

    code = "schedule.unknown"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Rien ne se lance seul sous le nom « {name} » : « bascule schedule list » donne les noms."
        )
        self.name = name


class Scheduled(NamedTuple):
    """One thing that runs by itself.

    Attributes:
        name: of its job.
        what: what it does, in French.
        when: at what hours, in French.
        result: how it ended last.
        began_at: when it last began; None when that is forgotten.
        ended_at: when it last ended.
        next_at: when it runs next.
    """

    name: str
    what: str
    when: str
    result: Result
    began_at: datetime | None
    ended_at: datetime | None
    next_at: datetime


_LAST: Final = """
SELECT DISTINCT ON (j.task_name) j.task_name, j.status::text,
    (SELECT max(at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'started'),
    (SELECT max(at) FROM procrastinate_events e WHERE e.job_id = j.id
        AND e.type IN ('succeeded', 'failed', 'cancelled', 'aborted'))
FROM procrastinate_jobs j WHERE j.task_name = ANY(%s) ORDER BY j.task_name, j.id DESC
"""


def agenda(*, at: datetime) -> list[Scheduled]:
    """List what runs by itself.

    Args:
        at (datetime): now.

    Returns:
        list[Scheduled]: the soonest first.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [[timed.job.name for timed in SCHEDULE]])
        last = {name: rest for name, *rest in cursor.fetchall()}
    found = [_scheduled(timed, last, at) for timed in SCHEDULE]
    return sorted(found, key=lambda one: (one.next_at, one.name))


def run_now(*, name: str, actor: str, at: datetime) -> None:
    """Ask a worker for one of them now, besides its hours.

    Args:
        name (str): of its job.
        actor (str): who asks.
        at (datetime): now.

    Raises:
        UnknownJobError: if nothing of this name runs by itself.
    """
    if name not in {timed.job.name for timed in SCHEDULE}:
        raise UnknownJobError(name)
    with transaction.atomic(), act(uai=AUTHORITY, kind=RUN_ACT, actor=actor, at=at) as opened:
        opened.facts |= {"job": name}
        ask_once(name, lock=f"schedule/{name}", timestamp=int(at.timestamp()))


def _scheduled(timed: Timed, last: Mapping[str, Any], at: datetime) -> Scheduled:
    status, began_at, ended_at = last.get(timed.job.name, ("", None, None))
    result = _OF_STATUS.get(status, Result.FAILED) if status else Result.NEVER
    return Scheduled(
        timed.job.name, timed.what, timed.when, result, began_at, ended_at, _next(timed, at)
    )


def _next(timed: Timed, at: datetime) -> datetime:
    periodic = next(
        one
        for one in app.periodic_registry.periodic_tasks.values()
        if one.task.name == timed.job.name
    )
    # Its name, not its type: the library's own clock.
    instant: Any = periodic.croniter.get_next(ret_type=float, start_time=at.timestamp())
    return datetime.fromtimestamp(instant, tz=UTC)
