"""Tables of pupils as people keep them: every habit of theirs in one workbook, and the same as CSV."""

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from bascule.generator.files import MadeFile
from bascule.generator.population import LEGAL, Population, Pupil

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


def messy(population: Population, headings: Sequence[str] = HEADINGS) -> MadeFile:
    """Make a workbook as people do: a merged title, a blank row, a second sheet, dates as numbers, a formula."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("Notes").write(0, 0, "à faire")
        sheet = book.add_worksheet("Élèves")
        dates = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.merge_range(0, 0, 0, 8, "LISTE DES ÉLÈVES 2026-2027")
        sheet.write_row(2, 0, headings)
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


def as_csv(
    population: Population, headings: Sequence[str] = HEADINGS, *, encoding: str = "cp1252"
) -> MadeFile:
    """Make the same as French workbooks write CSV: semicolons, cp1252."""
    rows = [tuple(headings)] + [
        tuple(f"{c:%d/%m/%Y}" if hasattr(c, "year") else str(c) for c in _cells(pupil, population))
        for pupil in population.present
    ]
    text = "\r\n".join(";".join(row) for row in rows)
    return MadeFile("eleves.csv", text.encode(encoding, "replace"))
