"""A table that people keep by hand, as CSV or as a workbook: its cells as plain texts.

A workbook is measured before the library that reads it lays it out: one cell far away would be a desert
of blanks in memory.
"""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Final

import python_calamine

from bascule.formats.codepages import likeliest
from bascule.formats.refusals import FileRefusedError, UnknownEncodingError

#: What the bytes of a CSV may be, when it is no Unicode: that of Windows, of DOS, of old Macs.
_CODE_PAGES: Final = ("cp1252", "cp850", "mac_roman")
#: Those that may be asked for.
ENCODINGS: Final = ("utf-8", "utf-16", *_CODE_PAGES)
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ZIP: Final = b"PK"
#: What a school's table may have; beyond, it is no table of pupils.
_MOST_ROWS, _MOST_COLUMNS = 20_000, 200
_LONGEST_CELL: Final = 1000
_SEPARATORS: Final = ";\t,|"
#: Places of rows and cells. They are looked for everywhere: a workbook says itself where its sheets are.
_PLACE: Final = re.compile(rb"<(?:\w+:)?(?:c|row)\b[^>]*?\br=[\"']([A-Z]*)(\d+)[\"']")
_LETTERS: Final = 26
_TWO_BYTES: Final = (b"\xff\xfe", b"\xfe\xff", b"\0", b"<\0")
#: Day 0 of a workbook: that of Lotus, which believed in 29 February 1900.
_EPOCH: Final = date(1899, 12, 30)
#: Serial numbers that can be a day of somebody's life, from 1927 to 2064.
_DAYS: Final = range(10_000, 60_000)


class SheetError(FileRefusedError):
    """A table that cannot be read."""

    code: ClassVar[str] = "sheet"


class SheetTooLargeError(SheetError):
    """There are more rows or columns than a school can fill."""

    code = "sheet.too-large"

    def __init__(self) -> None:
        super().__init__(
            f"Ce tableau dépasse {_MOST_ROWS} lignes ou {_MOST_COLUMNS} colonnes. Gardez une seule feuille, avec une "
            "ligne par élève, et effacez ce qui traîne loin du tableau."
        )


class SheetDamagedError(SheetError):
    """The workbook cannot be opened."""

    code = "sheet.damaged"

    def __init__(self) -> None:
        super().__init__(
            "Ce classeur est abîmé ou protégé par un mot de passe. Ouvrez-le, puis enregistrez-le de nouveau au format "
            "XLSX, ou en CSV."
        )


class SheetEmptyError(SheetError):
    """There is nothing in it."""

    code = "sheet.empty"

    def __init__(self) -> None:
        super().__init__(
            "Ce tableau est vide. Déposez un tableau avec une ligne d’intitulés, puis une ligne par élève."
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table.

    Attributes:
        name: of the sheet; blank for a CSV.
        rows: its cells as stripped texts, from the first row of the sheet; each as wide as its content.
        encoding: what a CSV is read as; blank for a workbook, which says it.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    encoding: str = ""


def read_sheet(data: bytes, files: Sequence[tuple[str, bytes]], encoding: str = "") -> Sheet:
    """Read a table.

    Args:
        data (bytes): the deposit.
        files (Sequence[tuple[str, bytes]]): what it holds, of a workbook.
        encoding (str): what a CSV is read as; told by its accents when it is blank.

    Returns:
        Sheet: the table; of a workbook, the sheet that has the most rows.

    Raises:
        SheetEmptyError: if there is nothing in it.
        SheetTooLargeError: if it is more than a school can fill.
        SheetDamagedError: if it is a workbook that cannot be opened.
        UnknownEncodingError: if the encoding is none of those of a CSV.
    """
    if encoding and encoding not in ENCODINGS:
        raise UnknownEncodingError(encoding)
    sheet = _workbook(data, files) if data.startswith(_ZIP) else _csv(data, encoding)
    if not any(any(row) for row in sheet.rows):
        raise SheetEmptyError
    if len(sheet.rows) > _MOST_ROWS or max(map(len, sheet.rows)) > _MOST_COLUMNS:
        raise SheetTooLargeError
    return sheet


def day_of(text: str) -> str:
    """Read a day, whichever way a table writes it.

    Args:
        text (str): `14/03/2015`, `2015-03-14`, `14.3.15`, or the number of a workbook.

    Returns:
        str: `AAAA-MM-JJ`; the text itself when it is no day.
    """
    if text.isascii() and text.isdigit() and len(text) == 5 and int(text) in _DAYS:  # noqa: PLR2004 (its digits)
        return (_EPOCH + timedelta(days=int(text))).isoformat()
    parts = re.fullmatch(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{2}|\d{4})(?: .*)?", text)
    if parts is None:
        return text
    number, month, year = (int(part) for part in parts.groups())
    century = 1900 if year > _TURN else 2000
    try:
        return date(year if year > _SHORT else century + year, month, number).isoformat()
    except ValueError:
        return text


#: Two digits of a year: 31 is 1931, 30 is 2030.
_TURN, _SHORT = 30, 99


def _csv(data: bytes, encoding: str) -> Sheet:
    encoding = encoding or _encoding(data)
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    return Sheet("", _lines(text), encoding)


def _encoding(data: bytes) -> str:
    """Tell what a CSV was written in: Unicode when it can be nothing else, else what its accents say."""
    if data.startswith(_WIDE):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return likeliest([data], _CODE_PAGES)
    return "utf-8"


def _lines(text: str) -> tuple[tuple[str, ...], ...]:
    """Read a CSV, whatever separates its cells."""
    beginning = text[:4096]
    separator = max(_SEPARATORS, key=beginning.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[tuple[str, ...]] = []
    try:
        for row in reader:
            rows.append(tuple(cell.strip()[:_LONGEST_CELL] for cell in row))
            if len(rows) > _MOST_ROWS:
                raise SheetTooLargeError
    except csv.Error as fault:
        raise SheetDamagedError from fault
    return tuple(rows)


def _workbook(data: bytes, files: Sequence[tuple[str, bytes]]) -> Sheet:
    _measure(files)
    try:
        book: Any = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        found = [
            Sheet(name, tuple(tuple(map(_cell, row)) for row in _filled(book, name)))
            for name in book.sheet_names
        ]
    except (python_calamine.CalamineError, OSError, ValueError) as fault:
        raise SheetDamagedError from fault
    if not found:
        raise SheetEmptyError
    return max(found, key=lambda sheet: len(sheet.rows))


def _filled(book: Any, name: str) -> list[list[Any]]:
    """Read a sheet from its first row, blank ones included, so that rows keep their numbers."""
    rows: list[list[Any]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return rows


def _measure(files: Sequence[tuple[str, bytes]]) -> None:
    for _, content in files:
        if content.startswith(_TWO_BYTES):
            # No program writes a sheet so: it could only hide where its cells are.
            raise SheetDamagedError
        for letters, number in _PLACE.findall(content):
            if int(number) > _MOST_ROWS or _column(letters) > _MOST_COLUMNS:
                raise SheetTooLargeError


def _column(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * _LETTERS + letter - ord("A") + 1
    return place


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).strip()[:_LONGEST_CELL]
