"""What is past its time goes, everywhere it was, and nothing else with it."""

import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from tests.bases import Base
from tests.bea.acting import pass_night
from tests.exchange.ready_school import AT, YEAR, ReadySchool, ready_school
from tests.ine.asking import ask, without_numbers
from tests.journal.waiting import wait_for_others

from bascule.bea.rebuild import rebuild
from bascule.exchange.gate import ForgottenFileError, deposited
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import receive_import
from bascule.generator.population import Population
from bascule.journal import access, retention, seal
from bascule.journal.access import Visitor
from bascule.journal.act import AUTHORITY, act
from bascule.journal.verify import verify_chain
from bascule.ops import purge
from bascule.store import embedded
from bascule.store.policies import open_schools
from bascule.students.models import Enrolment, Student

CANARY, FIRST, PARENT = "ZZCANARI", "Zebulonne", "ZZTUTEUR"
#: The canary left in November; two years on she is past her time, and those who stayed until summer are not.
LEFT = date(2026, 11, 10)
LATER = date(2029, 1, 1)
NOW = datetime(2029, 1, 1, 12, tzinfo=UTC)

#: Where rows of pupils are: each is told from the others by what it says.
OF_PUPILS = (
    "students_student",
    "students_enrolment",
    "students_schooling",
    "students_membership",
    "students_guardian",
    "students_guardianship",
    "students_address",
    "ine_link",
    "ine_request",
    "bea_record",
    "bea_nationality",
    "bea_line",
    "certificates_certificate",
    "journal_history",
)


@dataclass
class Played:
    """Two schools that have had an import, a night of numbers and one of the academic base."""

    school: ReadySchool
    other: ReadySchool
    run: ImportRun
    canary: int


def stage_two_schools() -> Played:
    mine, other = ready_school(8), ready_school(4, number=2)
    run = mine.bring(with_canary(mine.population))
    other.bring()
    for school in (mine, other):
        ask(school)
    with act(uai=mine.uai, kind="pupil.amend", actor="tests", at=AT) as opened:
        canary = Student.objects.get(uai=mine.uai, family_name=CANARY)
        Student.objects.filter(pk=canary.pk).update(second_name=FIRST, act_id=opened.id)
        Enrolment.objects.filter(student=canary).update(left_on=LEFT, act_id=opened.id)
    pass_night()
    visitor = Visitor(actor="secretary")
    access.note(
        kind="record.read", visitor=visitor, at=AT, uai=mine.uai, about=f"student/{canary.pk}"
    )
    wait_for_others()
    seal.seal(uai=mine.uai, at=AT + timedelta(hours=1))
    return Played(mine, other, run, canary.pk)


def with_canary(population: Population) -> Population:
    """Call one pupil, and the guardians who are nobody else's, by names that are nowhere else."""
    pupils = list(map(without_numbers, population.pupils))
    linked = [link.person for pupil in pupils for link in pupil.links]
    rank = next(
        rank
        for rank, one in enumerate(pupils)
        if one.links and all(linked.count(link.person) == 1 for link in one.links)
    )
    own = {link.person for link in pupils[rank].links}
    pupils[rank] = replace(pupils[rank], family=CANARY, usual="", first=FIRST)
    guardians = [
        replace(one, family=PARENT, usual="") if one.id in own else one
        for one in population.persons
    ]
    return replace(population, pupils=pupils, persons=guardians)


@pytest.fixture
def stage() -> Any:
    return stage_two_schools


@pytest.fixture
def played(stage: Any, base: Base) -> Played:
    """Give the schools two years later."""
    base.say_today(LATER)
    rebuild(number=0, into=None)
    return base.ready


def rows_of_pupils(base: Base) -> dict[tuple[str, int], str]:
    with base.look() as administrator:
        return {
            (table, row_id): digest
            for table in OF_PUPILS
            for row_id, digest in administrator.execute(
                f"SELECT id, md5(t::text) FROM {table} t"  # noqa: S608
            ).fetchall()
        }


def rows_of_canary(base: Base, canary: int) -> set[tuple[str, int]]:
    """Find her rows and those of her parents, in what is there and in what was."""
    said = (
        f'%"student_id": {canary},%',
        f'%"student_id": {canary}}}%',
        f"%{PARENT}%",
        f"%{CANARY}%",
    )
    with base.look() as administrator:
        return {
            (table, row_id)
            for table in OF_PUPILS
            for (row_id,) in administrator.execute(
                f"SELECT id FROM {table} t WHERE to_jsonb(t)::text LIKE ANY (%s)",  # noqa: S608
                [list(said)],
            ).fetchall()
        }


def dump(base: Base) -> str:
    """Read the whole base as its administrator does."""
    address = base.server.administrator
    with psycopg.connect(address, dbname=base.name) as administrator:
        place = administrator.info
        command = [embedded.programs() / "pg_dump", "-h", place.host, "-p", str(place.port)]
        environment = {"PGPASSWORD": place.password, "LC_ALL": "C"}
        command += ["-U", place.user, "-d", base.name]
        said = subprocess.run(command, check=True, capture_output=True, env=environment)  # noqa: S603
    return said.stdout.decode()


def in_parquet(text: str) -> int:
    files = [str(path) for path in Path(settings.BASCULE_BEA).rglob("*.parquet")]
    assert files
    with duckdb.connect() as engine:
        (count,) = engine.execute(
            "SELECT count(*) FROM read_parquet($1, union_by_name = true) t WHERE t::VARCHAR LIKE $2",
            [files, f"%{text}%"],
        ).fetchone() or (0,)
    return int(count)


@pytest.mark.slow
def test_a_pupil_past_her_time_is_nowhere_and_no_other_is_touched(
    base: Base, played: Played
) -> None:
    before, hers = rows_of_pupils(base), rows_of_canary(base, played.canary)
    assert {table for table, _ in hers} >= {
        "students_guardian",
        "ine_link",
        "bea_line",
        "journal_history",
    }
    assert CANARY in dump(base)
    assert in_parquet(CANARY) == 1
    with base.look() as administrator:
        # Ten years for the directory: she came long ago, and no school has her any more.
        administrator.execute(
            "UPDATE ine_person SET last_year = 2010 WHERE family_name = %s", [CANARY]
        )

    planned = purge.plan(actor="tests", at=NOW)
    assert rows_of_pupils(base) == before
    assert in_parquet(CANARY) == 1
    done = purge.run(actor="tests", at=NOW)

    # What is done is what was said; the directory lets go of her at the next one, once no school has her.
    assert {**done.counts, "person": 0} == {**planned.counts, "person": 0}
    assert (done.counts["pupil"], done.counts["access"], done.counts["file"]) == (1, 1, 2)
    assert done.counts["person"] + purge.run(actor="tests", at=NOW).counts["person"] == 1
    text = dump(base)
    assert [word for word in (CANARY, FIRST, PARENT) if word.lower() in text.lower()] == []
    assert in_parquet(CANARY) == 0
    with base.look() as administrator:
        assert (
            administrator.execute("SELECT FROM exchange_storedfile WHERE content <> ''").rowcount
            == 0
        )
    after = rows_of_pupils(base)
    gone = before.keys() - after.keys()
    assert {row for row in hers if row in after} == set()
    # Whom she lived with goes with her; all others are as they were, to the letter.
    assert {table for table, _ in gone - hers} <= {"students_address", "journal_history"}
    assert {row: digest for row, digest in before.items() if row not in gone} == after
    for uai in (played.school.uai, played.other.uai, AUTHORITY):
        assert verify_chain(uai=uai).faults == ()
    assert purge.last_report() is not None


@pytest.mark.slow
def test_a_file_that_was_forgotten_says_so_and_may_be_sent_again(
    base: Base, played: Played
) -> None:
    purge.run(actor="tests", at=NOW)
    uai = played.school.uai
    with transaction.atomic():
        open_schools(uai)
        run = ImportRun.objects.get(pk=played.run.pk)
        assert (bool(run.file_digest), run.counts != {}) == (True, True)
    with pytest.raises(ForgottenFileError):
        deposited(run)

    again = played.school.file(with_canary(played.school.population))
    receive_import(files=[again], uai=uai, year=YEAR, actor="secretary", at=AT)

    assert deposited(run)[1] == again[1]


@pytest.mark.slow
def test_who_works_can_remove_nothing_before_its_time(base: Base, played: Played) -> None:
    uai, canary = played.school.uai, played.canary

    def try_to(query: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            open_schools(uai)
            cursor.execute("SELECT set_config('bascule.directory', 'on', true)")
            cursor.execute(query)

    for query, why in (
        (f"SELECT purge_history('{uai}', ARRAY[{canary}], '{{}}', '{{}}')", "still there"),
        ("SELECT purge_persons(ARRAY(SELECT root_id FROM ine_person))", "not past her time"),
        (
            f"SELECT purge_accesses('{uai}', 0, 9e15::bigint, 0, 9e15::bigint)",
            "not past their time",
        ),
        ("DELETE FROM journal_history", "permission denied"),
        ("DELETE FROM ine_person", "never rewritten"),
        ("UPDATE journal_retention SET days = 1 WHERE kind = 'pupil'", "retention_long_enough"),
        (
            "CREATE OR REPLACE FUNCTION purge_today() RETURNS date LANGUAGE sql AS 'SELECT now()::date'",
            "denied|owner",
        ),
    ):
        access.note(kind="record.read", visitor=Visitor(), at=NOW, uai=uai)
        with pytest.raises(Exception, match=why):
            try_to(query)
    with pytest.raises(retention.TooShortError):
        retention.set_duration(kind="person", days=10, actor="tests", at=NOW)
    with base.look() as owner, pytest.raises(psycopg.Error, match="never rewritten"):
        # Nor the owner, straight.
        owner.execute("DELETE FROM journal_history")
