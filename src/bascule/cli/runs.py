"""`bascule runs`, `show`, `approve`, `undo`: the history of a school's imports."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bascule.cli.asking import AsJson, School, actor, now
from bascule.cli.showing import show_counts
from bascule.exchange import reports, runs as verbs
from bascule.exchange.models import ImportRun
from bascule.exchange.reports import Form
from bascule.store.base import open_base
from bascule.values import school_year

Run = Annotated[int, typer.Argument(metavar="IMPORT", help="Numéro de l’import.")]


def runs(
    *,
    school: School,
    year: Annotated[
        int | None, typer.Option("--year", metavar="AAAA", help="Une seule année.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the runs of a school.

    Args:
        school (str): the school.
        year (int | None): one year only.
        as_json (bool): print objects instead of a table.
    """
    with open_base():
        found = verbs.list_runs(uai=school, year=year)
    if as_json:
        print(json.dumps([reports.summary(run) for run in found], ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    if not found:
        console.print(f"Aucun import pour l’établissement {school}.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    # The number is what the other commands ask for: a narrow screen folds the rest.
    for title in ("N°", "Reçu", "Année"):
        table.add_column(title, no_wrap=True)
    for title in ("État", "Ajoutés", "Modifiés", "Mis de côté", "Par"):
        table.add_column(title, overflow="fold")
    for run in found:
        table.add_row(
            str(run.pk),
            f"{timezone.localtime(run.received_at):%d/%m/%Y %H:%M}",
            school_year.label(run.year),
            ImportRun.State(run.state).label,
            *(
                str(run.counts.get(f"pupils_{name}", ""))
                for name in ("created", "changed", "rejected")
            ),
            run.received_by,
        )
    console.print(table)


def show(
    run: Run,
    *,
    school: School,
    form: Annotated[Form, typer.Option("--format", help="Forme du compte rendu.")] = Form.TEXT,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Fichier à écrire.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a run's report.

    Args:
        run (int): the run.
        school (str): its school.
        form (Form): in which form.
        output (Path | None): a file to write; the screen otherwise.
        as_json (bool): same as the JSON form.
    """
    with open_base():
        content = reports.report(run_id=run, uai=school, form=Form.JSON if as_json else form)
    if output is not None:
        output.write_bytes(content)
        print(f"Écrit : {output}", file=sys.stderr)
    else:
        sys.stdout.buffer.write(content)


def _long_enough(text: str) -> str:
    if text and len(text) < verbs.SHORTEST_HASH:
        raise typer.BadParameter(
            f"Donnez au moins {verbs.SHORTEST_HASH} caractères de la comparaison."
        )
    return text


def approve(
    run: Run,
    *,
    school: School,
    leavers: Annotated[
        int | None,
        typer.Option(
            "--leavers", help="Nombre d’élèves partis ou absents, pour libérer un import retenu."
        ),
    ] = None,
    authority: Annotated[
        bool, typer.Option("--authority", help="Confirme au nom du rectorat.")
    ] = False,
    plan: Annotated[
        str,
        typer.Option(
            "--plan",
            metavar="HASH",
            help="Comparaison relue, telle que « bascule show » l’affiche : une autre est refusée.",
            callback=_long_enough,
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Confirm a waiting run.

    Args:
        run (int): the run.
        school (str): its school.
        leavers (int | None): number of leavers, typed to release a held plan.
        authority (bool): the authority confirms.
        plan (str): the hash of the plan that was looked at, or its beginning.
        as_json (bool): print an object instead of sentences.
    """
    with open_base():
        applied = verbs.approve(
            run_id=run,
            uai=school,
            actor=actor(),
            at=now(),
            leavers=leavers,
            as_authority=authority,
            plan_hash=plan,
        )
    if as_json:
        print(json.dumps(reports.summary(applied), ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]Import n° {applied.pk}[/bold] : intégré.")
    show_counts(console, applied)


def undo(
    run: Run,
    *,
    school: School,
    restore: Annotated[bool, typer.Option("--restore", help="Rétablit un import annulé.")] = False,
    as_json: AsJson = False,
) -> None:
    """Undo a run, or take its undoing back.

    Args:
        run (int): the run.
        school (str): its school.
        restore (bool): take the undoing back.
        as_json (bool): print an object instead of sentences.
    """
    verb = verbs.restore if restore else verbs.undo
    with open_base():
        done = verb(run_id=run, uai=school, actor=actor(), at=now())
    if as_json:
        print(
            json.dumps(
                {
                    **reports.summary(done.run),
                    "restored": done.restored_count,
                    "removed": done.removed_count,
                    "returned": done.returned_count,
                    "kept": done.kept,
                    "state_before": done.digest_before,
                    "state_after": done.digest_after,
                },
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]Import n° {run}[/bold] : {'rétabli' if restore else 'annulé'}.")
    like = "après" if restore else "avant"
    console.print(
        f"  Éléments des dossiers (identités, adresses, liens, années) : {done.restored_count} remis comme {like}"
        f" l’import, {done.removed_count} retirés, {done.returned_count} revenus."
    )
    console.print(f"  Empreinte des dossiers avant : {done.digest_before}")
    console.print(f"  Empreinte des dossiers après : {done.digest_after}")
    if done.kept:
        console.print(
            "  Laissés tels quels, car modifiés à la main depuis ou liés à ce qui l’a été : "
            + escape(", ".join(done.kept))
            + "."
        )
