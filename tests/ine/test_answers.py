"""Agents settle disputes, two of them where two pupils would become one, and any of it is taken back."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import override_settings
from tests.bases import Base
from tests.exchange.ready_school import AT, YEAR, ReadySchool, ready_school
from tests.ine.asking import (
    ask,
    civil_of,
    numbers,
    population,
    put_in_dispute,
    rows,
    states,
)

from bascule.exchange import runs
from bascule.generator.population import Population
from bascule.ine import answers, national, reviewing
from bascule.ine.directory import DirectoryIsBusyError
from bascule.ine.disputes import Dispute, dispute
from bascule.ine.give_back import note_taken
from bascule.ine.merges import (
    KeptApartError,
    SecondAgentError,
    UnknownMergeError,
    ask_merge,
    keep_apart,
)
from bascule.ine.models import Request
from bascule.ine.persons import waiting_merges
from bascule.ine.queue import Filters, Waiting, count_open, disputes
from bascule.ine.reasons import Reason
from bascule.ine.standing import Stand, resolve, standing
from bascule.journal.access import Visitor
from bascule.journal.act import act
from bascule.students.models import Student
from bascule.values.civil_identity import identity_key, key

LATER = AT + timedelta(days=9)
VISITOR = Visitor("agent.un")


@dataclass(frozen=True, slots=True)
class Story:
    """A child known in one school, and one that looks like him or her in another."""

    mine: ReadySchool
    other: ReadySchool
    known: str
    waiting: Waiting
    file: Population

    @property
    def about(self) -> dict[str, Any]:
        return {"uai": self.other.uai, "request_id": self.waiting.request_id}

    def read(self) -> Dispute:
        return dispute(
            uai=self.other.uai, request_id=self.waiting.request_id, visitor=VISITOR, at=LATER
        )

    def stand(self) -> Stand:
        """Tell where the INE of the record in dispute stands, as its school sees it."""
        pupils = standing(uai=self.other.uai, year=YEAR).pupils
        return next(one.stand for one in pupils if one.student_id == self.waiting.student_id)

    def number(self) -> str | None:
        """Give the number of the record in dispute."""
        found = rows(
            self.other.uai,
            f"SELECT coalesce(ine_rnie, ine) FROM students_student WHERE id = {self.waiting.student_id:d}",  # noqa: S608
        )
        number: str | None = found[0][0]
        return number


def story(*, carries: bool = False, **changes: Any) -> Story:
    """Make a child of one school come to another, written otherwise, with the number or without."""
    mine, other = ready_school(6), ready_school(6, number=2)
    mine.bring(population(mine))
    ask(mine)
    child, *_ = population(mine).pupils
    known = numbers(mine.uai)[identity_key(child.family, child.first, child.birth)]
    assert known
    written = replace(
        other.population.pupils[0],
        **(civil_of(child) | {"ine": known if carries else ""} | changes),
    )
    file = population(other, [written, *population(other).pupils[1:]])
    other.bring(file)
    ask(other)
    (waiting,) = disputes(at=LATER).rows
    return Story(mine, other, known, waiting, file)


def test_a_twin_is_another_pupil_with_a_number_of_its_own(base: Base) -> None:
    told = story(first="Zébulon", second="", third="")
    seen = told.read()
    words = {field.label: field.word for field in seen.proposed[0].fields}

    assert told.waiting.reason is Reason.LOOK_ALIKES
    assert told.waiting.days == 9
    assert (words["Nom"], words["Prénom"], words["Naissance"]) == (
        "identique",
        "différent",
        "identique",
    )
    assert seen.proposed[0].numbers == (told.known,)
    assert told.number() is None

    done = answers.answer_different(**told.about, why="Jumeaux.", actor="agent.un", at=LATER)

    assert done.number not in (None, told.known)
    assert told.number() == done.number
    assert set(states(told.other.uai).values()) == {(Request.State.GIVEN, "")}
    # Nobody is asked about them again.
    assert ask(told.other, days=10, again=True).disputes == 0

    reviewing.undo(decision_id=done.decision_id, why="Erreur.", actor="agent.deux", at=LATER)

    assert told.number() is None
    assert disputes(at=LATER).count == 1
    assert resolve(str(done.number)).person_id is not None
    assert [d.kind for d in told.read().decisions] == ["undone", "different"]


def test_a_pupil_said_the_same_gets_the_number_of_the_one_who_was_known(base: Base) -> None:
    told = story(first="Zébulon", second="", third="")
    person = told.read().proposed[0].person_id

    done = answers.answer_same(
        **told.about, person_id=person, why="Acte de naissance.", actor="agent.un", at=LATER
    )

    assert done.merge_id is None
    assert told.number() == told.known


def test_what_joins_two_persons_waits_for_a_second_agent(base: Base) -> None:
    told = story(carries=True, birth=date(2011, 2, 27), first="Zébulon")
    seen = told.read()
    assert told.waiting.reason is Reason.NUMBER_OF_ANOTHER
    assert seen.proposed[0].needs_second
    assert told.number() == told.known

    asked = answers.answer_same(
        **told.about,
        person_id=seen.proposed[0].person_id,
        why="Acte de naissance.",
        actor="agent.un",
        at=LATER,
    )

    assert asked.merge_id is not None
    assert disputes(at=LATER, filters=Filters(awaits_second=True)).count == 1
    with pytest.raises(SecondAgentError):
        reviewing.confirm_merge(merge_id=asked.merge_id, actor="agent.un", at=LATER)

    reviewing.confirm_merge(merge_id=asked.merge_id, actor="agent.deux", at=LATER)

    assert told.stand() is Stand.KNOWN
    assert disputes(at=LATER).count == 0

    reviewing.undo(decision_id=asked.decision_id, why="Erreur.", actor="agent.un", at=LATER)

    assert told.stand() is Stand.DISPUTE
    assert told.read().proposed[0].needs_second


def test_nothing_is_given_while_a_second_agent_is_waited_for(base: Base) -> None:
    told = story(birth=date(2011, 2, 27))
    person = told.read().proposed[0].person_id
    asked = answers.answer_same(
        **told.about, person_id=person, why="Acte de naissance.", actor="agent.un", at=LATER
    )
    assert asked.merge_id is not None

    assert ask(told.other, days=10, again=True).asked == 0
    assert (told.number(), told.stand()) == (None, Stand.DISPUTE)

    reviewing.confirm_merge(merge_id=asked.merge_id, actor="agent.deux", at=LATER)
    assert told.number() == told.known


def test_what_was_taken_back_is_not_taken_back_again_by_what_followed_from_it(base: Base) -> None:
    told = story(carries=True, birth=date(2011, 2, 27), first="Zébulon")
    asked = answers.answer_same(
        **told.about,
        person_id=told.read().proposed[0].person_id,
        why="Acte de naissance.",
        actor="agent.un",
        at=LATER,
    )
    assert asked.merge_id is not None
    reviewing.confirm_merge(merge_id=asked.merge_id, actor="agent.deux", at=LATER)
    merged = next(one for one in told.read().decisions if one.kind == "merged")
    reviewing.undo(decision_id=asked.decision_id, why="Erreur.", actor="agent.un", at=LATER)
    answers.answer_different(**told.about, why="Cousins.", actor="agent.un", at=LATER)

    with pytest.raises(reviewing.CannotUndoError):
        reviewing.undo(decision_id=merged.pk, why="", actor="agent.un", at=LATER)
    assert told.stand() is not Stand.DISPUTE


def test_a_dispute_about_a_pupil_who_is_no_more_there_is_counted_nowhere(base: Base) -> None:
    told = story(first="Zébulon", second="", third="")
    assert count_open(uais=[told.other.uai]) == disputes(at=LATER).count == 1
    (run, *_) = runs.list_runs(uai=told.other.uai)

    runs.undo(run_id=run.pk, uai=told.other.uai, actor="head", at=AT + timedelta(days=1))

    assert count_open(uais=[told.other.uai]) == disputes(at=LATER).count == 0


def test_a_pupil_said_to_be_another_does_not_keep_the_number_of_the_first(base: Base) -> None:
    told = story(carries=True, birth=date(2011, 2, 27), first="Zébulon")
    columns = "SELECT ine, ine_bea, ine_rnie FROM students_student WHERE id = "
    before = rows(told.other.uai, f"{columns}{told.waiting.student_id:d}")
    assert before[0][0] == told.known

    done = answers.answer_different(**told.about, why="Cousins.", actor="agent.un", at=LATER)

    after = rows(told.other.uai, f"{columns}{told.waiting.student_id:d}")
    assert after == [(done.number, None, done.number)]
    reviewing.undo(decision_id=done.decision_id, why="", actor="agent.un", at=LATER)
    assert rows(told.other.uai, f"{columns}{told.waiting.student_id:d}") == before


def test_a_record_that_becomes_a_known_child_moves_and_makes_nobody_one(base: Base) -> None:
    mine, other = ready_school(4), ready_school(4, number=2)
    for school in (mine, other):
        school.bring(population(school))
        ask(school)
    child = population(mine).pupils[0]
    known = numbers(mine.uai)[identity_key(child.family, child.first, child.birth)]
    student_id, before = rows(
        other.uai, "SELECT id, ine_rnie FROM students_student ORDER BY id LIMIT 1"
    )[0]
    names = {"family_name": "family", "usual_name": "usual", "first_name": "first"}
    names |= {"second_name": "second", "third_name": "third", "sex": "sex", "birth_date": "birth"}
    names |= {name: name for name in ("birth_country", "birth_commune", "birth_town")}
    civil = {column: getattr(child, name) or None for column, name in names.items()}
    with act(uai=other.uai, kind="pupil.amend", actor="head", at=LATER) as opened:
        Student.objects.filter(uai=other.uai, pk=student_id).update(act_id=opened.id, **civil)
    assert ask(other, days=1).disputes == 1
    (waiting,) = disputes(at=LATER).rows
    about: dict[str, Any] = {"uai": other.uai, "request_id": waiting.request_id, "at": LATER}
    person = resolve(str(known)).person_id
    assert person is not None

    done = answers.answer_same(**about, person_id=person, why="Acte.", actor="agent.un")

    assert (done.merge_id, done.number) == (None, known)
    assert resolve(before).person_id not in (None, person)
    reviewing.undo(decision_id=done.decision_id, why="", actor="agent.deux", at=LATER)
    assert rows(other.uai, f"SELECT ine_rnie FROM students_student WHERE id = {student_id:d}") == [  # noqa: S608
        (before,)
    ]


def test_undoing_an_import_does_not_bring_back_the_number_of_another(base: Base) -> None:
    school = ready_school(4)
    own = population(school)
    school.bring(own)
    ask(school)
    child = own.pupils[0]
    changed = replace(child, third="Capucine")
    run = school.bring(population(school, [changed, *own.pupils[1:]]), at=AT + timedelta(hours=1))
    key = identity_key(child.family, child.first, child.birth)
    student_id = rows(
        school.uai,
        f"SELECT id FROM students_student WHERE identity_key = '{key}'",  # noqa: S608
    )[0][0]
    apart = answers.split(
        uai=school.uai, year=YEAR, student_id=student_id, why="", actor="agent.un", at=LATER
    )

    runs.undo(run_id=run.pk, uai=school.uai, actor="head", at=AT + timedelta(days=1))

    assert numbers(school.uai)[key] == apart.number


def test_a_record_that_becomes_another_child_is_in_dispute_and_changes_number(base: Base) -> None:
    school = ready_school(6)
    school.bring(population(school))
    ask(school)
    student_id, before = rows(
        school.uai, "SELECT id, ine_rnie FROM students_student ORDER BY id LIMIT 1"
    )[0]
    with act(uai=school.uai, kind="pupil.amend", actor="head", at=LATER) as opened:
        Student.objects.filter(uai=school.uai, pk=student_id).update(
            first_name="Zébulon",
            birth_date=date(2011, 2, 27),
            sort_key=key("Zébulon"),
            act_id=opened.id,
        )
        note_taken(opened, [(student_id, before)])

    assert ask(school, days=1).disputes == 1
    (waiting,) = disputes(at=LATER, uais=[school.uai], filters=Filters(name="zéb")).rows
    assert waiting.reason is Reason.CHANGED
    about: dict[str, Any] = {"uai": school.uai, "request_id": waiting.request_id, "at": LATER}
    done = answers.answer_different(**about, why="Autre enfant.", actor="agent.un")

    def number() -> str:
        found = rows(school.uai, f"SELECT ine_rnie FROM students_student WHERE id = {student_id:d}")  # noqa: S608
        return str(found[0][0])

    assert number() == done.number != before
    assert resolve(before).person_id != resolve(number()).person_id

    reviewing.undo(decision_id=done.decision_id, why="", actor="agent.un", at=LATER)
    assert number() == before
    # That its school's software has it already is known again too.
    taken = f"SELECT returned_at FROM ine_link WHERE student_id = {student_id:d}"  # noqa: S608
    assert rows(school.uai, taken) == [(LATER,)]
    same = resolve(before).person_id
    assert same is not None
    answers.answer_same(**about, person_id=same, why="", actor="agent.un")
    assert number() == before
    assert disputes(at=LATER).count == 0

    # Two children had been taken for one: the record is separated from them.
    apart = answers.split(
        uai=school.uai, year=YEAR, student_id=student_id, why="", actor="agent.un", at=LATER
    )
    assert number() == apart.number != before
    assert ask(school, days=20).asked == 0


def test_a_pupil_who_waited_for_a_second_agent_leaves_no_other_self_behind(base: Base) -> None:
    told = story(birth=date(2011, 2, 27))
    person = told.read().proposed[0].person_id
    with override_settings(BASCULE_INE_SERVICE="fichiers"):
        asked = answers.answer_same(
            **told.about, person_id=person, why="essai", actor="agent.un", at=LATER
        )
        assert asked.merge_id
        # Who may be somebody else is not asked about outside.
        assert national.lines_to_send() == []

    reviewing.refuse_merge(merge_id=asked.merge_id, why="non", actor="agent.deux", at=LATER)
    ask(told.other, days=10, again=True)

    assert told.stand() is Stand.DISPUTE
    assert [one.person_id for one in told.read().proposed] == [person]


def test_a_merge_whose_pupil_is_gone_is_answered_all_the_same(base: Base) -> None:
    told = story(birth=date(2011, 2, 27))
    person = told.read().proposed[0].person_id
    asked = answers.answer_same(
        **told.about, person_id=person, why="Acte.", actor="agent.un", at=LATER
    )
    (run, *_) = runs.list_runs(uai=told.other.uai)
    runs.undo(run_id=run.pk, uai=told.other.uai, actor="head", at=AT + timedelta(days=1))
    assert disputes(at=LATER).count == 0
    (waiting,) = waiting_merges(actor="agent.deux")
    assert (waiting.merge.pk, waiting.may_answer) == (asked.merge_id, True)

    with pytest.raises(UnknownMergeError):
        reviewing.confirm_merge(
            merge_id=waiting.merge.pk,
            actor="agent.deux",
            at=LATER,
            seen=reviewing.Seen(request=(told.mine.uai, told.waiting.request_id)),
        )
    reviewing.confirm_merge(merge_id=waiting.merge.pk, actor="agent.deux", at=LATER)

    assert waiting_merges(actor="agent.deux") == []
    told.other.bring(told.file, at=AT + timedelta(days=2))
    ask(told.other, days=2)
    assert told.known in numbers(told.other.uai).values()


def test_undoing_an_answer_takes_back_only_what_it_said(base: Base) -> None:
    school = ready_school(4)
    school.bring(population(school))
    ask(school)
    request = put_in_dispute(school.uai)
    own, other = (
        row[0] for row in rows(school.uai, "SELECT person_id FROM ine_link ORDER BY id LIMIT 2")
    )
    keep_apart(one_id=own, other_id=other, why="Cousins.", actor="agent.un", at=AT)

    done = answers.answer_different(
        uai=school.uai, request_id=request.pk, why="", actor="agent.un", at=LATER
    )
    reviewing.undo(decision_id=done.decision_id, why="", actor="agent.un", at=LATER)

    with pytest.raises(KeptApartError):
        ask_merge(one_id=own, other_id=other, why="", actor="agent.un", at=LATER)


def test_an_answer_does_not_wait_for_ever_for_a_night(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = ready_school(4)
    school.bring(population(school))
    ask(school)
    request = put_in_dispute(school.uai)
    monkeypatch.setattr("bascule.ine.directory.PATIENCE_MS", 50)

    with base.look() as night:
        night.execute("SELECT pg_advisory_lock(hashtextextended('ine.directory', 0))")
        with pytest.raises(DirectoryIsBusyError):
            answers.hand_over(
                uai=school.uai, request_id=request.pk, why="", actor="agent.un", at=LATER
            )


def test_a_refused_merge_leaves_the_dispute_open_whatever_is_asked_again(base: Base) -> None:
    told = story(carries=True, birth=date(2013, 3, 3), first="Zébulon", second="", third="")
    person = told.read().proposed[0].person_id
    asked = answers.answer_same(
        **told.about, person_id=person, why="essai", actor="agent.un", at=LATER
    )
    assert asked.merge_id

    reviewing.refuse_merge(merge_id=asked.merge_id, why="non", actor="agent.deux", at=LATER)
    ask(told.other, days=10, again=True)

    assert told.stand() is Stand.DISPUTE
    assert person in [one.person_id for one in told.read().proposed]
