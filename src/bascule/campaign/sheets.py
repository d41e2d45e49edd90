"""The board taken away, as a workbook or as CSV: one line for each school."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from django.utils import timezone

from bascule.campaign.board import Board, explain
from bascule.campaign.looks import Row
from bascule.exchange.papers.table import Table, TableForm, render_table
from bascule.values import school_year

_HEADS: Final = (
    ("UAI", 10), ("Établissement", 40), ("Département", 12), ("Type", 20), ("Logiciel", 12), ("Conseiller", 24),
    ("Étapes faites", 12), ("Étapes", 8), ("Retard (jours)", 12), ("Étape en cause", 28), ("Depuis le", 12),
    ("Cause", 60), ("Dossiers", 9), ("Base académique", 12), ("Élèves prévus", 12), ("Sans INE", 9),
    ("Dernière nuit", 30),
)  # fmt: skip


def write_sheet(board: Board, *, form: TableForm, author: str, at: datetime) -> bytes:
    """Write a board.

    Args:
        board (Board): what is written, all its pages; causes are read for it.
        form (TableForm): how.
        author (str): login of who takes it.
        at (datetime): now.

    Returns:
        bytes: the file.
    """
    explain(board, board.rows)
    steps = board.campaign.steps
    label = school_year.label(board.year)
    table = Table(
        title="Suivi",
        heads=[*_HEADS, *((step.label, 14) for step in steps)],
        rows=_rows(board),
        about=[
            ("Campagne", board.campaign.label),
            ("Année scolaire", label),
            ("Établissements", str(len(board.rows))),
            ("Les états", "constatés d’après les faits, jamais cochés"),
        ],
        header=f"{board.campaign.label} {label}",
        author=author,
        at=timezone.localtime(at),
    )
    return render_table(table, form)


def _rows(board: Board) -> Iterator[list[str | int | date | None]]:
    for row in board.rows:
        yield [*_of_school(row), *(cell.state.label for cell in row.cells)]


def _of_school(row: Row) -> list[str | int | date | None]:
    waiting = row.waiting
    return [
        row.uai,
        row.name,
        row.uai[:3],
        row.kind,
        row.line.software,
        row.adviser,
        row.shape.over,
        len(row.cells),
        row.shape.late,
        waiting.step.label if waiting else "",
        waiting.since if waiting else None,
        str(row.cause) if row.cause else "",
        row.line.pupils,
        row.line.in_base,
        row.line.planned,
        row.line.lacking,
        row.night,
    ]
