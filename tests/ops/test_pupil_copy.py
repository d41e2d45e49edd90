"""Who has the right to know gets all that is held on a pupil, and nothing of anybody else."""

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import transaction
from lxml import html
from tests.bases import Base
from tests.bea.acting import pass_night
from tests.exchange.ready_school import AT, ReadySchool, ready_school
from tests.ine.asking import ask, civil_of, without_numbers

from bascule.ine.directory import hold_directory
from bascule.ine.merges import note_decision
from bascule.ine.models import Decision, Link
from bascule.journal import access
from bascule.journal.access import Criteria, Visitor
from bascule.journal.act import act
from bascule.ops.pupil_copy import (
    AsksForOtherError,
    PupilCopy,
    UnknownPupilError,
    as_json,
    copy_pupil,
    find_pupil,
)
from bascule.ops.pupil_page import as_page
from bascule.ops.pupil_rows import TABLES
from bascule.store.policies import open_schools
from bascule.students.models import Guardianship, Student


@dataclass
class Held:
    """A pupil of two schools, whose guardians and neighbours must not be told of."""

    school: ReadySchool
    other: ReadySchool
    pupil: Student
    links: list[Guardianship]

    def copy(self, **asked: Any) -> PupilCopy:
        return copy_pupil(
            uai=self.school.uai, pupil_id=self.pupil.pk, visitor=Visitor(actor="dpo"), at=AT, **asked
        )  # fmt: skip


@pytest.fixture
def held(base: Base) -> Held:
    assert base
    mine, other = ready_school(6), ready_school(4, number=2)
    pupils = list(map(without_numbers, mine.population.pupils))
    mine.bring(replace(mine.population, pupils=pupils))
    who = next(one for one in pupils if len(one.links) > 1)
    theirs = [*map(without_numbers, other.population.pupils)]
    theirs[0] = replace(theirs[0], **civil_of(who))
    other.bring(replace(other.population, pupils=theirs))
    for school in (mine, other):
        ask(school)
    with act(uai=mine.uai, kind="pupil.amend", actor="claire.morel", at=AT) as opened:
        pupil = Student.objects.get(uai=mine.uai, birth_date=who.birth)
        links = list(Guardianship.objects.filter(student=pupil).select_related("guardian"))
        Student.objects.filter(pk=pupil.pk).update(second_name="Zebulon", act_id=opened.id)
        for rank, link in enumerate(links):
            link.guardian.email = f"zztuteur{rank}@example.org"
            link.guardian.act_id = opened.id
            link.guardian.save()
    access.note(
        kind="record.read", visitor=Visitor(actor="claire.morel", person_id=7), at=AT, uai=mine.uai,
        about=f"student/{pupil.pk}", purpose="gestion de l’élève",
    )  # fmt: skip
    pass_night()
    return Held(mine, other, pupil, links)


def test_all_that_is_held_on_a_pupil_is_written_and_nothing_of_others(held: Held) -> None:
    copy = held.copy(of_all_schools=True)
    text, page = as_json(copy), as_page(copy)
    read = json.loads(text)
    assert [one["uai"] for one in read["schools"]] == [held.school.uai, held.other.uai]
    parts = read["schools"][0]
    assert {
        "student",
        "enrolments",
        "guardians",
        "imports",
        "files",
        "base",
        "ine_links",
        "accesses",
    } <= {*parts}
    assert [one["kind"] for one in parts["accesses"]] == ["record.read"]
    assert {one["table_name"] for one in parts["history"]} >= {
        "students_student",
        "students_guardian",
    }
    assert {"persons", "numbers"} <= {*read["directory"]}
    seen = html.fromstring(page).text_content()
    assert "Zebulon" in seen
    assert "gestion de l’élève" in seen
    # No contact of a guardian, no agent, no other pupil.
    with transaction.atomic():
        open_schools(held.school.uai)
        others = set(Student.objects.exclude(pk=held.pupil.pk).values_list("first_name", flat=True))
    for told in (text, page):
        assert "zztuteur" not in told
        assert "claire.morel" not in told
        assert [
            one
            for one in others - {held.pupil.first_name}
            if f">{one}<" in told or f'"{one}"' in told
        ] == []
    assert len(copy.withheld) >= 2
    # Each school knows that it was taken.
    taken = access.find(
        uais=[held.school.uai, held.other.uai], criteria=Criteria(kinds=("record.copied",))
    )
    assert {one.uai for one in taken} == {held.school.uai, held.other.uai}

    # The guardian who asks has hers, not those of the other one; the authority may name agents.
    hers = as_json(held.copy(guardian_id=held.links[0].guardian_id, names_agents=True))
    assert ("zztuteur0" in hers, "zztuteur1" in hers, "claire.morel" in hers) == (True, False, True)
    assert [one.uai for one in held.copy().holdings] == [held.school.uai]
    number = str(held.pupil.number)
    assert find_pupil(uai=held.school.uai, given=number) == held.pupil.pk
    with pytest.raises(UnknownPupilError):
        find_pupil(uai=held.school.uai, given="99999999999")


def test_the_other_of_a_decision_and_the_means_of_a_guardian_are_not_told(held: Held) -> None:
    uai = held.school.uai
    with act(uai=uai, kind="ine.different", actor="agent", at=AT) as opened:
        hold_directory()
        mine = Link.objects.get(uai=uai, student_id=held.pupil.pk).person_id
        other = Link.objects.filter(uai=uai).exclude(student_id=held.pupil.pk).first()
        assert other is not None
        for record in (other.student_id, held.pupil.pk):
            note_decision(
                opened, Decision.Kind.DIFFERENT, persons=(mine, other.person_id), why="ressemble à Zoé",
                about_uai=uai, student_id=record,
            )  # fmt: skip
        link = held.links[1]
        Guardianship.objects.filter(pk=link.pk).update(receives_aid=True, act_id=opened.id)
        own_ids = {one.guardian_id for one in held.links}
        ids = Guardianship.objects.filter(uai=uai).values_list("guardian_id", flat=True)
        stranger = next(one for one in ids if one not in own_ids)
    # A number typed wrong gives nobody's address away.
    for number in (0, stranger):
        with pytest.raises(AsksForOtherError):
            held.copy(guardian_id=number)
    read = json.loads(
        as_json(held.copy(of_all_schools=True, guardian_id=held.links[0].guardian_id))
    )

    elsewhere, own = read["directory"]["decisions"][-2:]
    assert (elsewhere["student_id"], own["student_id"]) == (None, held.pupil.pk)
    assert (elsewhere["person_ids"], own["person_ids"]) == ([mine], [mine])
    assert (elsewhere["why"], own["why"]) == (None, None)
    links = {one["guardian_id"]: one for one in read["schools"][0]["guardianships"]}
    assert links[link.guardian_id]["receives_aid"] is None
    assert links[link.guardian_id]["kinship"] == link.kinship
    assert links[held.links[0].guardian_id]["lodges_pupil"] == held.links[0].lodges_pupil


def test_no_table_that_names_a_pupil_is_forgotten(base: Base) -> None:
    with base.look() as administrator:
        found = administrator.execute(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND column_name IN ('student_id', 'target_id')"
        ).fetchall()
    # Decisions are the directory's.
    assert {name for (name,) in found} - {"ine_decision"} <= {table for _, _, table, _ in TABLES}
