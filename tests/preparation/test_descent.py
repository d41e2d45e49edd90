from typing import Any

import pytest
from tests.bases import Base
from tests.exchange.ready_school import ReadySchool, ready_school
from tests.preparation.releasing import (
    AT,
    BILINGUAL,
    LATER,
    SCHOOL,
    YEAR,
    close_mef,
    held,
    load_programmes,
    publish,
)

from bascule.journal.milestones import Milestone, reached
from bascule.nomenclatures.release import NoReleaseError
from bascule.preparation import descent, offers, profiling
from bascule.schools.open_year import State, YearClosedError, change_state, open_year


def school_before_a_release() -> ReadySchool:
    load_programmes()
    return ready_school(60)


@pytest.fixture
def stage() -> Any:
    return school_before_a_release


@pytest.fixture
def school(stage: Any, base: Base) -> ReadySchool:
    return base.ready


def milestones(uai: str, year: int = YEAR) -> dict[Milestone, Any]:
    return reached(uai, year=year)[uai]


def test_without_a_release_there_is_nothing_to_receive(school: ReadySchool) -> None:
    with pytest.raises(NoReleaseError):
        descent.receive(uai=school.uai, year=YEAR, **SCHOOL)


def test_what_a_school_chose_stays_when_a_release_comes(school: ReadySchool) -> None:
    before = held(school.uai)
    publish()

    receipt, is_new = descent.receive(uai=school.uai, year=YEAR, **SCHOOL)

    assert is_new
    assert held(school.uai) == before
    assert receipt.counts["retained"] == len(descent.selected(before[0]))
    marks = milestones(school.uai)
    assert marks[Milestone.RELEASE_RECEIVED].act_id > marks[Milestone.PROFILE_CHANGED].act_id


def test_the_same_release_again_is_no_act(school: ReadySchool) -> None:
    publish()
    first, _ = descent.receive(uai=school.uai, year=YEAR, **SCHOOL)

    again, is_new = descent.receive(uai=school.uai, year=YEAR, **SCHOOL)

    assert (again.pk, is_new) == (first.pk, False)
    assert len(descent.receipts_of(uai=school.uai, year=YEAR)) == 1


def test_a_year_just_opened_proposes_what_was_chosen_before_and_validates_nothing(
    school: ReadySchool,
) -> None:
    open_year(uai=school.uai, year=YEAR + 1, state=State.PREPARATION, **SCHOOL)
    publish(YEAR + 1)

    descent.receive(uai=school.uai, year=YEAR + 1, **SCHOOL)

    before, after = held(school.uai), held(school.uai, YEAR + 1)
    assert descent.selected(after[0]) == descent.selected(before[0])
    assert after[1] == before[1]
    assert Milestone.PROFILE_VALIDATED not in milestones(school.uai, YEAR + 1)
    state = offers.state_of(uai=school.uai, year=YEAR + 1)
    assert state.is_to_compute
    profiling.compute(uai=school.uai, year=YEAR + 1, **SCHOOL)
    assert held(school.uai, YEAR + 1) == before


def test_a_closed_year_receives_nothing(school: ReadySchool) -> None:
    publish()
    change_state(uai=school.uai, year=YEAR, state=State.CLOSED, **SCHOOL)

    with pytest.raises(YearClosedError):
        descent.receive(uai=school.uai, year=YEAR, **SCHOOL)


def test_a_release_says_what_it_adds_changes_and_closes_for_the_school(
    school: ReadySchool,
) -> None:
    school.bring()
    publish(excluded=["202"])
    descent.receive(uai=school.uai, year=YEAR, **SCHOOL)
    retained = list(offers.state_of(uai=school.uai, year=YEAR).mefs)
    close_mef(retained[-1])
    publish(included=["202"], at=LATER)

    descent.receive(uai=school.uai, year=YEAR, **SCHOOL)

    found = descent.changes(uai=school.uai, year=YEAR)
    assert {code[:3] for code in found.added} == {"202"}
    (closed,) = found.closed
    assert closed.code == retained[-1]
    assert closed.usage.pupil_ids
    assert closed.usage.divisions
    assert closed.successor[:3] == closed.code[:3]
    assert closed.successor_label


def test_delivery_goes_on_past_a_school_that_is_refused(school: ReadySchool) -> None:
    other = ready_school(4, number=2)
    change_state(uai=school.uai, year=YEAR, state=State.CLOSED, **SCHOOL)
    publish()

    done = list(descent.deliver(uais=[school.uai, other.uai], year=YEAR, actor="deep", at=AT))

    assert [(one.uai, one.number, bool(one.refusal)) for one in done] == [
        (school.uai, 0, True),
        (other.uai, 1, False),
    ]
    standings = descent.standings(school.uai, other.uai, year=YEAR)
    assert standings[school.uai].is_by_file
    assert standings[other.uai].number == 1


def test_what_was_validated_is_to_be_validated_again_once_a_release_came(
    school: ReadySchool,
) -> None:
    assert descent.standings(school.uai, year=YEAR)[school.uai].is_validated
    publish()

    descent.receive(uai=school.uai, year=YEAR, **SCHOOL)

    assert not descent.standings(school.uai, year=YEAR)[school.uai].is_validated
    profiling.validate(uai=school.uai, year=YEAR, **SCHOOL)
    assert descent.standings(school.uai, year=YEAR)[school.uai].is_validated


def test_a_school_of_another_mef_is_told_of_no_closure(school: ReadySchool) -> None:
    publish(excluded=[BILINGUAL])
    descent.receive(uai=school.uai, year=YEAR, **SCHOOL)

    closed = {one.code for one in descent.changes(uai=school.uai, year=YEAR).closed}

    assert closed == set(descent.selected(held(school.uai)[0])) & {BILINGUAL}
