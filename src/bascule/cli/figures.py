"""`bascule figures`: count the nights that passed, and write a table of headcounts."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone

from bascule.cli.asking import AsJson, Year, actor, now
from bascule.cli.counts import plural
from bascule.cli.telling import tell
from bascule.figures import cells, exports
from bascule.figures.pivot import Asked
from bascule.schools.directory import school_numbers
from bascule.store.base import open_base

app = typer.Typer(add_completion=False)


@app.command("count", help="Compte les nuits passées qui ne le sont pas encore.")
def count(*, as_json: AsJson = False) -> None:
    """Count the nights that ended and were not counted.

    Args:
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        nights = cells.keep_up(clock=now)
    tell({"nights": nights}, f"Nuits comptées : {nights}.", as_json=as_json)


@app.command("table", help="Écrit un tableau d’effectifs de tous les établissements.")
def table(
    year: Year,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FICHIER", help="CSV, XLSX ou Parquet, selon sa fin.")
    ],
    *,
    preset: Annotated[
        str, typer.Option("--preset", metavar="CODE", help="Tableau tout prêt : colleges, lycees-gt, voie-pro.")
    ] = "",
    rows: Annotated[str, typer.Option("--rows", metavar="CODE", help="En lignes (niveau, mef, regime…).")] = "niveau",
    columns: Annotated[str, typer.Option("--columns", metavar="CODE", help="En colonnes.")] = "",
    on: Annotated[
        datetime | None,
        typer.Option("--on", metavar="AAAA-MM-JJ", formats=["%Y-%m-%d"], help="Élèves présents ce jour."),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Ne masque rien : le fichier ne sort pas du service.")
    ] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write a table; small figures are hidden unless one asks.

    Args:
        year (int): first calendar year.
        output (Path): the file.
        preset (str): a table that is ready.
        rows (str): what goes in rows.
        columns (str): what goes in columns.
        on (datetime | None): the day; None for today.
        exact (bool): hide nothing.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        at = now()
        day, uais = (on.date() if on else timezone.localdate(at)), school_numbers()
        sheet = (
            exports.sheet_of_preset(code=preset, year=year, day=day, uais=uais)
            if preset
            else exports.sheet_of_pivot(asked=Asked(year, day, rows, columns), uais=uais)
        )
        ending = output.suffix.removeprefix(".").lower()
        form = next((one for one in exports.Form if one.value == ending), exports.Form.CSV)
        written = exports.export(
            sheet=sheet, form=form, is_protected=not exact, actor=actor(), at=at
        )
    output.write_bytes(written.content)
    hidden = sum(written.hidden.values())
    tell(
        {"file": str(output), "lines": len(sheet.leads), "hidden": written.hidden},
        f"{output.name} : {plural(len(sheet.leads), 'ligne')} ; effectifs masqués : {hidden}.",
        as_json=as_json,
    )
