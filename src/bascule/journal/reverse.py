"""Reverse an act: give every row it wrote its state before, but for those a person wrote since."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

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
        kept: rows left as they are, because a person wrote them since.
    """

    restored_count: int = 0
    removed_count: int = 0
    returned_count: int = 0
    kept: list[Touched] = field(default_factory=list)


def rows_touched_since(
    cursor: "Cursor[Any]",
    *,
    uai: str,
    act_id: int,
    tables: Sequence[str],
    kinds_not_counted: Sequence[str],
) -> dict[tuple[str, int], dict[str, Any]]:
    """Find the rows added, changed or removed after an act by acts of other kinds than those.

    Args:
        cursor (Cursor[Any]): a cursor in the transaction.
        uai (str): the school.
        act_id (int): the act.
        tables (Sequence[str]): the tables whose additions are looked for; they are in no history.
        kinds_not_counted (Sequence[str]): kinds of acts that are no person's doing.

    Returns:
        dict[tuple[str, int], dict[str, Any]]: by table and id: a state of the row, to see whose it is.
    """
    added = (
        sql.SQL(
            " UNION ALL SELECT {}, t.id, to_jsonb(t)::text, t.created_act_id FROM {} t"
            " WHERE t.uai = %s AND t.created_act_id > %s"
        ).format(sql.Literal(table), sql.Identifier(table))
        for table in tables
    )
    cursor.execute(
        sql.SQL(
            "SELECT w.name, w.id, w.content FROM ("
            "SELECT table_name AS name, row_id AS id, before::text AS content, act_id FROM journal_history"
            " WHERE uai = %s AND act_id > %s{}) w JOIN journal_act a ON a.id = w.act_id AND a.uai = %s"
            " WHERE NOT a.kind = ANY(%s)"
        ).format(sql.SQL("").join(added)),
        [*(uai, act_id) * (1 + len(tables)), uai, list(kinds_not_counted)],
    )
    return {
        (table, row_id): json.loads(content) if content else {}
        for table, row_id, content in cursor.fetchall()
    }


def reverse_act(
    act: OpenAct,
    *,
    reversed_act_id: int,
    tables: Sequence[str],
    values: Sequence[str],
    is_kept: Callable[[str, int, dict[str, Any]], bool],
) -> Reversal:
    """Reverse an act within another one, which signs the reversal and can itself be reversed.

    Args:
        act (OpenAct): the act under way.
        reversed_act_id (int): the act to reverse.
        tables (Sequence[str]): tables in the order in which rows may be added.
        values (Sequence[str]): tables of values that are pointed at and never change, apart from `tables`.
        is_kept (Callable[[str, int, dict[str, Any]], bool]): whether a row, given by table, id and content,
            stays as it is.

    Returns:
        Reversal: what was done.
    """
    done = Reversal()
    with staging.raw_cursor() as cursor:
        cursor.execute("SELECT set_config(%s, 'on', true)", [RESTORING_SETTING])
        cursor.execute(
            "SELECT table_name, row_id, operation, before::text FROM journal_history"
            " WHERE uai = %s AND act_id = %s ORDER BY id DESC",
            [act.uai, reversed_act_id],
        )
        events = [
            (table, row_id, operation, json.loads(before) if before else {})
            for table, row_id, operation, before in cursor.fetchall()
        ]
        step = _Step(cursor, act, reversed_act_id, events, is_kept, done)
        # What others point at comes back before them and goes after them.
        for table in values:
            step.bring_back(table)
        for table in reversed(tables):
            step.remove(table)
        step.restore()
        for table in tables:
            step.bring_back(table)
        for table in reversed(values):
            step.remove(table)
        cursor.execute("SELECT set_config(%s, 'off', true)", [RESTORING_SETTING])
    return done


_Event = tuple[str, int, str, Any]
_IsKept = Callable[[str, int, dict[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class _Step:
    """The steps of a reversal, table by table."""

    cursor: "Cursor[Any]"
    act: OpenAct
    reversed_act_id: int
    events: list[_Event]
    is_kept: _IsKept
    done: Reversal

    def remove(self, table: str) -> None:
        """Remove the rows that the act created, or brought back."""
        returned = [
            row_id
            for name, row_id, operation, _ in self.events
            if name == table and operation == "I"
        ]
        self.cursor.execute(
            sql.SQL(
                "SELECT id, to_jsonb(t)::text FROM {} t WHERE uai = %s"
                " AND (created_act_id = %s OR id = ANY(%s))"
            ).format(sql.Identifier(table)),
            [self.act.uai, self.reversed_act_id, returned],
        )
        ids = []
        for row_id, content in self.cursor.fetchall():
            if self.is_kept(table, row_id, json.loads(content)):
                self.done.kept.append(Touched(table, row_id))
            else:
                ids.append(row_id)
        self.done.removed_count += staging.delete_rows(
            self.cursor, table, uai=self.act.uai, ids=ids
        )

    def restore(self) -> None:
        """Give the rows that the act changed their state before, latest change first."""
        statements: dict[str, sql.Composed] = {}
        for table, row_id, operation, before in self.events:
            if operation != "U":
                continue
            if self.is_kept(table, row_id, before):
                self.done.kept.append(Touched(table, row_id))
                continue
            if table not in statements:
                statements[table] = _restoring_statement(self.cursor, table)
            self.cursor.execute(statements[table], [json.dumps(before), self.act.uai, row_id])
            self.done.restored_count += self.cursor.rowcount

    def bring_back(self, table: str) -> None:
        """Add again the rows that the act removed."""
        rows = [
            event
            for event in self.events
            if event[0] == table and event[2] == "D" and not self.is_kept(table, event[1], event[3])
        ]
        if not rows:
            return
        self.cursor.execute(
            sql.SQL(
                "INSERT INTO {} SELECT (jsonb_populate_record(NULL::{}, value)).* FROM jsonb_array_elements(%s::jsonb)"
            ).format(sql.Identifier(table), sql.Identifier(table)),
            [json.dumps([event[3] for event in rows])],
        )
        self.done.returned_count += self.cursor.rowcount
        # A row that comes back still names the act that first made it, so its return is written down.
        self.cursor.execute(
            "INSERT INTO journal_history (uai, act_id, table_name, row_id, operation)"
            " SELECT %s::text, %s::bigint, %s::text, unnest(%s::bigint[]), 'I'",
            [self.act.uai, self.act.id, table, [event[1] for event in rows]],
        )


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
