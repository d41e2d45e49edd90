"""`bascule pupil`: what is held on one pupil, for whoever has the right to know it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from bascule.cli.asking import AsJson, School, actor, now
from bascule.cli.telling import tell
from bascule.journal.access import Visitor
from bascule.ops.pupil_copy import as_json as copy_as_json, copy_pupil, find_pupil
from bascule.ops.pupil_page import as_page
from bascule.schools.directory import known_school
from bascule.store.base import open_base

app = typer.Typer(add_completion=False)


@app.callback()
def pupil() -> None:
    """Keep `export` a word of its own."""


@app.command(
    "export", help="Écrit tout ce qui est tenu sur un élève : droit d’accès (RGPD, article 15)."
)
def export(
    given: Annotated[
        str, typer.Argument(metavar="ÉLÈVE", help="Numéro que montre son dossier, ou INE.")
    ],
    *,
    school: School,
    folder: Annotated[Path, typer.Option("--output", "-o", help="Dossier où écrire.")] = Path(),
    guardian: Annotated[
        int | None,
        typer.Option(
            "--guardian", metavar="N", help="PERSONNE_ID du responsable qui demande : ses coordonnées sont remises."
        ),
    ] = None,
    names_agents: Annotated[
        bool, typer.Option("--name-agents", help="Donne les identifiants des agents, non leur fonction.")
    ] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write what is held on a pupil, in every school and in the directory.

    Args:
        given (str): number of the record, or INE.
        school (str): a school that holds the pupil.
        folder (Path): where to write.
        guardian (int | None): the guardian who asks.
        names_agents (bool): give the logins of agents.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        uai = known_school(school).uai
        pupil_id = find_pupil(uai=uai, given=given)
        copy = copy_pupil(
            uai=uai, pupil_id=pupil_id, visitor=Visitor(actor=actor()), at=now(), guardian_id=guardian,
            of_all_schools=True, names_agents=names_agents,
        )  # fmt: skip
        page = as_page(copy)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Names of files are seen by others than whoever opens them: no name of a pupil.
    written = {
        folder / f"eleve_{uai}_{pupil_id}.{end}": text
        for end, text in (("html", page), ("json", copy_as_json(copy)))
    }
    for path, text in written.items():
        _write_for_oneself(path, text)
    names = [str(path) for path in written]
    tell(
        {"files": names, "schools": len(copy.holdings), "withheld": copy.withheld},
        f"Écrits : {' et '.join(names)}. Relisez-les avant de les remettre.",
        as_json=as_json,
    )


def _write_for_oneself(path: Path, text: str) -> None:
    """Write a file anew that nobody else may open, whatever stood at its place before."""
    path.unlink(missing_ok=True)
    alone = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, alone, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
