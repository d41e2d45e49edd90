"""A table kept by hand: its columns told from headings and values, then an import like any other."""

from pathlib import Path
from typing import Any

import pytest
from tests.exchange.schools_for_tests import AT, LATER, ReadySchool, ready_school
from tests.exchange.tables_by_hand import HEADINGS, as_csv, messy

from bascule.exchange.flows.columns import propose, rows_offered
from bascule.exchange.flows.fields import FIELDS
from bascule.exchange.flows.table import ColumnsNotToldError
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import receive_import
from bascule.formats.sheet import Sheet
from bascule.generator.files import MadeFile

pytestmark = pytest.mark.usefixtures("base")


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


def test_the_page_on_tables_names_every_code_that_a_column_may_be_told_by() -> None:
    page = Path("docs/formats/table.md").read_text("utf-8")

    for code in FIELDS:
        assert f"`{code.rpartition('.')[2]}`" in page


def test_guardians_named_by_merged_cells_above_are_told_apart_and_a_row_may_be_chosen() -> None:
    rows = (
        ("Responsables des élèves",),
        ("Élève", "", "", "", "Responsable 1", "", "", "Père"),
        ("Nom", "Prénom", "Né le", "Classe", "Nom", "Prénom", "Portable", "Nom", "Casier"),
        ("DUPRÉ", "Zoé", "14/03/2015", "6A", "DUPRÉ", "Anne", "612345678", "ROY", "12"),
    )
    sheet = Sheet("", rows)

    found = propose(sheet)

    assert found.row == 2
    assert found.headings[4:] == (
        "Responsable 1 – Nom", "Responsable 1 – Prénom", "Responsable 1 – Portable", "Père – Nom", "Casier",
    )  # fmt: skip
    assert list(found.columns.values()) == [
        "family_name", "first_name", "birth_date", "division", "guardian1.family_name", "guardian1.first_name",
        "guardian1.mobile", "guardian2.family_name",
    ]  # fmt: skip
    assert list(rows_offered(sheet)) == [1, 2, 3]
    assert propose(sheet, row=3).headings[0] == "DUPRÉ"
