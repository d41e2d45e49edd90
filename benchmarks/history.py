"""What history and provenance cost: the same writes with them, and in twin tables without."""

import gc
import time
from collections.abc import Callable, Sequence
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

_PROVENANCE = ("created_act_id", "act_id", "line", "rank")
_IDS = frozenset(("id", "student_id", "guardian_id", "address_id"))
_STEP = 100_000_000
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


class Writing:
    """One school's rows, written over and over under other names.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.
        rows (Rows): a school's rows.
    """

    def __init__(self, connection: "psycopg.Connection[Any]", rows: Rows) -> None:
        self._rows = rows
        self._columns: dict[str, list[str]] = {}
        self._turn = 0
        for table in TABLES:
            query = sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier(table))
            described = connection.execute(query).description
            self._columns[table] = [column.name for column in described or ()]
            _make_twin(connection, table, self._columns[table])
        for child, column, parent in _references(self._columns):
            connection.execute(_plain(reference_sql(_BARE + child, column, _BARE + parent)))

    def share(self) -> Share:
        """Measure, alternately with and without.

        Returns:
            Share: medians.
        """
        kept: list[tuple[float, float]] = []
        bare: list[tuple[float, float]] = []
        for _ in range(_TIMES):
            self._turn += 1
            kept.append((_timed(self._add_kept), _timed(self._change_kept)))
            bare.append((_timed(self._add_bare), _timed(self._change_bare)))
        return Share(
            *(
                1 - median(pair[place] for pair in bare) / median(pair[place] for pair in kept)
                for place in (0, 1)
            )
        )

    @property
    def _uai(self) -> str:
        return f"W{self._turn:07d}"

    def _add_kept(self) -> None:
        with act(uai=self._uai, kind="benchmark.add", actor=ACTOR, at=AT) as opened:
            staging.keep_plans_stable()
            signed = {"created_act_id": opened.id, "act_id": opened.id}
            for table in TABLES:
                self._insert(table, table, ("line", "rank"), signed)

    def _add_bare(self) -> None:
        with transaction.atomic():
            open_schools(self._uai)
            staging.keep_plans_stable()
            for table in TABLES:
                self._insert(table, _BARE + table, (), {})

    def _insert(
        self, table: str, into: str, more: Sequence[str], constants: dict[str, int]
    ) -> None:
        names, rows = self._taken(table, more)
        with staging.raw_cursor() as cursor:
            staging.insert_rows(
                cursor, into, names, rows, constants={"uai": self._uai, **constants}
            )

    def _change_kept(self) -> None:
        with act(uai=self._uai, kind="benchmark.change", actor=ACTOR, at=AT) as opened:
            staging.keep_plans_stable()
            for table in TABLES:
                if table not in _FIXED:
                    self._update(table, table, ("line", "rank"), {"act_id": opened.id})

    def _change_bare(self) -> None:
        with transaction.atomic():
            open_schools(self._uai)
            staging.keep_plans_stable()
            for table in TABLES:
                if table not in _FIXED:
                    self._update(table, _BARE + table, (), {})

    def _update(
        self, table: str, into: str, more: Sequence[str], constants: dict[str, int]
    ) -> None:
        names, rows = self._taken(table, more)
        place = names.index("id")
        others = [rank for rank in range(len(names)) if rank != place]
        with staging.raw_cursor() as cursor:
            staging.update_rows(
                cursor,
                into,
                ("id", "uai", *constants, *(names[rank] for rank in others)),
                (
                    (row[place], self._uai, *constants.values(), *(row[rank] for rank in others))
                    for row in rows[::_EVERY]
                ),
            )

    def _taken(self, table: str, more: Sequence[str]) -> tuple[list[str], list[list[Any]]]:
        """Take the rows of a table as they are written: without what names the school or the act."""
        columns = self._columns[table]
        wanted = [
            rank
            for rank, name in enumerate(columns)
            if name in more or name not in ("uai", *_PROVENANCE)
        ]
        shift = self._turn * _STEP
        rows = [
            [
                int(row[rank]) + shift if columns[rank] in _IDS and row[rank] else row[rank]
                for rank in wanted
            ]
            for row in self._rows[table]
        ]
        return [columns[rank] for rank in wanted], rows


def _timed(write: Callable[[], None]) -> float:
    gc.collect()
    start = time.perf_counter()
    write()
    return time.perf_counter() - start


def _make_twin(connection: "psycopg.Connection[Any]", table: str, columns: Sequence[str]) -> None:
    """Make a table with the same columns, indexes and policy by school, but no history nor provenance."""
    twin = sql.Identifier(_BARE + table)
    connection.execute(
        sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(twin, sql.Identifier(table))
    )
    for name in _PROVENANCE:
        if name in columns:
            connection.execute(
                sql.SQL("ALTER TABLE {} DROP COLUMN {}").format(twin, sql.Identifier(name))
            )
    connection.execute(_plain(protection_sql(_BARE + table)))
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


def _plain(statements: str) -> bytes:
    return statements.encode()
