"""What runs when: the only list. Times are those of UTC.

A new line is enough: workers read the list when they start, and whichever is first asks for the job.
"""

from dataclasses import dataclass
from typing import Any

from procrastinate import tasks
from procrastinate.contrib.django import app

from bascule.ops import jobs


@dataclass(frozen=True, slots=True)
class Timed:
    """One job at its hours.

    Attributes:
        cron: minute, hour, day, month, day of the week.
        job: the job.
        why: why it runs, and why then.
    """

    cron: str
    job: "tasks.Task[Any, Any, Any]"
    why: str


SCHEDULE: tuple[Timed, ...] = (
    Timed("7 * * * *", jobs.seal_all, "until it is sealed, an access is protected by a trigger alone"),
    Timed("*/5 * * * *", jobs.end_support, "a school reads that a session is over soon after it is"),
    Timed("23 * * * *", jobs.purge_sessions, "the end of a session is no reason to keep its address"),
    Timed("37 * * * *", jobs.forget_tries, "an address is kept no longer than it counts"),
    Timed("11 * * * *", jobs.expire_keys, "the day ends at another hour here than in UTC"),
    Timed("53 * * * *", jobs.forget_long_lists, "a list of pupils is kept for the time of taking it"),
    Timed("*/2 * * * *", jobs.sweep_jobs, "a job whose worker died holds its school"),
    Timed("41 2 * * *", jobs.forget_jobs, "what ran a week ago is of no use"),
)  # fmt: skip

for _timed in SCHEDULE:
    app.periodic(cron=_timed.cron)(_timed.job)
