"""A school's pupils are asked about: each is known once, and numbers come back by themselves."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from tests.bases import Base
from tests.exchange.ready_school import AT, YEAR, ready_school
from tests.ine.asking import ask, civil_of, numbers, population, put_in_dispute, rows, states

from bascule.exchange import runs
from bascule.exchange.amend.edits import Edit
from bascule.exchange.amend.verbs import amend, undo as undo_amend
from bascule.ine.models import Number, Request
from bascule.ine.reasons import Reason
from bascule.ine.settle import Settled
from bascule.ine.standing import Stand, overview, standing
from bascule.journal.act import act
from bascule.schools.open_year import State as YearState, YearClosedError, change_state
from bascule.students.models import Enrolment, Student
from bascule.values.ine import IneKind, ine_key_is_right, ine_kind

State = Request.State


def test_pupils_without_a_number_get_one_once_and_another_school_gets_the_same(base: Base) -> None:
    mine, other = ready_school(30), ready_school(30, number=2)
    mine.bring(population(mine))

    first = ask(mine)
    given = numbers(mine.uai)
    digest = mine.digest()
    second = ask(mine)

    assert (first.asked, first.created, first.given, first.disputes) == (30, 30, 30, 0)
    assert all(n and ine_kind(n) is IneKind.RNIE and ine_key_is_right(n) for n in given.values())
    assert all(str(n).startswith("26") for n in given.values())
    assert len(set(given.values())) == 30
    assert second == Settled()
    assert mine.digest() == digest

    # The same children, in the software of the school next door.
    mates = zip(other.population.pupils, mine.population.pupils, strict=True)
    other.bring(population(other, [replace(pupil, **civil_of(child)) for pupil, child in mates]))
    linked = ask(other, days=1)

    assert (linked.linked, linked.created, linked.given) == (30, 0, 30)
    assert numbers(other.uai) == given


def test_a_number_with_another_civil_status_is_in_dispute_and_nothing_is_overwritten(
    base: Base,
) -> None:
    mine, other = ready_school(12), ready_school(12, number=2)
    mine.bring()
    ask(mine)
    known = mine.population.pupils[0]
    stranger = replace(other.population.pupils[0], ine=known.ine, ine_bea="", ine_rnie="")
    persons = rows(mine.uai, "SELECT to_jsonb(p)::text FROM ine_person p ORDER BY id")
    other.bring(population(other, [stranger, *other.population.pupils[1:]]))

    done = ask(other)

    assert done.disputes == 1
    assert (State.DISPUTE, Reason.NUMBER_OF_ANOTHER) in states(other.uai).values()
    after = rows(mine.uai, "SELECT to_jsonb(p)::text FROM ine_person p ORDER BY id")
    assert after[: len(persons)] == persons
    assert done.created == 11


def test_what_is_missing_is_said_and_the_number_comes_when_it_is_there(base: Base) -> None:
    school = ready_school(8)
    own = population(school)
    vague = replace(own.pupils[0], birth_commune="", birth_town="", birth_country="100")
    school.bring(population(school, [vague, *own.pupils[1:]]))
    # Somebody of the school says that the place is not known: the record goes up all the same.
    with act(uai=school.uai, kind="pupil.amend", actor="head", at=AT) as opened:
        Enrolment.objects.filter(uai=school.uai).update(is_blocked=False, act_id=opened.id)

    done = ask(school)

    assert (done.errors, done.given) == (1, 7)
    assert (State.ERROR, Reason.PLACE_MISSING) in states(school.uai).values()

    school.bring(own, at=AT + timedelta(days=1))
    later = ask(school, days=1)

    assert (later.errors, later.asked, later.given) == (0, 1, 1)
    assert set(states(school.uai).values()) == {(State.GIVEN, "")}


def test_two_records_of_one_new_child_are_shown_to_each_other(base: Base) -> None:
    school = ready_school(4)
    school.bring(population(school))
    names = ["family_name", "usual_name", "first_name", "second_name", "third_name", "birth_date"]
    with act(uai=school.uai, kind="pupil.amend", actor="head", at=AT) as opened:
        one, twin = Student.objects.filter(uai=school.uai).order_by("pk").values("pk", *names)[:2]
        same = {name: one[name] for name in names}
        Student.objects.filter(uai=school.uai, pk=twin["pk"]).update(act_id=opened.id, **same)

    ask(school)

    found = rows(
        school.uai,
        "SELECT reason, candidates->0->>'person' FROM ine_request WHERE state = 'LITIGE'",
    )
    person = rows(school.uai, f"SELECT person_id FROM ine_link WHERE student_id = {one['pk']:d}")  # noqa: S608
    assert found == [(Reason.SAME_SCHOOL, str(person[0][0]))]


def test_a_corrected_civil_status_keeps_the_person_and_its_number(base: Base) -> None:
    school = ready_school(8)
    own = population(school)
    school.bring(own)
    ask(school)
    before = set(numbers(school.uai).values())
    child = own.pupils[0]
    # A day that was mistyped, and a first name that was not known.
    corrected = replace(child, second="Capucine", birth=child.birth + timedelta(days=1))
    school.bring(population(school, [corrected, *own.pupils[1:]]), at=AT + timedelta(days=1))

    done = ask(school, days=1)

    assert (done.asked, done.created, done.given) == (1, 0, 0)
    assert set(numbers(school.uai).values()) == before
    found = rows(school.uai, "SELECT before->>'second_name' FROM ine_personstate")
    assert found == [(own.pupils[0].second or None,)]


def test_undoing_an_import_keeps_the_numbers_given_since(base: Base) -> None:
    school = ready_school(10)
    own = population(school)
    school.bring(own)
    moved = tuple(replace(pupil, second="Camille") for pupil in own.pupils[:4])
    second = school.bring(population(school, [*moved, *own.pupils[4:]]), at=AT + timedelta(hours=1))
    ask(school, days=1)
    given = numbers(school.uai)
    signed: dict[str, Any] = {"uai": school.uai, "actor": "head"}

    undone = runs.undo(run_id=second.pk, at=AT + timedelta(days=2), **signed)
    after_undo = numbers(school.uai)
    runs.restore(run_id=second.pk, at=AT + timedelta(days=2, hours=1), **signed)
    after_redo = numbers(school.uai)
    school.bring(own, at=AT + timedelta(days=3))
    ask(school, days=3)

    assert undone.kept == ()
    assert all(given.values())
    assert after_undo == given
    assert after_redo == given
    assert numbers(school.uai) == given


def test_pupils_that_an_undone_import_removed_get_their_numbers_again(base: Base) -> None:
    school = ready_school(10)
    run = school.bring(population(school))
    ask(school)
    given = numbers(school.uai)

    runs.undo(run_id=run.pk, uai=school.uai, actor="head", at=AT + timedelta(days=1))
    assert numbers(school.uai) == {}
    assert rows(school.uai, "SELECT count(*) FROM ine_number") == [(10,)]
    school.bring(population(school), at=AT + timedelta(days=2))
    done = ask(school, days=2)

    assert (done.created, done.linked) == (0, 10)
    assert numbers(school.uai) == given
    with transaction.atomic():
        connection.cursor().execute("SELECT set_config('bascule.directory', 'on', true)")
        assert Number.objects.filter(source=Number.Source.GIVEN).count() == 10


def test_undoing_a_correction_keeps_the_number_given_since(base: Base) -> None:
    school = ready_school(6)
    school.bring(population(school))
    (student_id,) = rows(school.uai, "SELECT min(id) FROM students_student")[0]
    done = amend(
        uai=school.uai,
        year=YEAR,
        edits=[Edit({"email": "eleve@exemple.fr"}, pupil_id=student_id)],
        actor="secretary",
        at=AT + timedelta(hours=1),
    )
    ask(school)
    given = numbers(school.uai)

    undone = undo_amend(
        uai=school.uai, act_id=done.act_id or 0, actor="secretary", at=AT + timedelta(hours=2)
    )

    assert undone.kept == ()
    assert None not in given.values()
    assert numbers(school.uai) == given


def test_a_closed_year_asks_for_no_number_and_disputes_none(base: Base) -> None:
    school = ready_school(4)
    school.bring(population(school))
    ask(school)
    put_in_dispute(school.uai)
    assert standing(uai=school.uai, year=YEAR).counts[Stand.DISPUTE] == 1
    change_state(uai=school.uai, year=YEAR, state=YearState.CLOSED, actor="deep", at=AT)

    with pytest.raises(YearClosedError):
        ask(school)

    assert standing(uai=school.uai, year=YEAR).counts == {Stand.TO_TAKE: 4}
    (counted,) = overview(year=YEAR, uais=[school.uai])
    assert (counted.disputes, counted.to_ask, counted.is_closed) == (0, 0, True)
