"""Where schools stand in the constat, taken away: one line for each, who is late among them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.utils import timezone

from bascule.constat.standing import Standing
from bascule.exchange.papers.table import Table, TableForm, render_table
from bascule.values import school_year

_HEADS: Final = (
    ("UAI", 10), ("Établissement", 40), ("Département", 12), ("État", 20), ("En retard depuis le", 16),
    ("Dossiers bloqués", 12), ("Élèves", 9), ("Signé le", 12), ("Signataire", 24), ("Rouvert parce que", 40),
)  # fmt: skip


def write_standings(
    rows: Sequence[tuple[str, Standing]], *, year: int, form: TableForm, author: str, at: datetime
) -> bytes:
    """Write where schools stand.

    Args:
        rows (Sequence[tuple[str, Standing]]): their names, and where they stand.
        year (int): first calendar year.
        form (TableForm): how.
        author (str): login of who takes it.
        at (datetime): now.

    Returns:
        bytes: the file.
    """
    label = school_year.label(year)
    table = Table(
        title="Constat",
        heads=_HEADS,
        rows=[
            [
                one.uai, name, one.uai[:3], one.state.label, one.late_since, one.blocking, one.pupil_count,
                timezone.localdate(one.signed_at) if one.signed_at else None, one.signatory, one.reopened_why,
            ]
            for name, one in rows
        ],
        about=[
            ("Constat de rentrée", label),
            ("Établissements", str(len(rows))),
            ("En retard", str(sum(one.late_since is not None for _, one in rows))),
            ("Élèves", "ceux du constat signé ; de la base académique tant qu’il ne l’est pas"),
        ],
        header=f"Constat de rentrée {label}",
        author=author,
        at=timezone.localtime(at),
    )  # fmt: skip
    return render_table(table, form)
