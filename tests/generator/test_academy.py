from collections import Counter
from itertools import islice

import pytest

from bascule.generator.academy import (
    LARGEST,
    SMALLEST,
    Academy,
    Kind,
    academy,
    demo,
    nation,
    one_school,
)
from bascule.nomenclatures import package
from bascule.values.uai import is_uai


def test_the_same_seed_gives_the_same_schools() -> None:
    assert list(academy(12, 3_000, seed=4)) == list(academy(12, 3_000, seed=4))


def test_another_seed_gives_other_schools() -> None:
    assert list(academy(12, 3_000, seed=4)) != list(academy(12, 3_000, seed=5))


def test_a_school_does_not_depend_on_the_others() -> None:
    alone = Academy("A", 3, (200, 300, 400)).school(3)

    assert alone == Academy("B", 3, (90, 100, 400, 500)).school(3)


@pytest.mark.parametrize(
    ("made", "schools", "pupils"), [(academy(), 130, 60_000), (nation(), 3_900, 1_100_000)]
)
def test_presets_have_the_schools_and_the_pupils_they_promise(
    made: Academy, schools: int, pupils: int
) -> None:
    assert (len(made), made.pupils) == (schools, pupils)
    assert min(made.sizes) >= SMALLEST
    assert max(made.sizes) <= LARGEST


def test_the_demonstration_shows_every_kind_of_school() -> None:
    made = demo()

    assert len(made) == 12
    assert {school.kind for school in made} == set(Kind)
    assert sum(school.pupils for school in made) == made.pupils


def test_one_school_has_the_pupils_asked_for() -> None:
    assert one_school(20_000, kind=Kind.LYCEE).pupils == 20_000


def test_every_school_has_a_right_and_fictional_number_of_its_own() -> None:
    schools = list(nation())

    numbers = Counter(school.uai for school in schools)
    assert max(numbers.values()) == 1
    assert all(map(is_uai, numbers))
    assert not {school.department for school in schools} & package.codes("departement")


def test_names_fit_the_files_of_the_authority() -> None:
    for school in islice(nation(), 300):
        assert len(school.name) <= 30
        assert len(school.kind.official_name) <= 30
        assert len(school.head) <= 25
        assert len(school.head_title) <= 15
        assert len(school.software) <= 10
        f"{school.name}{school.head}{school.address}".encode("iso-8859-15")


def test_contracts_and_kinds_are_mixed() -> None:
    schools = list(academy())

    assert {school.kind for school in schools} == set(Kind)
    assert {school.contract for school in schools} == {"1", "3"}
    assert any(school.has_boarders for school in schools)
