from typing import Any

import pytest
from tests.bases import Base
from tests.preparation.new_year import BY, YEAR, NewYear, new_year, structures_of_last_year

from bascule.errors import RefusedError
from bascule.preparation.order import Tried, refuse_too_early
from bascule.preparation.steps import State
from bascule.preparation.structures import (
    DivisionHasPupilsError,
    Kind,
    NothingToUndoError,
    StructuresIncompleteError,
    may_undo,
    pupils_by_division,
    remove_structure,
    save_structure,
    undo_structures,
    validate_structures,
)
from bascule.schools.models import Structure
from bascule.schools.structures import (
    AlreadyCarriedError,
    StillDrawnFromError,
    StructureTyped,
    UnknownStructureError,
    UnusableStructureError,
    carry_structures,
    say_sconet,
    structures_of,
)
from bascule.values.steps import MissingStepError, NextAct, Step

pytestmark = pytest.mark.usefixtures("base")


@pytest.fixture
def stage() -> Any:
    return new_year


@pytest.fixture
def school(stage: Any, base: Base) -> NewYear:
    return base.ready


def codes(school: NewYear, kind: Kind = Kind.DIVISION) -> list[str]:
    return [row.code for row in structures_of(uai=school.uai, year=YEAR) if row.kind == kind]


def row_of(school: NewYear, code: str) -> Structure:
    return next(row for row in structures_of(uai=school.uai, year=YEAR) if row.code == code)


def save(
    school: NewYear, typed: StructureTyped, *, code: str = "", kind: Kind = Kind.DIVISION
) -> None:
    save_structure(kind=kind, typed=typed, code=code, **school.where)


def mef_of(school: NewYear) -> str:
    return school.teaching.divisions[0].mefs[0]


def test_the_bascule_takes_last_years_structures_over_to_be_confirmed(school: NewYear) -> None:
    structures_of_last_year(school)

    done = carry_structures(uses_sconet=True, **school.where)

    before = structures_of(uai=school.uai, year=YEAR - 1)
    after = structures_of(uai=school.uai, year=YEAR)
    assert done.divisions + done.groups == len(before) == len(after) > 0
    assert [(r.kind, r.code, r.mefs, r.divisions) for r in after] == [
        (r.kind, r.code, r.mefs, r.divisions) for r in before
    ]
    assert all(row.is_to_confirm for row in after)
    states = school.steps()
    assert states[Step.CARRIED].state is states[Step.SCONET].state is State.DONE
    assert states[Step.STRUCTURES].state is State.NOT_YET


def test_the_bascule_of_a_first_year_takes_nothing_over_and_is_done(school: NewYear) -> None:
    done = carry_structures(uses_sconet=False, **school.where)

    assert (done.divisions, done.groups) == (0, 0)
    states = school.steps()
    assert states[Step.CARRIED].state is State.DONE
    assert states[Step.SCONET].act is NextAct.SAY_SCONET
    say_sconet(uses_sconet=True, **school.where)
    assert school.steps()[Step.SCONET].state is State.DONE


def test_the_bascule_is_made_once(school: NewYear) -> None:
    carry_structures(uses_sconet=True, **school.where)

    with pytest.raises(AlreadyCarriedError, match="2026-2027"):
        carry_structures(uses_sconet=True, **school.where)


def test_the_bascule_of_a_year_that_is_not_open_says_which_step_is_missing(school: NewYear) -> None:
    with pytest.raises(MissingStepError, match="2027-2028") as refusal:
        carry_structures(uai=school.uai, year=YEAR + 1, uses_sconet=True, **BY)

    assert refusal.value.step is Step.YEAR


def test_a_division_is_added_changed_and_removed(school: NewYear) -> None:
    school.receive_nomenclatures()
    mef = mef_of(school)

    save(school, StructureTyped("6 Z", "SIXIEME Z", [mef], planned_count=28))
    save(school, StructureTyped("6 Y", "SIXIEME Y", [mef]), code="6 Z")
    renamed = row_of(school, "6 Y")
    assert (renamed.label, renamed.mefs, renamed.planned_count) == ("SIXIEME Y", [mef], None)
    remove_structure(kind=Kind.DIVISION, code="6 Y", **school.where)

    assert codes(school) == []
    with pytest.raises(UnknownStructureError):
        remove_structure(kind=Kind.DIVISION, code="6 Y", **school.where)


def test_a_group_follows_the_code_of_its_division_and_the_division_that_goes(
    school: NewYear,
) -> None:
    school.receive_nomenclatures()
    mef = mef_of(school)
    for code in ("6 A", "6 B"):
        save(school, StructureTyped(code, mefs=[mef]))
    save(school, StructureTyped("6LV", divisions=["6 A", "6 B"]), kind=Kind.GROUP)

    save(school, StructureTyped("6 C", mefs=[mef]), code="6 A")
    assert row_of(school, "6LV").divisions == ["6 C", "6 B"]
    remove_structure(kind=Kind.DIVISION, code="6 B", **school.where)
    assert row_of(school, "6LV").divisions == ["6 C"]
    with pytest.raises(StillDrawnFromError, match="6LV"):
        remove_structure(kind=Kind.DIVISION, code="6 C", **school.where)


@pytest.mark.parametrize(
    ("typed", "kind", "field"),
    [
        (StructureTyped("  "), Kind.DIVISION, "code"),
        (StructureTyped("NEUFSIGNE"), Kind.DIVISION, "code"),
        (StructureTyped("6 Z", "L" * 41), Kind.DIVISION, "label"),
        (StructureTyped("6 Z", mefs=["99999999999"]), Kind.DIVISION, "mefs"),
        (StructureTyped("6 Z", planned_count=1000), Kind.DIVISION, "planned_count"),
        (StructureTyped("6LV"), Kind.GROUP, "divisions"),
        (StructureTyped("6LV", divisions=["9 Z"]), Kind.GROUP, "divisions"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    school: NewYear, typed: StructureTyped, kind: Kind, field: str
) -> None:
    school.receive_nomenclatures()

    with pytest.raises(UnusableStructureError) as refusal:
        save(school, typed, kind=kind)

    assert refusal.value.field == field
    assert codes(school) == []


def test_a_division_with_pupils_keeps_its_code_and_stays(school: NewYear) -> None:
    school.receive_nomenclatures()
    school.receive_structures()
    school.export()
    school.bring()
    division, pupils = pupils_by_division(uai=school.uai, year=YEAR).most_common(1)[0]
    label = row_of(school, division)

    with pytest.raises(DivisionHasPupilsError, match=str(pupils)):
        remove_structure(kind=Kind.DIVISION, code=division, **school.where)
    with pytest.raises(DivisionHasPupilsError, match=division):
        save(school, StructureTyped("AUTRE", mefs=label.mefs), code=division)
    save(school, StructureTyped(division, "AUTRE NOM", label.mefs), code=division)

    assert row_of(school, division).label == "AUTRE NOM"


def test_structures_are_validated_only_after_the_profile(school: NewYear) -> None:
    with pytest.raises(MissingStepError) as refusal:
        validate_structures(**school.where)
    assert refusal.value.act is NextAct.WAIT_FOR_NOMENCLATURES

    school.receive_nomenclatures()
    with pytest.raises(StructuresIncompleteError, match="aucune division"):
        validate_structures(**school.where)


def test_a_mef_without_division_and_a_division_without_mef_hold_the_validation(
    school: NewYear,
) -> None:
    school.receive_nomenclatures()
    mefs = sorted({mef for division in school.teaching.divisions for mef in division.mefs})
    save(school, StructureTyped("TOUS", mefs=mefs[:-1]))
    with pytest.raises(StructuresIncompleteError, match=mefs[-1]):
        validate_structures(**school.where)
    save(school, StructureTyped("VIDE"))
    with pytest.raises(StructuresIncompleteError, match="VIDE"):
        validate_structures(**school.where)
    save(school, StructureTyped("VIDE", mefs=mefs[-1:]), code="VIDE")

    done = validate_structures(**school.where)

    assert done.divisions == 2
    assert school.steps()[Step.STRUCTURES].state is State.DONE
    save(school, StructureTyped("VIDE", "AUTRE", mefs[-1:]), code="VIDE")
    assert school.steps()[Step.STRUCTURES].state is State.TO_REDO
    validate_structures(**school.where)
    validate_structures(**school.where)
    assert school.steps()[Step.STRUCTURES].state is State.DONE


def test_validating_confirms_what_was_taken_over(school: NewYear) -> None:
    structures_of_last_year(school)
    carry_structures(uses_sconet=True, **school.where)
    school.receive_nomenclatures()

    done = validate_structures(**school.where)

    assert done.confirmed == done.divisions + done.groups
    assert not any(row.is_to_confirm for row in structures_of(uai=school.uai, year=YEAR))


def test_its_author_undoes_the_last_change_and_nobody_else(school: NewYear) -> None:
    school.receive_nomenclatures()
    mef = mef_of(school)
    save(school, StructureTyped("6 Z", mefs=[mef]))
    save(school, StructureTyped("6 Y", "AUTRE", mefs=[mef]), code="6 Z")

    with pytest.raises(NothingToUndoError):
        undo_structures(**{**school.where, "actor": "head"})
    assert may_undo(uai=school.uai, year=YEAR, actor=BY["actor"])
    undo_structures(**school.where)

    assert codes(school) == ["6 Z"]
    assert not may_undo(uai=school.uai, year=YEAR, actor=BY["actor"])
    with pytest.raises(NothingToUndoError):
        undo_structures(**school.where)


def test_a_removal_and_a_bascule_are_undone_too(school: NewYear) -> None:
    structures_of_last_year(school)
    carry_structures(uses_sconet=True, **school.where)
    undo_structures(**school.where)
    assert codes(school) == []
    assert school.steps()[Step.CARRIED].state is State.TO_DO
    assert school.steps()[Step.SCONET].state is State.NOT_YET

    carry_structures(uses_sconet=True, **school.where)
    there = codes(school, Kind.GROUP)
    remove_structure(kind=Kind.GROUP, code=there[0], **school.where)
    undo_structures(**school.where)

    assert codes(school, Kind.GROUP) == there


@pytest.mark.parametrize("tried", list(Tried))
def test_whatever_is_tried_in_an_empty_year_is_refused_with_what_is_missing(
    school: NewYear, tried: Tried
) -> None:
    with pytest.raises(MissingStepError) as refusal:
        refuse_too_early(uai=school.uai, year=YEAR, tried=tried, at=BY["at"])

    assert refusal.value.step is Step.NOMENCLATURES
    assert refusal.value.sentence.startswith(tried.words)


def test_the_first_import_waits_for_exports_later_than_profile_and_structures(
    school: NewYear,
) -> None:
    tried: list[Step] = []
    for make_ready in (
        school.receive_nomenclatures,
        school.receive_structures,
        school.export,
    ):
        with pytest.raises(MissingStepError) as refusal:
            school.bring()
        tried.append(refusal.value.step)
        make_ready()
    validate_structures(**school.where)
    with pytest.raises(MissingStepError, match="à refaire"):
        school.bring()
    school.export()
    school.bring()

    assert tried == [Step.NOMENCLATURES, Step.STRUCTURES, Step.EXPORTS]
    save(school, StructureTyped("6 Z", mefs=[mef_of(school)]))
    school.bring()


def test_a_refusal_writes_nothing(school: NewYear) -> None:
    before = school.steps()
    with pytest.raises(RefusedError):
        validate_structures(**school.where)

    assert school.steps() == before
