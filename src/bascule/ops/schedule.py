"""What runs when: the only list. Times are those of UTC.

A new line is enough: workers read the list when they start, and whichever is first asks for the job.
"""

from dataclasses import dataclass
from typing import Any

from procrastinate import tasks
from procrastinate.contrib.django import app

from bascule.ops import jobs
from bascule.values.words import said as _


@dataclass(frozen=True, slots=True)
class Timed:
    """One job at its hours.

    Attributes:
        cron: minute, hour, day, month, day of the week.
        job: the job.
        what: what it does, in French.
        when: at what hours, in French; those of a day are of UTC in `cron`, and said in the hour of the authority.
        why: why it runs, and why then.
    """

    cron: str
    job: "tasks.Task[Any, Any, Any]"
    what: str
    when: str
    why: str


_HOURLY, _DAILY = _("chaque heure"), _("chaque jour")

SCHEDULE: tuple[Timed, ...] = (
    Timed(
        "30 18 * * *",
        jobs.pass_night,
        _("Envoi des élèves à la base académique"),
        _("chaque soir"),
        "schools are closed, and the night is long enough to take it up again",
    ),
    Timed(
        "50 17 * * *",
        jobs.ask_national,
        _("Demande des INE au service national"),
        _("chaque soir"),
        "what it gives comes into the records by the night that follows",
    ),
    Timed(
        "40 1 * * 0",
        jobs.run_purge,
        _("Suppression de ce dont la durée de conservation est passée"),
        _("chaque semaine, la nuit du samedi au dimanche"),
        "schools are closed, and nothing else holds them",
    ),
    Timed(
        "7 * * * *",
        jobs.seal_all,
        _("Scellement des accès au journal"),
        _HOURLY,
        "until it is sealed, an access is protected by a trigger alone",
    ),
    Timed(
        "*/5 * * * *",
        jobs.end_support,
        _("Fin des sessions d’assistance"),
        _("toutes les 5 minutes"),
        "a school reads that a session is over soon after it is",
    ),
    Timed(
        "* * * * *",
        jobs.read_campaigns,
        _("Suivi des campagnes"),
        _("chaque minute"),
        "a step is seen done within a minute of its fact",
    ),
    Timed(
        "* * * * *",
        jobs.acknowledge_due,
        _("Accusés de réception aux logiciels"),
        _("chaque minute"),
        "what nobody heard is told again, from a minute after to half an hour after",
    ),
    Timed(
        "23 * * * *",
        jobs.purge_sessions,
        _("Oubli des sessions terminées"),
        _HOURLY,
        "the end of a session is no reason to keep its address",
    ),
    Timed(
        "37 * * * *",
        jobs.forget_tries,
        _("Oubli des essais de connexion"),
        _HOURLY,
        "an address is kept no longer than it counts",
    ),
    Timed(
        "11 * * * *",
        jobs.expire_keys,
        _("Fin des clés arrivées à leur terme"),
        _HOURLY,
        "the day ends at another hour here than in UTC",
    ),
    Timed(
        "53 * * * *",
        jobs.forget_long_lists,
        _("Oubli des listes écrites à part"),
        _HOURLY,
        "a list of pupils is kept for the time of taking it",
    ),
    Timed(
        "47 * * * *",
        jobs.forget_calls,
        _("Oubli des réponses données aux logiciels"),
        _HOURLY,
        "software that asks again does so within three days",
    ),
    Timed(
        "*/2 * * * *",
        jobs.sweep_jobs,
        _("Reprise des tâches interrompues"),
        _("toutes les 2 minutes"),
        "a job whose worker died holds its school",
    ),
    Timed(
        "41 2 * * *",
        jobs.forget_jobs,
        _("Oubli des tâches anciennes"),
        _DAILY,
        "what ran a week ago is of no use",
    ),
)

for _timed in SCHEDULE:
    app.periodic(cron=_timed.cron)(_timed.job)
