"""`bascule schedule`: what runs by itself, and running it now."""

from typing import Annotated

import typer
from django.utils import timezone

from bascule.bea import follow
from bascule.cli.asking import AsJson, actor, now
from bascule.cli.telling import console, print_json, tell
from bascule.ops import agenda, backups, measures
from bascule.store.base import open_base

app = typer.Typer(add_completion=False)


@app.command(
    "list", help="Montre ce qui se lance seul : quand, le dernier résultat, la prochaine fois."
)
def list_(*, as_json: AsJson = False) -> int:
    """List what runs by itself.

    Args:
        as_json (bool): print objects instead of sentences.

    Returns:
        int: 1 when something failed last, or the night is late.
    """
    with open_base():
        found = agenda.agenda(at=now())
        health, copies = follow.health(at=now()), backups.state(at=now())
    failed = any(one.result is agenda.Result.FAILED for one in found)
    failed = failed or health.is_late or copies.is_too_old
    if as_json:
        print_json([{**one._asdict(), "result": one.result.value} for one in found])
        return int(failed)
    screen = console()
    for one in found:
        ended = f", {timezone.localtime(one.ended_at):%d/%m/%Y %H:%M}" if one.ended_at else ""
        screen.print(
            f"[bold]{one.name}[/bold]  {one.what}, {one.when} : {one.result.label}{ended} ;"
            f" prochaine fois {timezone.localtime(one.next_at):%d/%m/%Y %H:%M}."
        )
    if copies.is_too_old:
        screen.print(
            "[bold]Sauvegarde[/bold]. Aucune n’a été vérifiée depuis 26 heures : « bascule backup make »."
        )
    for raised in health.alarms:
        screen.print(f"[bold]{raised.alarm.label}[/bold]. {raised.sentence}")
    screen.print(
        "« bascule nightly --replay 0 » rejoue la dernière nuit ; avec --school, d’un établissement."
    )
    return int(failed)


@app.command("run", help="Demande qu’une de ces choses se fasse maintenant.")
def run(
    name: Annotated[str, typer.Argument(metavar="NOM", help="Son nom, que « list » donne.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Ask for a job now.

    Args:
        name (str): its name.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        agenda.run_now(name=name, actor=actor(), at=now())
    tell(
        {"job": name},
        f"{name} est demandé : « bascule worker » le fait, ou « bascule worker --once ».",
        as_json=as_json,
    )


@app.command(
    "metrics",
    help="Écrit l’état des nuits, des tâches, des imports et des sauvegardes pour un outil de surveillance.",
)
def metrics(*, as_json: AsJson = False) -> None:
    """Write measures as OpenMetrics text; no name of a person, no school.

    Args:
        as_json (bool): print an object instead.
    """
    with open_base():
        found = measures.measures(at=now())
        text = measures.as_text(found)
    if as_json:
        print_json(found)
    else:
        print(text, end="")
