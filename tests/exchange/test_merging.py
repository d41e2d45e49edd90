"""Two records of one guardian made one, the way back, and what the next file makes of it."""

from contextlib import suppress
from datetime import timedelta

import pytest
from tests.bases import Base
from tests.exchange.ready_school import AT, YEAR, ReadySchool, ready_school
from tests.exchange.schools_for_tests import with_person
from tests.pupils_of import pupils_of
from tests.twins import guardians_of, twin

from bascule.exchange.amend.verbs import CannotUndoAmendmentError, undo
from bascule.exchange.merging import NotTheSameError, find_pairs, merge_guardians

LATER = AT + timedelta(hours=1)
SIGNED = {"actor": "secretary", "at": LATER}


@pytest.fixture
def school(base: Base) -> ReadySchool:
    school = ready_school(6)
    school.bring()
    return school


def test_a_guardian_typed_twice_becomes_one_again_and_the_way_back_restores_both(
    school: ReadySchool,
) -> None:
    one, other = (pupil.id for pupil in pupils_of(school.uai, YEAR)[:2])
    (first, *_) = guardians_of(school.uai, one)
    second = twin(school.uai, of=one, beside=other)
    before = school.digest()

    (pair,) = (
        pair
        for pair in find_pairs(uai=school.uai)
        if {pair.one.id, pair.other.id} == {first, second}
    )
    # The record that the software knows by a number is the one to keep.
    assert (pair.one.id, pair.are_in_software) == (first, False)
    done = merge_guardians(uai=school.uai, year=YEAR, keep_id=first, merge_id=second, **SIGNED)
    assert first in guardians_of(school.uai, other)
    assert second not in guardians_of(school.uai, other)
    assert find_pairs(uai=school.uai) == []
    merged = school.digest()
    undone = undo(uai=school.uai, act_id=done, **SIGNED)
    assert school.digest() == before
    undo(uai=school.uai, act_id=undone.act_id, **SIGNED)
    assert school.digest() == merged


def test_the_number_of_the_software_goes_with_the_record_so_the_next_file_finds_it(
    school: ReadySchool,
) -> None:
    one, other = (pupil.id for pupil in pupils_of(school.uai, YEAR)[:2])
    (first, *_) = guardians_of(school.uai, one)
    second = twin(school.uai, of=one, beside=other)
    merge_guardians(uai=school.uai, year=YEAR, keep_id=second, merge_id=first, **SIGNED)

    school.bring(school.next_day(0.5), at=AT + timedelta(days=1))

    assert second in guardians_of(school.uai, one)
    assert first not in guardians_of(school.uai, one)


def test_two_people_are_never_merged(school: ReadySchool) -> None:
    one, other, *_ = {
        g for pupil in pupils_of(school.uai, YEAR) for g in guardians_of(school.uai, pupil.id)
    }

    with pytest.raises(NotTheSameError):
        merge_guardians(uai=school.uai, year=YEAR, keep_id=one, merge_id=other, **SIGNED)


def test_where_the_software_has_both_its_next_file_brings_the_second_back_and_nobody_is_lost(
    school: ReadySchool,
) -> None:
    one, other, *_ = school.population.persons
    both = with_person(
        school.population, other.id, family=one.family, usual=one.usual, first=one.first, mobile="0611223344",
    )  # fmt: skip
    both = with_person(both, one.id, mobile="0611223344")
    school.bring(both, at=AT + timedelta(hours=2))
    before = guardians_by_pupil(school)
    (pair,) = find_pairs(uai=school.uai)
    done = merge_guardians(
        uai=school.uai, year=YEAR, keep_id=pair.one.id, merge_id=pair.other.id, **SIGNED
    )

    school.bring(both, at=AT + timedelta(days=1))

    assert pair.are_in_software
    assert {len(found) for found in guardians_by_pupil(school).values()} == {
        len(found) for found in before.values()
    }
    assert len(find_pairs(uai=school.uai)) == 1
    # What the file wrote since stays: undoing says so, or gives back what it can.
    with suppress(CannotUndoAmendmentError):
        undo(uai=school.uai, act_id=done, **SIGNED)
    assert len(find_pairs(uai=school.uai)) == 1


def guardians_by_pupil(school: ReadySchool) -> dict[int, set[int]]:
    pupils = pupils_of(school.uai, YEAR)
    return {pupil.id: set(guardians_of(school.uai, pupil.id)) for pupil in pupils}
