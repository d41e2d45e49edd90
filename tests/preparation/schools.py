"""Schools whose year is under way, and what their software sends the year after."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from tests.exchange.schools_for_tests import ReadySchool, make_ready

from bascule.exchange import runs
from bascule.exchange.export import export
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import receive_import
from bascule.generator.academy import Academy, Kind
from bascule.generator.files import private_file
from bascule.generator.population import LastYear, Population, Pupil, populate
from bascule.generator.school import (
    nomenclature_records,
    structure_records,
    teaching_year,
)
from bascule.nomenclatures.profile import load_profile
from bascule.schools.load import load_structures
from bascule.students.models import Enrolment

YEAR = 2026
NEXT = YEAR + 1
#: When years are opened, and when files of the year after come.
SPRING = datetime(2027, 5, 20, 9, 30, tzinfo=UTC)
AUTUMN = datetime(2027, 9, 6, 18, 30, tzinfo=UTC)
BY: dict[str, Any] = {"actor": "deep", "at": SPRING}


def school_under_way(pupils: int = 12, *, number: int = 1) -> ReadySchool:
    """Give a school that holds the pupils of its year."""
    academy = Academy("Essais", 3, (pupils,) * number, (Kind.COLLEGE,) * number)
    school = make_ready(populate(teaching_year(academy.school(number), YEAR)))
    school.bring(school.file())
    return school


def year_after(
    population: Population, *, without: int = 0, repeating: int = 0, newcomers: int = 0
) -> Population:
    """Make what the school's software holds the year after.

    Args:
        population (Population): the year's.
        without (int): present pupils that the new file does not have.
        repeating (int): present pupils who take the same course again.
        newcomers (int): children of nobody known.
    """
    school = population.teaching.school
    teaching = teaching_year(school, NEXT)
    made = populate(teaching)
    taken = {pupil.id for pupil in population.pupils}
    staying = population.present[without:]
    pupils = [
        _moved(pupil, made, population, repeats=rank < repeating)
        for rank, pupil in enumerate(staying)
    ]
    # The same families are drawn each year: a child of another name is another child.
    fresh = [pupil for pupil in made.present if pupil.id not in taken][:newcomers]
    assert len(fresh) == newcomers
    numbers = {person.id for person in population.persons}
    persons = list(population.persons)
    for pupil in fresh:
        persons += [
            person
            for person in made.persons
            if person.id in {link.person for link in pupil.links} and person.id not in numbers
        ]
        numbers |= {link.person for link in pupil.links}
    pupils += [
        replace(pupil, family=f"NOUVEAU{chr(65 + rank)}", ine="", ine_bea="", ine_rnie="")
        for rank, pupil in enumerate(fresh)
    ]
    persons = list({person.id: person for person in persons}.values())
    return Population(
        teaching,
        sorted(persons, key=lambda person: person.id),
        sorted(pupils, key=lambda pupil: pupil.id),
    )


def _moved(pupil: Pupil, made: Population, before: Population, *, repeats: bool) -> Pupil:
    divisions = made.teaching.divisions
    same = [division for division in divisions if pupil.mef in division.mefs]
    others = [division for division in divisions if pupil.mef not in division.mefs]
    division = (same if repeats else others)[0]
    mef = pupil.mef if repeats else division.mefs[0]
    return replace(
        pupil,
        mef=mef,
        division=division.code,
        repeats=repeats,
        options=(),
        grants=(),
        starts_on=date(NEXT, 9, 1),
        last_year=LastYear(
            before.teaching.school.uai, "", "1", pupil.mef, pupil.division, pupil.status, ()
        ),
    )


def prepare_next(school: ReadySchool) -> None:
    """Take the year after as far as its first import, as the school does."""
    teaching = teaching_year(school.teaching.school, NEXT)
    where: dict[str, Any] = {"uai": school.uai, "year": NEXT, "actor": "head", "at": AUTUMN}
    load_profile(records=nomenclature_records(teaching, AUTUMN), **where)
    load_structures(records=structure_records(teaching, AUTUMN), **where)
    export(kinds=("nomenclature", "structures"), **where)


def bring(
    school: ReadySchool, population: Population, *, at: datetime = AUTUMN, **sending: Any
) -> ImportRun:
    """Import a file of the year after, past any guard."""
    run = plan(school, population, at=at, **sending)
    if run.state == ImportRun.State.HELD:
        run = runs.approve(run_id=run.pk, uai=school.uai, as_authority=True, actor="deep", at=at)
    elif run.state == ImportRun.State.PLANNED:
        run = runs.approve(run_id=run.pk, uai=school.uai, actor="head", at=at)
    assert run.state == ImportRun.State.APPLIED, run.heading
    return run


def plan(
    school: ReadySchool, population: Population, *, at: datetime = AUTUMN, **sending: Any
) -> ImportRun:
    file = private_file(population, at=at, **sending)
    return receive_import(
        files=[file], uai=school.uai, year=population.teaching.year, actor="head", at=at
    ).run


def enrolments(school: ReadySchool, year: int = NEXT) -> list[Enrolment]:
    with reading(school.uai):
        return list(Enrolment.objects.filter(uai=school.uai, year=year).order_by("student_id"))
