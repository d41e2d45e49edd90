"""`bascule journal`: verifies the chains of acts, and shows them."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from django.utils.timezone import localtime
from rich.markup import escape

from bascule.cli.asking import AsJson, School
from bascule.cli.telling import console, print_json
from bascule.journal.act import AUTHORITY
from bascule.journal.acts import facts_of, find_acts
from bascule.journal.kinds import words
from bascule.journal.models import Act
from bascule.journal.verify import verify_chain
from bascule.schools.directory import known_school, list_schools
from bascule.store.base import open_base

app = typer.Typer(add_completion=False)


@app.command(
    "verify",
    help="Recalcule la chaîne des actes et les accès qu’elle scelle, et nomme ce qui a été touché.",
)
def verify(
    *,
    school: Annotated[
        str | None,
        typer.Option(metavar="UAI", help="Un établissement ; tous, et l’autorité, sinon."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify chains and seals; ends with 1 when one is broken.

    Args:
        school (str | None): one school only.
        as_json (bool): print an object instead of sentences.

    Raises:
        typer.Exit: with 1, when a chain is broken.
    """
    with open_base():
        uais = [_uai(school)] if school else [AUTHORITY, *(row.uai for row in list_schools())]
        reports = [verify_chain(uai=uai) for uai in uais]
    is_intact = not any(report.faults for report in reports)
    if as_json:
        print_json({"intact": is_intact, "chains": [asdict(report) for report in reports]})
    else:
        screen = console()
        for report in reports:
            state = "intacte" if not report.faults else "ROMPUE"
            screen.print(
                f"[bold]{report.uai}[/bold] : {report.count} acte(s), chaîne {state},"
                f" empreinte {report.head}"
            )
            if report.sealed or report.pending:
                screen.print(f"  Accès : {report.sealed} scellé(s), {report.pending} pas encore")
            for fault in report.faults:
                screen.print(f"  {escape(fault)}")
    if not is_intact:
        raise typer.Exit(1)


@app.command("show", help="Montre les derniers actes d’un établissement (ou de AUTORITE).")
def show(
    *,
    school: School,
    limit: Annotated[int, typer.Option(min=1, help="Nombre d’actes, les derniers.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Show the last acts of a school, oldest first.

    Args:
        school (str): the school, or `AUTORITE`.
        limit (int): how many.
        as_json (bool): print objects instead of sentences.
    """
    with open_base():
        uai = _uai(school)
        acts = find_acts(uais=[uai], most=limit)[::-1]
    if as_json:
        print_json([_as_json(act) for act in acts])
        return
    screen = console()
    for act in acts:
        screen.print(
            f"[bold]{act.sequence:5}[/bold]  {localtime(act.at):%d/%m/%Y %H:%M}"
            f"  {escape(words(act.kind))}  ({escape(act.actor)})"
        )
    if not acts:
        screen.print(f"Aucun acte pour {uai}.")


def _uai(school: str) -> str:
    return AUTHORITY if school.strip().upper() == AUTHORITY else known_school(school).uai


def _as_json(act: Act) -> dict[str, Any]:
    return {
        "act": act.pk,
        "sequence": act.sequence,
        "at": act.at.isoformat(),
        "kind": act.kind,
        "actor": act.actor,
        "run": act.run_id,
        "facts": facts_of(act),
        "hash": bytes(act.hash).hex(),
    }
