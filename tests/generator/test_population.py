import os
import subprocess
import sys
from collections import Counter
from datetime import date
from itertools import combinations

import pytest
from tests.generator.examining import AT

from bascule.generator import names
from bascule.generator.academy import Kind, one_school
from bascule.generator.courses import COURSES
from bascule.generator.files import private_file
from bascule.generator.places import BIRTH_COMMUNES, BIRTH_TOWNS, DEPARTMENTS
from bascule.generator.population import (
    CARE,
    CONTACT,
    IN_CHARGE,
    LEGAL,
    SELF,
    Population,
    populate,
)
from bascule.generator.school import headcounts, teaching_year
from bascule.nomenclatures import package
from bascule.values import civil_identity
from bascule.values.contact import is_email, is_phone
from bascule.values.ine import ine_key_is_right
from bascule.values.uai import is_uai


@pytest.fixture(scope="module", params=list(Kind), ids=lambda kind: kind.name)
def population(request: pytest.FixtureRequest) -> Population:
    return populate(teaching_year(one_school(900, kind=request.param, seed=11), 2026))


_DIGEST = """
import hashlib, sys
from datetime import datetime
from bascule.generator.academy import one_school
from bascule.generator.files import private_file, zipped
from bascule.generator.population import populate
from bascule.generator.school import teaching_year
at = datetime(2026, 11, 3)
file = private_file(populate(teaching_year(one_school(150, seed=int(sys.argv[1])), 2026)), at=at)
print(hashlib.sha256(zipped(file, at).content).hexdigest())
"""


def digest(seed: int, hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _DIGEST, str(seed)],
        check=True, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    return done.stdout


def test_the_same_seed_gives_the_same_bytes_in_every_process() -> None:
    assert digest(1, "1") == digest(1, "2")


def test_another_seed_gives_other_pupils() -> None:
    assert digest(1, "1") != digest(2, "1")


def test_another_year_gives_other_pupils() -> None:
    school = one_school(60)

    assert (
        populate(teaching_year(school, 2025)).pupils != populate(teaching_year(school, 2026)).pupils
    )


def test_the_file_holds_as_many_pupils_as_the_school_says(population: Population) -> None:
    assert len(population.pupils) == 900

    taught = Counter(pupil.mef for pupil in population.pupils)
    emptied = taught.pop("", 0)
    seats = headcounts(population.teaching)
    assert set(taught) <= set(seats)
    assert sum((seats - taught).values()) == emptied


def test_divisions_serve_the_mef_of_their_pupils(population: Population) -> None:
    served = {division.code: division.mefs for division in population.teaching.divisions}

    assert all(pupil.mef in served[pupil.division] for pupil in population.pupils if pupil.mef)


def test_ids_are_unique_and_sorted(population: Population) -> None:
    for records in (population.pupils, population.persons):
        ids = [record.id for record in records]
        assert ids == sorted(set(ids))
        assert ids[0] >= 0
        assert ids[-1] <= 99_999


def test_the_largest_file_still_has_ids_for_everybody() -> None:
    population = populate(teaching_year(one_school(20_000), 2026))

    assert len({pupil.id for pupil in population.pupils}) == 20_000
    assert len({person.id for person in population.persons}) == len(population.persons)


def test_every_present_pupil_has_one_or_two_legal_guardians_of_the_file(
    population: Population,
) -> None:
    persons = {person.id for person in population.persons}

    for pupil in population.pupils:
        legal = [link for link in pupil.links if link.level == LEGAL]
        assert (1 if not pupil.has_left else 0) <= len(legal) <= 2
        assert {link.person for link in pupil.links} <= persons
        assert len({link.person for link in pupil.links}) == len(pupil.links)


def test_every_present_pupil_is_lodged_and_has_someone_to_call_first(
    population: Population,
) -> None:
    for pupil in population.present:
        assert any(link.lodges for link in pupil.links)
        assert sum(link.is_first for link in pupil.links) == 1
        assert sum(link.receives for link in pupil.links) == 1


def test_no_two_pupils_share_name_first_name_and_birth(population: Population) -> None:
    identities = Counter(
        civil_identity.identity_key(pupil.family, pupil.first, pupil.birth)
        for pupil in population.pupils
    )

    assert max(identities.values()) == 1


def test_siblings_share_their_guardians_and_are_not_born_too_close(population: Population) -> None:
    families: dict[tuple[int, ...], list[date]] = {}
    for pupil in population.pupils:
        legal = tuple(link.person for link in pupil.links if link.level == LEGAL)
        if not any(link.kinship in (CARE, SELF) for link in pupil.links):
            families.setdefault(legal, []).append(pupil.birth)

    families.pop((), None)
    siblings = [births for births in families.values() if len(births) > 1]
    gaps = [
        abs((one - other).days) for births in siblings for one, other in combinations(births, 2)
    ]
    assert len(siblings) > 90
    assert 0 in gaps, "no twins"
    assert all(gap == 0 or gap >= 300 for gap in gaps)


def test_life_is_varied(population: Population) -> None:
    pupils, persons = population.pupils, population.persons
    addresses = {person.id: person.address for person in persons}
    same_names = Counter((pupil.family, pupil.first) for pupil in pupils)

    assert {link.level for pupil in pupils for link in pupil.links} == {LEGAL, IN_CHARGE, CONTACT}
    assert any(link.kinship == CARE for pupil in pupils for link in pupil.links)
    assert any(pupil.has_left for pupil in pupils)
    assert any(pupil.has_left and not pupil.mef for pupil in pupils)
    assert any(pupil.entered_on > date(2026, 9, 1) for pupil in pupils)
    assert any(pupil.repeats for pupil in pupils)
    assert any(pupil.grants for pupil in pupils)
    assert any(pupil.usual for pupil in pupils)
    assert any(pupil.birth_town for pupil in pupils)
    assert any(pupil.nationality != "100" for pupil in pupils)
    assert any(not pupil.ine for pupil in pupils)
    assert any(pupil.ine_bea and pupil.ine_rnie for pupil in pupils)
    assert any(
        len(pupil.options) > COURSES[pupil.mef].option_count for pupil in pupils if pupil.mef
    ) or (population.teaching.school.kind is Kind.LYCEE_PRO)
    assert any(count > 1 for count in same_names.values()), "no homonyms"
    assert any(
        len({addresses[link.person] for link in pupil.links if link.level == LEGAL}) > 1
        for pupil in pupils
    ), "no separated parents"
    assert any(person.usual for person in persons)
    assert {person.shares_address for person in persons} == {True, False}


def test_grown_pupils_may_answer_for_themselves() -> None:
    population = populate(teaching_year(one_school(900, kind=Kind.LYCEE_PRO, seed=11), 2026))

    selves = [pupil for pupil in population.pupils for link in pupil.links if link.kinship == SELF]

    assert selves
    assert all(pupil.birth <= date(2008, 9, 1) for pupil in selves)


def test_names_hold_what_makes_names_hard() -> None:
    families = {word.text for origin in names.ORIGINS for word in origin.families}
    first = {
        word.text
        for origin in names.ORIGINS
        for word in (*origin.girls, *origin.boys, *origin.mothers, *origin.fathers)
    }

    assert len(families) > 400
    assert len(first) > 500
    for mark in (" ", "-", "'", "Œ", "É", "Ç", "Ñ", "Ã", "Ö", "Š", "Ž"):
        assert any(mark in name for name in families), mark
    for mark in (" ", "-", "'", "œ", "é", "ë", "ü", "ã"):
        assert any(mark in name for name in first), mark
    for name in families | first:
        name.encode("iso-8859-15")


def test_numbers_are_right_and_nobodys(population: Population) -> None:
    numbers = [
        number
        for pupil in population.pupils
        for number in {pupil.ine, pupil.ine_bea, pupil.ine_rnie}
        if number
    ]

    assert all(map(ine_key_is_right, numbers))
    assert all(number.startswith("99") for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_places_of_birth_are_in_the_national_tables() -> None:
    assert set(BIRTH_COMMUNES) <= package.communes()
    assert set(BIRTH_TOWNS) <= package.codes("pays")
    assert {country for origin in names.ORIGINS for country in origin.countries} <= set(BIRTH_TOWNS)
    assert not set(DEPARTMENTS) & package.codes("departement")


def test_schools_of_last_year_are_right_and_fictional(population: Population) -> None:
    numbers = {
        pupil.last_year.uai
        for pupil in population.pupils
        if pupil.last_year and pupil.last_year.uai
    }

    assert all(map(is_uai, numbers))
    assert {number[:3] for number in numbers} <= set(DEPARTMENTS)


def test_telephones_and_addresses_are_usable_and_kept_for_fiction(population: Population) -> None:
    phones = [
        phone
        for person in population.persons
        for phone in (person.home_phone, person.work_phone, person.mobile)
        if phone
    ]
    emails = [person.email for person in population.persons if person.email]

    assert all(map(is_phone, phones))
    assert all(map(is_email, emails))
    assert {email.rpartition("@")[2] for email in emails} <= {"example.org", "example.com"}


def test_before_the_year_begins_nobody_has_moved() -> None:
    population = populate(teaching_year(one_school(400), 2026), on=date(2026, 6, 20))

    assert population.present == population.pupils
    assert {pupil.starts_on for pupil in population.pupils} == {date(2026, 9, 1)}


def test_nobody_moves_after_the_day_of_the_picture() -> None:
    on = date(2026, 9, 20)

    population = populate(teaching_year(one_school(900), 2026), on=on)

    moves = [pupil.left_on or pupil.entered_on for pupil in population.pupils]
    assert max(moves) <= on
    assert max(moves) > date(2026, 9, 1)


def test_a_file_is_written_for_every_size_of_school() -> None:
    for size in (1, 2, 5, 17):
        population = populate(teaching_year(one_school(size), 2026))
        assert private_file(population, at=AT).content.count(b"<ELEVE>") == size
