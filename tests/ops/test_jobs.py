"""The jobs: done by a real worker, twice without harm, again after a passing fault, taken up after a death."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.periodic import PeriodicRegistry
from tests.accounts.acting import actor
from tests.bases import Base
from tests.cast import Cast
from tests.exchange.ready_school import everything
from tests.journal.waiting import wait_for_others

from bascule.accounts import rights, support
from bascule.accounts.models import Key, Session, SignInTries, SupportSession
from bascule.accounts.profiles import AUTHORITY, Profile
from bascule.bea import nights
from bascule.errors import RefusedError, places_of
from bascule.exchange import acknowledgements, long_lists
from bascule.exchange.lists import Form
from bascule.exchange.models import ImportRun
from bascule.journal.access import Visitor, note
from bascule.journal.seal import check_seals
from bascule.nomenclatures import release
from bascule.ops import jobs, schedule
from bascule.ops.logs import PlacesFormatter
from bascule.preparation import openings
from bascule.preparation.models import YearOpening
from bascule.schools.directory import register_school
from bascule.schools.open_year import State, open_year, years_of
from bascule.store.policies import open_schools
from bascule.students.lists import Criteria, columns_of
from bascule.values.uai import make_uai

UAI = make_uai("099", 1)
NOW = datetime.now(tz=UTC)
LONG_AGO = NOW - timedelta(days=3)


@contextmanager
def worker() -> Iterator[App]:
    """Give what works on the base of the test, at no hour of its own."""
    app.perform_import_paths()
    connector: Any = app.connector
    with app.replace_connector(connector.get_worker_connector()) as own:
        timed, own.periodic_registry = own.periodic_registry, PeriodicRegistry()
        try:
            yield own
        finally:
            own.periodic_registry = timed


@contextmanager
def each_job_with_its_own_connection() -> Iterator[None]:
    kept = connections.settings["default"]["CONN_MAX_AGE"]
    connections.settings["default"]["CONN_MAX_AGE"] = 0
    try:
        yield
    finally:
        connections.settings["default"]["CONN_MAX_AGE"] = kept


def work(**options: Any) -> None:
    """Do all the jobs that wait, as `bascule worker --once` does."""
    # The threads of this worker end with it, and nobody would close what they kept.
    with worker() as own, each_job_with_its_own_connection():
        own.run_worker(wait=False, install_signal_handlers=False, listen_notify=False, **options)


def test_an_hour_asks_for_its_job_once_however_many_workers(base: Base) -> None:
    # A worker that does not wait may end before it has asked for everything: the next one goes on.
    for _ in range(30):
        run_one_worker()
        if "jobs.sweep" in {name for name, *_ in asked_for(base)}:
            break
    run_one_worker()

    asked = asked_for(base)
    assert "jobs.sweep" in {name for name, *_ in asked}
    assert all(count == hours for _, count, hours in asked)


def run_one_worker() -> None:
    connector: Any = app.connector
    with (
        each_job_with_its_own_connection(),
        app.replace_connector(connector.get_worker_connector()) as own,
    ):
        own.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)


def asked_for(base: Base) -> list[tuple[Any, ...]]:
    """Give the periodic jobs asked for: name, how often, for how many hours."""
    with base.look() as administrator:
        return administrator.execute(
            "SELECT task_name, count(*), count(DISTINCT defer_timestamp)"
            " FROM procrastinate_periodic_defers GROUP BY task_name"
        ).fetchall()


def waiting(base: Base) -> list[tuple[Any, ...]]:
    with base.look() as administrator:
        return administrator.execute(
            "SELECT task_name, args->>'uai', lock, status::text, attempts FROM procrastinate_jobs"
            " WHERE status <> 'succeeded' ORDER BY id"
        ).fetchall()


def defer(job: Any, **arguments: Any) -> int:
    # Some take the hour they were asked for, as those of the schedule all do.
    given = {"timestamp": int(NOW.timestamp())} if job in _TIMED else {}
    return int(job.configure().defer(**given, **arguments))


_TIMED = [timed.job for timed in schedule.SCHEDULE]


def something_for_each_job() -> None:
    register_school(uai=UAI, name="Collège Sainte-Odile", actor="tests", at=LONG_AGO)
    cast = Cast(school=UAI, other_school=UAI)
    note(kind="record.read", visitor=Visitor("claire.morel"), at=NOW, uai=UAI, about="student/1")
    note(kind="signin.failed", visitor=Visitor(), at=NOW)
    agent, head = cast.of_authority(Profile.CECOIA), cast.head

    support.ask(uai=UAI, reason="Essai", minutes=30, actor=actor(agent), at=LONG_AGO)
    Session.objects.create(
        session_key="x" * 32,
        session_data="",
        expire_date=NOW,
        person=head,
        started_at=LONG_AGO,
        seen_at=LONG_AGO,
    )
    Key.objects.create(
        kind=Key.Kind.HOTP, state=Key.State.ACTIVE, person=head, serial="42", received_at=LONG_AGO,
        expires_on=LONG_AGO.date(),
    )  # fmt: skip
    SignInTries.objects.create(address="192.0.2.1", failed_count=3, since=LONG_AGO)
    open_year(uai=UAI, year=NOW.year, state=State.CURRENT, actor="tests", at=LONG_AGO)
    release.publish(year=NOW.year, actor="tests", at=LONG_AGO)
    long_lists.ask(
        uai=UAI, year=NOW.year, criteria=Criteria(), columns=columns_of(["nom"]), filters=(), form=Form.CSV,
        author="Claire MOREL", count=9_999, actor="claire.morel", at=NOW,
    )  # fmt: skip
    told: dict[str, Any] = {"task": "1", "to": "https://a.example.fr", "state": "waiting"}
    told["tries"] = [{"at": LONG_AGO.isoformat(), "status": 500, "fault": ""}] * 5
    with transaction.atomic():
        open_schools(UAI)
        ImportRun.objects.create(
            uai=UAI, year=NOW.year, flow="groups", state=ImportRun.State.APPLIED, received_at=LONG_AGO,
            file_ids=[], file_digest=b"", acknowledgement=[told],
        )  # fmt: skip
    openings.press(uais=[UAI], year=NOW.year + 1, keeps_going=False, actor="tests", at=LONG_AGO)
    nights.ask(day=LONG_AGO.date(), actor="tests", at=LONG_AGO)


@pytest.fixture
def stage() -> Any:
    return something_for_each_job


@pytest.fixture
def busy(stage: Any, base: Base) -> Base:
    """Give a base in which each job has something to do."""
    wait_for_others()
    return base


def state(base: Base) -> dict[str, Any]:
    """Give all the tables but those that only say which jobs ran."""
    with base.look() as administrator:
        return {
            table: held
            for table, held in everything(administrator).items()
            if not table.startswith("procrastinate_")
        }


ALL: list[tuple[Any, dict[str, Any]]] = [
    *((timed.job, {}) for timed in schedule.SCHEDULE),
    (jobs.seal_school, {"uai": UAI}),
    (jobs.seal_school, {"uai": AUTHORITY}),
    (jobs.open_years, {"number": 1}),
    (jobs.pass_asked_night, {"number": 1}),
    (jobs.deliver_nomenclatures, {"uai": UAI, "year": NOW.year, "actor": "deep"}),
    (jobs.take_up_imports, {"uai": UAI}),
    (jobs.acknowledge_import, {"uai": UAI, "run_id": 1, "task": "1"}),
    (jobs.write_long_list, {"uai": UAI, "number": 1}),
    (jobs.send_reminder, {"uai": UAI, "number": 1}),
    (jobs.begin_reminders, {"first": 1, "last": 9}),
]


def test_every_job_is_among_those_tried() -> None:
    with worker() as own:
        ours = {name for name, job in own.tasks.items() if job.func.__module__ == jobs.__name__}

    assert {job.name for job, _ in ALL} == ours


@pytest.mark.parametrize(
    ("job", "arguments"), ALL, ids=[f"{job.name} {rank}" for rank, (job, _) in enumerate(ALL)]
)
def test_a_job_done_twice_is_a_job_done_once(
    busy: Base, job: Any, arguments: dict[str, Any]
) -> None:
    defer(job, **arguments)
    work()
    once = state(busy)
    wait_for_others()
    defer(job, **arguments)
    work()

    assert state(busy) == once
    assert waiting(busy) == []


def test_a_worker_opens_the_year_that_was_pressed(busy: Base) -> None:
    defer(jobs.open_years, number=1)
    work()

    assert openings.read_opening(number=1).opening.state == YearOpening.State.DONE
    assert [row.year for row in years_of(UAI)] == [NOW.year, NOW.year + 1]


def test_sealing_is_one_job_for_each_school_that_holds_it(busy: Base) -> None:
    seal_all: Any = jobs.seal_all.func
    seal_all(timestamp=0)
    seal_all(timestamp=1)

    assert [job for job in waiting(busy) if job[0] == "accesses.seal"] == [
        ("accesses.seal", AUTHORITY, AUTHORITY, "todo", 0),
        ("accesses.seal", UAI, UAI, "todo", 0),
    ]


def test_the_worker_seals_ends_purges_and_expires(busy: Base) -> None:
    for timed in schedule.SCHEDULE:
        defer(timed.job)
    work()

    assert check_seals(uai=UAI).sealed_count == 1
    assert check_seals(uai=AUTHORITY).sealed_count == 1
    (seen,) = support.sessions_in(uai=UAI, at=LONG_AGO)
    assert seen.session.state == SupportSession.State.ENDED
    assert not Session.objects.exists()
    assert not SignInTries.objects.exists()
    assert Key.objects.get().state == Key.State.EXPIRED


def test_what_nobody_heard_is_told_again_when_no_job_is_left(busy: Base) -> None:
    defer(jobs.acknowledge_due)
    work()

    (found,) = acknowledgements.of_school(uai=UAI)
    # The last try, to somebody who is listed no longer.
    assert (found.state, len(found.tries)) == (acknowledgements.GIVEN_UP, 6)
    assert (found.last or {})["fault"] == "not-allowed"
    assert waiting(busy) == []


def test_a_session_that_ended_an_hour_ago_is_kept(busy: Base) -> None:
    Session.objects.update(seen_at=NOW - timedelta(hours=1), started_at=NOW - timedelta(hours=1))

    defer(jobs.purge_sessions)
    work()

    assert Session.objects.count() == 1


# ---------------------------------------------------------------- faults


@pytest.fixture
def faulty() -> Iterator[Callable[[Exception], Any]]:
    """Give a job that fails with what one says."""
    made: list[str] = []

    def make(fault: Exception) -> Any:
        name = f"tests.fail-{len(made)}"
        made.append(name)

        @app.task(name=name, retry=jobs.RETRY)
        def fail() -> None:
            raise fault

        return fail

    yield make
    for name in made:
        app.tasks.pop(name)


def test_a_passing_fault_is_tried_again_later(
    base: Base, faulty: Callable[[Exception], Any]
) -> None:
    faulty(OperationalError("the server closed the connection")).defer()
    work()

    ((_, _, _, status, attempts),) = waiting(base)
    assert (status, attempts) == ("todo", 1)
    with base.look() as administrator:
        (later,) = administrator.execute(
            "SELECT scheduled_at > now() FROM procrastinate_jobs"
        ).fetchone() or (None,)
    assert later is True


def test_another_fault_is_not(base: Base, faulty: Callable[[Exception], Any]) -> None:
    faulty(RefusedError("Non.")).defer()
    work()

    ((_, _, _, status, _),) = waiting(base)
    assert status == "failed"


def test_the_log_of_a_fault_tells_no_message(
    base: Base, faulty: Callable[[Exception], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    logger = logging.getLogger("procrastinate")
    handler = logging.StreamHandler()
    handler.setFormatter(PlacesFormatter())
    logger.addHandler(handler)
    try:
        faulty(ValueError("DUPRÉ Léa, 12 rue des Lilas")).defer()
        work()
    finally:
        logger.removeHandler(handler)

    said = capsys.readouterr().err
    assert "builtins.ValueError" in said
    assert "test_jobs.py" in said
    assert "DUPRÉ" not in said


def places_after(fail: Callable[[], None]) -> str:
    try:
        fail()
    except Exception as fault:  # noqa: BLE001 - whatever it is
        return places_of(fault)
    return ""


def test_places_of_a_chain_name_each_fault() -> None:
    def fail() -> None:
        try:
            fail_first()
        except KeyError as first:
            raise ValueError("Léa") from first

    def fail_first() -> None:
        raise KeyError("name")

    told = places_after(fail)

    assert ("builtins.ValueError" in told, "builtins.KeyError" in told) == (True, True)


def test_places_of_a_chain_that_goes_round_end() -> None:
    def fail() -> None:
        cause = KeyError()
        try:
            raise ValueError from cause  # noqa: TRY301
        except ValueError:
            raise cause  # noqa: B904 - what a library does, and what makes the circle

    assert places_after(fail).count("builtins.KeyError") == 1


# ---------------------------------------------------------------- a worker that dies


def die_with(job_id: int, *, attempts: int = 0) -> None:
    """Leave a job as a killed worker leaves it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '5 minutes')"
            " RETURNING id"
        )
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, attempts = %s WHERE id = %s",
            [cursor.fetchone()[0], attempts, job_id],
        )


def test_a_job_whose_worker_died_is_taken_up(busy: Base) -> None:
    die_with(defer(jobs.seal_school, uai=UAI))
    work()
    assert check_seals(uai=UAI).sealed_count == 0

    defer(jobs.sweep_jobs)
    work()

    assert check_seals(uai=UAI).sealed_count == 1
    assert waiting(busy) == []


def test_a_job_that_kills_its_worker_each_time_is_given_up(busy: Base) -> None:
    die_with(defer(jobs.seal_school, uai=UAI), attempts=jobs.MOST_TRIES)

    defer(jobs.sweep_jobs)
    work()

    ((name, _, _, status, _),) = waiting(busy)
    assert (name, status) == ("accesses.seal", "failed")


def test_jobs_of_long_ago_are_forgotten(busy: Base) -> None:
    defer(jobs.expire_keys)
    work()
    with busy.look() as administrator:
        administrator.execute("UPDATE procrastinate_events SET at = at - interval '8 days'")

    defer(jobs.forget_jobs)
    work()

    with busy.look() as administrator:
        left = administrator.execute("SELECT task_name FROM procrastinate_jobs").fetchall()
    assert left == [("jobs.forget",)]


def test_rights_are_not_touched_by_any_job(busy: Base) -> None:
    before = len(rights.rights_in(uai=UAI, today=NOW.date()))

    for timed in schedule.SCHEDULE:
        defer(timed.job)
    work()

    assert len(rights.rights_in(uai=UAI, today=NOW.date())) == before
