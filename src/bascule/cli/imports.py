"""`bascule import`: prepares the import of a school's files, and applies it when asked."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bascule.cli.asking import AsJson, School, Year, actor, now
from bascule.cli.showing import show_counts
from bascule.exchange import receive, reports
from bascule.exchange.gate import is_of_set
from bascule.exchange.models import ImportRun
from bascule.exchange.runs import anomaly_count, leavers_of
from bascule.store.base import open_base

app = typer.Typer(add_completion=False)


@app.command(
    "import", help="Prépare l’import de fichiers ; avec --apply, l’intègre si rien ne le retient."
)
def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(help="Fichier(s) XML, ZIP, CSV ou XLSX ; dossier de GEP.", exists=True),
    ],
    *,
    school: School,
    year: Year,
    apply: Annotated[
        bool, typer.Option("--apply", help="Intègre tout de suite, si aucune garde ne retient.")
    ] = False,
    erase: Annotated[
        bool, typer.Option("--erase", help="Efface les valeurs que le fichier ne donne plus.")
    ] = False,
    software_change: Annotated[
        bool, typer.Option("--software-change", help="Déclare un changement de logiciel.")
    ] = False,
    partial: Annotated[
        bool,
        typer.Option(
            "--partial",
            help="Le fichier ne contient que des lignes corrigées : personne n’en est absent.",
        ),
    ] = False,
    encoding: Annotated[
        str,
        typer.Option(
            metavar="CODE",
            help="Écriture des accents d’un fichier qui ne la dit pas, reconnue d’office : cp850, cp437, cp1252,"
            " iso8859-15 pour GEP ; utf-8, utf-16, cp1252, cp850, mac_roman pour un CSV.",
        ),
    ] = "",
    columns: Annotated[
        Path | None,
        typer.Option(
            metavar="FICHIER",
            help="Ce que contient chaque colonne d’un tableau, en JSON : intitulé → code ; proposé d’office.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    groups: Annotated[
        bool,
        typer.Option(
            "--groups",
            help="D’un dossier OneRoster, prend les groupes des élèves au lieu des élèves.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import files.

    Args:
        files (list[Path]): the files.
        school (str): the school.
        year (int): the year.
        apply (bool): apply at once.
        erase (bool): erase what the file no longer gives.
        software_change (bool): the school changed software.
        partial (bool): the file holds corrected lines only.
        encoding (str): of files that do not say it.
        columns (Path | None): what each column of a table is.
        groups (bool): take the groups of pupils, of files that hold both.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        received = receive.receive_import(
            files=[(path.name, path.read_bytes()) for path in _files(files)],
            uai=school,
            year=year,
            actor=actor(),
            at=now(),
            apply=apply,
            erase=erase,
            changes_software=software_change,
            is_partial=partial,
            said=receive.said(
                encoding=encoding,
                columns=columns.read_bytes() if columns else None,
                part="groups" if groups else "",
            ),
        )
        run = received.run
        anomalies = anomaly_count(run_id=run.pk, uai=run.uai)
    if as_json:
        print(
            json.dumps(
                {**reports.summary(run), "repeat": received.is_repeat}, ensure_ascii=False, indent=2
            )
        )
        return
    console = Console(highlight=False, soft_wrap=True)
    if received.is_repeat:
        console.print(
            f"Ces fichiers sont déjà intégrés (import n° {run.pk}), et rien n’a bougé depuis : rien n’est importé."
        )
        _say_anomalies(console, run, anomalies)
        return
    console.print(f"[bold]Import n° {run.pk}[/bold] : {escape(ImportRun.State(run.state).label)}.")
    show_counts(console, run)
    _say_anomalies(console, run, anomalies)
    _say_next(console, run)


def _files(given: list[Path]) -> list[Path]:
    """Give the files, and of a folder those tables that it holds: programs keep much beside them."""
    found: list[Path] = []
    for path in given:
        tables = (one for one in path.iterdir() if is_of_set(one.name))
        found += sorted(tables) if path.is_dir() else [path]
    return found


def _say_next(console: Console, run: ImportRun) -> None:
    where = f"--school {run.uai}"
    for guard in run.guards:
        console.print(f"  [yellow]À vérifier[/yellow] : {escape(guard['sentence'])}")
    if run.state == ImportRun.State.APPLIED:
        console.print(
            f"Le compte rendu : bascule show {run.pk} {where}. Pour revenir en arrière : bascule undo {run.pk} {where}."
        )
        return
    said = f"Rien n’est encore écrit. Relisez : bascule show {run.pk} {where} ; puis "
    if any(guard["needs_authority"] for guard in run.guards):
        said += "demandez au rectorat de le confirmer : il est seul à le pouvoir."
    else:
        held = run.state == ImportRun.State.HELD
        leavers = f" --leavers {leavers_of(run)}" if held else ""
        said += f"confirmez : bascule approve {run.pk} {where}{leavers}."
    console.print(said)


def _say_anomalies(console: Console, run: ImportRun, count: int) -> None:
    if count:
        told = "1 anomalie est" if count == 1 else f"{count} anomalies sont"
        console.print(
            f"  {told} à corriger, et chacune est expliquée : bascule show {run.pk} --school {run.uai}."
        )
