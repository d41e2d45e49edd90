"""Files of headcounts: the columns of the published tables, small figures hidden, and no subtraction of two files."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.bases import Base
from tests.bea.acting import DAY, Evenings
from tests.exchange.schools_for_tests import AT, YEAR, edited

from bascule.figures import cells
from bascule.figures.exports import (
    MASK,
    Form,
    UnknownTableError,
    export,
    sheet_of_pivot,
    sheet_of_preset,
)
from bascule.figures.pivot import Asked, count_by
from bascule.figures.protection import FEWEST
from bascule.formats.record import Fields

SIGNED: dict[str, Any] = {"actor": "papep", "at": AT}


@pytest.fixture
def evenings(base: Base) -> Evenings:
    assert base
    evenings = Evenings()
    evenings.school.bring(evenings.school.file())
    evenings.night()
    cells.keep_up(clock=evenings.later)
    return evenings


def test_a_published_table_is_given_whole_inside_and_protected_outside(
    evenings: Evenings, tmp_path: Path
) -> None:
    uais = [evenings.uai]
    preset = sheet_of_preset(code="colleges", year=YEAR, day=DAY, uais=uais)
    assert (len(preset.heads), preset.heads[:7], preset.heads[-1]) == (
        68,
        ("uai", "annee", "patronyme", "commune", "code_departement", "total", "segpa"),
        "3eme_lv2_autres",
    )
    exact = export(sheet=preset, form=Form.CSV, is_protected=False, **SIGNED)
    (row,) = csv.DictReader(io.StringIO(exact.content.decode("utf-8-sig")), delimiter=";")
    assert (
        int(row["total"])
        == count_by(year=YEAR, day=DAY, by=("departement",), uais=uais)[uais[0][:3],]
    )
    levels = ("6eme", "5eme", "4eme", "3eme")
    assert int(row["total"]) == sum(int(row[f"{level}_total"]) for level in levels)
    for level in levels:
        assert int(row[f"{level}_total"]) == int(row[f"{level}_filles"]) + int(
            row[f"{level}s_garcons"]
        )
    assert [
        len(sheet_of_preset(code=code, year=YEAR, day=DAY, uais=uais).heads)
        for code in ("lycees-gt", "voie-pro")
    ] == [55, 4]
    with pytest.raises(UnknownTableError):
        sheet_of_preset(code="x", year=YEAR, day=DAY, uais=uais)

    outside = export(sheet=preset, form=Form.PARQUET, is_protected=True, **SIGNED)
    assert sum(outside.hidden.values())
    path = tmp_path / outside.name
    path.write_bytes(outside.content)
    shown = duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall()[0][5:]
    assert not [count for count in shown if count is not None and 0 < count < FEWEST]
    assert None in shown


def test_a_second_table_does_not_tell_who_left_between_both(evenings: Evenings) -> None:
    school, uais = evenings.school, [evenings.uai]
    # A file of the same table when one more has left would tell of this one: those figures are hidden.
    asked = Asked(YEAR, DAY, rows="niveau", columns="sexe")
    first = export(
        sheet=sheet_of_pivot(asked=asked, uais=uais), form=Form.XLSX, is_protected=True, **SIGNED
    )
    assert first.content.startswith(b"PK")
    gone = [pupil.id for pupil in school.population.present[:1]]

    def leave(fields: Fields) -> None:
        if int(str(fields["ID_PRV_ELE"])) in gone:
            fields["DATE_SORTIE"], fields["CODE_MOTIF_SORTIE"] = "2026-11-02", "10"

    school.bring(edited(school.population, pupil=leave))
    evenings.night(day=DAY + timedelta(days=1))
    cells.keep_up(clock=evenings.later)
    later = sheet_of_pivot(asked=Asked(YEAR, DAY + timedelta(days=1), "niveau", "sexe"), uais=uais)
    second = export(sheet=later, form=Form.CSV, is_protected=True, **SIGNED)
    total = second.content.decode("utf-8-sig").splitlines()[-1].split(";")[-1]
    assert total == MASK
