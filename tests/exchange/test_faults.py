"""Whatever breaks, whenever: a school's records are as before, or as after, never between."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import psutil
import psycopg
import pytest
from django.db import OperationalError, connections
from psycopg import sql
from pytest_django import DjangoDbBlocker
from tests.bases import Base, Server, pointed_at
from tests.exchange.ready_school import (
    AT,
    BEFORE,
    YEAR,
    ReadySchool,
    everything,
    ready_school,
    records,
)
from tests.exchange.tripwire import laid

from bascule.exchange import runs
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import receive_import
from bascule.generator.school import nomenclature_records
from bascule.journal.models import Act
from bascule.journal.verify import verify_chain
from bascule.nomenclatures.profile import load_profile
from bascule.store import base as store_base, embedded

#: Everything is broken at every step.
pytestmark = pytest.mark.slow

PUPILS = 12
DAY = timedelta(days=1)
#: As Django says it, and as the driver does.
OPERATIONAL = (psycopg.OperationalError, OperationalError)


@pytest.fixture
def school(base: Base) -> ReadySchool:
    # What a process learns once is learnt here: afterwards each try asks for the same things.
    ready_school(2, number=2).bring()
    return ready_school(PUPILS)


def import_file(school: ReadySchool, file: tuple[str, bytes]) -> ImportRun:
    received = receive_import(
        files=[file], uai=school.uai, year=YEAR, actor="secretary", at=AT, apply=True
    )
    assert received.run.state == ImportRun.State.APPLIED
    return received.run


def school_records(base: Base, school: ReadySchool) -> dict[str, list[dict[str, Any]]]:
    with base.look() as administrator:
        return records(administrator, school.uai)


def held_locks(administrator: "psycopg.Connection[Any]") -> int:
    row = administrator.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ).fetchone()
    assert row
    return int(row[0])


# A statement fails


def fail() -> NoReturn:
    raise psycopg.OperationalError("the connection is said to be lost")


def sweep(base: Base, attempt: Callable[[], object]) -> list[str]:
    """Fail the first thing asked of PostgreSQL, then the second, until an attempt meets no failure.

    After each failure the whole base, whatever the table, is what it was, and no lock is left.
    Gives what the attempt that succeeded asked for.
    """
    with base.look() as administrator:
        before = everything(administrator)
        for at in count(1):
            with laid(at, fail) as wire:
                try:
                    attempt()
                except OPERATIONAL:
                    assert wire.tripped
                else:
                    assert not wire.tripped, f"{wire.seen[at - 1]} n° {at} failed and nobody said"
                    return wire.seen
            assert everything(administrator) == before, f"{wire.seen[at - 1]} n° {at}"
            assert held_locks(administrator) == 0, f"{wire.seen[at - 1]} n° {at}"
    raise AssertionError


#: Each sweep meets them all: statements of Django and of the driver, the commit. Nothing uses COPY.
ALL_KINDS = {"execute", "commit"}


def test_a_first_import_survives_the_failure_of_any_statement(
    base: Base, school: ReadySchool
) -> None:
    file = school.file()

    asked = sweep(base, lambda: import_file(school, file))

    assert set(asked) == ALL_KINDS
    assert len(school_records(base, school)["students_student"]) == PUPILS
    assert verify_chain(uai=school.uai).faults == ()


@pytest.fixture
def planned(school: ReadySchool) -> ImportRun:
    """Give the run of a file that changes most of what was imported, waiting to be confirmed."""
    school.bring()
    day_after = school.file(school.next_day(0.6), at=AT + DAY)
    return receive_import(
        files=[day_after], uai=school.uai, year=YEAR, actor="secretary", at=AT + DAY
    ).run


def approve(run: ImportRun) -> ImportRun:
    return runs.approve(
        run_id=run.pk, uai=run.uai, actor="authority", at=AT + DAY, as_authority=True
    )


def test_an_approval_survives_the_failure_of_any_statement(
    base: Base, school: ReadySchool, planned: ImportRun
) -> None:
    asked = sweep(base, lambda: approve(planned))

    assert set(asked) == ALL_KINDS
    assert runs.get_run(run_id=planned.pk, uai=school.uai).state == ImportRun.State.APPLIED
    assert verify_chain(uai=school.uai).faults == ()


def test_an_undoing_and_its_return_survive_the_failure_of_any_statement(
    base: Base, school: ReadySchool, planned: ImportRun
) -> None:
    before = school.digest()
    approve(planned)
    after = school.digest()
    key: dict[str, Any] = {"run_id": planned.pk, "uai": school.uai, "actor": "head", "at": AT + DAY}

    undoing = sweep(base, lambda: runs.undo(**key))
    undone = school.digest()
    returning = sweep(base, lambda: runs.restore(**key))

    assert (undone, school.digest()) == (before, after)
    assert set(undoing) == set(returning) == ALL_KINDS


def test_loading_a_profile_survives_the_failure_of_any_statement(
    base: Base, school: ReadySchool
) -> None:
    teaching = school.population.teaching
    complete = list(nomenclature_records(teaching, BEFORE))
    # Entries go, move up a rank and come in: all three ways of writing.
    shorter = [complete[0], *complete[8:]]
    key: dict[str, Any] = {"uai": school.uai, "year": YEAR, "actor": "authority", "at": AT}
    load_profile(records=iter(shorter), **key)

    asked = sweep(base, lambda: load_profile(records=iter(complete[:-4]), **key))

    assert set(asked) == ALL_KINDS
    assert verify_chain(uai=school.uai).faults == ()


def test_an_import_whose_last_answer_is_lost_is_done_and_not_done_again(
    base: Base, school: ReadySchool
) -> None:
    file = school.file()

    with laid(("commit", 1), fail, is_after=True), pytest.raises(OperationalError):
        import_file(school, file)

    with base.look() as administrator:
        after = everything(administrator)
        again = receive_import(
            files=[file], uai=school.uai, year=YEAR, actor="secretary", at=AT, apply=True
        )
        assert again.is_repeat
        assert everything(administrator) == after


# The program is killed


class Victim:
    """A process that imports a file, and dies where it is told to."""

    def __init__(self, way: str, uai: str, path: Path, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", "tests.exchange.killed_import", way, uai, str(path)]
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env=environment,
        )

    def live_until(self, at: int, base: str) -> str:
        """Import, and die at the n-th thing asked of PostgreSQL."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{base} {at}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@pytest.fixture
def victims(
    school: ReadySchool, base_environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[[str], Victim]]:
    name, content = school.file()
    path = tmp_path / name
    path.write_bytes(content)
    made: list[Victim] = []

    def make(way: str) -> Victim:
        made.append(Victim(way, school.uai, path, base_environment))
        return made[-1]

    yield make
    for victim in made:
        victim.process.communicate(timeout=30)


@contextmanager
def copy_of(base: Base) -> Iterator[Base]:
    """Give a base that holds what another one does; Django's connections point at it."""
    connections.close_all()
    name = f"{base.name}_copy"
    with base.server.enter() as administrator:
        administrator.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(base.name)
            )
        )
        try:
            with pointed_at(base.server, name):
                yield Base(name, base.url, base.owner_url, base.server)
        finally:
            administrator.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


def wait_until_free(administrator: "psycopg.Connection[Any]") -> None:
    """Wait until PostgreSQL has seen that a process died: its locks go with it."""
    deadline = time.monotonic() + 10
    while held_locks(administrator):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def what_the_import_gives(base: Base, school: ReadySchool) -> dict[str, list[dict[str, Any]]]:
    with copy_of(base) as elsewhere:
        import_file(school, school.file())
        return school_records(elsewhere, school)


def test_an_import_killed_at_any_statement_leaves_the_base_as_it_was(
    base: Base, school: ReadySchool, victims: Callable[[str], Victim]
) -> None:
    expected = what_the_import_gives(base, school)
    victim = victims("at-once")

    with base.look() as administrator:
        before = everything(administrator)
        for at in count(1):
            outcome = victim.live_until(at, base.name)
            wait_until_free(administrator)
            if outcome == "done":
                break
            assert outcome == "killed"
            assert everything(administrator) == before, at
            assert runs.resume(uai=school.uai, actor="worker", at=AT) == []

    assert at > 30
    assert school_records(base, school) == expected


def test_a_deposit_killed_at_any_statement_is_taken_up_and_applied_once(
    base: Base, school: ReadySchool, victims: Callable[[str], Victim]
) -> None:
    expected = what_the_import_gives(base, school)
    nothing = school_records(base, school)
    victim = victims("by-steps")
    steps, kill_count, at = ["nothing"], 0, 1

    with base.look() as administrator:
        before = everything(administrator)
        while (outcome := victim.live_until(at, base.name)) == "killed":
            wait_until_free(administrator)
            kill_count, at = kill_count + 1, at + 1
            now = everything(administrator)
            assert records(administrator, school.uai) == nothing
            if now != before:
                # A step is done and kept; the next life takes up from here.
                before, at = now, 1
                steps += [run.state for run in runs.list_runs(uai=school.uai)]

    assert outcome == "done"
    assert steps == ["nothing", "received"]
    assert school_records(base, school) == expected
    assert acts_of_runs(school) == ["import.apply"]
    assert kill_count > 50


def acts_of_runs(school: ReadySchool) -> list[str]:
    with reading(school.uai):
        acts = Act.objects.filter(uai=school.uai, run_id__isnull=False)
        return list(acts.values_list("kind", flat=True))


# The server is killed


@pytest.fixture
def own_server(home: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Server]:
    """Give a server of the test's own, that keeps its word, and a base on it."""
    with embedded.hold(home):
        made = Server(
            administrator=embedded.url(home, role=embedded.ADMINISTRATOR),
            owner=embedded.url(home, role=embedded.OWNER),
            application=embedded.url(home, role=embedded.APPLICATION),
        )
        with django_db_blocker.unblock(), pointed_at(made, embedded.DATABASE):
            store_base.bring_up_to_date()
            yield made


def kill_server(home: Path) -> None:
    """Kill the server and all its children at once, as a crash of the machine would."""
    pid = (home / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0]
    postmaster = psutil.Process(int(pid))
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(family, timeout=30)


MOMENTS = (10, 20, 30, ("commit", 1))


def test_an_import_survives_the_death_of_the_server(own_server: Server, home: Path) -> None:
    school = ready_school(PUPILS)
    file = school.file()
    with own_server.enter() as administrator:
        before = everything(administrator)

    for moment in MOMENTS:
        with laid(moment, lambda: kill_server(home)) as wire, pytest.raises(OPERATIONAL):
            import_file(school, file)
        assert wire.tripped
        connections.close_all()
        with embedded.hold(home), own_server.enter() as administrator:
            assert everything(administrator) == before, moment

    with embedded.hold(home):
        with laid(("commit", 1), lambda: kill_server(home), is_after=True):
            run = import_file(school, file)
        connections.close_all()
        with embedded.hold(home):
            assert runs.get_run(run_id=run.pk, uai=school.uai).state == ImportRun.State.APPLIED
            with own_server.enter() as administrator:
                stored = records(administrator, school.uai)
                assert len(stored["students_student"]) == PUPILS
            assert import_file(school, file).pk == run.pk
