"""A table kept by hand: its columns told from headings and values, then an import like any other."""

import io
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from tests.exchange.schools_for_tests import AT, LATER, ReadySchool, ready_school

from bascule.exchange.flows.columns import propose
from bascule.exchange.flows.table import ColumnsNotToldError
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import receive_import
from bascule.formats.sheet import Sheet
from bascule.generator.files import MadeFile
from bascule.generator.population import LEGAL, Population, Pupil

pytestmark = pytest.mark.usefixtures("base")

_EPOCH = date(1899, 12, 30)
HEADINGS = (
    "Nom", "Prénom", "Né(e) le", "Sexe", "I.N.E.", "Classe", "Code MEF", "Nationalité", "Code commune naissance",
    "Régime", "Provenance", "Etablissement d’origine", "Nom mère", "Prénom mère", "Portable mère", "CP", "Ville",
    "Adresse", "Nom père", "Prénom père", "Couleur du casier",
)  # fmt: skip


def _cells(pupil: Pupil, population: Population) -> Iterable[Any]:
    persons = {person.id: person for person in population.persons}
    legal = [persons[link.person] for link in pupil.links if link.level == LEGAL][:2]
    first = legal[0]
    yield from (
        pupil.family,
        pupil.first,
        pupil.birth,
        "Garçon" if pupil.sex == "1" else "Fille",
        pupil.ine,
    )
    yield from (pupil.division, int(pupil.mef), pupil.nationality, pupil.birth_commune, "DP")
    yield from (pupil.last_year.origin if pupil.last_year else "", "", first.family, first.first)
    # A workbook takes the first zero of a telephone for nothing.
    yield int(first.mobile) if first.mobile.isdigit() else ""
    place = first.address
    yield int(place.postcode) if place and place.postcode.isdigit() else ""
    yield from (place.town if place else "", place.line1 if place else "")
    yield from ((legal[1].family, legal[1].first) if len(legal) > 1 else ("", ""))
    yield "=RAND()"


def messy(population: Population) -> MadeFile:
    """Make a workbook as people do: a merged title, a blank row, a second sheet, dates as numbers, a formula."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("Notes").write(0, 0, "à faire")
        sheet = book.add_worksheet("Élèves")
        dates = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.merge_range(0, 0, 0, 8, "LISTE DES ÉLÈVES 2026-2027")
        sheet.write_row(2, 0, HEADINGS)
        for row, pupil in enumerate(population.present, 3):
            for column, cell in enumerate(_cells(pupil, population)):
                if column == 2 and row % 2:
                    sheet.write_datetime(row, column, cell, dates)
                elif column == 2:
                    # Pasted without its format: the number of a day.
                    sheet.write_number(row, column, (cell - _EPOCH).days)
                else:
                    sheet.write(row, column, cell)
    return MadeFile("Copie de élèves (2).xlsx", out.getvalue())


def as_csv(population: Population) -> MadeFile:
    """Make the same as French workbooks write CSV: semicolons, cp1252."""
    rows = [HEADINGS] + [
        tuple(f"{c:%d/%m/%Y}" if hasattr(c, "year") else str(c) for c in _cells(pupil, population))
        for pupil in population.present
    ]
    text = "\r\n".join(";".join(row) for row in rows)
    return MadeFile("eleves.csv", text.encode("cp1252", "replace"))


def send(school: ReadySchool, file: MadeFile, **options: Any) -> ImportRun:
    given = {"apply": True, "uai": school.uai, "year": school.year, "actor": "secrétaire", "at": AT}
    return receive_import(files=[file], **{**given, **options}).run


def test_a_messy_workbook_is_taken_then_the_same_as_csv_changes_nothing() -> None:
    school = ready_school(24)
    present = school.population.present

    run = send(school, messy(school.population))

    assert run.state == ImportRun.State.APPLIED, run.guards
    assert (run.counts["pupils_created"], run.counts["pupils_rejected"]) == (len(present), 0)
    noted = {finding.code for finding in school.findings(run) if finding.effect == "note"}
    assert "INF_FICHI_A_01" in noted  # the colour of the locker, and it alone
    held = school.held()
    births = sorted(row["birth_date"] for (kind, _), row in held.items() if kind == "pupil")
    assert births == sorted(pupil.birth.isoformat() for pupil in present)
    mobiles = {row.get("mobile_phone") for (kind, _), row in held.items() if kind == "person"}
    assert {person.mobile for person in school.population.persons if person.mobile} >= mobiles - {
        None
    }
    again = send(school, as_csv(school.population), at=LATER)
    assert again.counts["pupils_unchanged"] == len(present)
    assert again.counts["persons_changed"] == again.counts["persons_created"] == 0


def test_what_a_person_said_of_columns_is_said_again_and_what_nobody_tells_is_refused() -> None:
    school = ready_school(8)
    file = as_csv(school.population)
    odd = MadeFile(file.name, file.content.replace(b"Nom;", b"Patro;", 1))

    with pytest.raises(ColumnsNotToldError, match="Nom de famille"):
        send(school, odd)

    told = propose(Sheet("", (HEADINGS,))).columns
    columns = {"Patro" if heading == "Nom" else heading: code for heading, code in told.items()}
    first = send(school, odd, said={"columns": columns})
    assert first.counts["pupils_created"] == len(school.population.present)
    # Redeposited, with no question asked.
    later = send(school, odd, at=LATER)
    assert later.options["said"] == {"columns": columns}
    assert later.counts["pupils_changed"] == 0
