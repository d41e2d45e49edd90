from collections import Counter
from datetime import date

import pytest
from tests.generator.examining import AT, findings_of

from bascule.generator.academy import Kind, one_school
from bascule.generator.changes import ActKind, NextDay, next_day
from bascule.generator.files import private_file
from bascule.generator.population import LEGAL, Population, populate
from bascule.generator.school import teaching_year

ON = date(2026, 11, 5)


@pytest.fixture(scope="module", params=list(Kind), ids=lambda kind: kind.name)
def before(request: pytest.FixtureRequest) -> Population:
    return populate(teaching_year(one_school(700, kind=request.param, seed=8), 2026))


@pytest.fixture(scope="module")
def after(before: Population) -> NextDay:
    return next_day(before, 0.4, 3, on=ON)


def test_as_many_acts_as_pupils_concerned(before: Population, after: NextDay) -> None:
    assert len(after.acts) == round(0.4 * len(before.present))


def test_exactly_the_records_named_are_changed(before: Population, after: NextDay) -> None:
    old_pupils = {pupil.id: pupil for pupil in before.pupils}
    old_persons = {person.id: person for person in before.persons}

    pupils = Counter(number for act in after.acts for number in act.pupils)
    persons = Counter(number for act in after.acts for number in act.persons)

    assert {
        pupil.id for pupil in after.population.pupils if old_pupils.get(pupil.id) != pupil
    } == set(pupils)
    assert {
        person.id for person in after.population.persons if old_persons.get(person.id) != person
    } == set(persons)
    assert max(pupils.values()) == max(persons.values()) == 1


def test_nobody_is_lost(before: Population, after: NextDay) -> None:
    arrived = sum(act.kind is ActKind.ARRIVE for act in after.acts)
    left = sum(act.kind is ActKind.LEAVE for act in after.acts)

    assert {pupil.id for pupil in before.pupils} <= {pupil.id for pupil in after.population.pupils}
    assert {person.id for person in before.persons} <= {
        person.id for person in after.population.persons
    }
    assert len(after.population.pupils) == len(before.pupils) + arrived
    assert len(after.population.present) == len(before.present) + arrived - left
    assert arrived
    assert left


def test_each_act_does_what_it_says(  # noqa: C901, PLR0912 (a table of acts)
    before: Population, after: NextDay
) -> None:
    old = {pupil.id: pupil for pupil in before.pupils}
    new = {pupil.id: pupil for pupil in after.population.pupils}

    for act in after.acts:
        for number in act.pupils:
            pupil = new[number]
            match act.kind:
                case ActKind.LEAVE:
                    assert pupil.left_on == pupil.ends_on == ON
                case ActKind.ARRIVE:
                    assert pupil.entered_on == pupil.starts_on == ON
                    assert number not in old
                case ActKind.DIVISION:
                    assert pupil.division != old[number].division
                case ActKind.REGIME:
                    assert pupil.regime != old[number].regime
                case ActKind.NAME:
                    assert pupil.family != old[number].family
                case ActKind.ADD_GUARDIAN:
                    assert pupil.links[:-1] == old[number].links
                case ActKind.REMOVE_GUARDIAN:
                    assert pupil.links == old[number].links[:-1]
                    assert any(link.level == LEGAL for link in pupil.links)
                case ActKind.OPTION:
                    assert abs(len(pupil.options) - len(old[number].options)) == 1
                case ActKind.NUMBER:
                    assert (old[number].ine_rnie, pupil.ine) == ("", pupil.ine_rnie)
                case ActKind.MOVE:
                    assert pupil.address != old[number].address
                case ActKind.TRANSPORT:
                    assert pupil.transport is not old[number].transport
                case ActKind.PHONE | ActKind.EMAIL:
                    pytest.fail("these touch persons only")


def test_every_kind_of_act_comes_up_in_time() -> None:
    population = populate(teaching_year(one_school(1_200, kind=Kind.LYCEE, seed=8), 2026))

    acts = {act.kind for seed in range(3) for act in next_day(population, 0.9, seed, on=ON).acts}

    assert acts == set(ActKind)


def test_the_population_given_is_left_as_it_was() -> None:
    teaching = teaching_year(one_school(200), 2026)
    population = populate(teaching)

    next_day(population, 0.5, 1, on=ON)

    assert population == populate(teaching)


def test_the_same_day_comes_twice_and_another_seed_is_another_day(before: Population) -> None:
    assert next_day(before, 0.2, 7, on=ON) == next_day(before, 0.2, 7, on=ON)
    assert next_day(before, 0.2, 7, on=ON) != next_day(before, 0.2, 8, on=ON)


def test_nothing_changes_with_a_share_of_nought(before: Population) -> None:
    assert next_day(before, 0, 1, on=ON) == NextDay(before, ())


def test_days_follow_one_another_and_files_stay_clean(before: Population) -> None:
    population = before
    for day in range(2, 12):
        population = next_day(population, 0.1, day, on=date(2026, 11, day)).population

    assert findings_of(private_file(population, at=AT), population.teaching) == []
    numbers = Counter(pupil.ine for pupil in population.pupils if pupil.ine)
    assert max(numbers.values()) == 1
