"""A school with nothing but a spreadsheet does its whole year with it."""

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from tests.exchange.schools_for_tests import AT, LATER, ReadySchool, ready_school
from tests.exchange.tables_by_hand import as_csv

from bascule.exchange.export import export
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import receive_import
from bascule.generator.files import MadeFile
from bascule.generator.population import Population, Pupil
from bascule.generator.school import nomenclature_records, structure_records, teaching_year
from bascule.ine.settle import settle
from bascule.nomenclatures.profile import load_profile
from bascule.preparation.opening import open_next_year
from bascule.schools.load import load_structures
from bascule.values.civil_identity import key

pytestmark = [pytest.mark.usefixtures("base"), pytest.mark.slow]

BY = "secrétaire"


def table(population: Population, gone: Iterable[Pupil] = ()) -> MadeFile:
    """Write the table of those in school, and of those who left with their last day."""
    rows = list(csv.reader(io.StringIO(as_csv(population).content.decode("cp1252")), delimiter=";"))
    rows[0] += ["Date de sortie", "Motif de sortie"]
    if gone:
        left = as_csv(replace(population, pupils=tuple(gone))).content.decode("cp1252")
        rows += [
            [*row, "09/11/2026", "10"]
            for row in list(csv.reader(io.StringIO(left), delimiter=";"))[1:]
        ]
    text = "\r\n".join(";".join(row) for row in rows)
    return MadeFile("eleves.csv", text.encode("cp1252", "replace"))


def send(school: ReadySchool, file: MadeFile, *, year: int, at: datetime) -> ImportRun:
    run = receive_import(files=[file], uai=school.uai, year=year, actor=BY, at=at, apply=True).run
    assert run.state == ImportRun.State.APPLIED, (run.guards, run.counts)
    assert run.counts["pupils_rejected"] == 0, school.codes(run)
    return run


def promoted(pupil: Pupil, divisions: dict[str, str]) -> Pupil | None:
    """Put a pupil in a division of the level above; None for one who has come to the end."""
    level = str(int(pupil.division[0]) - 1)
    found = next((code for code in sorted(divisions) if code[0] == level), None)
    return found and replace(pupil, division=found, mef=divisions[found])


def first_level(divisions: dict[str, str]) -> dict[str, str]:
    code = next(code for code in sorted(divisions) if code[0] == "6")
    return {"division": code, "mef": divisions[code]}


def with_numbers(population: Population, content: bytes) -> Population:
    """Copy the numbers of the table that came back into that of the school, by name."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    given = {(key(row["Nom"]), key(row["Prénom"])): row["INE"] for row in rows}
    return replace(
        population,
        pupils=tuple(
            replace(one, ine=given.get((key(one.family), key(one.first)), one.ine))
            for one in population.present
        ),
    )


def next_year_of(school: ReadySchool) -> dict[str, str]:
    """Open the next year and make it ready; gives the MEF of each of its divisions."""
    year = school.year + 1
    where: dict[str, Any] = {"uai": school.uai, "year": year, "actor": BY, "at": LATER}
    open_next_year(**where)
    teaching = teaching_year(school.teaching.school, year)
    load_profile(records=nomenclature_records(teaching, LATER), **where)
    load_structures(records=structure_records(teaching, LATER), **where)
    export(kinds=("nomenclature", "structures"), **where)
    return {one.code: one.mefs[0] for one in teaching.divisions}


def test_files_alone_carry_a_school_from_its_first_import_to_the_next_year() -> None:
    school = ready_school(48)
    year, population = school.year, school.population
    # Born in France: the table has no column for a country.
    pupils = [replace(one, ine="") for one in population.present if one.birth_commune]
    bare = replace(population, pupils=tuple(pupils))

    # In September nobody has a number yet; those who asked for one get it.
    first = send(school, table(bare), year=year, at=AT)
    assert first.counts["pupils_created"] == len(pupils)
    given = settle(uai=school.uai, year=year, actor="directory", at=AT)
    assert given.given == len(pupils)

    # The numbers come back as a table, and go into that of the school.
    where: dict[str, Any] = {"uai": school.uai, "actor": BY}
    (sent,) = export(year=year, kinds=("ine-csv",), at=AT, **where)
    numbered = with_numbers(bare, sent.content)
    assert all(one.ine for one in numbered.present)
    gone, model, *_ = numbered.present
    new = replace(model, id=9000, family="Nouvelle", first="Zéphyrine", ine="")
    second = replace(numbered, pupils=(new, *(one for one in numbered.pupils if one.id != gone.id)))

    # In November one has come, and one has gone.
    run = send(school, table(second, [gone]), year=year, at=LATER)
    assert (run.counts["pupils_created"], run.counts["pupils_left"]) == (1, 1)
    assert run.counts["pupils_absent"] == 0
    assert settle(uai=school.uai, year=year, actor="directory", at=LATER).given == 1

    # The table of June becomes that of September.
    divisions = next_year_of(school)
    (again,) = export(year=year, kinds=("ine-csv",), at=LATER, **where)
    stay = [
        moved
        for one in with_numbers(second, again.content).present
        if (moved := promoted(one, divisions))
    ]
    beginners = [
        replace(model, id=9001 + rank, family=f"Petit {name}", ine="", **first_level(divisions))
        for rank, name in enumerate(("Alpha", "Bravo", "Charlie"))
    ]
    last = send(school, table(replace(second, pupils=(*stay, *beginners))), year=year + 1, at=LATER)
    assert last.counts["pupils_created"] == len(beginners)
    assert last.counts["pupils_changed"] == len(stay)
    # Who has come to the end of the school is expected, and is not there: shown, and left alone.
    assert last.counts["pupils_absent"] == 0
