"""`bascule gep`: which schools stopped GEP, and how far the others are."""

from typing import Annotated

import typer
from django.utils import timezone

from bascule.cli.asking import AsJson, Year, actor, now
from bascule.cli.telling import console, print_json, tell
from bascule.exchange import switch_off
from bascule.schools.directory import school_numbers
from bascule.store.base import open_base

app = typer.Typer(add_completion=False)


@app.command("status", help="Dit quels établissements ont arrêté GEP, et où en sont les autres.")
def status(*, year: Year, as_json: AsJson = False) -> None:
    """Tell which schools stopped GEP.

    Args:
        year (int): first calendar year of the takeover.
        as_json (bool): print objects instead of sentences.
    """
    with open_base():
        found = switch_off.standing_of(uais=school_numbers(), year=year)
    if as_json:
        print_json(
            [
                {
                    "school": one.uai,
                    "taken": one.taken_at is not None,
                    "imported": one.imported_at is not None,
                    "stopped_on": one.stop.stopped_on.isoformat() if one.stop else None,
                    "paper": one.stop.shown_number if one.stop else None,
                }
                for one in found.values()
            ]
        )
        return
    for one in found.values():
        console().print(f"  {one.uai} : {_said(one)}")


@app.command(
    "restore", help="Annule l’arrêt de GEP d’un établissement : ses fichiers sont de nouveau reçus."
)
def restore(
    school: Annotated[str, typer.Argument(metavar="UAI", help="Numéro UAI de l’établissement.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Take the stop of a school back.

    Args:
        school (str): the school.
        as_json (bool): print an object instead of a sentence.
    """
    with open_base():
        stop = switch_off.restore_gep(uai=school, actor=actor(), at=now())
    tell(
        {"school": school, "paper": stop.shown_number},
        f"L’arrêt de GEP n° {stop.shown_number} est annulé.",
        as_json=as_json,
    )


def _said(one: switch_off.Standing) -> str:
    if one.stop:
        return f"GEP arrêté le {one.stop.stopped_on:%d/%m/%Y} ({one.stop.shown_number})"
    if one.imported_at:
        return "repris, logiciel importé : à comparer et à arrêter"
    if one.taken_at:
        return f"repris le {timezone.localtime(one.taken_at):%d/%m/%Y}, fichier du logiciel attendu"
    return "rien n’est repris"
