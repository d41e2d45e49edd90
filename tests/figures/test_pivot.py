"""Headcounts: they are those of the base, on any day, and say nothing of anybody."""

from collections import Counter
from datetime import date, timedelta
from importlib import import_module
from typing import Any

from tests.bases import Base
from tests.bea.acting import DAY, Evenings
from tests.exchange.schools_for_tests import YEAR, edited

from bascule.figures import cells
from bascule.figures.pivot import YEARS, Asked, Measure, count_by, pivot
from bascule.formats.record import Fields

broad_cells = import_module("bascule.figures.migrations.0004_broad_cells")


def cell_rows(base: Base) -> list[tuple[object, ...]]:
    with base.look() as administrator:
        return administrator.execute(
            "SELECT uai, from_night, to_night, pupil_count FROM figures_cell ORDER BY id"
        ).fetchall()


def test_headcounts_are_those_of_the_base_at_any_night(base: Base) -> None:
    evenings = Evenings()
    school, uais = evenings.school, [evenings.uai]
    pupils = school.population.pupils
    school.bring(school.file())
    evenings.night()
    assert cells.keep_up(clock=evenings.later) == 1
    before = len(cell_rows(base))

    def leave(fields: Fields) -> None:
        if fields["ID_PRV_ELE"] == str(pupils[0].id):
            fields["DATE_SORTIE"], fields["CODE_MOTIF_SORTIE"] = "2026-10-20", "10"

    school.bring(edited(school.population, pupil=leave))
    evenings.night(day=DAY + timedelta(days=1))
    assert cells.keep_up(clock=evenings.later) == 1
    # Only the cells in which somebody moved are others.
    assert sum(to is not None for _, _, to, _ in cell_rows(base)) in {1, 2}
    assert len(cell_rows(base)) - before in {1, 2}

    numbers = [night for (night,) in nights(base)]
    for day in (date(2026, 9, 1), date(2026, 10, 20), date(2026, 10, 21), DAY):
        # Before the second night, nobody knew that one had left.
        # Each grain of cells, and the cells themselves.
        for by in (("sexe", "mef"), ("mef", "age"), ("division", "regime"), ("lv1", "lv2")):
            found = count_by(year=YEAR, day=day, by=by, uais=uais)
            assert found == told_by_base(base, numbers[0] if day == DAY else numbers[1], day, by)

    assert_past_cells_give_the_same(base, ended_by={"None", str(numbers[1])})

    asked = Asked(YEAR, DAY + timedelta(days=1), rows="motif", measure=Measure.LEFT)
    assert ("10", 1) in [(one.head.code, one.total) for one in pivot(asked=asked, uais=uais).lines]
    table = pivot(
        asked=Asked(YEAR, DAY, rows="niveau", columns="sexe", filters={"sexe": ("1",)}), uais=uais
    )
    assert [one.code for one in table.heads] == ["1"]
    assert table.total == sum(one.total for one in table.lines) == sum(table.totals)
    assert {one.head.words for one in table.lines} <= {"6e", "5e", "4e", "3e"}
    compared = pivot(asked=Asked(YEAR, DAY, rows="mefstat4", columns=YEARS), uais=uais)
    assert [one.words for one in compared.heads] == ["2026-2027", "2025-2026"]
    assert [one.counts[1] for one in compared.lines] == [0] * len(compared.lines)
    # A division means nothing among several schools, and another school's figures are its own.
    assert pivot(asked=Asked(YEAR, DAY, rows="division"), uais=[]).rows.code == "niveau"
    assert count_by(year=YEAR, day=DAY, by=("sexe",), uais=["0771234X"]) == {}


def broad_rows(base: Base) -> list[tuple[str, ...]]:
    """Give broad cells, whatever their number; the last of each is the night that ended it."""
    with base.look() as administrator:
        rows = administrator.execute(
            "SELECT (to_jsonb(c) - 'id' - 'to_night')::text, to_night FROM figures_broadcell c"
        ).fetchall()
    return sorted((row, str(to)) for row, to in rows)


def assert_past_cells_give_the_same(base: Base, *, ended_by: set[str]) -> None:
    """Fill broad cells as a base does that was counted before there were any."""
    counted = broad_rows(base)
    assert {to for _, to in counted} == ended_by
    with base.look() as administrator:
        administrator.execute("DELETE FROM figures_broadcell")
        administrator.execute(broad_cells.FILL.encode())
    assert broad_rows(base) == counted


def nights(base: Base) -> list[tuple[int]]:
    with base.look() as administrator:
        return administrator.execute("SELECT id FROM bea_night ORDER BY id").fetchall()


def told_by_base(
    base: Base, night: int, day: date, by: tuple[str, ...]
) -> dict[tuple[str, ...], int]:
    """Count the lines of the base themselves, one by one."""
    with base.look() as administrator:
        rows = administrator.execute(
            "SELECT to_jsonb(r) FROM bea_record r WHERE from_night <= %s AND (to_night IS NULL OR to_night > %s)",
            [night, night],
        ).fetchall()
    there = [
        row
        for (row,) in rows
        if date.fromisoformat(row["entered_on"]) <= day
        and (row["left_on"] is None or date.fromisoformat(row["left_on"]) >= day)
    ]
    return dict(Counter(tuple(_of_line(code, row) for code in by) for row in there))


def _of_line(code: str, row: dict[str, Any]) -> str:
    languages = [one[:6] for one in row["options"] or () if one.startswith("03")]
    return {
        "sexe": row["sex"],
        "mef": row["mef"] or "",
        "age": str(YEAR - int(row["birth_date"][:4])),
        "division": row["division"] or "",
        "regime": row["regime"],
        "lv1": next((one[:4] for one in languages if one.endswith("1")), ""),
        "lv2": next((one[:4] for one in languages if one.endswith("2")), ""),
    }[code]
