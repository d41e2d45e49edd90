"""The report as PDF for paper and for screen readers (PDF/UA-1): A4, readable in black and white."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

from bascule.exchange.import_pipeline.report import Report, Row, Section, remedies_of
from bascule.exchange.papers import words
from bascule.formats.pdf import typeset

_TEMPLATE: Final = "report.typ"

#: Runs without a blank that no column can hold get places where a line may end.
_RUN_OF_NAME: Final = re.compile(r"\S{14}(?=\S)")
_RUN: Final = re.compile(r"\S{24}(?=\S)")
_MAY_BREAK: Final = "\N{ZERO WIDTH SPACE}"

_DIVISION_WIDTH, _NAME_WIDTH, _IDS_WIDTH, _LINE_WIDTH, _CODE_WIDTH = 18, 36, 27, 12, 28
_HEAD_OF_FINDINGS: Final = ("Division", "Nom Prénom", "Base/privé", "Anomalie", "Ligne", "Code")
_WIDTHS_OF_FINDINGS: Final = (
    _DIVISION_WIDTH, _NAME_WIDTH, _IDS_WIDTH, None, _LINE_WIDTH, _CODE_WIDTH,
)  # fmt: skip
#: Guardians have no division.
_OF_PERSONS: Final = slice(1, None)


def render_pdf(report: Report) -> bytes:
    """Write a report as PDF.

    Args:
        report (Report): the report; the instants of its head know their time zone.

    Returns:
        bytes: the document, the same for the same report.
    """
    return typeset(template=_template(), content=_content(report), at=report.head.received_at)


@cache
def _template() -> bytes:
    return resources.files(__package__ or "").joinpath(_TEMPLATE).read_bytes()


def _content(report: Report) -> dict[str, Any]:
    head = report.head
    sections = [_section(section) for section in report.sections]
    if report.file_rows:
        sections.insert(0, _file_section(report.file_rows))
    return {
        "title": words.TITLE,
        "author": f"{head.uai} {head.school_name}".rstrip(),
        "header": {
            "left": f"{head.uai} {head.school_name}".rstrip(),
            "right": f"{head.year_label} – {words.instant(head.received_at)}",
        },
        "head": words.head_lines(head),
        "tally": {"head": words.TALLY_HEAD, "rows": words.tally_rows(report)},
        "remarks": words.remarks(report),
        "guards": {"title": words.GUARDS, "rows": words.guard_lines(report)},
        "removals": {
            "title": words.REMOVALS,
            "head": ("Division", "Élève", "Base/privé", "Responsable", "Ligne"),
            "rows": [
                (each.division, _cut(each.pupil), each.ids, _cut(each.guardian), _line(each.line))
                for each in report.removals
            ],
            "total": f"Total : {words.counted(len(report.removals), 'lien')}",
        },
        "given": {
            "title": words.GIVEN,
            "head": ("Division", "Élève", "Base/privé", "INE"),
            "rows": [(one.division, _cut(one.name), one.ids, one.ine) for one in report.given],
            "total": f"Total : {words.counted(len(report.given), 'élève')}",
        },
        "sections": sections,
    }


def _section(section: Section) -> dict[str, Any]:
    content: dict[str, Any] = {
        "title": f"{section.number}. {section.title}",
        "nothing": words.NOTHING,
        "total": words.total(section),
        "remedies-title": words.REMEDIES,
        "remedies": section.remedies,
    }
    if section.code == "pupils_absent":
        return content | _table_of_absent(section.rows)
    if section.code == "pupils_written":
        return content | _table_of_written(section.rows)
    columns = _OF_PERSONS if section.code.startswith("persons") else slice(None)
    return content | {
        "head": _HEAD_OF_FINDINGS[columns],
        "widths": _WIDTHS_OF_FINDINGS[columns],
        "coded": len(_HEAD_OF_FINDINGS[columns]) - 1,
        "rows": [_found(row)[columns] for row in section.rows],
    }


def _found(row: Row) -> Sequence[Any]:
    said = _lines(row.anomaly, words.about(row))
    return (row.division, _name(row), row.ids, said, _line(row.line), row.code)


def _table_of_absent(rows: Iterable[Row]) -> dict[str, Any]:
    return {
        "head": ("Division", "Nom Prénom", "Base/privé"),
        "widths": (_DIVISION_WIDTH, None, 40),
        "coded": None,
        "rows": [(row.division, _cut(row.name), row.ids) for row in rows],
    }


def _table_of_written(rows: Iterable[Row]) -> dict[str, Any]:
    return {
        "head": ("Division", "Nom Prénom", "Base/privé", "INE", "Nature", "Changements", "Ligne"),
        "widths": (_DIVISION_WIDTH, _NAME_WIDTH, _IDS_WIDTH, 25, 15, None, _LINE_WIDTH),
        "coded": None,
        "rows": [
            (
                row.division, _name(row), row.ids, row.ine, row.action, _lines(*row.changes), _line(row.line),
            )
            for row in rows
        ],
    }  # fmt: skip


def _file_section(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "title": words.FILE_NOTES,
        "nothing": words.NOTHING,
        "total": f"Total : {words.counted(len(rows), 'remarque')}",
        "remedies-title": words.REMEDIES,
        "remedies": remedies_of(rows),
        "head": ("Remarque", "Ligne", "Code"),
        "widths": (None, _LINE_WIDTH, _CODE_WIDTH),
        "coded": 2,
        "rows": [
            (_lines(row.anomaly, words.about(row)), _line(row.line), row.code) for row in rows
        ],
    }


def _lines(*texts: str) -> list[str] | str:
    """Give the lines of one cell."""
    kept = [_cut(text) for text in texts if text]
    return kept if len(kept) > 1 else "".join(kept)


def _cut(text: str) -> str:
    return _RUN.sub(rf"\g<0>{_MAY_BREAK}", text)


def _name(row: Row) -> str:
    return _RUN_OF_NAME.sub(rf"\g<0>{_MAY_BREAK}", row.name)


def _line(line: int | None) -> str:
    return "" if line is None else str(line)
