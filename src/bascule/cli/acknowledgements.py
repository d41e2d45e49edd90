"""`bascule acknowledgements`: which software asked to be told of its deposits, whether it was, and telling it again."""

from datetime import datetime
from typing import Annotated, Any

import typer
from django.utils import timezone

from bascule.cli.asking import AsJson, School
from bascule.cli.telling import console, print_json
from bascule.exchange import acknowledgements as verbs
from bascule.exchange.acknowledgements import Acknowledgement
from bascule.store.base import open_base

app = typer.Typer(add_completion=False)

_STATES = {
    verbs.WAITING: "à envoyer",
    verbs.TOLD: "reçu par le logiciel",
    verbs.GIVEN_UP: "abandonné",
}


@app.command("list", help="Montre les accusés de réception demandés par les logiciels.")
def list_(*, school: School, as_json: AsJson = False) -> None:
    """List the acknowledgements of a school.

    Args:
        school (str): the school.
        as_json (bool): print objects instead of sentences.
    """
    with open_base():
        found = verbs.of_school(uai=school)
    if as_json:
        print_json([_as_json(one) for one in found])
        return
    screen = console()
    if not found:
        screen.print(f"Aucun logiciel de {school} n’a demandé d’accusé de réception.")
    for one in found:
        last = one.last
        told = (
            f" ; dernier essai le {timezone.localtime(datetime.fromisoformat(last['at'])):%d/%m/%Y à %H:%M},"
            f" {last['status'] or last['fault']}"
            if last
            else ""
        )
        screen.print(
            f"import n° {one.run.pk} : {_STATES[one.state]}, {len(one.tries)} essai(s){told} — {one.address}",
            markup=False,
        )


@app.command("retry", help="Envoie de nouveau les accusés de réception d’un import.")
def retry(
    run: Annotated[int, typer.Argument(metavar="IMPORT", help="Numéro de l’import.")],
    *,
    school: School,
    as_json: AsJson = False,
) -> None:
    """Ask for the acknowledgements of an import again.

    Args:
        run (int): the import.
        school (str): its school.
        as_json (bool): print objects instead of a sentence.
    """
    with open_base():
        found = verbs.retry(uai=school, run_id=run)
    if as_json:
        print_json([_as_json(one) for one in found])
    else:
        console().print(
            f"Accusés de réception de l’import n° {run} : {len(found)} à envoyer, dès que possible."
        )


def _as_json(found: Acknowledgement) -> dict[str, Any]:
    return {
        "run": found.run.pk,
        "task": found.task,
        "address": found.address,
        "state": found.state,
        "tries": list(found.tries),
    }
