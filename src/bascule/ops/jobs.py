"""The jobs of the worker. Each is thin: it reads the clock and calls a verb, that may be called twice.

What a job is given are codes of schools and numbers of rows: it stands in a table that no wall
protects. A job that fails for a passing reason is tried again; one whose worker died is swept up.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from bascule.accounts import once, sessions, support, tries
from bascule.accounts.keys import fleet
from bascule.bea import nights
from bascule.bea.models import Night
from bascule.campaign import reading, reminders
from bascule.errors import TransientError
from bascule.exchange import acknowledgements, long_lists, runs
from bascule.exchange.journey import TAKE_UP
from bascule.figures import cells
from bascule.ine import national
from bascule.journal import seal
from bascule.journal.act import AUTHORITY
from bascule.ops import purge
from bascule.preparation import descent, openings
from bascule.preparation.openings import OpeningUnderWayError
from bascule.schools.directory import school_numbers

#: Who signs what a job does.
SIGNATURE = "bascule"

#: After 4, 16, 64, 256 seconds, then 17 minutes: longer than a base takes to come back.
MOST_TRIES = 5
RETRY = RetryStrategy(
    max_attempts=MOST_TRIES,
    exponential_wait=4,
    retry_exceptions=(OperationalError, InterfaceError, ConnectorException, TransientError),
)

#: How long what a job did is kept.
KEPT_DONE = timedelta(days=7)
KEPT_FAILED = timedelta(days=30)
#: How long the count of failed tries from an address is kept.
KEPT_TRIES = timedelta(days=1)


@app.task(name="accesses.seal", retry=RETRY)
def seal_school(uai: str) -> None:
    """Seal the accesses of one school.

    Args:
        uai (str): the school, or `AUTHORITY`.
    """
    seal.seal(uai=uai, at=_now())


@app.task(name="accesses.seal-all", retry=RETRY)
def seal_all(timestamp: int) -> None:
    """Ask for the sealing of each school: one job each, so that one that is held stops no other.

    Args:
        timestamp (int): the hour it was asked for.
    """
    for uai in (AUTHORITY, *school_numbers()):
        # The one before has not begun yet: it will do for both.
        with suppress(AlreadyEnqueued):
            seal_school.configure(lock=uai, queueing_lock=f"accesses.seal/{uai}").defer(uai=uai)


@app.task(name="nomenclatures.deliver", retry=RETRY)
def deliver_nomenclatures(uai: str, year: int, actor: str) -> None:
    """Bring the last release of a year down to one school.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        actor (str): who asked for the delivery.
    """
    descent.receive(uai=uai, year=year, actor=actor, at=_now())


@app.task(name="years.open", retry=RETRY)
def open_years(number: int) -> None:
    """Do what was asked of an opening of a year: open, or undo, school after school.

    Args:
        number (int): the opening.
    """
    # Somebody takes it up by command at the same moment: it is done all the same.
    with suppress(OpeningUnderWayError):
        openings.run(number=number, clock=_now)


@app.task(name="bea.night", retry=RETRY)
def pass_night(timestamp: int) -> None:
    """Pass the evening's night of the academic base; once a day, however often it is asked for.

    Args:
        timestamp (int): the hour it was asked for.
    """
    nights.run(origin=Night.Origin.EVENING, day=timezone.localdate(), actor=SIGNATURE, clock=_now)
    cells.keep_up(clock=_now)


@app.task(name="ine.national", retry=RETRY)
def ask_national(timestamp: int) -> None:
    """Ask the outside national service for the numbers that lack, where one is reached by HTTP.

    Args:
        timestamp (int): the hour it was asked for.
    """
    address = settings.BASCULE_INE_SERVICE
    if address.startswith("http"):
        national.exchange(transport=national.over_http(address), actor=SIGNATURE, at=_now())


@app.task(name=nights.TAKE_UP, retry=RETRY)
def pass_asked_night(number: int) -> None:
    """Pass a night that somebody asked for.

    Args:
        number (int): the night.
    """
    nights.take_up(number=number, actor=SIGNATURE, clock=_now)
    cells.keep_up(clock=_now)


@app.task(name=TAKE_UP, retry=RETRY)
def take_up_imports(uai: str) -> None:
    """Read and plan the deposits of a school that were only kept.

    Args:
        uai (str): the school.
    """
    try:
        runs.resume(uai=uai, actor=SIGNATURE, at=_now())
    finally:
        # One that is refused holds back no news of the others.
        acknowledgements.ask_due(uais=[uai], at=_now())


@app.task(name=acknowledgements.TELL, retry=RETRY)
def acknowledge_import(uai: str, run_id: int, task: str) -> None:
    """Tell the software that sent a file that it is read.

    Args:
        uai (str): the school.
        run_id (int): the import.
        task (str): the number that the software gave to its sending.
    """
    acknowledgements.tell(uai=uai, run_id=run_id, task=task, at=_now())


@app.task(name="imports.acknowledge-due", retry=RETRY)
def acknowledge_due(timestamp: int) -> None:
    """Ask for the acknowledgements that are due: those that nobody heard, and those whose job was lost.

    Args:
        timestamp (int): the minute it was asked for.
    """
    acknowledgements.ask_due(uais=school_numbers(), at=_now())


@app.task(name=long_lists.WRITE, retry=RETRY)
def write_long_list(uai: str, number: int) -> None:
    """Write a list that is too long to wait for.

    Args:
        uai (str): the school.
        number (int): the list.
    """
    long_lists.write(uai=uai, number=number, at=_now())


@app.task(name="lists.forget", retry=RETRY)
def forget_long_lists(timestamp: int) -> None:
    """Forget the lists that were asked for a day ago.

    Args:
        timestamp (int): the hour it was asked for.
    """
    for uai in school_numbers():
        long_lists.forget(uai=uai, at=_now())


@app.task(name="calls.forget", retry=RETRY)
def forget_calls(timestamp: int) -> None:
    """Forget what was answered to software three days ago.

    Args:
        timestamp (int): the hour it was asked for.
    """
    for uai in school_numbers():
        once.forget_calls(uai=uai, at=_now())


@app.task(name=reminders.DELIVER, retry=RETRY)
def send_reminder(uai: str, number: int) -> None:
    """Send a reminder that somebody asked for.

    Args:
        uai (str): the school.
        number (int): the reminder.
    """
    reminders.deliver(uai=uai, number=number, at=_now())


@app.task(name=reminders.BEGIN, retry=RETRY)
def begin_reminders(first: int, last: int) -> None:
    """Begin a batch of the reminders that somebody asked for.

    Args:
        first (int): the lowest of their numbers.
        last (int): the highest.
    """
    reminders.begin(first=first, last=last, at=_now())


@app.task(name="campaigns.read", retry=RETRY)
def read_campaigns(timestamp: int) -> None:
    """Take up reminders that were left; read again the schools that did something, and some of the others.

    Args:
        timestamp (int): the minute it was asked for.
    """
    reminders.take_up(at=_now())
    reading.refresh_stale(at=_now())


@app.task(name="support.end-due", retry=RETRY)
def end_support(timestamp: int) -> None:
    """End support sessions whose time is over.

    Args:
        timestamp (int): the minute it was asked for.
    """
    support.end_due(uais=school_numbers(), at=_now())


@app.task(name="sessions.purge", retry=RETRY)
def purge_sessions(timestamp: int) -> None:
    """Forget sessions that ended a day ago.

    Args:
        timestamp (int): the hour it was asked for.
    """
    sessions.purge(at=_now())


@app.task(name="tries.forget", retry=RETRY)
def forget_tries(timestamp: int) -> None:
    """Forget failed tries to sign in that count no longer.

    Args:
        timestamp (int): the hour it was asked for.
    """
    tries.forget_tries(before=_now() - KEPT_TRIES)


@app.task(name="keys.expire", retry=RETRY)
def expire_keys(timestamp: int) -> None:
    """End the keys that are past their last day.

    Args:
        timestamp (int): the hour it was asked for.
    """
    fleet.expire(actor=SIGNATURE, at=_now(), today=timezone.localdate())


@app.task(name="purge.run", retry=RETRY)
def run_purge(timestamp: int) -> None:
    """Remove what is past its time.

    Args:
        timestamp (int): the hour it was asked for.
    """
    purge.run(actor=SIGNATURE, at=_now())


@app.task(name="jobs.sweep", retry=RETRY, pass_context=True)
async def sweep_jobs(context: JobContext, timestamp: int) -> None:
    """Take up the jobs whose worker died; a job that kills its worker each time is given up.

    Args:
        context (JobContext): the worker's.
        timestamp (int): the minute it was asked for.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        if job.attempts < MOST_TRIES:
            await manager.retry_job(job)
        elif job.id is not None:
            await manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=False)


@app.task(name="jobs.forget", retry=RETRY, pass_context=True)
async def forget_jobs(context: JobContext, timestamp: int) -> None:
    """Remove jobs that ended long ago.

    Args:
        context (JobContext): the worker's.
        timestamp (int): the day it was asked for.
    """
    manager = context.app.job_manager
    await manager.delete_old_jobs(nb_hours=_hours(KEPT_DONE))
    await manager.delete_old_jobs(
        nb_hours=_hours(KEPT_FAILED),
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )


def _now() -> datetime:
    return datetime.now(tz=UTC)


def _hours(kept: timedelta) -> int:
    return int(kept / timedelta(hours=1))
