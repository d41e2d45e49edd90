"""What history and provenance cost: the same writes with them, and in twin tables without."""

import gc
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

import psycopg
from django.db import transaction
from psycopg import sql

from bascule.journal.act import act
from bascule.store import embedded, staging
from bascule.store.policies import open_schools, protection_sql
from bascule.store.references import reference_sql
from bascule.students.register import ADDRESSES, GUARDIANS, LINKS, STUDENTS, TABLES
from benchmarks.floor import Rows
from benchmarks.ground import ACTOR, AT

#: What tells the school and the act of a row, then its place in a file.
_SIGNATURE = ("uai", "created_act_id", "act_id")
_POSITION = ("line", "rank")
_IDS = frozenset(("id", "student_id", "guardian_id", "address_id"))
_STEP = 1_000_000
_BARE = "bare_"
#: Rows that never change: who moves is given another address, and links come and go.
_FIXED = (ADDRESSES, LINKS)
#: Each fifth row is rewritten: 20 %.
_EVERY = 5
_TIMES = 15


class Share(NamedTuple):
    """The share of the time of writing, 0 to 1, that history and provenance take."""

    first: float
    changes: float


class _Batch(NamedTuple):
    """Rows of one table, as they are written: without what names the school or the act."""

    table: str
    columns: list[str]
    rows: list[list[Any]]


_Write = Callable[["psycopg.Cursor[Any]", _Batch, Mapping[str, Any]], None]


class Writing:
    """One school's rows, written over and over under other names.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.
        rows (Rows): a school's rows.
    """

    def __init__(self, connection: "psycopg.Connection[Any]", rows: Rows) -> None:
        self._rows = rows
        self._columns: dict[str, list[str]] = {}
        for table in TABLES:
            query = sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier(table))
            described = connection.execute(query).description
            self._columns[table] = [column.name for column in described or ()]
            _make_twin(connection, table, self._columns[table])
        for child, column, parent in _references(self._columns):
            connection.execute(reference_sql(_BARE + child, column, _BARE + parent).encode())

    def share(self) -> Share:
        """Measure, alternately with and without.

        Returns:
            Share: from medians.
        """
        kept: list[tuple[float, float]] = []
        bare: list[tuple[float, float]] = []
        for turn in range(1, _TIMES + 1):
            uai = f"W{turn:07d}"
            batches = self._batches(turn, "", _SIGNATURE)
            kept.append((_timed(_keep, uai, batches, _add), _timed(_keep, uai, batches, _change)))
            batches = self._batches(turn, _BARE, (*_SIGNATURE, *_POSITION))
            bare.append((_timed(_bare, uai, batches, _add), _timed(_bare, uai, batches, _change)))
        first, changes = (
            1 - median(times[rank] for times in bare) / median(times[rank] for times in kept)
            for rank in (0, 1)
        )
        return Share(first, changes)

    def _batches(self, turn: int, prefix: str, left_out: Collection[str]) -> list[_Batch]:
        return [self._batch(table, turn * _STEP, prefix, left_out) for table in TABLES]

    def _batch(self, table: str, shift: int, prefix: str, left_out: Collection[str]) -> _Batch:
        columns = self._columns[table]
        taken = [rank for rank, name in enumerate(columns) if name not in left_out]
        # The id comes first, as rewriting wants it.
        taken.sort(key=lambda rank: columns[rank] != "id")
        rows = [
            [
                int(row[rank]) + shift if columns[rank] in _IDS and row[rank] else row[rank]
                for rank in taken
            ]
            for row in self._rows[table]
        ]
        return _Batch(prefix + table, [columns[rank] for rank in taken], rows)


def _keep(uai: str, batches: Sequence[_Batch], write: _Write) -> None:
    with (
        act(uai=uai, kind="benchmark", actor=ACTOR, at=AT) as opened,
        staging.raw_cursor() as cursor,
    ):
        staging.keep_plans_stable()
        for batch in batches:
            write(cursor, batch, {"uai": uai, "act_id": opened.id})


def _bare(uai: str, batches: Sequence[_Batch], write: _Write) -> None:
    with transaction.atomic(), staging.raw_cursor() as cursor:
        open_schools(uai)
        staging.keep_plans_stable()
        for batch in batches:
            write(cursor, batch, {"uai": uai})


def _add(cursor: "psycopg.Cursor[Any]", batch: _Batch, signed: Mapping[str, Any]) -> None:
    staging.insert_rows(cursor, batch.table, batch.columns, batch.rows, constants=signed)


def _change(cursor: "psycopg.Cursor[Any]", batch: _Batch, signed: Mapping[str, Any]) -> None:
    if not batch.table.endswith(_FIXED):
        columns = ("id", *signed, *batch.columns[1:])
        rows = ((row[0], *signed.values(), *row[1:]) for row in batch.rows[::_EVERY])
        staging.update_rows(cursor, batch.table, columns, rows)


def _timed(
    write_all: Callable[[str, Sequence[_Batch], _Write], None],
    uai: str,
    batches: Sequence[_Batch],
    write: _Write,
) -> float:
    gc.collect()
    start = time.perf_counter()
    write_all(uai, batches, write)
    return time.perf_counter() - start


def _make_twin(connection: "psycopg.Connection[Any]", table: str, columns: Sequence[str]) -> None:
    """Make a table with the same columns, indexes and policy by school, but no history nor provenance."""
    twin = sql.Identifier(_BARE + table)
    connection.execute(
        sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(twin, sql.Identifier(table))
    )
    for name in columns:
        if name in (*_SIGNATURE[1:], *_POSITION):
            connection.execute(
                sql.SQL("ALTER TABLE {} DROP COLUMN {}").format(twin, sql.Identifier(name))
            )
    connection.execute(protection_sql(_BARE + table).encode())
    connection.execute(
        sql.SQL("GRANT SELECT, INSERT, UPDATE ON {} TO {}").format(
            twin, sql.Identifier(embedded.APPLICATION)
        )
    )


def _references(columns: dict[str, list[str]]) -> list[tuple[str, str, str]]:
    parents = {"student_id": STUDENTS, "guardian_id": GUARDIANS, "address_id": ADDRESSES}
    return [
        (table, name, parents[name])
        for table, names in columns.items()
        for name in names
        if name in parents
    ]
