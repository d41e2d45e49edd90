"""What is measured for a tool that watches: nights, jobs, imports, copies, requests; no name, no school."""

from collections import Counter
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from bascule.bea import follow
from bascule.bea.models import Transfer
from bascule.exchange.models import ImportRun
from bascule.ine.queue import count_open
from bascule.ops import agenda, backups, traffic
from bascule.schools.directory import school_numbers
from bascule.store.policies import open_schools

#: By name, then by labels as they are written: `job="bea.night"`; blank for none.
Measures = dict[str, dict[str, float]]

_JOBS: Final = (
    "SELECT status::text, count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed')"
    " GROUP BY 1"
)
#: How long the oldest that may begin has been waiting; those to be tried again later do not wait.
_OLDEST: Final = (
    "SELECT coalesce(extract(epoch FROM now() - min(coalesce(j.scheduled_at, e.at))), 0)"
    " FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred'"
    " WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())"
)
_IMPORTS: Final = "SELECT state, count(*) FROM exchange_importrun GROUP BY 1"
_TRANSFERS: Final = (
    "SELECT state, count(*) FROM bea_transfer WHERE night_id = (SELECT max(night_id) FROM bea_transfer)"
    " GROUP BY 1"
)


def measures(*, at: datetime) -> Measures:
    """Measure.

    Args:
        at (datetime): now.

    Returns:
        Measures: the figures. That there are any says that the base answers.
    """
    uais = school_numbers()
    health, nights = follow.health(at=at), follow.list_nights(most=1)
    copies, raised = backups.state(at=at), Counter(one.alarm for one in health.alarms)
    last = health.last.ended_at if health.last is not None else None
    found: Measures = {
        "bascule_up": {"": 1},
        "bascule_night_ended_timestamp_seconds": {"": last.timestamp() if last else 0},
        "bascule_night_alarms": {f'alarm="{one.value}"': raised[one] for one in follow.Alarm},
        "bascule_night_pupils": {
            f'outcome="{name}"': getattr(nights[0].totals, name) if nights else 0
            for name in ("sent", "unchanged", "withdrawn", "blocked", "refused", "given", "base")
        },
        "bascule_ine_disputes": {"": count_open(uais=uais)},
        "bascule_job_failed": {
            f'job="{one.name}"': one.result is agenda.Result.FAILED for one in agenda.agenda(at=at)
        },
        "bascule_backup_verified_timestamp_seconds": {
            "": (at - copies.age).timestamp() if copies.age is not None else 0
        },
        "bascule_backup_too_old": {"": copies.is_too_old},
    }
    if copies.last_drill:
        began = datetime.fromisoformat(copies.last_drill["at"])
        found["bascule_drill_timestamp_seconds"] = {"": began.timestamp()}
        found["bascule_drill_well"] = {"": bool(copies.last_drill["is_well"])}
    return found | _counted(uais)


def as_text(found: Measures) -> str:
    """Write measures as OpenMetrics text, and after them what the site answered.

    Args:
        found (Measures): the figures.

    Returns:
        str: lines, the last of which says that it is whole.
    """
    lines = []
    for name, values in found.items():
        lines.append(f"# TYPE {name} gauge")
        lines += [
            f"{name}{{{labels}}} {value:g}" if labels else f"{name} {value:.0f}"
            for labels, value in values.items()
        ]
    return "\n".join([*lines, *traffic.as_lines(), "# EOF", ""])


def _counted(uais: tuple[str, ...]) -> Measures:
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(*uais)

        def by_state(query: str, states: tuple[str, ...]) -> dict[str, float]:
            cursor.execute(query)
            counts = dict(cursor.fetchall())
            return {
                f'state="{one}"': counts.get(one, 0)
                for one in (*states, *(counts.keys() - {*states}))
            }

        cursor.execute(_OLDEST)
        return {
            "bascule_jobs_oldest_seconds": {"": float(cursor.fetchone()[0])},
            "bascule_jobs": by_state(_JOBS, ("todo", "doing", "failed")),
            "bascule_imports": by_state(_IMPORTS, tuple(ImportRun.State.values)),
            "bascule_night_schools": by_state(_TRANSFERS, tuple(Transfer.State.values)),
        }
