"""What shows against a base only: faults of pairs of files, files of others, and a day's work."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bascule.errors import RefusedError
from bascule.exchange.export import export
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import RunFinding
from bascule.exchange.receive import receive_import
from bascule.generator.academy import one_school
from bascule.generator.broken_files import BROKEN_FILES
from bascule.generator.changes import ActKind, next_day
from bascule.generator.faults import FAULTS, clean_population
from bascule.generator.files import MadeFile, private_file
from bascule.generator.population import Population, populate
from bascule.generator.school import (
    commun_records,
    nomenclature_records,
    structure_records,
    teaching_year,
)
from bascule.nomenclatures.profile import load_profile
from bascule.schools.directory import register_school
from bascule.schools.load import load_common, load_structures
from bascule.schools.open_year import State, open_year
from bascule.students.models import Guardian

pytestmark = pytest.mark.usefixtures("base")

AT = datetime(2026, 11, 3, 18, 30, tzinfo=UTC)
BY: dict[str, Any] = {"actor": "test", "at": AT}
DAY = timedelta(days=1)
PAIRS = sorted(code for code, fault in FAULTS.items() if fault.needs_first)


def open_school(population: Population) -> None:
    teaching = population.teaching
    year: dict[str, Any] = {"uai": teaching.school.uai, "year": teaching.year}
    register_school(uai=teaching.school.uai, name=teaching.school.name, **BY)
    open_year(**year, state=State.CURRENT, **BY)
    load_profile(**year, records=nomenclature_records(teaching, AT), **BY)
    load_structures(**year, records=structure_records(teaching, AT), **BY)
    load_common(**year, records=commun_records(teaching, AT), **BY)
    export(**year, kinds=("nomenclature", "structures"), **BY)


def receive(population: Population, file: MadeFile, *, apply: bool) -> Any:
    teaching = population.teaching
    return receive_import(
        files=[(file.name, file.content)],
        uai=teaching.school.uai,
        year=teaching.year,
        apply=apply,
        **BY,
    ).run


def import_file(population: Population, file: MadeFile, *, apply: bool) -> Counter[tuple[str, int]]:
    uai = population.teaching.school.uai
    run = receive(population, file, apply=apply)
    with reading(uai):
        found = RunFinding.objects.filter(uai=uai, run_id=run.pk).values_list("code", "rank")
        return Counter(found)


@pytest.mark.parametrize("code", PAIRS)
def test_a_fault_against_the_base_gives_its_findings_and_no_other(code: str) -> None:
    population = clean_population()
    spoilt = FAULTS[code].plant(population, at=AT)
    assert spoilt.first is not None
    open_school(population)
    assert import_file(population, spoilt.first, apply=True) == Counter()
    if spoilt.base_person is not None:
        with reading(population.teaching.school.uai):
            guardian = Guardian.objects.get(private_id=spoilt.base_person)
        spoilt = spoilt.with_base_id(guardian.pk)

    found = import_file(population, spoilt.file, apply=False)

    assert found == Counter((code, rank) for rank in spoilt.ranks)


@pytest.mark.parametrize("name", ["other school", "other year"])
def test_a_file_of_others_is_refused_whole(name: str) -> None:
    population = clean_population()
    open_school(population)
    broken = BROKEN_FILES[name]
    file = broken.make(population, at=AT)

    with pytest.raises(RefusedError) as refused:
        import_file(population, file, apply=True)

    assert refused.value.code == broken.refusal


def test_an_import_finds_the_acts_of_the_day_and_no_others() -> None:
    before = populate(teaching_year(one_school(300, seed=31), 2026))
    after = next_day(before, 0.25, 1, on=date(2026, 11, 3))
    known = {*(pupil.id for pupil in before.pupils)}, {*(person.id for person in before.persons)}
    open_school(before)
    receive(before, private_file(before, at=AT), apply=True)

    counts = receive(before, private_file(after.population, at=AT + DAY), apply=False).counts

    pupils = {number for act in after.acts for number in act.pupils}
    persons = {number for act in after.acts for number in act.persons}
    assert counts["pupils_created"] == len(pupils - known[0])
    assert counts["pupils_changed"] == len(pupils & known[0])
    assert counts["persons_created"] == len(persons - known[1])
    assert counts["persons_changed"] == len(persons & known[1])
    assert counts["pupils_left"] == sum(act.kind is ActKind.LEAVE for act in after.acts)
    assert counts["links_removed"] == sum(act.kind is ActKind.REMOVE_GUARDIAN for act in after.acts)
