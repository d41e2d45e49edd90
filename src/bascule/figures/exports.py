"""Headcounts as files: exact for who steers, protected for outside, and compared with what was given before."""

import csv
import io
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Final

import duckdb
import xlsxwriter  # type: ignore[import-untyped]
from django.db import transaction

from bascule.errors import NotThereError, RefusedError
from bascule.figures.models import Export
from bascule.figures.pivot import YEARS, Asked, pivot
from bascule.figures.presets import PRESETS, fill
from bascule.figures.protection import FEWEST, Hidden, Sum, protect
from bascule.journal.act import AUTHORITY
from bascule.store.policies import open_schools, opened_schools

#: Figures of a table that may be protected: beyond, nobody waits for it.
MOST: Final = 20_000
#: What stands for a hidden figure.
MASK: Final = "n.c."

_Key = tuple[str, str]


class Form(Enum):
    """What is written."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class UnknownTableError(NotThereError):
    """There is no such table."""

    code = "figures.unknown-table"

    def __init__(self) -> None:
        super().__init__(
            f"Ce tableau n’existe pas. Les tableaux tout prêts sont : {', '.join(PRESETS)}."
        )


class TooLargeToProtectError(RefusedError):
    """The table has too many figures to be protected."""

    code = "figures.too-large"

    def __init__(self) -> None:
        super().__init__(
            f"Ce tableau a plus de {MOST} effectifs : il ne peut pas être protégé pour l’extérieur. Choisissez moins"
            " de lignes ou de colonnes, ou filtrez."
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to be written.

    Attributes:
        name: of the file, without its end.
        shape: what its lines and columns are.
        heads: of columns.
        leads: of each line, what comes before its figures.
        keys: of each line, the key of each figure.
        figures: all of them.
        sums: what anybody may add up.
        year: first calendar year.
        day: the day counted.
    """

    name: str
    shape: str
    heads: tuple[str, ...]
    leads: tuple[tuple[str, ...], ...]
    keys: tuple[tuple[_Key, ...], ...]
    figures: Mapping[_Key, int]
    sums: tuple[Sum, ...]
    year: int
    day: date


@dataclass(frozen=True, slots=True)
class Written:
    """A file.

    Attributes:
        name: its name.
        content: its bytes.
        hidden: figures that were hidden, by reason.
    """

    name: str
    content: bytes
    hidden: Mapping[Hidden, int]


def sheet_of_pivot(*, asked: Asked, uais: Sequence[str]) -> Sheet:
    """Make the table of a pivot, whole, with its margins.

    Args:
        asked (Asked): what is wanted.
        uais (Sequence[str]): the schools in sight.

    Returns:
        Sheet: to be exported.
    """
    found = pivot(asked=asked, uais=uais)
    with_total = asked.columns != YEARS
    columns = [*(head.code for head in found.heads), *(["ensemble"] if with_total else [])]
    lines = [line.head.code for line in found.lines]
    figures: dict[_Key, int] = {}
    for line in found.lines:
        counts = [*line.counts, *([line.total] if with_total else [])]
        figures |= {(line.head.code, column): n for column, n in zip(columns, counts, strict=True)}
    totals = [*found.totals, *([found.total] if with_total else [])]
    figures |= {("ensemble", column): n for column, n in zip(columns, totals, strict=True)}
    sums = [
        Sum(("ensemble", column), tuple((line, column) for line in lines)) for column in columns
    ]
    if with_total and found.heads:
        sums += [
            Sum((line, "ensemble"), tuple((line, head.code) for head in found.heads))
            for line in (*lines, "ensemble")
        ]
    words = [head.words or "non renseigné" for head in found.heads]
    return Sheet(
        name=f"effectifs_{found.rows.code}_{asked.year}",
        shape=f"{asked.measure.word}/{found.rows.code}/{asked.columns if found.heads else ''}",
        heads=("code", found.rows.code, *words, *(["ensemble"] if with_total else [])),
        leads=(*((line.head.code, line.head.words) for line in found.lines), ("", "ensemble")),
        keys=tuple(tuple((line, column) for column in columns) for line in (*lines, "ensemble")),
        figures=figures,
        sums=tuple(sums),
        year=asked.year,
        day=asked.day,
    )  # fmt: skip


def sheet_of_preset(*, code: str, year: int, day: date, uais: Sequence[str]) -> Sheet:
    """Make a table that has the columns of a published one.

    Args:
        code (str): which.
        year (int): first calendar year.
        day (date): on which pupils are present.
        uais (Sequence[str]): the schools in sight.

    Returns:
        Sheet: to be exported.

    Raises:
        UnknownTableError: if there is none of this code.
    """
    preset = PRESETS.get(code)
    if preset is None:
        raise UnknownTableError
    filled = fill(preset=preset, year=year, day=day, uais=uais)
    rank = preset.lead.index("uai")
    lines = [f"{lead[rank]} {lead[-1]}" if preset.is_long else lead[rank] for lead in filled.leads]
    return Sheet(
        name=f"{code}_{year}",
        shape=code,
        heads=filled.heads,
        leads=filled.leads,
        keys=tuple(tuple((line, column.name) for column in preset.columns) for line in lines),
        figures=filled.figures,
        sums=filled.sums,
        year=year,
        day=day,
    )


def export(*, sheet: Sheet, form: Form, is_protected: bool, actor: str, at: datetime) -> Written:
    """Write a table; one for outside is protected, and kept to compare the next ones with.

    Args:
        sheet (Sheet): the table.
        form (Form): how.
        is_protected (bool): whether it leaves.
        actor (str): who takes it.
        at (datetime): when.

    Returns:
        Written: the file.

    Raises:
        TooLargeToProtectError: if it is too large to be protected.
    """
    hidden: dict[_Key, Hidden] = {}
    if is_protected:
        if len(sheet.figures) > MOST:
            raise TooLargeToProtectError
        hidden = _protected(sheet, actor, at)
    rows: list[list[str | int | None]] = [
        [*lead, *(None if key in hidden else sheet.figures.get(key, 0) for key in keys)]
        for lead, keys in zip(sheet.leads, sheet.keys, strict=True)
    ]
    name = (
        f"{sheet.name}_{sheet.day:%Y%m%d}_{'externe' if is_protected else 'interne'}.{form.value}"
    )
    about = _about(sheet, hidden, is_protected=is_protected)
    write = {Form.CSV: _csv, Form.XLSX: _xlsx, Form.PARQUET: _parquet}[form]
    counts = {reason: sum(one is reason for one in hidden.values()) for reason in Hidden}
    return Written(name, write(sheet, rows, about), counts)


def _protected(sheet: Sheet, actor: str, at: datetime) -> dict[_Key, Hidden]:
    """Choose what is hidden, and keep what is shown; one after the other, so that two together are compared."""
    schools = opened_schools()
    with transaction.atomic():
        open_schools(AUTHORITY)
        Export.objects.select_for_update().filter(uai=AUTHORITY, year=sheet.year).first()
        before = Export.objects.filter(uai=AUTHORITY, year=sheet.year, shape=sheet.shape)
        apart = {
            key
            for earlier in before.values_list("figures", flat=True)
            for key, count in sheet.figures.items()
            if 0 < abs(count - earlier.get("|".join(key), count)) < FEWEST
        }
        hidden = protect(sheet.figures, sheet.sums, apart=apart)
        Export.objects.create(
            uai=AUTHORITY, year=sheet.year, day=sheet.day, shape=sheet.shape, made_at=at, made_by=actor,
            figures={"|".join(key): count for key, count in sheet.figures.items() if key not in hidden},
        )  # fmt: skip
        open_schools(*schools)
    return hidden


def _about(
    sheet: Sheet, hidden: Mapping[_Key, Hidden], *, is_protected: bool
) -> list[tuple[str, str]]:
    said = [
        ("Tableau", sheet.name),
        ("Élèves présents au", f"{sheet.day:%d/%m/%Y}"),
        ("Usage", "externe, protégé" if is_protected else "interne : ne pas diffuser"),
    ]
    return said + [
        (f"{MASK} ({reason.value})", f"{count} : {reason.label}")
        for reason in Hidden
        if (count := sum(one is reason for one in hidden.values()))
    ]


def _csv(
    sheet: Sheet, rows: Sequence[Sequence[str | int | None]], _about: Sequence[tuple[str, str]]
) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(sheet.heads)
    writer.writerows([MASK if cell is None else cell for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _xlsx(
    sheet: Sheet, rows: Sequence[Sequence[str | int | None]], about: Sequence[tuple[str, str]]
) -> bytes:
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet("Effectifs")
        bold = book.add_format({"bold": True})
        page.write_row(0, 0, sheet.heads, bold)
        page.freeze_panes(1, len(sheet.leads[0]) if sheet.leads else 0)
        for rank, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    page.write_number(rank, column, cell)
                else:
                    page.write_string(rank, column, MASK if cell is None else cell)
        page.autofit()
        readme = book.add_worksheet("À lire")
        for rank, (label, text) in enumerate(about):
            readme.write_string(rank, 0, label, bold)
            readme.write_string(rank, 1, text)
        readme.autofit()
    return out.getvalue()


def _parquet(
    sheet: Sheet, rows: Sequence[Sequence[str | int | None]], _about: Sequence[tuple[str, str]]
) -> bytes:
    """Write Parquet: hidden figures are null, the others whole numbers."""
    width = len(sheet.heads) - (len(sheet.keys[0]) if sheet.keys else 0)
    types = ["VARCHAR" if rank < width else "BIGINT" for rank in range(len(sheet.heads))]
    columns = ", ".join(
        '"{}" {}'.format(head.replace('"', '""'), kind)
        for head, kind in zip(sheet.heads, types, strict=True)
    )
    marks = ", ".join("?" * len(sheet.heads))
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as engine:
        path = Path(folder, "effectifs.parquet")
        engine.execute(f"CREATE TABLE effectifs ({columns})")
        if rows:
            engine.executemany(
                f"INSERT INTO effectifs VALUES ({marks})",  # noqa: S608 - question marks
                [list(row) for row in rows],
            )
        engine.execute(f"COPY effectifs TO '{path}' (FORMAT parquet)")
        return path.read_bytes()
