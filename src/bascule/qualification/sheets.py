"""The register, or what schools send with, taken away as a workbook or as CSV."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from django.utils import timezone

from bascule.exchange.papers.table import Table, TableForm, render_table
from bascule.qualification.models import Qualification
from bascule.qualification.standing import Register, state_of
from bascule.qualification.usage import Use

_REGISTER: Final = (
    ("Éditeur", 24), ("Logiciel", 12), ("Version", 12), ("État", 12), ("Du", 12), ("Au", 12), ("Fondement", 20),
    ("Scénarios réussis", 12), ("Scénarios non réussis", 12), ("Version du kit", 12), ("Empreinte de la clé", 66),
    ("Empreinte du rapport", 66), ("Raison", 60), ("Qualifié le", 12), ("Par", 20), ("Retiré le", 12), ("Par", 20),
    ("Raison du retrait", 60),
)  # fmt: skip
_USES: Final = (
    ("Logiciel", 12), ("Version dite", 14), ("Établissements", 14), ("Dernier fichier", 14),
    ("Formats des fichiers", 20), ("Registre", 20),
)  # fmt: skip


def write_register(
    rows: Iterable[Qualification], *, form: TableForm, author: str, at: datetime
) -> bytes:
    """Write rows of the register.

    Args:
        rows (Iterable[Qualification]): the rows.
        form (TableForm): how.
        author (str): login of who takes them.
        at (datetime): now.

    Returns:
        bytes: the file.
    """
    today = timezone.localtime(at).date()
    lines = [
        (
            row.editor, row.software, row.version or "toutes", state_of(row, today=today).label, row.starts_on,
            row.ends_on, "rapport signé" if row.report_digest else "à la main", row.totals.get("passed"),
            len(row.exceptions) if row.report_digest else None, row.kit_version, row.key_fingerprint,
            row.report_digest, row.reason, _day(row.qualified_at), row.qualified_by, _day(row.withdrawn_at),
            row.withdrawn_by, row.withdrawn_why,
        )
        for row in rows
    ]  # fmt: skip
    return _written("Registre", _REGISTER, lines, form, author, at)


def write_uses(
    uses: Iterable[Use], register: Register, *, form: TableForm, author: str, at: datetime
) -> bytes:
    """Write what schools send with.

    Args:
        uses (Iterable[Use]): software and versions.
        register (Register): what says whether each is qualified.
        form (TableForm): how.
        author (str): login of who takes them.
        at (datetime): now.

    Returns:
        bytes: the file.
    """
    today = timezone.localtime(at).date()
    lines = [
        (
            use.software, use.version or "non dite", use.schools, _day(use.last_at), ", ".join(use.formats),
            register.standing(software=use.software, version=use.version, today=today).state.label,
        )
        for use in uses
    ]  # fmt: skip
    return _written("Logiciels", _USES, lines, form, author, at)


def _written(
    title: str,
    heads: Sequence[tuple[str, int]],
    lines: Sequence[Sequence[str | int | date | None]],
    form: TableForm,
    author: str,
    at: datetime,
) -> bytes:
    table = Table(
        title=title,
        heads=heads,
        rows=lines,
        about=[("Lignes", str(len(lines)))],
        header="Logiciels qualifiés",
        author=author,
        at=timezone.localtime(at),
    )
    return render_table(table, form)


def _day(at: datetime | None) -> date | None:
    return timezone.localtime(at).date() if at else None
