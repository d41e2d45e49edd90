"""A school whose year was just opened, and each step of that year as its own verb."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from bascule.exchange.export import export
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import receive_import
from bascule.generator.academy import Academy, Kind
from bascule.generator.files import private_file
from bascule.generator.population import Population, populate
from bascule.generator.school import (
    TeachingYear,
    commun_records,
    nomenclature_records,
    structure_records,
    teaching_year,
)
from bascule.nomenclatures.profile import load_profile
from bascule.preparation.steps import StepState, steps_of
from bascule.schools.directory import register_school
from bascule.schools.load import load_common, load_structures
from bascule.schools.open_year import State, open_year
from bascule.values.steps import Step

YEAR = 2026
AT = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)
TODAY = date(2026, 11, 5)
BY: dict[str, Any] = {"actor": "secretary", "at": AT}


@dataclass(frozen=True)
class NewYear:
    """A school, and what is done in it."""

    population: Population

    @property
    def teaching(self) -> TeachingYear:
        return self.population.teaching

    @property
    def uai(self) -> str:
        return self.teaching.school.uai

    @cached_property
    def where(self) -> dict[str, Any]:
        return {"uai": self.uai, "year": YEAR, **BY}

    def receive_nomenclatures(self, at: datetime = AT) -> None:
        load_profile(records=nomenclature_records(self.teaching, at), **self.where)

    def receive_structures(self) -> None:
        load_structures(records=structure_records(self.teaching, AT), **self.where)

    def receive_common_data(self) -> None:
        load_common(records=commun_records(self.teaching, AT), **self.where)

    def export(self, *kinds: str) -> None:
        export(kinds=kinds or ("nomenclature", "structures"), **self.where)

    def bring(self) -> ImportRun:
        file = private_file(self.population, version="3.1", at=AT)
        return receive_import(files=[(file.name, file.content)], apply=True, **self.where).run

    def steps(self) -> dict[Step, StepState]:
        return {one.step: one for one in steps_of(self.uai, year=YEAR, today=TODAY)[self.uai]}


def new_year(pupils: int = 30, *, number: int = 1) -> NewYear:
    """Register a school and open its year, under way since nothing else is."""
    made = Academy("Essais", 3, (pupils,) * number, (Kind.COLLEGE,) * number).school(number)
    school = NewYear(populate(teaching_year(made, YEAR)))
    register_school(uai=school.uai, name=made.name, **BY)
    open_year(state=State.CURRENT, **school.where)
    return school


def structures_of_last_year(school: NewYear) -> None:
    """Give the school last year's structures: this year's, under last year's date."""
    last = replace(school.teaching, year=YEAR - 1)
    where = {**school.where, "year": YEAR - 1}
    open_year(state=State.PREPARATION, **where)
    load_structures(records=structure_records(last, AT), **where)
