"""What a school says of the columns of its tables: asked once for each row of headings, on a table that waits."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from bascule.errors import RefusedError
from bascule.exchange.flows.columns import (
    NAMELESS,
    Proposal,
    mark,
    marks,
    propose,
    rows_offered,
)
from bascule.exchange.flows.fields import FIELDS, missing_of
from bascule.exchange.flows.table import ColumnsNotToldError, as_read, sheet_of
from bascule.exchange.flows.ways import flow_named
from bascule.exchange.gate import Opening, reopen
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.journey import COLUMNS_ACT, TAKE_UP, WAITING, NotWaitingError
from bascule.exchange.models import ImportRun, TableColumns
from bascule.formats.sheet import Sheet
from bascule.journal.act import OpenAct, act
from bascule.schools.open_year import writable_year
from bascule.store.queue import ask_once

_VALUES_SHOWN: Final = 3
#: Cells of a row that may be that of the headings, as one tells it from others.
_CELLS_SHOWN: Final = 5
_LONGEST_SHOWN: Final = 40


class ToldTwiceError(RefusedError):
    """Two columns are taken for the same thing.

    Args:
        title (str): of the field.
    """

    code = "table.told-twice"

    def __init__(self, title: str) -> None:
        super().__init__(
            f"Deux colonnes sont prises pour « {title} ». Gardez celle qui le contient, et choisissez autre chose "
            "pour l’autre."
        )


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        heading: its heading; `(colonne 3)` when it has none.
        values: some of its values.
        code: the field that it is taken for; blank for none.
    """

    heading: str
    values: tuple[str, ...]
    code: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table as people tell what its columns are.

    Attributes:
        line: line of its headings.
        columns: those that hold something.
        rows: what stands in each row that may be that of the headings, by line.
        row_count: rows below the headings that hold something.
        missing: titles of what is needed and not told.
    """

    line: int
    columns: tuple[Column, ...]
    rows: dict[int, str]
    row_count: int
    missing: tuple[str, ...]


def is_asked(run: ImportRun) -> bool:
    """Tell whether one may say what the columns of a deposit are.

    Args:
        run (ImportRun): its run.

    Returns:
        bool: True for a table of which nothing is written.
    """
    flow = flow_named(run.flow)
    return flow is not None and flow.has_columns and run.state in WAITING


def offered() -> dict[str, str]:
    """Name what a column may be.

    Returns:
        dict[str, str]: title by code; those of a guardian begin by which one, and have a dot in their code.
    """
    return {code: field.title for code, field in FIELDS.items()}


def missing_among(codes: Iterable[str]) -> list[str]:
    """Name what is needed to read pupils, and that no column is.

    Args:
        codes (Iterable[str]): what columns are.

    Returns:
        list[str]: titles.
    """
    return missing_of(codes)


def known(opening: Opening, *, uai: str) -> dict[str, str] | None:
    """Find what the school said of the columns of such a table.

    Args:
        opening (Opening): the deposit.
        uai (str): the school.

    Returns:
        dict[str, str] | None: code of a field by heading; None when nothing was said of these headings.
    """
    found = marks(sheet_of(opening.envelopes, opening.said))
    with reading(uai):
        row = TableColumns.objects.filter(uai=uai, mark__in=found).order_by("-act_id").first()
    return _told(row.columns) if row else None


def read_table(*, run: ImportRun, line: int | None = None) -> Table:
    """Read a table with what its columns are taken for.

    What was said of this table comes first, then what the school said of the same headings in another, then what
    headings and values tell.

    Args:
        run (ImportRun): its run.
        line (int | None): line of the headings, when a person says which.

    Returns:
        Table: the table.
    """
    sheet, proposal, before = _looked_at(run, line)
    codes = _codes(proposal, before)
    rows = [row for row in sheet.rows[proposal.row + 1 :] if any(row)]
    columns = tuple(
        Column(heading, values, code)
        for place, heading in enumerate(proposal.headings)
        for code in [codes.get(heading, "")]
        if (values := _some(code, (row[place] for row in rows if place < len(row))))
        or not heading.startswith(NAMELESS)
    )
    missing = tuple(missing_of(codes.values()))
    offered_rows = {
        row + 1: ", ".join(map(_shortened, cells[:_CELLS_SHOWN]))
        for row, cells in rows_offered(sheet).items()
    }
    return Table(proposal.row + 1, columns, offered_rows, len(rows), missing)


def tell(
    *,
    run_id: int,
    uai: str,
    columns: Mapping[str, str],
    actor: str,
    at: datetime,
    line: int | None = None,
) -> ImportRun:
    """Say what the columns of a table that waits are; the worker reads it so, and so the next of the same headings.

    Args:
        run_id (int): the run of the table.
        uai (str): its school.
        columns (Mapping[str, str]): code of a field by heading.
        actor (str): who says it.
        at (datetime): when.
        line (int | None): line of the headings, when a person says which.

    Returns:
        ImportRun: the run, received.

    Raises:
        NotWaitingError: if the run no longer waits, or is no table.
        ColumnsNotToldError: if no pupil can be read.
        ToldTwiceError: if two columns are taken for the same thing.
    """
    with act(uai=uai, kind=COLUMNS_ACT, actor=actor, at=at, run_id=run_id) as opened:
        run = ImportRun.objects.select_for_update().get(uai=uai, pk=run_id)
        if not is_asked(run):
            raise NotWaitingError(run)
        writable_year(uai=uai, year=run.year)
        opening = reopen(run)
        said = _told(columns)
        sheet = sheet_of(opening.envelopes, opening.said)
        proposal = propose(sheet, said, row=None if line is None else line - 1)
        _refuse(proposal, said)
        _keep(opened, proposal, said)
        run.options = {**run.options, "said": {**run.options.get("said", {}), "columns": said}}
        run.state = ImportRun.State.RECEIVED
        run.save()
        # With what was said, or not at all.
        ask_once(TAKE_UP, lock=uai, uai=uai)
    return run


def remember(opening: Opening, *, uai: str, actor: str, at: datetime, run_id: int) -> None:
    """Keep what was said of the columns of a table with its deposit.

    Args:
        opening (Opening): the deposit, with what was said.
        uai (str): the school.
        actor (str): who said it.
        at (datetime): when.
        run_id (int): the run of the deposit.
    """
    said = _told(opening.said["columns"])
    with act(uai=uai, kind=COLUMNS_ACT, actor=actor, at=at, run_id=run_id) as opened:
        _keep(opened, propose(sheet_of(opening.envelopes, opening.said), said), said)


def _looked_at(run: ImportRun, line: int | None) -> tuple[Sheet, Proposal, dict[str, str]]:
    """Give a table, what its headings tell, and what the school said of headings before."""
    with reading(run.uai):
        opening = reopen(run)
        last = TableColumns.objects.filter(uai=run.uai).order_by("-act_id").first()
    sheet = sheet_of(opening.envelopes, opening.said)
    said = run.options.get("said", {}).get("columns")
    before = dict(last.columns) if last and said is None else {}
    row = None if line is None else line - 1
    if row is not None:
        # Other headings than those of which something was said.
        said = None if propose(sheet, said).row != row else said
    return sheet, propose(sheet, said, row=row), before


def _codes(proposal: Proposal, before: Mapping[str, str]) -> dict[str, str]:
    again = {heading: before[heading] for heading in proposal.headings if heading in before}
    told = set(again.values())
    return again | {
        heading: code
        for heading, code in proposal.columns.items()
        if heading not in again and code not in told
    }


def _told(columns: Mapping[str, str]) -> dict[str, str]:
    return {heading: code for heading, code in columns.items() if code in FIELDS}


def _some(code: str, values: Iterable[str]) -> tuple[str, ...]:
    """Give the first values that differ, as they will be read, and no longer than people look at."""
    differ = dict.fromkeys(as_read(code, value) for value in values if value)
    return tuple(_shortened(value) for value in islice(differ, _VALUES_SHOWN))


def _shortened(value: str) -> str:
    return value if len(value) <= _LONGEST_SHOWN else f"{value[: _LONGEST_SHOWN - 1]}…"


def _refuse(proposal: Proposal, said: Mapping[str, str]) -> None:
    twice = next((code for code, times in Counter(said.values()).items() if times > 1), None)
    if twice:
        raise ToldTwiceError(FIELDS[twice].title)
    missing = proposal.missing()
    if missing:
        raise ColumnsNotToldError(missing, proposal.headings)


def _keep(opened: OpenAct, proposal: Proposal, said: Mapping[str, str]) -> None:
    columns = {heading: said.get(heading, "") for heading in proposal.headings}
    row, is_new = TableColumns.objects.get_or_create(
        uai=opened.uai, mark=mark(proposal.headings), defaults={"columns": columns}
    )
    if not is_new and row.columns != columns:
        row.columns, row.act_id = columns, opened.id
        row.save()
    opened.facts |= {"columns": len(proposal.headings), "told": len(said)}
