"""The first file of a school, applied at once: its persons are written while its pupils are read."""

import re
from datetime import timedelta

import pytest
from tests.bases import Base
from tests.exchange.ready_school import (
    AT,
    YEAR,
    ReadySchool,
    everything,
    ready_school,
    records,
)

from bascule.exchange import run_lines, runs
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import receive_import
from bascule.formats.refusals import TruncatedFileError
from bascule.journal.models import Act


@pytest.fixture
def school(base: Base) -> ReadySchool:
    return ready_school(12)


def deposit(school: ReadySchool, file: tuple[str, bytes], *, apply: bool) -> ImportRun:
    signed = {"uai": school.uai, "year": YEAR, "actor": "secretary", "at": AT}
    return receive_import(files=[file], apply=apply, **signed).run


def without_birth_dates(file: tuple[str, bytes], *, kept: int) -> tuple[str, bytes]:
    """Spoil the records of all pupils but the first ones: each is set aside whole."""
    name, content = file
    first, *others = content.split(b"<ELEVE>")
    good, spoiled = others[:kept], others[kept:]
    spoiled = [re.sub(rb"<DATE_NAISS>[^<]*</DATE_NAISS>", b"", one) for one in spoiled]
    return name, b"<ELEVE>".join([first, *good, *spoiled])


def test_at_once_or_once_confirmed_it_is_the_same(base: Base, school: ReadySchool) -> None:
    at_once = deposit(school, school.file(), apply=True)
    with base.look() as administrator:
        written = records(administrator, school.uai)
    runs.undo(run_id=at_once.pk, uai=school.uai, actor="secretary", at=AT)
    planned = deposit(school, school.file(), apply=False)
    confirmed = runs.approve(run_id=planned.pk, uai=school.uai, actor="secretary", at=AT)

    assert confirmed.plan_hash == at_once.plan_hash
    assert confirmed.counts == at_once.counts
    with base.look() as administrator:
        assert records(administrator, school.uai) == written


def test_one_that_is_held_leaves_nobody_behind(base: Base, school: ReadySchool) -> None:
    run = deposit(school, without_birth_dates(school.file(), kept=6), apply=True)

    assert run.state == ImportRun.State.HELD
    assert [guard["code"] for guard in run.guards] == ["rejected"]
    assert not Act.objects.filter(uai=school.uai, kind="import.apply").exists()
    with base.look() as administrator:
        assert not any(records(administrator, school.uai).values())
    assert run.counts["pupils_created"] == 6
    assert run_lines.effects_after(run_id=run.pk, uai=school.uai, after=0, most=1)

    run = runs.approve(run_id=run.pk, uai=school.uai, actor="secretary", at=AT, leavers=0)
    assert run.state == ImportRun.State.APPLIED
    with base.look() as administrator:
        stored = records(administrator, school.uai)
    assert len(stored["students_student"]) == 6
    assert len(stored["students_guardian"]) == run.counts["persons_created"] > 0


def test_one_that_ends_in_the_middle_leaves_no_trace(base: Base, school: ReadySchool) -> None:
    name, content = school.file()
    with base.look() as administrator:
        before = everything(administrator)

    with pytest.raises(TruncatedFileError):
        deposit(school, (name, content[: content.rindex(b"<ELEVE>") + 300]), apply=True)

    with base.look() as administrator:
        assert everything(administrator) == before


def test_after_a_file_without_records_an_older_one_is_held(school: ReadySchool) -> None:
    name, content = school.file(at=AT + timedelta(days=1))
    for block in (b"PERSONNES", b"ELEVES"):
        content = re.sub(
            b"<%b>.*</%b>" % (block, block), b"<%b/>" % block, content, flags=re.DOTALL
        )
    assert deposit(school, (name, content), apply=True).state == ImportRun.State.APPLIED

    run = deposit(school, school.file(), apply=True)

    assert [guard["code"] for guard in run.guards] == ["older"]
    assert run.state == ImportRun.State.HELD
