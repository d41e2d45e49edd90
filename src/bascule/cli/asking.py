"""What commands ask of the machine: who types, what time it is; and the options they share."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from bascule.values.signatures import CONSOLE

School = Annotated[
    str, typer.Option("--school", metavar="UAI", help="Numéro UAI de l’établissement.")
]
Year = Annotated[
    int,
    typer.Option(
        "--year",
        metavar="AAAA",
        help="Année scolaire, par sa première année civile (2026 = 2026-2027).",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Écrit le résultat en JSON.")]


def actor() -> str:
    """Give the name that signs what a command does.

    Returns:
        str: the account of the machine.
    """
    return f"{getpass.getuser()}{CONSOLE}"


def now() -> datetime:
    """Read the clock.

    Returns:
        datetime: the instant, in UTC.
    """
    return datetime.now(tz=UTC)
