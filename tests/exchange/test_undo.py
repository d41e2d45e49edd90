"""Undoing an import, taking the undoing back, and what is left of both."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from tests.bases import Base
from tests.exchange.ready_school import AT, ReadySchool, ready_school, records

from bascule.exchange import runs
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import ImportRun
from bascule.exchange.runs import CannotUndoError, Undone
from bascule.generator.population import Population, Pupil
from bascule.journal.act import act
from bascule.journal.models import Act, History
from bascule.journal.verify import verify_chain
from bascule.store import staging
from bascule.students import holdings
from bascule.students.models import Enrolment, Guardian, Guardianship, Schooling, Student
from bascule.students.register import LINKS, TABLES, Register
from bascule.students.rows import LinkRow

DAY = timedelta(days=1)


@pytest.fixture
def stage() -> Any:
    return ready_school


@pytest.fixture
def school(stage: Any, base: Base) -> ReadySchool:
    return base.ready


def undo(school: ReadySchool, run: ImportRun, at: datetime = AT + DAY) -> Undone:
    return runs.undo(run_id=run.pk, uai=school.uai, actor="head", at=at)


def restore(school: ReadySchool, run: ImportRun, at: datetime = AT + DAY) -> Undone:
    return runs.restore(run_id=run.pk, uai=school.uai, actor="head", at=at)


def changed(school: ReadySchool, *changes: tuple[Callable[[Pupil], bool], Any]) -> Population:
    """Give the school's population with each change made to the first pupil that suits it."""
    pupils = list(school.population.pupils)
    for suits, change in changes:
        rank = next(rank for rank, pupil in enumerate(pupils) if suits(pupil))
        pupils[rank] = change(pupils[rank])
    return replace(school.population, pupils=pupils)


def has_two_guardians(pupil: Pupil) -> bool:
    return not pupil.has_left and len(pupil.links) > 1


def without_last_guardian(school: ReadySchool) -> Population:
    return changed(
        school, (has_two_guardians, lambda pupil: replace(pupil, links=pupil.links[:-1]))
    )


def with_second_schooling(school: ReadySchool) -> Population:
    """Send a pupil to a class of another MEF in November: one period ends, another begins."""
    pupils = school.population.present
    mover = pupils[0]
    model = next(pupil for pupil in pupils if pupil.mef != mover.mef)

    def move(pupil: Pupil) -> Pupil:
        return replace(
            pupil,
            mef=model.mef,
            division=model.division,
            options=model.options,
            starts_on=date(2026, 11, 2),
        )

    return changed(school, (lambda pupil: pupil.id == mover.id, move))


def renumbered(school: ReadySchool) -> Population:
    """Exchange all the private ids among themselves, as another software would."""
    persons, pupils = school.population.persons, school.population.pupils
    turned = dict(zip((p.id for p in persons), reversed([p.id for p in persons]), strict=True))
    ids = [pupil.id for pupil in pupils]
    return replace(
        school.population,
        persons=sorted(
            (replace(person, id=turned[person.id]) for person in persons), key=lambda p: p.id
        ),
        pupils=sorted(
            (
                replace(
                    pupil,
                    id=new_id,
                    links=tuple(link._replace(person=turned[link.person]) for link in pupil.links),
                )
                for pupil, new_id in zip(pupils, reversed(ids), strict=True)
            ),
            key=lambda p: p.id,
        ),
    )


@dataclass(frozen=True, slots=True)
class Second:
    """A second import: what it brings, and what must have moved in the base for it to be that."""

    bring: Callable[[ReadySchool], ImportRun]
    shows: Callable[[ImportRun, ReadySchool], bool]


def count(model: Any, school: ReadySchool) -> int:
    with reading(school.uai):
        return int(model.objects.filter(uai=school.uai).count())


SECONDS = {
    "a fifth changed": Second(
        lambda school: school.bring(school.next_day(0.2), at=AT + DAY),
        lambda run, _: run.counts["pupils_changed"] + run.counts["persons_changed"] >= 6,
    ),
    "all but a few changed": Second(
        lambda school: school.bring(school.next_day(0.9), at=AT + DAY),
        lambda run, _: run.counts["pupils_created"] > 0 and run.counts["pupils_changed"] > 10,
    ),
    "a guardian removed": Second(
        lambda school: school.bring(without_last_guardian(school), at=AT + DAY),
        lambda run, _: run.counts["links_removed"] == 1,
    ),
    "a schooling split": Second(
        lambda school: school.bring(with_second_schooling(school), at=AT + DAY),
        lambda _, school: count(Schooling, school) == len(school.population.pupils) + 1,
    ),
    "private ids exchanged": Second(
        lambda school: school.bring(
            renumbered(school), at=AT + DAY, software="AUTRE", changes_software=True
        ),
        lambda run, _: run.counts["persons_changed"] > 40 and run.counts["pupils_changed"] > 30,
    ),
    "values erased": Second(
        lambda school: school.bring(
            changed(
                school,
                (
                    lambda pupil: bool(pupil.email or pupil.mobile),
                    lambda pupil: replace(pupil, email="", mobile="", sms=None),
                ),
            ),
            at=AT + DAY,
            erase=True,
        ),
        lambda run, _: run.counts["values_erased"] > 0,
    ),
}
seconds = pytest.mark.parametrize("second", SECONDS.values(), ids=SECONDS)


def test_undoing_a_first_import_empties_the_school(school: ReadySchool) -> None:
    before = school.digest()
    run = school.bring()
    assert school.digest() != before

    done = undo(school, run)

    assert school.digest() == before == done.digest_after
    assert done.run.state == ImportRun.State.UNDONE
    assert done.kept == ()


@seconds
def test_undoing_an_import_gives_back_the_state_before(school: ReadySchool, second: Second) -> None:
    school.bring()
    before = school.digest()
    run = second.bring(school)
    assert second.shows(run, school)

    undo(school, run, AT + 2 * DAY)

    assert school.digest() == before


@seconds
def test_taking_an_undoing_back_gives_the_state_after_the_import(
    school: ReadySchool, second: Second
) -> None:
    school.bring()
    before = school.digest()
    run = second.bring(school)
    after = school.digest()
    undo(school, run, AT + 2 * DAY)

    restored = restore(school, run, AT + 2 * DAY)

    assert school.digest() == after
    assert restored.run.state == ImportRun.State.APPLIED
    undo(school, run, AT + 2 * DAY)
    assert school.digest() == before
    restore(school, run, AT + 2 * DAY)
    assert school.digest() == after


@seconds
def test_the_same_file_imports_again_after_an_undo(
    base: Base, school: ReadySchool, second: Second
) -> None:
    school.bring()
    run = second.bring(school)
    with base.look() as administrator:
        first_time = records(administrator, school.uai)
    undo(school, run, AT + 2 * DAY)

    again = second.bring(school)

    assert again.pk != run.pk
    with base.look() as administrator:
        assert sorted_records(records(administrator, school.uai)) == sorted_records(first_time)


def sorted_records(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """Forget the order of links and periods: those that came back keep their old rank."""
    return {table: sorted(map(repr, rows)) for table, rows in found.items()}


def test_the_same_first_file_imports_again_after_an_undo(base: Base, school: ReadySchool) -> None:
    run = school.bring()
    with base.look() as administrator:
        first_time = records(administrator, school.uai)
    undo(school, run)

    again = school.bring()

    assert again.pk != run.pk
    with base.look() as administrator:
        assert records(administrator, school.uai) == first_time


def test_ids_are_never_given_again_after_an_undo(school: ReadySchool) -> None:
    run = school.bring()
    given = ids(school)
    undo(school, run)

    school.bring()

    for name, taken in given.items():
        assert not taken & ids(school)[name], name


def ids(school: ReadySchool) -> dict[str, set[int]]:
    with reading(school.uai):
        students = Student.objects.filter(uai=school.uai)
        return {
            "ELEVE_ID": set(students.values_list("id", flat=True)),
            "ELENOET": set(students.values_list("number", flat=True)),
            "PERSONNE_ID": set(
                Guardian.objects.filter(uai=school.uai).values_list("id", flat=True)
            ),
        }


# What a person did since stays


def test_a_pupil_edited_by_hand_since_is_kept_and_named(base: Base, school: ReadySchool) -> None:
    school.bring()
    run = school.bring(everyone_by_bus(school), at=AT + DAY)
    pupil_id = edit_phone(school, "0612345678")

    done = undo(school, run, AT + 2 * DAY)

    with reading(school.uai):
        kept = Student.objects.get(uai=school.uai, pk=pupil_id)
        enrolments = Enrolment.objects.filter(uai=school.uai)
        moved = {row.student_id for row in enrolments if row.act_id == run.applied_act_id}
    assert done.kept == (f"{kept.family_name} {kept.first_name}",)
    assert kept.mobile_phone == "0612345678"
    assert moved == {pupil_id}


def everyone_by_bus(school: ReadySchool) -> Population:
    pupils = [replace(pupil, transport=not pupil.transport) for pupil in school.population.pupils]
    return replace(school.population, pupils=pupils)


def edit_phone(school: ReadySchool, number: str, *, kind: str = "edit") -> int:
    """Change the telephone of the first pupil by hand."""
    with act(uai=school.uai, kind=kind, actor="secretary", at=AT + DAY) as opened:
        pupil_id = min(student_ids(school))
        row = holdings.students(uai=school.uai, ids=[pupil_id])[pupil_id]
        row.mobile_phone = number
        Register(uai=school.uai, act_id=opened.id).change_students([(pupil_id, row, (None, None))])
    return pupil_id


def student_ids(school: ReadySchool) -> list[int]:
    return list(Student.objects.filter(uai=school.uai).values_list("id", flat=True))


def test_a_pupil_that_the_import_made_is_kept_with_its_family_once_edited(
    base: Base, school: ReadySchool
) -> None:
    run = school.bring()
    pupil_id = edit_phone(school, "0612345678")
    with base.look() as administrator:
        before = whole_family(administrator, pupil_id)

    undo(school, run)

    with reading(school.uai):
        assert student_ids(school) == [pupil_id]
    with base.look() as administrator:
        assert whole_family(administrator, pupil_id) == before


def whole_family(administrator: Any, pupil_id: int) -> list[Any]:
    """Give all that hangs together with a pupil: its years, periods, links, guardians, addresses."""
    return administrator.execute(
        "WITH links AS (SELECT * FROM students_guardianship WHERE student_id = %(id)s),"
        " people AS (SELECT * FROM students_guardian WHERE id IN (SELECT guardian_id FROM links)),"
        " pupil AS (SELECT * FROM students_student WHERE id = %(id)s)"
        " SELECT 1, to_jsonb(t) FROM pupil t UNION ALL SELECT 2, to_jsonb(t) FROM links t"
        " UNION ALL SELECT 3, to_jsonb(t) FROM people t"
        " UNION ALL SELECT 4, to_jsonb(t) FROM students_enrolment t WHERE student_id = %(id)s"
        " UNION ALL SELECT 5, to_jsonb(t) FROM students_schooling t WHERE student_id = %(id)s"
        " UNION ALL SELECT 6, to_jsonb(t) FROM students_address t WHERE id IN"
        " (SELECT address_id FROM people UNION SELECT address_id FROM pupil)"
        " ORDER BY 1, 2",
        {"id": pupil_id},
    ).fetchall()


def test_a_pupil_edited_after_an_undoing_was_taken_back_is_kept_whole(
    base: Base, school: ReadySchool
) -> None:
    run = school.bring()
    undo(school, run)
    restore(school, run)
    pupil_id = edit_phone(school, "0612345678")
    with base.look() as administrator:
        before = whole_family(administrator, pupil_id)

    done = undo(school, run)

    assert len(done.kept) == 1
    with base.look() as administrator:
        assert whole_family(administrator, pupil_id) == before


def test_a_pupil_given_a_guardian_by_hand_since_is_kept(base: Base, school: ReadySchool) -> None:
    run = school.bring()
    with act(uai=school.uai, kind="edit", actor="secretary", at=AT + DAY) as opened:
        pupil_id, guardian_id = strangers(school)
        link = LinkRow(level="3", kinship="38")
        Register(uai=school.uai, act_id=opened.id).add_links([(pupil_id, guardian_id, link)])

    done = undo(school, run)

    assert len(done.kept) >= 1
    with reading(school.uai):
        assert student_ids(school) == [pupil_id]
        assert Guardianship.objects.filter(
            uai=school.uai, student_id=pupil_id, guardian_id=guardian_id
        ).exists()


def strangers(school: ReadySchool) -> tuple[int, int]:
    """Give a pupil, and a guardian who is not linked to it."""
    pupil_id = min(student_ids(school))
    guardians = Guardian.objects.filter(uai=school.uai).exclude(guardianship__student_id=pupil_id)
    return pupil_id, guardians.values_list("id", flat=True).order_by("id")[0]


def test_a_guardian_edited_by_hand_since_is_kept_and_named(school: ReadySchool) -> None:
    run = school.bring()
    with act(uai=school.uai, kind="edit", actor="secretary", at=AT + DAY) as opened:
        guardian_id = (
            Guardian.objects.filter(uai=school.uai).values_list("id", flat=True).order_by("id")[0]
        )
        row = holdings.guardians(uai=school.uai, ids=[guardian_id])[guardian_id]
        row.email = "nouvelle@example.org"
        Register(uai=school.uai, act_id=opened.id).change_guardians(
            [(guardian_id, row, (None, None))]
        )

    done = undo(school, run)

    assert done.kept == (f"{row.family_name} {row.first_name}",)
    with reading(school.uai):
        (left,) = Guardian.objects.filter(uai=school.uai)
        assert (left.id, left.email) == (guardian_id, "nouvelle@example.org")


def test_a_link_removed_by_hand_since_stays_removed(school: ReadySchool) -> None:
    school.bring()
    run = school.bring(everyone_by_bus(school), at=AT + DAY)
    with act(uai=school.uai, kind="edit", actor="secretary", at=AT + DAY) as opened:
        link = Guardianship.objects.filter(uai=school.uai).order_by("id")[0]
        Register(uai=school.uai, act_id=opened.id).remove(LINKS, [link.id])

    done = undo(school, run, AT + 2 * DAY)

    with reading(school.uai):
        pupil = Student.objects.get(uai=school.uai, pk=link.student_id)
        assert not Guardianship.objects.filter(uai=school.uai, pk=link.id).exists()
    assert done.kept == (f"{pupil.family_name} {pupil.first_name}",)


def test_an_edit_made_before_the_import_does_not_keep_the_pupil(school: ReadySchool) -> None:
    school.bring()
    edit_phone(school, "0612345678")
    before = school.digest()
    run = school.bring(everyone_by_bus(school), at=AT + DAY)

    done = undo(school, run, AT + 2 * DAY)

    assert done.kept == ()
    assert school.digest() == before


# What may be undone, and when


def test_only_the_latest_import_is_undone(school: ReadySchool) -> None:
    first = school.bring()
    second = school.bring(school.next_day(0.2), at=AT + DAY)
    before = school.digest()

    with pytest.raises(CannotUndoError) as refusal:
        undo(school, first, AT + 2 * DAY)

    assert refusal.value.sentence == (
        f"L’import n° {second.pk} a été intégré depuis : annulez-le d’abord, puis l’import n° {first.pk}."
    )
    assert school.digest() == before


def test_imports_are_undone_one_after_the_other_latest_first(school: ReadySchool) -> None:
    states = [school.digest()]
    done = []
    for number in range(3):
        done.append(school.bring(school.next_day(0.3, seed=number), at=AT + number * DAY))
        states.append(school.digest())

    for run in reversed(done):
        assert school.digest() == states.pop()
        undo(school, run, AT + 3 * DAY)

    assert school.digest() == states.pop()


def test_an_undoing_is_not_taken_back_once_an_earlier_import_is_undone(
    school: ReadySchool,
) -> None:
    first = school.bring()
    second = school.bring(school.next_day(0.5), at=AT + DAY)
    undo(school, second, AT + 2 * DAY)
    undo(school, first, AT + 2 * DAY)
    before = school.digest()

    with pytest.raises(CannotUndoError) as refusal:
        restore(school, second, AT + 2 * DAY)

    assert refusal.value.sentence == (
        f"L’import n° {first.pk} a été annulé depuis : l’import n° {second.pk} ne peut plus être rétabli."
        " Renvoyez son fichier."
    )
    assert school.digest() == before
    restore(school, first, AT + 2 * DAY)
    assert school.digest() != before


def test_an_undoing_is_not_taken_back_once_another_file_is_in(school: ReadySchool) -> None:
    first = school.bring()
    undo(school, first)
    second = school.bring(school.next_day(0.5), at=AT + DAY)
    before = school.digest()

    with pytest.raises(CannotUndoError, match=f"n° {second.pk}"):
        restore(school, first, AT + 2 * DAY)

    assert school.digest() == before


def test_an_import_is_undone_until_its_seventh_day(school: ReadySchool) -> None:
    run = school.bring()

    with pytest.raises(CannotUndoError, match="plus de 7 jours"):
        undo(school, run, AT + 7 * DAY + timedelta(seconds=1))

    undo(school, run, AT + 7 * DAY)


def test_an_import_is_undone_once(school: ReadySchool) -> None:
    run = school.bring()
    undo(school, run)
    before = school.digest()

    with pytest.raises(CannotUndoError, match="rien à annuler"):
        undo(school, run)

    assert school.digest() == before


def test_what_was_not_undone_is_not_taken_back(school: ReadySchool) -> None:
    run = school.bring()

    with pytest.raises(CannotUndoError, match="rien à rétablir"):
        restore(school, run)


def test_a_run_of_another_school_is_not_found(school: ReadySchool) -> None:
    run = school.bring()
    other = ready_school(8, number=2)
    before = school.digest()

    with pytest.raises(runs.UnknownRunError):
        runs.undo(run_id=run.pk, uai=other.uai, actor="head", at=AT)

    assert school.digest() == before


# What is left of it all


@pytest.fixture
def eventful(school: ReadySchool) -> ReadySchool:
    """Give a school that imported, changed, was edited, undone and restored."""
    school.bring()
    second = school.bring(school.next_day(0.4), at=AT + DAY)
    edit_phone(school, "0612345678")
    undo(school, second, AT + 2 * DAY)
    restore(school, second, AT + 2 * DAY)
    school.bring(with_second_schooling(school), at=AT + 3 * DAY)
    return school


def test_the_chain_of_acts_holds_after_all_this(eventful: ReadySchool) -> None:
    report = verify_chain(uai=eventful.uai)

    assert report.faults == ()
    with reading(eventful.uai):
        kinds = list(
            Act.objects.filter(uai=eventful.uai).order_by("sequence").values_list("kind", flat=True)
        )
    assert kinds[-6:] == [
        "import.apply", "import.apply", "edit", "import.undo", "import.restore", "import.apply",
    ]  # fmt: skip


def test_history_explains_each_value(eventful: ReadySchool) -> None:
    """Follow each row back: every earlier state names an act of the chain, older than the next."""
    with reading(eventful.uai):
        acts = {row.pk: row for row in Act.objects.filter(uai=eventful.uai)}
        moves: dict[tuple[str, int], list[History]] = {}
        for event in History.objects.filter(uai=eventful.uai).order_by("id"):
            moves.setdefault((event.table_name, event.row_id), []).append(event)
        current = {
            (table, row["id"]): row for table in TABLES for row in rows_of(table, eventful.uai)
        }

    assert any(len(events) > 2 for events in moves.values())
    for place, row in current.items():
        states = [event.before for event in moves.get(place, ()) if event.before]
        assert row["act_id"] in acts
        assert row["created_act_id"] in acts
        assert {state["created_act_id"] for state in states} <= {row["created_act_id"]}
        for event in moves.get(place, ()):
            assert event.act_id in acts
            assert event.before is None or event.before["act_id"] < event.act_id
        written_by = acts[row["act_id"]]
        # What an import wrote says where it stood in the file; what a hand wrote does not.
        if "line" in row:
            assert (row["line"] is None) == (written_by.run_id is None)


def rows_of(table: str, uai: str) -> list[dict[str, Any]]:
    with staging.raw_cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t WHERE uai = %s".encode(), [uai])  # noqa: S608
        return [json.loads(row) for (row,) in cursor.fetchall()]


def test_the_value_of_any_moment_can_be_read_again(school: ReadySchool) -> None:
    school.bring()
    numbers = ["0611111111", "0622222222", "0633333333"]
    for number in numbers:
        pupil_id = edit_phone(school, number)

    with reading(school.uai):
        earlier = History.objects.filter(
            uai=school.uai, table_name="students_student", row_id=pupil_id
        ).order_by("id")
        said = [event.before["mobile_phone"] for event in earlier if event.before]
        now = Student.objects.get(uai=school.uai, pk=pupil_id).mobile_phone

    assert [*said[1:], now] == numbers


def test_no_row_is_written_outside_an_act(eventful: ReadySchool) -> None:
    with reading(eventful.uai), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM journal_history h WHERE uai = %s"
            " AND NOT EXISTS (SELECT FROM journal_act a WHERE a.id = h.act_id AND a.uai = h.uai)",
            [eventful.uai],
        )
        assert cursor.fetchone() == (0,)
