from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.bases import Base
from tests.exchange.ready_school import ReadySchool, ready_school
from tests.preparation.new_year import NewYear, new_year
from tests.preparation.releasing import (
    FIRST,
    LATER,
    SCHOOL,
    YEAR,
    close_mef,
    held,
    load_programmes,
    publish,
)

from bascule.exchange.export import export
from bascule.formats.record import Fields
from bascule.generator.academy import Academy, Kind
from bascule.generator.school import nomenclature_records, teaching_year
from bascule.journal.act import act
from bascule.journal.milestones import Milestone, reached
from bascule.nomenclatures import release
from bascule.nomenclatures.deposit import Sort, open_sent
from bascule.nomenclatures.profile import Choice, load_profile
from bascule.preparation import descent, offers, profiling
from bascule.schools.directory import register_school
from bascule.schools.load import add_division
from bascule.schools.models import Structure
from bascule.schools.open_year import State, open_year
from bascule.values.steps import MissingStepError, Step

SPANISH = "030602"


def school_of_a_release() -> ReadySchool:
    load_programmes()
    made = ready_school(60)
    made.bring()
    publish()
    descent.receive(uai=made.uai, year=YEAR, **SCHOOL)
    return made


@pytest.fixture
def stage() -> Any:
    return school_of_a_release


@pytest.fixture
def school(stage: Any, base: Base) -> ReadySchool:
    return base.ready


def its(school: ReadySchool | NewYear) -> dict[str, Any]:
    return {"uai": school.uai, "year": YEAR, **SCHOOL}


def retained(school: ReadySchool) -> list[str]:
    return list(offers.state_of(uai=school.uai, year=YEAR).mefs)


@pytest.mark.parametrize("kind", [Kind.COLLEGE, Kind.POLYVALENT])
def test_a_profile_computed_from_a_release_is_the_one_of_the_file_for_the_same_choices(
    base: Any, kind: Kind
) -> None:
    load_programmes()
    publish()
    made = Academy("Essais", 1, (400, 400), (kind, kind))
    by_file, by_hand = made.school(1), made.school(2)
    teaching = teaching_year(by_file, YEAR)
    for one in (by_file, by_hand):
        register_school(uai=one.uai, name=one.name, **SCHOOL)
        open_year(uai=one.uai, year=YEAR, state=State.CURRENT, **SCHOOL)
    load_profile(
        uai=by_file.uai, year=YEAR, records=nomenclature_records(teaching, LATER), **SCHOOL
    )
    file, choices = held(by_file.uai)
    where: dict[str, Any] = {"uai": by_hand.uai, "year": YEAR, **SCHOOL}

    descent.receive(**where)
    profiling.choose_mefs(**where, added=list(descent.selected(file)))
    profiling.choose_subjects(**where, added=[choice.subject for choice in choices])
    profiling.choose_origins(**where, added=list(file["MEF"]))
    profiling.compute(**where)

    mine, my_choices = held(by_hand.uai)
    assert my_choices == choices
    assert set(mine) == set(file)
    for block in ("MEF", "MATIERE", "OPTION_OBLIGATOIRE", "PROGRAMME"):
        assert without_formation(mine[block]) == without_formation(file[block]), block
    assert profiling.validate(**where).to_see == {}


def without_formation(entries: dict[str, Fields]) -> dict[str, Fields]:
    return {
        key: {tag: text for tag, text in fields.items() if tag != "FORMATION"}
        for key, fields in entries.items()
    }


def test_what_is_exported_after_the_profiling_reads_again_as_the_same(school: ReadySchool) -> None:
    profiling.choose_mefs(**its(school), added=[FIRST])
    profiling.choose_subjects(**its(school), added=["061300", "062300"])
    profiling.compute(**its(school))
    profiling.validate(**its(school))
    before = held(school.uai)
    (sent,) = export(uai=school.uai, year=YEAR, kinds=["nomenclature"], actor="secretary", at=LATER)

    deposit = open_sent(sent.name, sent.content, sort=Sort.NOMENCLATURE)
    load_profile(uai=school.uai, year=YEAR, records=deposit.records, actor="deep", at=LATER)

    assert held(school.uai) == before


def test_a_mef_that_is_not_diffused_cannot_be_retained(school: ReadySchool) -> None:
    publish(excluded=[FIRST], at=LATER)
    descent.receive(**its(school))

    with pytest.raises(profiling.NotDiffusedError):
        profiling.choose_mefs(**its(school), added=[FIRST])


def test_nothing_is_validated_before_something_is_received(base: Any) -> None:
    made = new_year()

    with pytest.raises(MissingStepError) as refusal:
        profiling.validate(**its(made))

    assert refusal.value.step is Step.NOMENCLATURES


def test_nothing_is_chosen_before_something_is_received(base: Any) -> None:
    made = ready_school(4)

    with pytest.raises(profiling.NothingReceivedError):
        profiling.choose_mefs(**its(made), added=[FIRST])


def test_a_mef_with_pupils_goes_only_when_that_is_confirmed(school: ReadySchool) -> None:
    mef = retained(school)[-1]
    before = held(school.uai)

    with pytest.raises(profiling.MefInUseError) as refusal:
        profiling.choose_mefs(**its(school), removed=[mef])

    (usage,) = refusal.value.usages
    assert usage.pupil_ids
    assert f"{len(usage.pupil_ids)} élève" in refusal.value.sentence
    assert usage.divisions[0] in refusal.value.sentence
    assert held(school.uai) == before
    assert profiling.choose_mefs(**its(school), removed=[mef], confirmed=True).removed == (mef,)
    assert mef not in retained(school)


def test_a_subject_left_takes_its_programmes_and_options_along(school: ReadySchool) -> None:
    profiling.choose_subjects(**its(school), removed=[SPANISH])

    assert offers.state_of(uai=school.uai, year=YEAR).is_to_compute
    profiling.compute(**its(school))

    profile, _ = held(school.uai)
    assert SPANISH not in profile["MATIERE"]
    for block in ("PROGRAMME", "OPTION_OBLIGATOIRE"):
        assert SPANISH not in {line["CODE_MATIERE"] for line in profile[block].values()}


def test_a_subject_of_all_may_be_an_option_elsewhere_and_left_there(school: ReadySchool) -> None:
    profiling.choose_mefs(**its(school), added=[FIRST])

    profiling.compute(**its(school))

    profile, _ = held(school.uai)
    assert "061300" in profile["MATIERE"]
    assert f"{FIRST}|061300|O" not in profile["PROGRAMME"]


def test_a_mef_that_asks_more_options_than_are_kept_is_pointed_at(school: ReadySchool) -> None:
    profiling.choose_mefs(**its(school), added=[FIRST])
    profiling.choose_subjects(**its(school), added=["061300"])
    profiling.compute(**its(school))

    found = {one.code: one for one in offers.programmes(uai=school.uai, year=YEAR)}

    assert found[FIRST].lacks_options
    assert [code for code, one in found.items() if one.lacks_options] == [FIRST]


def test_programmes_of_which_a_release_says_nothing_stay_as_they_came(base: Any) -> None:
    made = Academy("Essais", 1, (200,), (Kind.LYCEE_PRO,)).school(1)
    where: dict[str, Any] = {"uai": made.uai, "year": YEAR, **SCHOOL}
    register_school(uai=made.uai, name=made.name, **SCHOOL)
    open_year(state=State.CURRENT, **where)
    load_profile(records=nomenclature_records(teaching_year(made, YEAR), LATER), **where)
    (before, _) = held(made.uai)
    # The example of the package knows the collège alone.
    publish()
    descent.receive(**where)

    assert not profiling.compute(**where).is_changed

    after, _ = held(made.uai)
    for block in ("MATIERE", "PROGRAMME", "OPTION_OBLIGATOIRE"):
        assert after[block] == before[block]
    assert offers.state_of(uai=made.uai, year=YEAR).without_programme == ()


def test_what_is_computed_twice_changes_nothing(school: ReadySchool) -> None:
    profiling.choose_mefs(**its(school), added=[FIRST])
    profiling.compute(**its(school))

    assert not profiling.compute(**its(school)).is_changed


def test_validating_is_an_act_even_when_nothing_changes(school: ReadySchool) -> None:
    first = profiling.validate(**its(school))

    second = profiling.validate(**its(school))

    marks = reached(school.uai, year=YEAR)[school.uai]
    assert second.act_id > first.act_id
    assert marks[Milestone.PROFILE_VALIDATED].act_id == second.act_id


def test_what_changes_after_validation_shows_in_the_milestones(school: ReadySchool) -> None:
    profiling.validate(**its(school))

    profiling.choose_mefs(**its(school), added=[FIRST])

    marks = reached(school.uai, year=YEAR)[school.uai]
    assert marks[Milestone.PROFILE_CHANGED].act_id > marks[Milestone.PROFILE_VALIDATED].act_id


def test_validation_waits_for_what_was_chosen_to_be_computed(school: ReadySchool) -> None:
    profiling.choose_mefs(**its(school), added=[FIRST])

    with pytest.raises(profiling.ProfileNotReadyError):
        profiling.validate(**its(school))


def test_validation_waits_for_a_closed_mef_to_be_settled(school: ReadySchool) -> None:
    mef = retained(school)[-1]
    close_mef(mef)
    publish(at=LATER)
    descent.receive(**its(school))

    with pytest.raises(profiling.ProfileNotReadyError) as refusal:
        profiling.validate(**its(school))

    assert mef in refusal.value.sentence


def test_validation_confirms_the_structures_taken_over_and_names_those_to_see(
    school: ReadySchool,
) -> None:
    add_division(
        uai=school.uai, year=YEAR, code="9Z", label="", mefs=retained(school)[:1], **SCHOOL
    )
    _take_over(school)
    mef = retained(school)[-1]
    profiling.choose_mefs(**its(school), removed=[mef], confirmed=True)
    profiling.compute(**its(school))

    done = profiling.validate(**its(school))

    assert "9Z" in done.confirmed
    assert done.to_see
    assert set(done.to_see.values()) == {(mef,)}
    assert not set(done.confirmed) & set(done.to_see)


def _take_over(school: ReadySchool) -> None:
    """Say that all structures come from the year before, as opening a year does."""
    with act(uai=school.uai, kind="structures.load", **SCHOOL) as opened:
        Structure.objects.filter(uai=school.uai, year=YEAR).update(
            is_to_confirm=True, act_id=opened.id
        )


def test_hours_of_a_vocational_mef_are_held_by_a_technical_subject(base: Any) -> None:
    load_programmes()
    publish()
    made = Academy("Essais", 1, (200,), (Kind.LYCEE_PRO,)).school(1)
    register_school(uai=made.uai, name=made.name, **SCHOOL)
    open_year(uai=made.uai, year=YEAR, state=State.CURRENT, **SCHOOL)
    where: dict[str, Any] = {"uai": made.uai, "year": YEAR, **SCHOOL}
    load_profile(
        uai=made.uai,
        year=YEAR,
        records=nomenclature_records(teaching_year(made, YEAR), LATER),
        **SCHOOL,
    )
    descent.receive(**where)
    offered, subjects = offers.offered_etp(uai=made.uai, year=YEAR)
    (technical,) = subjects

    profiling.choose_etp(**where, subjects={offered[0].mef: technical})
    profiling.compute(**where)

    profile, choices = held(made.uai)
    line = profile["PROGRAMME"][f"{offered[0].mef}|{technical}|L"]
    assert line["HORAIRE"] == offered[0].hours
    assert profile["MATIERE"][technical]["MATIERE_ETP"] == "1"
    assert Choice(offered[0].mef, technical) in choices
    with pytest.raises(profiling.NotVocationalError):
        profiling.choose_etp(**where, subjects={FIRST: technical})


class TestChoosingThenUnchoosing:
    """What is chosen then left is as if it had never been."""

    @settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_leaves_the_profile_as_it_was(self, school: ReadySchool, data: st.DataObject) -> None:
        before = held(school.uai)
        mefs = [
            offer.code
            for offer in offers.offered_mefs(uai=school.uai, year=YEAR)
            if not offer.is_selected
        ]
        origins = [
            offer.code
            for offer in offers.offered_origins(uai=school.uai, year=YEAR)
            if not offer.is_selected
        ]
        chosen = data.draw(st.lists(st.sampled_from(mefs), max_size=4, unique=True))
        from_there = data.draw(st.lists(st.sampled_from(origins), max_size=4, unique=True))
        computes = data.draw(st.booleans())

        profiling.choose_mefs(**its(school), added=chosen)
        profiling.choose_origins(**its(school), added=from_there)
        if computes:
            profiling.compute(**its(school))
        profiling.choose_origins(**its(school), removed=from_there)
        profiling.choose_mefs(**its(school), removed=chosen)
        if computes:
            profiling.compute(**its(school))

        assert held(school.uai) == before


def test_a_year_that_received_a_file_alone_can_still_be_validated(base: Any) -> None:
    made = ready_school(4)

    done = profiling.validate(**{**its(made), "at": LATER + timedelta(hours=1)})

    assert done.to_see == {}
    assert release.last_release(year=YEAR) is None
