import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from itertools import islice

import pytest

from bascule.generator.directory import Directory, Person, Shares, likeness
from bascule.generator.places import BIRTH_COMMUNES, BIRTH_TOWNS, FRANCE
from bascule.values import civil_identity

SIZE = 20_000


@pytest.fixture(scope="module")
def directory() -> Directory:
    return Directory(SIZE)


@pytest.fixture(scope="module")
def persons(directory: Directory) -> list[Person]:
    return list(directory.persons())


_DIGEST = """
import hashlib, sys
from bascule.generator.directory import Directory
from bascule.generator.look_alikes import queries
directory = Directory(3_000, int(sys.argv[1]))
made = repr((list(directory.persons()), list(queries(directory, 500, int(sys.argv[2])))))
print(hashlib.sha256(made.encode()).hexdigest())
"""


def digest(seed: int, queries_seed: int, hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _DIGEST, str(seed), str(queries_seed)],
        check=True, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    return done.stdout


def test_the_same_seeds_give_the_same_bytes_in_every_process() -> None:
    same = digest(1, 1, "1")

    assert digest(1, 1, "2") == same
    assert len({same, digest(2, 1, "1"), digest(1, 2, "1")}) == 3


def test_it_holds_as_many_persons_as_it_says_by_id(persons: list[Person]) -> None:
    assert [person.id for person in persons] == list(range(SIZE))


@pytest.mark.parametrize("size", [1, 7, 199, 401, 6_001])
def test_a_directory_of_any_size_is_whole(size: int) -> None:
    directory = Directory(size)
    persons = list(directory.persons())

    assert len(persons) == size
    assert all(directory.person(person.id) == person for person in persons[:: 1 + size // 50])
    with pytest.raises(IndexError):
        directory.person(size)


def test_whoever_is_born_on_a_day_is_found_around_it(
    directory: Directory, persons: list[Person]
) -> None:
    incomplete = [person for person in persons if not person.civil.birth.day]

    assert len(incomplete) > 20
    for person in (*incomplete, *persons[::97]):
        assert person in directory.born_around(person.civil.birth)
        alike = [other for other in persons if other.civil.birth == person.civil.birth]
        assert set(alike) <= set(directory.born_around(person.civil.birth))


def test_nobody_is_born_around_a_day_out_of_the_directory(directory: Directory) -> None:
    birth = directory.person(0).civil.birth

    assert directory.born_around(birth._replace(year=1950)) == ()
    assert directory.born_around(birth._replace(year=2050)) == ()


def test_names_are_those_that_an_import_stores(persons: list[Person]) -> None:
    for person in persons:
        civil = person.civil
        assert civil.family == civil_identity.family_name(civil.family)
        assert civil.usual == civil_identity.family_name(civil.usual)
        assert 1 <= len(civil.firsts) <= 3
        assert len(set(civil.firsts)) == len(civil.firsts)
        for first in civil.firsts:
            assert first == civil_identity.first_name(first)
        " ".join((civil.family, civil.usual, *civil.firsts)).encode("iso8859-15")


def test_births_take_place_where_they_can(persons: list[Person]) -> None:
    for person in persons:
        civil = person.civil
        if civil.country == FRANCE:
            assert civil.commune in BIRTH_COMMUNES
            assert not civil.town
        else:
            assert civil.town in BIRTH_TOWNS[civil.country]
            assert not civil.commune
    abroad = sum(person.civil.country != FRANCE for person in persons)

    assert 0.04 < abroad / SIZE < 0.10


def test_a_few_names_are_everywhere_and_most_are_rare(persons: list[Person]) -> None:
    families = Counter(person.civil.family for person in persons)
    girls = Counter(person.civil.firsts[0] for person in persons if person.civil.sex == "2")

    assert 1 / 900 < families.most_common(1)[0][1] / SIZE < 1 / 300
    assert 1 / 150 < girls.most_common(1)[0][1] / girls.total() < 1 / 60
    assert sum(count == 1 for count in families.values()) > 0.2 * SIZE


def test_frequent_names_bring_homonyms_by_themselves() -> None:
    alone = Directory(SIZE, shares=Shares(twins=0, homonyms=0))
    names = Counter(likeness(person.civil)[:2] for person in alone.persons())

    assert sum(count for count in names.values() if count > 1) > 0.01 * SIZE


def test_twins_differ_by_their_first_names_and_sex_only(persons: list[Person]) -> None:
    twins = [person for person in persons if person.twin_of is not None]

    assert 0.012 < len(twins) / SIZE < 0.020
    for twin in twins:
        other = persons[twin.twin_of or 0]
        assert likeness(twin.civil)[1] != likeness(other.civil)[1]
        assert twin.civil._replace(firsts=other.civil.firsts, sex=other.civil.sex) == other.civil
    same_sex = sum(twin.civil.sex == persons[twin.twin_of or 0].civil.sex for twin in twins)
    assert 0.55 < same_sex / len(twins) < 0.75


def test_full_homonyms_differ_by_where_they_were_born() -> None:
    persons = list(Directory(5_000, shares=Shares(homonyms=0.05)).persons())
    homonyms = [person for person in persons if person.homonym_of is not None]

    assert 0.03 < len(homonyms) / len(persons) < 0.06
    for homonym in homonyms:
        other = persons[homonym.homonym_of or 0]
        assert likeness(homonym.civil) == likeness(other.civil)
        assert homonym.civil.sex == other.civil.sex
        assert homonym.civil.commune != other.civil.commune


def test_shares_are_what_is_asked_for() -> None:
    shares = Shares(twins=0, homonyms=0, usual=0.3, two_names=0, second=0, day_unknown=0)
    persons = list(Directory(4_000, shares=shares).persons())

    assert not [person for person in persons if person.twin_of is not None]
    assert not [person for person in persons if person.homonym_of is not None]
    assert all(person.civil.birth.day and len(person.civil.firsts) == 1 for person in persons)
    assert 0.26 < sum(bool(person.civil.usual) for person in persons) / 4_000 < 0.34


def peak(size: int, taken: int) -> int:
    """Give the most bytes held at once while persons of a directory are made."""
    directory = Directory(size)
    directory.person(0)
    tracemalloc.start()
    try:
        for _ in islice(directory.persons(), taken):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_large_directory_is_never_held() -> None:
    assert peak(10_000_000, 20_000) < 8_000_000
