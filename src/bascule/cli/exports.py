"""`bascule export`: writes a school's files."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bascule.cli.asking import AsJson, School, Year, actor, now
from bascule.exchange import export as verbs
from bascule.store.base import open_base

app = typer.Typer(add_completion=False)


@app.command("export", help="Écrit les fichiers d’un établissement.")
def export(
    kinds: Annotated[
        list[str],
        typer.Argument(
            metavar="NATURE…", help="nomenclature, structures, communs, eleves, responsables, tout…"
        ),
    ],
    *,
    school: School,
    year: Year,
    folder: Annotated[
        Path, typer.Option("--output", "-o", help="Dossier où écrire.", file_okay=False)
    ] = Path(),
    as_json: AsJson = False,
) -> None:
    """Write a school's files.

    Args:
        kinds (list[str]): what to write.
        school (str): the school.
        year (int): the year.
        folder (Path): where to write.
        as_json (bool): print objects instead of sentences.
    """
    with open_base():
        sent = verbs.export(uai=school, year=year, kinds=kinds, actor=actor(), at=now())
    folder.mkdir(parents=True, exist_ok=True)
    for file in sent:
        (folder / file.name).write_bytes(file.content)
    if as_json:
        print(
            json.dumps(
                [
                    {
                        "name": file.name,
                        "bytes": len(file.content),
                        "counts": file.counts,
                        "replaced": len(file.replaced),
                    }
                    for file in sent
                ],
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    console = Console(highlight=False, soft_wrap=True)
    for file in sent:
        counts = ", ".join(f"{count} {name}" for name, count in file.counts.items())
        console.print(f"[bold]{escape(str(folder / file.name))}[/bold] : {escape(counts)}")
        if file.replaced:
            console.print(
                f"  {len(file.replaced)} caractère(s) que l’encodage ne connaît pas, remplacé(s) par « ? »."
            )
