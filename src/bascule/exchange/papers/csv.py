"""The report as CSV for a French spreadsheet: `;`, UTF-8 with its mark, CRLF, no formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from bascule.exchange.import_pipeline.report import Report, Row
from bascule.exchange.papers import words

COLUMNS: Final = (
    "Section", "Rubrique", "Élève/Responsable", "Division", "Nom Prénom", "Identifiant base",
    "Identifiant privé", "INE", "Nature", "Anomalie ou changement", "Champ", "Valeur", "N° de ligne", "Rang",
    "Effet", "Bloquant", "Comment corriger", "Code",
)  # fmt: skip
_FILE, _REMOVALS = "Fichier", "Responsables retirés"

#: What makes a spreadsheet compute a cell, or hides what does; full-width forms included.
_DANGEROUS: Final = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001 (full-width on purpose)
_GUARD: Final = "'"


def render_csv(report: Report) -> bytes:
    """Write a report as CSV: one line for each line of a section.

    Args:
        report (Report): the report.

    Returns:
        bytes: UTF-8 with its byte order mark.
    """
    lines: list[Sequence[object]] = [_line("", _FILE, row) for row in report.file_rows]
    lines += [
        (
            "", _REMOVALS, "Élève", removal.division, removal.pupil, removal.our_id, removal.private_id, "",
            "RETRAIT", f"Responsable {removal.guardian} retiré", "", "", removal.line, "", "", "", "", "",
        )
        for removal in report.removals
    ]  # fmt: skip
    lines += [
        (
            "", words.GIVEN, "Élève", one.division, one.name, one.our_id, one.private_id, one.ine, "INE REÇU",
            "", "", "", "", "", "", "", "", "",
        )
        for one in report.given
    ]  # fmt: skip
    for section in report.sections:
        lines += [_line(section.number, section.title, row) for row in section.rows]
    return sheet(COLUMNS, lines)


def sheet(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    """Write a table as CSV.

    Args:
        columns (Sequence[str]): its head.
        lines (Iterable[Sequence[object]]): its cells; None is empty.

    Returns:
        bytes: UTF-8 with its byte order mark.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([neutral(cell) for cell in line] for line in lines)
    return out.getvalue().encode("utf-8-sig")


def neutral(cell: object) -> str:
    """Write a cell so that no spreadsheet takes it for a formula.

    Args:
        cell (object): what the cell holds; None is empty.

    Returns:
        str: the text, behind an apostrophe when it begins like a formula, whatever shows nothing passed over.
    """
    text = "" if cell is None else str(cell)
    if not text or text[0].isalnum():
        return text
    beginning = text.lstrip(" \N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}\ufeff")
    shown = next((sign for sign in text if sign.isprintable() and not sign.isspace()), "x")
    is_dangerous = beginning.startswith(tuple(_DANGEROUS)) or shown in _DANGEROUS
    return _GUARD + text if is_dangerous else text


def _line(number: int | str, title: str, row: Row) -> Sequence[object]:
    return (
        number, title, row.subject_label, row.division, row.name, row.our_id, row.private_id, row.ine,
        row.action, row.anomaly or " ; ".join(row.changes), row.field, row.value, row.line, row.rank,
        row.effect_label, "" if not row.code else "oui" if row.blocks else "non", row.remedy, row.code,
    )  # fmt: skip
