from collections import Counter

import pytest
from tests.generator.examining import AT, codes_of, findings_of

from bascule.exchange.rules.book import BY_CODE
from bascule.exchange.rules.families import GROUP_FAMILIES, family_of
from bascule.findings import Subject
from bascule.formats.import_eleves.reader import read
from bascule.generator.academy import Kind, one_school
from bascule.generator.faults import FAULTS, HEADER, PERSON, PUPIL, clean_population
from bascule.generator.population import Population, populate
from bascule.generator.school import teaching_year

ALONE = sorted(code for code, fault in FAULTS.items() if not fault.needs_first)
PAIRS = sorted(code for code, fault in FAULTS.items() if fault.needs_first)


@pytest.fixture(scope="module")
def population() -> Population:
    return clean_population()


def test_every_rule_has_its_fault_and_every_fault_its_rule() -> None:
    # Groups come in a file of their own.
    of_pupils = {code for code in BY_CODE if family_of(code) not in GROUP_FAMILIES}
    # Only kinds of file of their own meet these.
    of_pupils -= {"INF_FICHI_C_01", "INF_FICHI_D_01"}
    assert set(FAULTS) == of_pupils


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_a_fault_knows_the_effect_and_the_subject_of_its_rule(code: str) -> None:
    rule, fault = BY_CODE[code], FAULTS[code]
    # Rules on addresses and telephones look at both kinds of record.
    tags = {Subject.FILE: {HEADER}, Subject.PERSON: {PERSON}, Subject.PUPIL: {PUPIL, PERSON}}

    assert fault.effect is rule.effect
    assert fault.tag in tags[rule.subject]


@pytest.mark.parametrize("code", ALONE)
def test_a_fault_gives_its_findings_and_no_other(population: Population, code: str) -> None:
    spoilt = FAULTS[code].plant(population, at=AT)

    found = codes_of(spoilt.file, population.teaching)

    assert found == Counter((code, rank) for rank in spoilt.ranks)


@pytest.mark.parametrize("kind", Kind)
def test_faults_can_be_planted_in_every_kind_of_school(kind: Kind) -> None:
    population = populate(teaching_year(one_school(60, kind=kind, seed=13), 2026))

    for code in ALONE:
        spoilt = FAULTS[code].plant(population, at=AT)
        found = codes_of(spoilt.file, population.teaching)
        assert set(found) == {(code, rank) for rank in spoilt.ranks}, code


@pytest.mark.parametrize("code", PAIRS)
def test_the_first_file_of_a_pair_is_clean(population: Population, code: str) -> None:
    spoilt = FAULTS[code].plant(population, at=AT)

    assert spoilt.first is not None
    assert findings_of(spoilt.first, population.teaching) == []
    assert spoilt.first.name < spoilt.file.name


def test_the_number_given_by_the_base_is_put_into_the_file(population: Population) -> None:
    spoilt = FAULTS["REJRE_CREAT_C_01"].plant(population, at=AT).with_base_id(77)

    persons = [record for record in read([spoilt.file.content]) if record.tag == PERSON]

    assert persons[spoilt.ranks[0] - 1].fields["ID_SIECLE_PER"] == "77"
    assert spoilt.base_person in {int(str(person.fields["ID_PRV_PER"])) for person in persons}


def test_planting_leaves_the_population_clean(population: Population) -> None:
    for fault in FAULTS.values():
        fault.plant(population, at=AT)

    assert population == clean_population()
