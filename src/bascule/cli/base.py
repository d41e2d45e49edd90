"""`bascule migrate` and `bascule manage`: bring the base up to date, reach Django's commands."""

import json
from typing import Annotated

import typer
from django.core.management import execute_from_command_line

from bascule.store.base import bring_up_to_date, reach_base

manage = typer.Typer(add_completion=False)


def migrate(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Écrit le résultat en JSON.")] = False,
) -> None:
    """Bring the schema up to date, as the owner of its tables.

    Args:
        as_json (bool): print an object instead of sentences.
    """
    with reach_base():
        applied = bring_up_to_date()
    if as_json:
        print(json.dumps({"applied": applied}))
    elif applied:
        print(f"La base est à jour : {len(applied)} étape(s) appliquée(s).")
    else:
        print("La base était déjà à jour.")


@manage.command(
    add_help_option=False,
    context_settings={
        "allow_extra_args": True,
        "allow_interspersed_args": False,
        "ignore_unknown_options": True,
    },
)
def _manage(context: typer.Context) -> None:
    with reach_base():
        execute_from_command_line(["bascule manage", *context.args])
