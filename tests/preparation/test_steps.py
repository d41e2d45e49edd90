from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, strategies as st
from tests.bases import Base
from tests.cast import Cast
from tests.keys_of import totp_key
from tests.preparation.new_year import AT, TODAY, YEAR, new_year

from bascule.accounts.profiles import Profile
from bascule.journal.milestones import Milestone, Reached
from bascule.preparation.facts import YearFacts
from bascule.preparation.steps import State, next_step, steps, steps_of
from bascule.values.steps import NextAct, Step

#: What the fact of each step is, besides those of access.
FACTS = {
    Step.YEAR: lambda facts: facts.is_open,
    Step.CARRIED: lambda facts: Milestone.STRUCTURES_CARRIED in facts.reached,
    Step.SCONET: lambda facts: facts.uses_sconet is True,
    Step.COMMON: lambda facts: Milestone.COMMON_VERIFIED in facts.reached,
    Step.NOMENCLATURES: lambda facts: Milestone.RELEASE_RECEIVED in facts.reached,
    Step.PROFILE: lambda facts: Milestone.PROFILE_VALIDATED in facts.reached and facts.retained,
    Step.STRUCTURES: lambda facts: (
        Milestone.STRUCTURES_VALIDATED in facts.reached
        and facts.divisions
        and not facts.without_division
    ),
    Step.EXPORTS: lambda facts: (
        {Milestone.NOMENCLATURE_SENT, Milestone.STRUCTURES_SENT} <= set(facts.reached)
    ),
    Step.IMPORT: lambda facts: Milestone.PUPILS_IMPORTED in facts.reached,
    Step.BLOCKED: lambda facts: not facts.blocked,
    Step.GEP: lambda facts: {Milestone.GEP_TAKEN, Milestone.GEP_STOPPED} <= set(facts.reached),
}


@st.composite
def any_facts(draw: st.DrawFn) -> YearFacts:
    names = draw(st.lists(st.sampled_from(Milestone), unique=True))
    order = draw(st.permutations(range(1, len(names) + 1)))
    codes = st.lists(st.sampled_from(["10010012110", "10110012110"]), unique=True)
    return YearFacts(
        year=YEAR,
        is_open=draw(st.booleans()),
        is_closed=draw(st.booleans()),
        uses_sconet=draw(st.none() | st.booleans()),
        reached={
            name: Reached(act_id, AT + timedelta(minutes=act_id), "secretary")
            for name, act_id in zip(names, order, strict=True)
        },
        retained=draw(codes),
        divisions=draw(st.integers(0, 2)),
        without_division=draw(codes),
        without_mef=draw(codes),
        strays=draw(codes),
        key_holders=draw(st.tuples(st.integers(0, 2), st.integers(0, 2))),
        helped=draw(st.integers(0, 1)),
        blocked=draw(st.integers(0, 1)),
    )


@given(any_facts())
def test_no_step_is_done_without_its_fact(facts: YearFacts) -> None:
    for state in steps(facts):
        if state.state is State.DONE and state.step in FACTS:
            assert FACTS[state.step](facts), state


@given(any_facts())
def test_what_changed_after_its_validation_is_never_done(facts: YearFacts) -> None:
    done = {state.step for state in steps(facts) if state.state is State.DONE}

    for step, validated, changed in (
        (Step.COMMON, Milestone.COMMON_VERIFIED, Milestone.COMMON_CHANGED),
        (Step.PROFILE, Milestone.PROFILE_VALIDATED, Milestone.PROFILE_CHANGED),
        (Step.PROFILE, Milestone.PROFILE_VALIDATED, Milestone.RELEASE_RECEIVED),
        (Step.STRUCTURES, Milestone.STRUCTURES_VALIDATED, Milestone.STRUCTURES_CHANGED),
        (Step.EXPORTS, Milestone.NOMENCLATURE_SENT, Milestone.PROFILE_VALIDATED),
        (Step.EXPORTS, Milestone.STRUCTURES_SENT, Milestone.STRUCTURES_VALIDATED),
    ):
        if step in done:
            later = facts.reached.get(changed)
            assert later is None or later.act_id < facts.reached[validated].act_id


@given(any_facts())
def test_every_step_to_do_says_what_to_do_and_a_closed_year_asks_for_nothing(
    facts: YearFacts,
) -> None:
    for state in steps(facts):
        assert str(state.sentence)
        assert "%(" not in str(state.sentence)
        waits = state.state in {State.TO_DO, State.TO_REDO} and state.step is not Step.YEAR
        if waits:
            assert (state.act is None) == facts.is_closed


@pytest.mark.usefixtures("base")
def test_a_year_just_opened_waits_for_its_first_step_and_holds_the_later_ones() -> None:
    states = new_year().steps()

    assert states[Step.YEAR].state is State.DONE
    assert states[Step.YEAR].by == "secretary"
    assert {step for step, one in states.items() if one.state is State.TO_DO} == {
        Step.KEYS, Step.CARRIED, Step.COMMON, Step.NOMENCLATURES,
    }  # fmt: skip
    assert {step for step, one in states.items() if one.state is State.NOT_YET} == {
        Step.SCONET, Step.PROFILE, Step.STRUCTURES, Step.EXPORTS, Step.IMPORT, Step.BLOCKED,
    }  # fmt: skip
    assert next_step(list(states.values())).act is NextAct.CARRY_STRUCTURES  # type: ignore[union-attr]


@pytest.mark.usefixtures("base")
def test_steps_go_green_one_after_the_other_to_the_first_import() -> None:
    school = new_year()

    school.receive_nomenclatures()
    assert school.steps()[Step.PROFILE].state is State.DONE
    assert school.steps()[Step.STRUCTURES].act is NextAct.VALIDATE_STRUCTURES
    school.receive_structures()
    assert school.steps()[Step.STRUCTURES].state is State.DONE
    assert school.steps()[Step.EXPORTS].act is NextAct.EXPORT
    school.export("nomenclature")
    assert school.steps()[Step.EXPORTS].state is State.TO_DO
    school.export("structures")
    assert school.steps()[Step.IMPORT].act is NextAct.IMPORT
    school.bring()

    states = school.steps()
    assert states[Step.IMPORT].state is State.DONE
    assert states[Step.IMPORT].sentence.figures == {"pupils": len(school.population.present)}
    assert states[Step.BLOCKED].state is State.DONE


@pytest.mark.usefixtures("base")
def test_nomenclatures_received_again_open_the_profile_and_hold_exports() -> None:
    school = new_year()
    school.receive_nomenclatures()
    school.receive_structures()
    school.export()
    assert school.steps()[Step.EXPORTS].state is State.DONE

    school.receive_nomenclatures()

    assert school.steps()[Step.EXPORTS].state is State.TO_REDO
    assert school.steps()[Step.IMPORT].state is State.NOT_YET


def test_validated_structures_stay_so_while_the_profile_is_validated_again() -> None:
    in_order = (
        Milestone.PROFILE_VALIDATED,
        Milestone.STRUCTURES_VALIDATED,
        Milestone.NOMENCLATURE_SENT,
        Milestone.STRUCTURES_SENT,
        Milestone.RELEASE_RECEIVED,
    )
    facts = YearFacts(
        year=YEAR,
        is_open=True,
        reached={name: Reached(rank, AT, "secretary") for rank, name in enumerate(in_order)},
        retained=["10010012110"],
        divisions=1,
    )

    states = {one.step: one.state for one in steps(facts)}

    assert states[Step.PROFILE] is State.TO_REDO
    assert states[Step.STRUCTURES] is State.DONE
    assert states[Step.EXPORTS] is State.NOT_YET


@pytest.mark.usefixtures("base")
def test_keys_and_rights_are_read_from_accounts() -> None:
    school = new_year()
    cast = Cast(school.uai, "")
    cast.give("claire.morel", Profile.HEAD, starts_on=TODAY - timedelta(days=1))
    totp_key(cast.person("claire.morel"))
    alone = school.steps()

    cast.give("paul.petit", Profile.SECRETARY, starts_on=TODAY - timedelta(days=1))
    together = school.steps()

    assert alone[Step.KEYS].state is State.DONE
    assert alone[Step.DELEGATIONS].state is State.NOT_APPLICABLE
    assert together[Step.KEYS].state is State.TO_DO
    assert together[Step.KEYS].sentence.figures == {"with_key": 1, "people": 2}
    assert together[Step.DELEGATIONS].state is State.DONE


def test_many_schools_cost_the_queries_of_one(base: Base) -> None:
    uais = [new_year(6, number=number).uai for number in (1, 2, 3)]

    counts = []
    for some in (uais[:1], uais):
        with CaptureQueriesContext(connection) as queries:
            found = steps_of(*some, year=YEAR, today=TODAY)
        assert list(found) == some
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_steps_of_the_year_are_the_same_whatever_the_schools_asked_with(base: Base) -> None:
    one, other = new_year(6), new_year(6, number=2)
    other.receive_nomenclatures()

    together = steps_of(one.uai, other.uai, year=YEAR, today=TODAY)

    for school in (one, other):
        assert together[school.uai] == list(school.steps().values())


def test_each_step_has_a_code_and_words_of_its_own() -> None:
    for one, other in combinations(Step, 2):
        assert one.code != other.code
        assert one.label != other.label


def test_a_school_that_misses_a_division_for_a_mef_is_told_which() -> None:
    facts = YearFacts(
        year=YEAR,
        is_open=True,
        reached={
            name: Reached(1, AT, "secretary")
            for name in (
                Milestone.RELEASE_RECEIVED,
                Milestone.PROFILE_VALIDATED,
                Milestone.STRUCTURES_VALIDATED,
            )
        },
        retained=["10010012110", "10110012110"],
        divisions=1,
        without_division=["10110012110"],
    )

    states = {one.step: one for one in steps(facts)}

    assert states[Step.STRUCTURES].state is State.TO_REDO
    assert "10110012110" in str(states[Step.STRUCTURES].sentence)
    complete = {one.step: one for one in steps(replace(facts, without_division=()))}
    assert complete[Step.STRUCTURES].state is State.DONE
