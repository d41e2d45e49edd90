"""A table that a person takes away, as a workbook or as CSV: its head stays in sight, no cell is computed. Pure."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]

from bascule.exchange.papers.csv import sheet

_READ_ME: Final = "À lire"
_A4: Final = 9


class TableForm(StrEnum):
    """How a table is written; the words of URLs, and the ends of names of files."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Table:
    """What is written.

    Attributes:
        title: name of the sheet.
        heads: head and width, in characters, of each column.
        rows: texts, numbers and days; None is empty.
        about: labels and texts of the sheet that says what it is.
        header: school and year, printed on each page.
        author: who takes it.
        at: when, in local time.
    """

    title: str
    heads: Sequence[tuple[str, int]]
    rows: Iterable[Sequence[str | int | date | None]]
    about: Sequence[tuple[str, str]]
    header: str
    author: str
    at: datetime


def render_table(table: Table, form: TableForm) -> bytes:
    """Write a table.

    Args:
        table (Table): the table.
        form (TableForm): how.

    Returns:
        bytes: the file.
    """
    return render_table_xlsx(table) if form is TableForm.XLSX else render_table_csv(table)


def render_table_csv(table: Table) -> bytes:
    """Write a table for a French spreadsheet.

    Args:
        table (Table): the table.

    Returns:
        bytes: UTF-8 with its byte order mark.
    """
    return sheet(
        [head for head, _ in table.heads],
        (
            [f"{cell:%d/%m/%Y}" if isinstance(cell, date) else cell for cell in row]
            for row in table.rows
        ),
    )


def render_table_xlsx(table: Table) -> bytes:
    """Write a table as a workbook; numbers that are names (INE, MEF, telephone) are texts.

    Args:
        table (Table): the table.

    Returns:
        bytes: the workbook.
    """
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        created = table.at.replace(tzinfo=None)
        book.set_properties({"title": table.title, "author": table.author, "created": created})
        _add_rows(book, table)
        _add_read_me(book, table)
    return out.getvalue()


def _add_rows(book: Any, table: Table) -> None:
    page = book.add_worksheet(table.title)
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@", "valign": "top"})
    day = book.add_format({"num_format": "dd/mm/yyyy", "align": "left", "valign": "top"})
    for place, (head, width) in enumerate(table.heads):
        page.set_column(place, place, width, text)
        page.write_string(0, place, head, bold)
    last = 0
    for last, row in enumerate(table.rows, 1):
        for place, cell in enumerate(row):
            if cell == "":
                continue
            if isinstance(cell, str):
                page.write_string(last, place, cell, text)
            elif isinstance(cell, date):
                page.write_datetime(last, place, cell, day)
            elif cell is not None:
                page.write_number(last, place, cell)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, last, len(table.heads) - 1)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.set_header(f"&L{table.header.replace('&', '&&')}")
    page.set_footer("&L&F&RPage &P/&N")


def _add_read_me(book: Any, table: Table) -> None:
    page = book.add_worksheet(_READ_ME)
    bold = book.add_format({"bold": True, "num_format": "@", "valign": "top"})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 18, bold)
    page.set_column(1, 1, 90, text)
    for place, (label, value) in enumerate(table.about):
        page.write_string(place, 0, label, bold)
        page.write_string(place, 1, value, text)
