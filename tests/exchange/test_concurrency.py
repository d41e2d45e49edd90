"""Several hands at once: one after the other for a school, side by side for several."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from tests.bases import Base
from tests.exchange.ready_school import (
    AT,
    YEAR,
    ReadySchool,
    everything,
    ready_school,
    records,
)
from tests.exchange.tripwire import laid

from bascule.errors import RefusedError
from bascule.exchange import runs
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.journey import NotWaitingError, PlanOutdatedError
from bascule.exchange.models import ImportRun, StoredFile
from bascule.exchange.receive import Received, deposit, receive_import
from bascule.journal.act import act
from bascule.journal.models import Act
from bascule.journal.verify import verify_chain
from bascule.schools.open_year import State, change_state
from bascule.store import locks
from bascule.store.locks import SchoolIsBusyError
from bascule.students import holdings
from bascule.students.models import Student
from bascule.students.register import Register

DAY = timedelta(days=1)
#: Seconds after which a thread that should have ended is stuck.
PATIENCE = 30
APPLIED = ImportRun.State.APPLIED


class Work(threading.Thread):
    """Something done in a thread, on its own connection."""

    def __init__(self, do: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.do = do
        self.result: Any = None
        self.start()

    def run(self) -> None:
        try:
            self.result = self.do()
        except Exception as fault:  # noqa: BLE001 - given to the test by `end`
            self.result = fault
        finally:
            connections.close_all()

    def end(self) -> Any:
        """Wait for the end, and give what came of it: a result or an exception."""
        self.join(PATIENCE)
        assert not self.is_alive(), "stuck"
        return self.result


@contextmanager
def paused_before_commit(do: Callable[[], Any], commit: int = 1) -> Iterator[Work]:
    """Begin something and stop it as it is about to commit for the n-th time, until the block ends."""
    is_there, may_go_on = threading.Event(), threading.Event()

    def pause() -> None:
        is_there.set()
        assert may_go_on.wait(PATIENCE)

    with laid(("commit", commit), pause):
        work = Work(do)
        try:
            assert is_there.wait(PATIENCE), work.result
            yield work
        finally:
            may_go_on.set()
            work.join(PATIENCE)


def wait_until_waiting(base: Base) -> None:
    """Wait until a connection waits for a lock that another one holds."""
    with base.look() as administrator:
        waited = threading.Event()
        for _ in range(PATIENCE * 100):
            row = administrator.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
            if row and row[0]:
                return
            waited.wait(0.01)
    raise AssertionError("nobody waits")


def small_school() -> ReadySchool:
    return ready_school(20)


@pytest.fixture
def stage() -> Any:
    return small_school


@pytest.fixture
def school(stage: Any, base: Base) -> ReadySchool:
    return base.ready


def bring(school: ReadySchool, file: tuple[str, bytes], *, apply: bool = True) -> Received:
    return receive_import(
        files=[file], uai=school.uai, year=YEAR, actor="secretary", at=AT + DAY, apply=apply
    )


def approve(run: ImportRun) -> ImportRun:
    return runs.approve(
        run_id=run.pk, uai=run.uai, actor="authority", at=AT + DAY, as_authority=True
    )


def decline(run: ImportRun) -> ImportRun:
    return runs.decline(run_id=run.pk, uai=run.uai)


def run_states(school: ReadySchool) -> list[str]:
    return sorted(run.state for run in runs.list_runs(uai=school.uai))


def act_kinds(school: ReadySchool) -> list[str]:
    with reading(school.uai):
        found = Act.objects.filter(uai=school.uai, run_id__isnull=False).order_by("sequence")
        return list(found.values_list("kind", flat=True))


# One school


def test_of_two_imports_at_once_the_second_is_compared_with_what_the_first_wrote(
    base: Base, school: ReadySchool
) -> None:
    first_file = school.file()
    second_file = school.file(school.next_day(0.2), at=AT + DAY)

    with paused_before_commit(lambda: bring(school, first_file)) as first:
        second = Work(lambda: bring(school, second_file))
        wait_until_waiting(base)
    early, late = first.end().run, second.end().run

    assert early.counts["pupils_created"] == 20
    assert late.counts["pupils_created"] <= 2
    assert late.counts["pupils_unchanged"] + late.counts["pupils_changed"] == 20
    assert late.pk > early.pk
    assert verify_chain(uai=school.uai).faults == ()


def test_the_same_file_brought_twice_at_once_is_imported_once(
    base: Base, school: ReadySchool
) -> None:
    file = school.file()

    with paused_before_commit(lambda: bring(school, file)) as first:
        second = Work(lambda: bring(school, file))
        wait_until_waiting(base)
    done, repeat = first.end(), second.end()

    assert (done.is_repeat, repeat.is_repeat) == (False, True)
    assert done.run.pk == repeat.run.pk
    assert act_kinds(school) == ["import.apply"]


def test_who_finds_the_school_busy_for_too_long_is_told_and_writes_nothing(
    base: Base, school: ReadySchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE_MS", 100)
    first_file = school.file()
    second_file = school.file(school.next_day(0.2), at=AT + DAY)

    with paused_before_commit(lambda: bring(school, first_file)) as first:
        with base.look() as administrator:
            before = everything(administrator)
        told = Work(lambda: bring(school, second_file)).end()
        with base.look() as administrator:
            assert everything(administrator) == before

    assert isinstance(told, SchoolIsBusyError)
    assert str(told) == (
        f"Un autre traitement est en cours pour {school.uai} : réessayez dans un instant."
    )
    assert first.end().run.state == APPLIED
    assert bring(school, second_file).run.counts["pupils_read"] >= 20


def test_a_plan_confirmed_twice_at_once_is_applied_once(base: Base, school: ReadySchool) -> None:
    run = bring(school, school.file(), apply=False).run

    with paused_before_commit(lambda: approve(run), commit=2) as first:
        second = Work(lambda: approve(run))
        wait_until_waiting(base)

    assert first.end().state == APPLIED
    told = second.end()
    assert isinstance(told, NotWaitingError)
    assert "intégré" in told.sentence
    assert act_kinds(school) == ["import.apply"]


def test_a_plan_confirmed_and_abandoned_at_once_ends_as_the_first_said(
    base: Base, school: ReadySchool
) -> None:
    run = bring(school, school.file(), apply=False).run

    with paused_before_commit(lambda: approve(run), commit=2) as first:
        second = Work(lambda: decline(run))
        wait_until_waiting(base)

    assert first.end().state == APPLIED
    assert isinstance(second.end(), NotWaitingError)
    assert run_states(school) == ["applied"]


def test_a_plan_abandoned_and_confirmed_at_once_ends_as_the_first_said(
    base: Base, school: ReadySchool
) -> None:
    run = bring(school, school.file(), apply=False).run
    before = school.digest()

    with paused_before_commit(lambda: decline(run), commit=2) as first:
        second = Work(lambda: approve(run))
        wait_until_waiting(base)

    assert first.end().state == ImportRun.State.DECLINED
    assert isinstance(second.end(), NotWaitingError)
    assert school.digest() == before


def test_an_import_undone_twice_at_once_is_undone_once(base: Base, school: ReadySchool) -> None:
    before = school.digest()
    run = school.bring()

    def undo() -> runs.Undone:
        return runs.undo(run_id=run.pk, uai=school.uai, actor="head", at=AT + DAY)

    with paused_before_commit(undo) as first:
        second = Work(undo)
        wait_until_waiting(base)

    assert first.end().run.state == ImportRun.State.UNDONE
    assert isinstance(second.end(), runs.CannotUndoError)
    assert act_kinds(school) == ["import.apply", "import.undo"]
    assert school.digest() == before


def test_an_import_that_comes_during_an_undoing_is_compared_with_what_is_left(
    base: Base, school: ReadySchool
) -> None:
    run = school.bring()
    file = school.file(school.next_day(0.2), at=AT + DAY)

    with paused_before_commit(
        lambda: runs.undo(run_id=run.pk, uai=school.uai, actor="head", at=AT + DAY)
    ):
        second = Work(lambda: bring(school, file))
        wait_until_waiting(base)

    assert second.end().run.counts["pupils_created"] >= 20


def test_the_same_file_kept_twice_at_once_is_kept_once(base: Base, school: ReadySchool) -> None:
    file = school.file()

    def keep() -> ImportRun:
        return deposit(
            files=[file], uai=school.uai, year=YEAR, actor="secretary", at=AT, apply=True
        ).run

    with paused_before_commit(keep) as first:
        second = Work(keep)
        wait_until_waiting(base)

    assert {first.end().state, second.end().state} == {ImportRun.State.RECEIVED}
    assert run_states(school) == ["declined", "received"]
    with reading(school.uai):
        assert StoredFile.objects.filter(uai=school.uai).count() == 1


def test_a_deposit_taken_up_by_two_workers_at_once_is_applied_once(
    base: Base, school: ReadySchool
) -> None:
    deposit(files=[school.file()], uai=school.uai, year=YEAR, actor="secretary", at=AT, apply=True)

    def resume() -> list[ImportRun]:
        return runs.resume(uai=school.uai, actor="worker", at=AT + DAY)

    with paused_before_commit(resume, commit=2) as first:
        second = Work(resume)
        wait_until_waiting(base)
    taken_up = [*first.end(), *second.end()]

    assert [run.state for run in taken_up] == [APPLIED]
    assert act_kinds(school) == ["import.apply"]


# An edit beside an import


def edit(school: ReadySchool) -> int:
    """Change by hand what each file says of each pupil."""
    with act(uai=school.uai, kind="edit", actor="secretary", at=AT + DAY) as opened:
        pupil_id = Student.objects.filter(uai=school.uai).order_by("id")[0].pk
        row = holdings.students(uai=school.uai, ids=[pupil_id])[pupil_id]
        row.birth_country, row.birth_commune, row.birth_town = "109", None, "BERLIN"
        Register(uai=school.uai, act_id=opened.id).change_students([(pupil_id, row, (None, None))])
    return int(pupil_id)


def test_an_edit_between_plan_and_confirmation_has_the_plan_read_again(
    base: Base, school: ReadySchool
) -> None:
    school.bring()
    run = bring(school, school.file(school.next_day(0.2), at=AT + DAY), apply=False).run
    edit(school)
    before = school.digest()

    with pytest.raises(PlanOutdatedError):
        approve(run)

    assert school.digest() == before
    shown = runs.read_detail(run_id=run.pk, uai=school.uai)
    assert shown.run.plan_hash != run.plan_hash
    assert approve(shown.run).state == APPLIED


def test_an_edit_between_plan_and_confirmation_that_changes_nothing_of_it_lets_it_pass(
    school: ReadySchool,
) -> None:
    school.bring()
    run = bring(school, school.file(school.next_day(0.2), at=AT + DAY), apply=False).run
    with act(uai=school.uai, kind="note", actor="secretary", at=AT + DAY):
        pass

    assert approve(run).state == APPLIED


def test_an_edit_during_an_import_comes_after_it(base: Base, school: ReadySchool) -> None:
    school.bring()
    file = school.file(school.next_day(0.9), at=AT + DAY)
    run = bring(school, file, apply=False).run

    with paused_before_commit(lambda: approve(run), commit=2) as first:
        second = Work(lambda: edit(school))
        wait_until_waiting(base)
    applied = first.end()
    pupil_id = second.end()

    with reading(school.uai):
        pupil = Student.objects.get(uai=school.uai, pk=pupil_id)
    assert pupil.birth_town == "BERLIN"
    assert pupil.act_id > applied.applied_act_id
    assert verify_chain(uai=school.uai).faults == ()


def test_a_plan_is_not_applied_to_a_year_closed_meanwhile(base: Base, school: ReadySchool) -> None:
    run = bring(school, school.file(), apply=False).run
    change_state(uai=school.uai, year=YEAR, state=State.CLOSED, actor="authority", at=AT + DAY)
    before = school.digest()

    with pytest.raises(RefusedError, match="close"):
        approve(run)

    assert school.digest() == before


def test_a_deposit_that_may_not_be_applied_holds_back_no_other(
    base: Base, school: ReadySchool
) -> None:
    assert base
    deposit(files=[school.file()], uai=school.uai, year=YEAR, actor="secretary", at=AT, apply=True)
    with reading(school.uai):
        # Behind it, one that waits for a person.
        later = ImportRun.objects.get(uai=school.uai)
        later.pk, later.options = None, {}
        later.save()
    change_state(uai=school.uai, year=YEAR, state=State.CLOSED, actor="authority", at=AT + DAY)

    with pytest.raises(RefusedError, match="close"):
        runs.resume(uai=school.uai, actor="worker", at=AT + DAY)

    assert run_states(school) == ["planned", "planned"]


# Several schools


def test_twenty_schools_import_at_once(base: Base) -> None:
    schools = [ready_school(8, number=number) for number in range(1, 21)]
    files = [school.file() for school in schools]
    together = threading.Barrier(len(schools))

    def work(school: ReadySchool, file: tuple[str, bytes]) -> Received:
        together.wait(PATIENCE)
        return bring(school, file)

    works = [
        Work(lambda school=school, file=file: work(school, file))  # type: ignore[misc]
        for school, file in zip(schools, files, strict=True)
    ]
    ends = [work.end() for work in works]

    assert [getattr(end, "is_repeat", end) for end in ends] == [False] * len(schools)
    with base.look() as administrator:
        for school in schools:
            assert len(records(administrator, school.uai)["students_student"]) == 8
    assert [verify_chain(uai=school.uai).faults for school in schools] == [()] * len(schools)
