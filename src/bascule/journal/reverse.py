"""Reverse an act: give every row it wrote its state before, but for those a person wrote since."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from psycopg import Cursor, sql

from bascule.journal.act import OpenAct
from bascule.journal.history import RESTORING_SETTING
from bascule.store import staging


@dataclass(frozen=True, slots=True)
class Touched:
    """A row written by an act, and the rows that stand or fall with it."""

    table: str
    id: int


@dataclass(slots=True)
class Reversal:
    """What reversing did.

    Attributes:
        restored_count: rows given back their state before.
        removed_count: rows that the act had created, removed.
        returned_count: rows that the act had removed, back.
        kept: rows left as they are, because `is_kept` said so.
    """

    restored_count: int = 0
    removed_count: int = 0
    returned_count: int = 0
    kept: list[Touched] = field(default_factory=list)


class Event(NamedTuple):
    """What an act did to one row: changed it (`U`), removed it (`D`), or brought it back (`I`).

    Attributes:
        table: its table.
        row_id: its id.
        operation: one of the three.
        before: its state before; empty for a row brought back.
    """

    table: str
    row_id: int
    operation: str
    before: dict[str, Any]


class Values(NamedTuple):
    """A table of values, that never change and that rows point at: two equal ones are one row.

    Attributes:
        table: the table.
        identity: the column that is equal for equal values.
        pointers: the columns that point at it, each with its table.
    """

    table: str
    identity: str
    pointers: tuple[tuple[str, str], ...]


def events_of(*, uai: str, act_id: int) -> list[Event]:
    """Read what an act did to the rows that were there, or that it brought back.

    Args:
        uai (str): the school; it is open.
        act_id (int): the act.

    Returns:
        list[Event]: the latest first.
    """
    with staging.raw_cursor() as cursor:
        cursor.execute(
            "SELECT table_name, row_id, operation, before::text FROM journal_history"
            " WHERE uai = %s AND act_id = %s ORDER BY id DESC",
            [uai, act_id],
        )
        return [
            Event(table, row_id, operation, json.loads(before) if before else {})
            for table, row_id, operation, before in cursor.fetchall()
        ]


def rows_touched_since(
    cursor: "Cursor[Any]",
    *,
    uai: str,
    act_id: int,
    tables: Sequence[str],
    kinds_not_counted: Sequence[str] = (),
    acts_not_counted: Sequence[int] = (),
    kinds_of_no_hand: Sequence[str] = (),
) -> dict[tuple[str, int], dict[str, Any]]:
    """Find the rows changed or removed after an act by acts of other kinds than those, or written since at all.

    Args:
        cursor (Cursor[Any]): a cursor in the transaction.
        uai (str): the school.
        act_id (int): the act.
        tables (Sequence[str]): the tables in which rows written since are looked for; additions are in no history.
        kinds_not_counted (Sequence[str]): kinds of acts that leave nothing of theirs once they are reversed.
        acts_not_counted (Sequence[int]): acts that were reversed, and those that reversed them.
        kinds_of_no_hand (Sequence[str]): kinds of acts that stand, and that nobody did by hand.

    Returns:
        dict[tuple[str, int], dict[str, Any]]: by table and id: a state of the row, to see whose it is.
    """
    written = (
        sql.SQL(
            " UNION ALL SELECT {}, t.id, to_jsonb(t)::text FROM {} t WHERE t.uai = %s AND t.act_id > %s"
            " AND (t.created_act_id > %s OR NOT EXISTS (SELECT FROM journal_act a"
            " WHERE a.id = t.act_id AND a.uai = t.uai AND a.kind = ANY(%s)))"
        ).format(sql.Literal(table), sql.Identifier(table))
        for table in tables
    )
    cursor.execute(
        sql.SQL(
            "SELECT h.table_name, h.row_id, h.before::text FROM journal_history h"
            " JOIN journal_act a ON a.id = h.act_id AND a.uai = h.uai"
            " WHERE h.uai = %s AND h.act_id > %s AND NOT a.kind = ANY(%s) AND NOT a.id = ANY(%s){}"
        ).format(sql.SQL("").join(written)),
        [
            uai,
            act_id,
            [*kinds_not_counted, *kinds_of_no_hand],
            list(acts_not_counted),
            *(uai, act_id, act_id, list(kinds_of_no_hand)) * len(tables),
        ],
    )
    return {
        (table, row_id): json.loads(content) if content else {}
        for table, row_id, content in cursor.fetchall()
    }


def reverse_act(
    act: OpenAct,
    *,
    reversed_act_id: int,
    events: Sequence[Event],
    tables: Sequence[str],
    values: Sequence[Values],
    is_kept: Callable[[str, int, dict[str, Any]], bool],
    own_columns: Mapping[str, Sequence[str]],
) -> Reversal:
    """Reverse an act within another one, which signs the reversal and can itself be reversed.

    Args:
        act (OpenAct): the act under way.
        reversed_act_id (int): the act to reverse.
        events (Sequence[Event]): what it did, from `events_of`.
        tables (Sequence[str]): tables in the order in which rows may be added.
        values (Sequence[Values]): tables of values, apart from `tables`.
        is_kept (Callable[[str, int, dict[str, Any]], bool]): whether a row, given by table, id and content,
            stays as it is.
        own_columns (Mapping[str, Sequence[str]]): columns that only such acts write, in tables that others
            write too: they are given back even in a row that was written since.

    Returns:
        Reversal: what was done.
    """
    done = Reversal()
    with staging.raw_cursor() as cursor:
        cursor.execute("SELECT set_config(%s, 'on', true)", [RESTORING_SETTING])
        step = _Step(cursor, act, reversed_act_id, events, is_kept, own_columns, done)
        # What others point at comes back before them and goes after them.
        for value in values:
            step.bring_back_values(value)
        for table in reversed(tables):
            step.remove(table)
        step.restore()
        for table in tables:
            step.bring_back(table)
        for value in reversed(values):
            step.remove_values(value)
        cursor.execute("SELECT set_config(%s, 'off', true)", [RESTORING_SETTING])
    return done


_IsKept = Callable[[str, int, dict[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class _Step:
    """The steps of a reversal, table by table."""

    cursor: "Cursor[Any]"
    act: OpenAct
    reversed_act_id: int
    events: Sequence[Event]
    is_kept: _IsKept
    own_columns: Mapping[str, Sequence[str]]
    done: Reversal
    #: For each column that points at values: what stands for those that are there again under another id.
    moved: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)

    def remove(self, table: str) -> None:
        """Remove the rows that the act created, or brought back."""
        ids = []
        for row_id, content in self._made(table, "to_jsonb(t)::text"):
            if self.is_kept(table, row_id, json.loads(content)):
                self.done.kept.append(Touched(table, row_id))
            else:
                ids.append(row_id)
        self._delete(table, ids)

    def remove_values(self, value: Values) -> None:
        """Remove the values that the act created, or brought back, and that no row points at any more."""
        ids = {row_id for row_id, _ in self._made(value.table, "NULL")}
        for table, column in value.pointers if ids else ():
            self.cursor.execute(
                sql.SQL("SELECT DISTINCT {} FROM {} WHERE uai = %s").format(
                    sql.Identifier(column), sql.Identifier(table)
                ),
                [self.act.uai],
            )
            ids.difference_update(row[0] for row in self.cursor.fetchall())
        self._delete(value.table, sorted(ids))

    def restore(self) -> None:
        """Give the rows that the act changed their state before, latest change first."""
        statements: dict[str, sql.Composed] = {}
        for table, row_id, operation, before in self.events:
            if operation != "U":
                continue
            if self.is_kept(table, row_id, before):
                self._keep(table, row_id, before)
                continue
            if table not in statements:
                statements[table] = _restoring_statement(self.cursor, table)
            self._placed(table, before)
            self.cursor.execute(statements[table], [json.dumps(before), self.act.uai, row_id])
            self.done.restored_count += self.cursor.rowcount

    def bring_back(self, table: str) -> None:
        """Add again the rows that the act removed."""
        rows = []
        for event in self.events:
            if event.table != table or event.operation != "D":
                continue
            if self.is_kept(table, event.row_id, event.before):
                self.done.kept.append(Touched(table, event.row_id))
                continue
            self._placed(table, event.before)
            rows.append(event)
        self._insert(table, rows)

    def bring_back_values(self, value: Values) -> None:
        """Add again the values that the act removed, but for those that somebody wrote again."""
        rows = [e for e in self.events if e.table == value.table and e.operation == "D"]
        if not rows:
            return
        self.cursor.execute(
            sql.SQL(
                "SELECT b.id, t.id FROM {table} t JOIN jsonb_populate_recordset(NULL::{table}, %s::jsonb) b"
                " ON b.{identity} = t.{identity} WHERE t.uai = %s"
            ).format(table=sql.Identifier(value.table), identity=sql.Identifier(value.identity)),
            [json.dumps([event.before for event in rows]), self.act.uai],
        )
        again = dict(self.cursor.fetchall())
        if again:
            self.moved.update(dict.fromkeys(value.pointers, again))
        self._insert(value.table, [event for event in rows if event.row_id not in again])

    def _made(self, table: str, content: str) -> list[Any]:
        """Read the rows that the act created, or brought back."""
        returned = [e.row_id for e in self.events if e.table == table and e.operation == "I"]
        self.cursor.execute(
            sql.SQL(
                "SELECT id, {} FROM {} t WHERE uai = %s AND (created_act_id = %s OR id = ANY(%s))"
            ).format(sql.SQL(content), sql.Identifier(table)),
            [self.act.uai, self.reversed_act_id, returned],
        )
        return self.cursor.fetchall()

    def _delete(self, table: str, ids: Sequence[int]) -> None:
        self.done.removed_count += staging.delete_rows(
            self.cursor, table, uai=self.act.uai, ids=ids
        )

    def _insert(self, table: str, rows: Sequence[Event]) -> None:
        if not rows:
            return
        self.cursor.execute(
            sql.SQL(
                "INSERT INTO {} SELECT (jsonb_populate_record(NULL::{}, value)).* FROM jsonb_array_elements(%s::jsonb)"
            ).format(sql.Identifier(table), sql.Identifier(table)),
            [json.dumps([event.before for event in rows])],
        )
        self.done.returned_count += self.cursor.rowcount
        # A row that comes back still names the act that first made it, so its return is written down.
        self.cursor.execute(
            "INSERT INTO journal_history (uai, act_id, table_name, row_id, operation)"
            " SELECT %s::text, %s::bigint, %s::text, unnest(%s::bigint[]), 'I'",
            [self.act.uai, self.act.id, table, [event.row_id for event in rows]],
        )

    def _keep(self, table: str, row_id: int, before: dict[str, Any]) -> None:
        """Leave a row as it is, but for the columns that are the act's own."""
        columns = self.own_columns.get(table)
        if not columns:
            self.done.kept.append(Touched(table, row_id))
            return
        self.cursor.execute(
            sql.SQL("UPDATE {} SET {}, act_id = %s WHERE uai = %s AND id = %s").format(
                sql.Identifier(table),
                sql.SQL(", ").join(
                    sql.SQL("{} = %s").format(sql.Identifier(column)) for column in columns
                ),
            ),
            [*(before[column] for column in columns), self.act.id, self.act.uai, row_id],
        )
        self.done.restored_count += self.cursor.rowcount

    def _placed(self, table: str, before: dict[str, Any]) -> None:
        """Point at the values that stand for those that did not come back."""
        for (pointing, column), again in self.moved.items():
            if pointing == table and before[column] in again:
                before[column] = again[before[column]]


def _restoring_statement(cursor: "Cursor[Any]", table: str) -> sql.Composed:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
        " AND column_name <> 'id' ORDER BY ordinal_position",
        [table],
    )
    columns = [row[0] for row in cursor.fetchall()]
    return sql.SQL(
        "UPDATE {table} t SET ({names}) = (SELECT {values} FROM jsonb_populate_record(NULL::{table}, %s::jsonb) b)"
        " WHERE t.uai = %s AND t.id = %s"
    ).format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(sql.SQL("b.{}").format(sql.Identifier(name)) for name in columns),
    )
