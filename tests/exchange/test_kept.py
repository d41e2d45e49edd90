"""Undoing beside what people did since: what cannot be had again stays too, and is named."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.bases import Base
from tests.exchange.ready_school import AT, YEAR, ReadySchool, ready_school
from tests.exchange.test_undo import (
    DAY,
    changed,
    edit_phone,
    everyone_by_bus,
    renumbered,
    restore,
    student_ids,
    undo,
    without_last_guardian,
)

from bascule.exchange.import_pipeline.conductor import reading
from bascule.generator.places import Address as Place
from bascule.generator.population import Population, Pupil
from bascule.journal.act import act
from bascule.schools.models import SchoolYear
from bascule.schools.open_year import State, change_state
from bascule.students import holdings
from bascule.students.models import Address, Enrolment, Guardian, Guardianship, Student
from bascule.students.register import GUARDIANS, LINKS, Register
from bascule.students.rows import AddressRow, EnrolmentRow, GuardianRow, StudentRow
from bascule.values.civil_identity import identity_key, sort_key

FREE_ID = 98765
NOBODY = (None, None)


@pytest.fixture
def stage() -> Any:
    return ready_school


@pytest.fixture
def school(stage: Any, base: Base) -> ReadySchool:
    return base.ready


def by_hand(school: ReadySchool, write: Callable[[Register], None]) -> None:
    """Write as a person would, between two imports."""
    with act(uai=school.uai, kind="edit", actor="secretary", at=AT + DAY) as opened:
        write(Register(uai=school.uai, act_id=opened.id))


def give_private_id(school: ReadySchool, pupil_id: int, private_id: int) -> None:
    def write(register: Register) -> None:
        found = holdings.enrolments(uai=school.uai, year=YEAR, student_ids=[pupil_id])
        enrolment_id, _, row = found[pupil_id]
        row.private_id = private_id
        register.change_enrolments([(enrolment_id, row, NOBODY)])

    by_hand(school, write)


def give_guardian_private_id(school: ReadySchool, guardian_id: int, private_id: int) -> None:
    def write(register: Register) -> None:
        row = holdings.guardians(uai=school.uai, ids=[guardian_id])[guardian_id]
        row.private_id = private_id
        register.change_guardians([(guardian_id, row, NOBODY)])

    by_hand(school, write)


def add_pupil(
    school: ReadySchool, *, private_id: int | None = None, address: AddressRow | None = None
) -> int:
    """Add a pupil by hand."""
    added: dict[int | None, int] = {}

    def write(register: Register) -> None:
        row = StudentRow(
            family_name="NOUVELLE",
            first_name="Venue",
            birth_date=AT.date().replace(year=2014),
            identity_key=identity_key("NOUVELLE", "Venue", AT.date().replace(year=2014)),
            sort_key=sort_key("NOUVELLE", "Venue"),
        )
        if address is not None:
            (row.address_id,) = register.add_addresses({address.digest(): address}).values()
        added.update(register.add_students([(row, NOBODY)]))
        year = EnrolmentRow(private_id=private_id, is_blocked=False)
        register.add_enrolments(YEAR, [(added[None], year, NOBODY)])

    by_hand(school, write)
    return added[None]


def private_ids(school: ReadySchool) -> dict[int, int | None]:
    with reading(school.uai):
        rows = Enrolment.objects.filter(uai=school.uai)
        return dict(rows.values_list("student_id", "private_id"))


def guardian_private_ids(school: ReadySchool) -> dict[int, int | None]:
    with reading(school.uai):
        return dict(Guardian.objects.filter(uai=school.uai).values_list("id", "private_id"))


def names(school: ReadySchool, model: Any, ids: Sequence[int] | set[int]) -> set[str]:
    with reading(school.uai):
        rows = model.objects.filter(uai=school.uai, pk__in=ids)
        return {f"{row.family_name} {row.first_name}" for row in rows}


def links(school: ReadySchool) -> set[tuple[int, int]]:
    with reading(school.uai):
        rows = Guardianship.objects.filter(uai=school.uai)
        return set(rows.values_list("student_id", "guardian_id"))


def bearer_of(school: ReadySchool, private_id: int) -> int:
    return next(i for i, given in private_ids(school).items() if given == private_id)


# Private ids that others bear now


def moved_and_renumbered(school: ReadySchool, pupil: Pupil) -> Population:
    """Change every pupil, and give one of them another private id and a new address."""
    by_bus = ReadySchool(school.uai, everyone_by_bus(school))
    place = Place("1 RUE NEUVE", "", "99000", "VALMONT", "", "100")
    return changed(
        by_bus,
        (lambda one: one.id == pupil.id, lambda one: replace(one, id=FREE_ID, address=place)),
    )


def test_a_pupil_whose_private_id_a_person_gave_to_another_is_kept_and_named(
    school: ReadySchool,
) -> None:
    school.bring()
    before = private_ids(school)
    mover, other = school.population.present[:2]
    mover_id, other_id = bearer_of(school, mover.id), bearer_of(school, other.id)
    run = school.bring(moved_and_renumbered(school, mover), at=AT + DAY)
    assert private_ids(school)[mover_id] == FREE_ID
    give_private_id(school, other_id, mover.id)

    done = undo(school, run, AT + 2 * DAY)

    assert private_ids(school) == {**before, mover_id: FREE_ID, other_id: mover.id}
    assert set(done.kept) == names(school, Student, {mover_id, other_id})
    with reading(school.uai):
        written = Enrolment.objects.filter(uai=school.uai, act_id=run.applied_act_id)
        assert {row.student_id for row in written} == {mover_id}
        # What is kept is kept whole: the address too.
        row = Student.objects.select_related("address").get(uai=school.uai, pk=mover_id)
        assert row.address is not None
        assert row.address.line1 == "1 RUE NEUVE"


def test_private_ids_stay_exchanged_around_what_a_person_wrote(school: ReadySchool) -> None:
    school.bring()
    pupils_before, guardians_before = private_ids(school), guardian_private_ids(school)
    run = school.bring(renumbered(school), at=AT + DAY, software="AUTRE", changes_software=True)
    pupils_after, guardians_after = private_ids(school), guardian_private_ids(school)
    pupil_id = edit_phone(school, "0612345678")
    partner = next(i for i, given in pupils_before.items() if given == pupils_after[pupil_id])

    done = undo(school, run, AT + 2 * DAY)

    pupils, guardians = private_ids(school), guardian_private_ids(school)
    kept = {i for i in pupils if pupils[i] != pupils_before[i]}
    kept_guardians = {i for i in guardians if guardians[i] != guardians_before[i]}
    assert kept == {pupil_id, partner}
    assert names(school, Student, kept) <= set(done.kept)
    assert {guardian for pupil, guardian in links(school) if pupil in kept} <= kept_guardians
    assert all(guardians[i] == guardians_after[i] for i in kept_guardians)
    assert len(kept_guardians) < len(guardians) / 2


def test_an_undoing_around_a_hand_edit_is_taken_back_and_done_again(school: ReadySchool) -> None:
    school.bring()
    run = school.bring(renumbered(school), at=AT + DAY, software="AUTRE", changes_software=True)
    edit_phone(school, "0612345678")
    after = school.digest()
    undo(school, run, AT + 2 * DAY)
    undone = school.digest()

    restore(school, run, AT + 2 * DAY)

    assert school.digest() == after
    undo(school, run, AT + 2 * DAY)
    assert school.digest() == undone


def test_a_guardian_whose_private_id_a_person_gave_to_another_is_kept_and_named(
    school: ReadySchool,
) -> None:
    school.bring()
    before = guardian_private_ids(school)
    run = school.bring(renumbered(school), at=AT + DAY, software="AUTRE", changes_software=True)
    after = guardian_private_ids(school)
    owner = min(before)
    wanted = before[owner]
    assert wanted is not None
    bearer = next(i for i, given in after.items() if given == wanted)
    give_guardian_private_id(school, bearer, FREE_ID)
    stranger = sorted(before)[1]
    give_guardian_private_id(school, stranger, wanted)

    done = undo(school, run, AT + 2 * DAY)

    now = guardian_private_ids(school)
    assert (now[bearer], now[stranger], now[owner]) == (FREE_ID, wanted, after[owner])
    assert names(school, Guardian, {bearer, stranger, owner}) <= set(done.kept)


def test_what_an_import_left_around_a_hand_edit_is_kept_by_the_undoing_of_the_one_before(
    school: ReadySchool,
) -> None:
    first = school.bring()
    run = school.bring(renumbered(school), at=AT + DAY, software="AUTRE", changes_software=True)
    pupil_id = edit_phone(school, "0612345678")
    undo(school, run, AT + 2 * DAY)
    with reading(school.uai):
        left = Enrolment.objects.filter(uai=school.uai, act_id=run.applied_act_id)
        kept = {row.student_id for row in left}
    assert pupil_id in kept
    assert len(kept) == 2

    done = undo(school, first, AT + 2 * DAY)

    with reading(school.uai):
        assert set(student_ids(school)) == kept
    assert names(school, Student, kept) <= set(done.kept)


# What cannot come back at all


def test_a_pupil_whose_private_id_a_person_gave_to_a_new_one_does_not_come_back(
    school: ReadySchool,
) -> None:
    run = school.bring()
    lost = school.population.present[0]
    lost_id = bearer_of(school, lost.id)
    (label,) = names(school, Student, {lost_id})
    family = {guardian for pupil, guardian in links(school) if pupil == lost_id}
    alone = {i for i in family if {pupil for pupil, g in links(school) if g == i} == {lost_id}}
    before = private_ids(school)
    undo(school, run)
    new_id = add_pupil(school, private_id=lost.id)

    done = restore(school, run)

    assert done.kept == (label,)
    del before[lost_id]
    assert private_ids(school) == {**before, new_id: lost.id}
    assert not alone & guardian_private_ids(school).keys()
    assert family - alone <= guardian_private_ids(school).keys()


def test_a_child_does_not_come_back_without_the_guardian_who_cannot(school: ReadySchool) -> None:
    run = school.bring()
    before, before_links = guardian_private_ids(school), links(school)
    guardian_id = min(before)
    private_id = before[guardian_id]
    children = {pupil for pupil, guardian in before_links if guardian == guardian_id}
    expected = names(school, Student, children) | names(school, Guardian, {guardian_id})
    undo(school, run)
    row = GuardianRow(private_id=private_id, family_name="AUTRE", first_name="Anne")
    by_hand(school, lambda register: register.add_guardians([(row, NOBODY)]) and None)

    done = restore(school, run)

    assert set(done.kept) == expected
    assert links(school) == {link for link in before_links if link[0] not in children}


def test_a_pupil_whose_guardian_a_person_removed_since_is_kept_and_named(
    school: ReadySchool,
) -> None:
    school.bring()
    before = links(school)
    run = school.bring(without_last_guardian(school), at=AT + DAY)
    ((pupil_id, guardian_id),) = before - links(school)

    def remove(register: Register) -> None:
        rows = Guardianship.objects.filter(uai=school.uai, guardian_id=guardian_id)
        register.remove(LINKS, list(rows.values_list("id", flat=True)))
        register.remove(GUARDIANS, [guardian_id])

    by_hand(school, remove)

    done = undo(school, run, AT + 2 * DAY)

    assert names(school, Student, {pupil_id}) <= set(done.kept)
    assert links(school) == {link for link in before if link[1] != guardian_id}


# An address that was added again


def test_an_address_added_again_by_hand_is_shared_by_those_who_come_back(
    school: ReadySchool,
) -> None:
    run = school.bring()
    with reading(school.uai):
        address = Address.objects.filter(uai=school.uai).order_by("id")[0]
        held = AddressRow(*(getattr(address, name) for name in AddressRow._fields))
        lodgers = set(Guardian.objects.filter(uai=school.uai, address=address).values_list("id"))
    undo(school, run)
    new_id = add_pupil(school, address=held)

    done = restore(school, run)

    assert done.kept == ()
    with reading(school.uai):
        new = Student.objects.get(uai=school.uai, pk=new_id)
        there = Guardian.objects.filter(uai=school.uai, address_id=new.address_id)
        assert lodgers
        assert set(there.values_list("id")) == lodgers
        assert new.address_id != address.id
        assert Address.objects.filter(uai=school.uai, digest=held.digest()).count() == 1
    after = school.digest()
    undo(school, run)
    with reading(school.uai):
        assert student_ids(school) == [new_id]
        assert Address.objects.filter(uai=school.uai).count() == 1
    restore(school, run)
    assert school.digest() == after


# The software of the year


def year_of(school: ReadySchool) -> SchoolYear:
    with reading(school.uai):
        return SchoolYear.objects.get(uai=school.uai, year=YEAR)


def test_undoing_a_change_of_software_gives_the_software_back_and_leaves_what_else_changed(
    school: ReadySchool,
) -> None:
    school.bring(software="ANCIEN")
    run = school.bring(at=AT + DAY, software="NOUVEAU", changes_software=True)
    assert year_of(school).software == "NOUVEAU"
    change_state(uai=school.uai, year=YEAR, state=State.PREPARATION, actor="head", at=AT + DAY)

    done = undo(school, run, AT + 2 * DAY)

    assert done.kept == ()
    assert year_of(school).software == "ANCIEN"
    assert year_of(school).state == State.PREPARATION
    change_state(uai=school.uai, year=YEAR, state=State.CURRENT, actor="head", at=AT + 2 * DAY)
    restore(school, run, AT + 2 * DAY)
    assert year_of(school).software == "NOUVEAU"
    assert year_of(school).state == State.CURRENT
    school.bring(at=AT + 3 * DAY, software="NOUVEAU")
