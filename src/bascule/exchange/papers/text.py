"""The report as plain text, for a terminal or a mail: no colour, no control character."""

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from bascule.exchange.import_pipeline.report import Report, Row, Section, remedies_of
from bascule.exchange.papers import words

#: Columns: what a terminal shows at least, and what a page takes at most.
NARROWEST: Final = 80
WIDEST: Final = 120
_BY_DEFAULT: Final = 100
_COLUMN: Final = 12
_STEP: Final = "   "


def render_text(report: Report, *, width: int = _BY_DEFAULT) -> str:
    """Write a report as plain text.

    Args:
        report (Report): the report.
        width (int): columns; brought between 80 and 120.

    Returns:
        str: lines, each ended.
    """
    page = _Page(min(max(width, NARROWEST), WIDEST))
    page.title(words.TITLE)
    label_width = max(len(label) for label, _ in words.head_lines(report.head))
    for label, value in words.head_lines(report.head):
        page.put(f"{label:<{label_width}} : ", value)
    page.blank()
    for cells in (words.TALLY_HEAD, *words.tally_rows(report)):
        page.line(f"{cells[0]:<{_COLUMN}}" + "".join(f"{cell:>{_COLUMN}}" for cell in cells[1:]))
    for sentence in words.remarks(report):
        page.put("", sentence)
    _add_notices(page, report)
    _add_given(page, report)
    for section in report.sections:
        _add_section(page, section)
    return page.text()


class _Page:
    """Lines of text, wrapped."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: list[str] = []

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"

    def line(self, text: str) -> None:
        self._lines.append(text.rstrip())

    def blank(self) -> None:
        self._lines.append("")

    def title(self, text: str) -> None:
        self._lines += [text.upper(), "=" * len(text)]

    def heading(self, text: str) -> None:
        self._lines += ["", text, "-" * len(text)]

    def put(self, start: str, text: str) -> None:
        """Add a paragraph whose following lines stand under its first word."""
        self._lines += textwrap.wrap(
            text,
            self._width,
            initial_indent=start,
            subsequent_indent=" " * len(start),
            break_on_hyphens=False,
        ) or [start.rstrip()]


def _add_notices(page: _Page, report: Report) -> None:
    if report.guards:
        page.heading(words.GUARDS)
        for sentence in words.guard_lines(report):
            page.put(_STEP, sentence)
    if report.removals:
        page.heading(words.REMOVALS)
        for removal in report.removals:
            where = f", ligne {removal.line}" if removal.line else ""
            page.put(f"{removal.division:<8} ", words.removal_text(removal) + where)
        page.line(f"Total : {words.counted(len(report.removals), 'lien')}")
    if report.file_rows:
        page.heading(words.FILE_NOTES)
        for row in report.file_rows:
            _add_anomaly(page, row, where=f" (ligne {row.line})")
        _add_remedies(page, remedies_of(report.file_rows))


def _add_given(page: _Page, report: Report) -> None:
    if report.given:
        page.heading(words.GIVEN)
        for one in report.given:
            page.put(f"{one.division:<8} ", f"{one.name} ({one.ids}), INE {one.ine}")
        page.line(f"Total : {words.counted(len(report.given), 'élève')}")


def _add_section(page: _Page, section: Section) -> None:
    page.heading(f"{section.number}. {section.title}")
    if not section.rows:
        page.line(words.NOTHING)
    for rows in _by_record(section.rows):
        _add_record(page, rows)
    _add_remedies(page, section.remedies)
    page.line(words.total(section))


def _by_record(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Gather the rows of one record, which stand together."""
    for rank, group in groupby(rows, key=lambda row: row.rank):
        together = list(group)
        if rank is None:
            yield from ([row] for row in together)
        else:
            yield together


def _add_record(page: _Page, rows: list[Row]) -> None:
    first = rows[0]
    parts = [f"{first.name} ({first.ids})"]
    if first.ine:
        parts.append(f"INE {first.ine}")
    if first.line:
        parts.append(f"ligne {first.line}")
    action = f"{first.action:<5} " if first.action else ""
    page.put(f"{action}{first.division:<8} ", ", ".join(parts))
    for row in rows:
        if row.code:
            _add_anomaly(page, row)
        for change in row.changes:
            page.put(_STEP * 4, change)


def _add_anomaly(page: _Page, row: Row, where: str = "") -> None:
    page.put(_STEP * 4, f"{row.code}{where} : {row.anomaly}")
    about = words.about(row)
    if about:
        page.put(_STEP * 5, about)


def _add_remedies(page: _Page, remedies: Iterable[tuple[str, str]]) -> None:
    for place, (codes, remedy) in enumerate(remedies):
        if not place:
            page.line(f"{words.REMEDIES} :")
        page.put(_STEP, f"{codes} : {remedy}")
