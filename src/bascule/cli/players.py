"""Who may come in while the demonstration's site is open: logins, the password, what keys show now."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from bascule.cli.asking import now
from bascule.generator import staff

#: How often the codes are read again: they change every half minute, or at each use.
_PER_SECOND = 0.5


@contextmanager
def shown() -> Iterator[None]:
    """Show the people of the demonstration for the block, if there are any; their codes follow the clock.

    Yields:
        None: while the block runs.
    """
    if not settings.BASCULE_EMBEDDED or not staff.players(at=now()):
        yield
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console.print(_board())
        yield
        return
    with Live(get_renderable=_board_aside, console=console, refresh_per_second=_PER_SECOND):
        yield


def _board_aside() -> RenderableType:
    """Draw from the thread of the screen, which keeps no connection of its own."""
    try:
        return _board()
    finally:
        connection.close()


def _board() -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("Identifiant", "Code", "Qui"):
        table.add_column(title, no_wrap=True)
    for player in staff.players(at=now()):
        code = f"{player.code[:3]} {player.code[3:]}"
        table.add_row(player.login, f"[bold]{code}[/bold]", f"{player.name}, {player.trade}")
    return Group(
        Text.from_markup(f"\nMot de passe de tous : [bold]{staff.password()}[/bold]\n"), table
    )
