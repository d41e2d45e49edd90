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
    cursor: "Cursor[Any]", *, uai: str, act_id: int, kinds_not_counted: Sequence[str]
) -> set[tuple[str, int]]:
    """Find the rows written after an act by acts of other kinds than those.

    Args:
        cursor (Cursor[Any]): a cursor in the transaction.
        uai (str): the school.
        act_id (int): the act.
        kinds_not_counted (Sequence[str]): kinds of acts that are no person's doing.

    Returns:
        set[tuple[str, int]]: table, id.
    """
    cursor.execute(
        "SELECT DISTINCT h.table_name, h.row_id FROM journal_history h JOIN journal_act a ON a.id = h.act_id"
        " WHERE h.uai = %s AND h.act_id > %s AND NOT a.kind = ANY(%s)",
        [uai, act_id, list(kinds_not_counted)],
    )
    return {(table, row_id) for table, row_id in cursor.fetchall()}


def reverse_act(
    act: OpenAct,
    *,
    reversed_act_id: int,
    tables: Sequence[str],
    is_kept: Callable[[str, int, dict[str, Any]], bool],
) -> Reversal:
    """Reverse an act within another one, which signs the reversal and can itself be reversed.

    Args:
        act (OpenAct): the act under way.
        reversed_act_id (int): the act to reverse.
        tables (Sequence[str]): tables in the order in which rows may be added.
        is_kept (Callable[[str, int, dict[str, Any]], bool]): whether a row, given by table, id and content,
            stays as it is.

    Returns:
        Reversal: what was done.
    """
    done = Reversal()
    with staging.raw_cursor() as cursor:
        cursor.execute("SELECT set_config(%s, 'on', true)", [RESTORING_SETTING])
        cursor.execute(
            "SELECT table_name, row_id, operation, before FROM journal_history"
            " WHERE uai = %s AND act_id = %s ORDER BY id DESC",
            [act.uai, reversed_act_id],
        )
        events = cursor.fetchall()
        for table in reversed(tables):
            _remove_created(cursor, act, reversed_act_id, table, is_kept, done)
            _remove_returned(cursor, act, table, events, is_kept, done)
        _restore(cursor, act, [event for event in events if event[2] == "U"], is_kept, done)
        for table in tables:
            returning = [event for event in events if event[2] == "D" and event[0] == table]
            _return(cursor, act, table, returning, is_kept, done)
        # Rows pointing at rows that came back are restored once these are there.
        cursor.execute("SELECT set_config(%s, 'off', true)", [RESTORING_SETTING])
    return done


_Event = tuple[str, int, str, Any]
_IsKept = Callable[[str, int, dict[str, Any]], bool]


def _content(before: Any) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(before) if isinstance(before, str) else before or {}
    return content


def _remove_created(
    cursor: "Cursor[Any]",
    act: OpenAct,
    reversed_act_id: int,
    table: str,
    is_kept: _IsKept,
    done: Reversal,
) -> None:
    cursor.execute(
        sql.SQL("SELECT id, to_jsonb(t) FROM {} t WHERE uai = %s AND created_act_id = %s").format(
            sql.Identifier(table)
        ),
        [act.uai, reversed_act_id],
    )
    ids = []
    for row_id, content in cursor.fetchall():
        if is_kept(table, row_id, content):
            done.kept.append(Touched(table, row_id))
        else:
            ids.append(row_id)
    done.removed_count += staging.delete_rows(cursor, table, uai=act.uai, ids=ids)


def _remove_returned(
    cursor: "Cursor[Any]",
    act: OpenAct,
    table: str,
    events: list[_Event],
    is_kept: _IsKept,
    done: Reversal,
) -> None:
    ids = [row_id for name, row_id, operation, _ in events if name == table and operation == "I"]
    ids = [row_id for row_id in ids if not is_kept(table, row_id, {})]
    done.removed_count += staging.delete_rows(cursor, table, uai=act.uai, ids=ids)


def _restore(
    cursor: "Cursor[Any]", act: OpenAct, events: list[_Event], is_kept: _IsKept, done: Reversal
) -> None:
    statements: dict[str, sql.Composed] = {}
    for table, row_id, _, before in events:
        if is_kept(table, row_id, _content(before)):
            done.kept.append(Touched(table, row_id))
            continue
        if table not in statements:
            statements[table] = _restoring_statement(cursor, table)
        cursor.execute(statements[table], [json.dumps(_content(before)), act.uai, row_id])
        done.restored_count += cursor.rowcount


def _return(
    cursor: "Cursor[Any]",
    act: OpenAct,
    table: str,
    events: list[_Event],
    is_kept: _IsKept,
    done: Reversal,
) -> None:
    rows = [event for event in events if not is_kept(table, event[1], _content(event[3]))]
    if not rows:
        return
    cursor.execute(
        sql.SQL(
            "INSERT INTO {} SELECT (jsonb_populate_record(NULL::{}, value)).* FROM jsonb_array_elements(%s::jsonb)"
        ).format(sql.Identifier(table), sql.Identifier(table)),
        [json.dumps([_content(event[3]) for event in rows])],
    )
    done.returned_count += cursor.rowcount
    # A row that comes back still names the act that first made it, so its return is written down.
    cursor.execute(
        "INSERT INTO journal_history (uai, act_id, table_name, row_id, operation)"
        " SELECT %s, %s, %s, unnest(%s::bigint[]), 'I'",
        [act.uai, act.id, table, [event[1] for event in rows]],
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
