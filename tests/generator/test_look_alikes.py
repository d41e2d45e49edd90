from collections import Counter

import pytest
from tests.generator.test_distortions import TOUCHED

from bascule.generator.directory import Directory, Person, Shares, likeness
from bascule.generator.distortions import Distortion
from bascule.generator.look_alikes import USUAL_NOISE, Kind, Mix, Query, queries

SIZE, COUNT = 12_000, 3_000


@pytest.fixture(scope="module")
def directory() -> Directory:
    return Directory(SIZE, seed=4)


@pytest.fixture(scope="module")
def persons(directory: Directory) -> list[Person]:
    return list(directory.persons())


@pytest.fixture(scope="module")
def asked(directory: Directory) -> list[Query]:
    mix = Mix(unknown_twins=0.05)
    return list(queries(directory, COUNT, mix=mix))


def test_shares_are_those_of_the_mix(asked: list[Query]) -> None:
    kinds = Counter(query.kind for query in asked)

    assert len(asked) == COUNT
    assert 0.08 < kinds[Kind.UNKNOWN] / COUNT < 0.12
    assert 0.035 < kinds[Kind.UNKNOWN_TWIN] / COUNT < 0.065


def test_every_distortion_has_its_share() -> None:
    assert set(USUAL_NOISE) == set(Distortion)
    assert all(0 < share < 1 for share in USUAL_NOISE.values())


def test_six_queries_in_ten_are_as_the_registry_has_them(asked: list[Query]) -> None:
    borne = Counter(len(query.distortions) for query in asked)

    assert 0.5 < borne[0] / COUNT < 0.65
    assert 0.05 < 1 - (borne[0] + borne[1]) / COUNT < 0.15


def test_nobody_is_asked_for_twice(asked: list[Query]) -> None:
    truths = [query.truth for query in asked if query.truth is not None]

    assert len(set(truths)) == len(truths)


def test_a_known_person_keeps_what_its_distortions_do_not_touch(
    asked: list[Query], persons: list[Person]
) -> None:
    known = [query for query in asked if query.kind is Kind.KNOWN]

    for query in known:
        assert query.truth is not None
        assert query.twin_of is None
        true = persons[query.truth].civil
        changed = {
            name for name in true._fields if getattr(true, name) != getattr(query.civil, name)
        }
        touched = {name for done in query.distortions for name in TOUCHED[done]}
        assert changed <= touched
        assert bool(changed) == bool(query.distortions)


def test_nobody_of_the_directory_is_like_an_unknown_person(
    asked: list[Query], persons: list[Person]
) -> None:
    everybody = {likeness(person.civil) for person in persons}
    unknown = [query for query in asked if query.kind is not Kind.KNOWN]

    assert unknown
    for query in unknown:
        assert query.truth is None
        assert likeness(query.civil) not in everybody


def test_an_unknown_twin_is_not_the_twin_who_is_known() -> None:
    of_twins = Directory(2_000, shares=Shares(twins=1, second=0))
    everybody = {likeness(person.civil) for person in of_twins.persons()}

    for query in queries(of_twins, 2_000, mix=Mix(unknown=0, unknown_twins=1, times=0)):
        assert likeness(query.civil) not in everybody


def test_an_unknown_twin_differs_by_its_first_names_and_sex_only(
    directory: Directory, persons: list[Person]
) -> None:
    twins = list(queries(directory, 300, mix=Mix(unknown=0, unknown_twins=1, times=0)))

    for query in twins:
        assert query.kind is Kind.UNKNOWN_TWIN
        assert query.twin_of is not None
        other = persons[query.twin_of].civil
        assert query.civil._replace(firsts=other.firsts, sex=other.sex) == other
        assert likeness(query.civil)[1] != likeness(other)[1]


def test_a_distortion_can_be_asked_for_alone(directory: Directory) -> None:
    mix = Mix(noise={Distortion.PLACE_MISSING: 1.0})

    for query in queries(directory, 100, mix=mix):
        assert query.distortions == (Distortion.PLACE_MISSING,)
        assert not query.civil.country


def test_noise_is_multiplied(directory: Directory, asked: list[Query]) -> None:
    def borne(times: float) -> int:
        made = queries(directory, COUNT, mix=Mix(times=times))
        return sum(len(query.distortions) for query in made)

    assert borne(0) == 0
    assert 2 < borne(3) / borne(1) < 3.2
