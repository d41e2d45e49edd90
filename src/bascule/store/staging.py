"""Many rows at once: each column travels as one array, and one statement makes rows of them again.

`COPY` is refused on tables under row-level policies, row-by-row statements cost a round trip each, and a
temporary table costs more at the end of the transaction than a day's changes cost to write.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from types import MappingProxyType
from typing import Any

from django.db import connection
from psycopg import Cursor, sql
from psycopg.types.json import Jsonb

#: A row, in the order of the columns it comes with.
Row = Sequence[Any]


def raw_cursor() -> "Cursor[Any]":
    """Open the driver's own cursor on the current connection, inside its transaction.

    Parameters travel apart from the text, so large ones are neither quoted nor read again.

    Returns:
        Cursor[Any]: a psycopg cursor; close it or use it as a context manager.
    """
    connection.ensure_connection()
    driver: Any = connection.connection
    return Cursor(driver)


def keep_plans_stable() -> None:
    """Make the statements of the transaction go by the indexes, whatever the planner believes.

    A table just filled, or never analysed, looks small or large at random, and a wrong guess costs three
    to six times the right plan; a school's rows are always few among many.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, 'off', true) FROM unnest(%s::text[]) AS name",
            [["enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"]],
        )


def insert_rows(
    cursor: "Cursor[Any]",
    table: str,
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    constants: Mapping[str, Any] = MappingProxyType({}),
    returning: str = "",
) -> list[tuple[int, Any]]:
    """Add rows.

    Args:
        cursor (Cursor[Any]): a cursor in the transaction.
        table (str): the table.
        columns (Sequence[str]): the columns given; the others take their default.
        rows (Iterable[Row]): values in that order.
        constants (Mapping[str, Any]): columns that have the same value in every row.
        returning (str): a column by which the caller tells its rows apart; empty when it need not.

    Returns:
        list[tuple[int, Any]]: id and that column of each row; empty when none is asked.
    """
    arrays = _arrays(rows)
    if not arrays:
        return []
    query = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, (*columns, *constants))),
        sql.SQL(", ").join((*_values(table, columns), *map(sql.Literal, constants.values()))),
        _source(table, columns),
    )
    if not returning:
        cursor.execute(query, arrays)
        return []
    cursor.execute(query + sql.SQL(" RETURNING id, {}").format(sql.Identifier(returning)), arrays)
    return cursor.fetchall()


def update_rows(
    cursor: "Cursor[Any]", table: str, columns: Sequence[str], rows: Iterable[Row]
) -> int:
    """Rewrite rows found by their id.

    Args:
        cursor (Cursor[Any]): a cursor in the transaction.
        table (str): the table.
        columns (Sequence[str]): `id` first, then `uai`, then the columns to rewrite.
        rows (Iterable[Row]): values in that order.

    Returns:
        int: rows rewritten.
    """
    arrays = _arrays(rows)
    if not arrays:
        return 0
    written = columns[2:]
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), value)
        for name, value in zip(written, _values(table, written), strict=True)
    )
    cursor.execute(
        sql.SQL("UPDATE {} t SET {} FROM {} WHERE t.id = s.id AND t.uai = s.uai").format(
            sql.Identifier(table), assignments, _source(table, columns)
        ),
        arrays,
    )
    return cursor.rowcount


def delete_rows(cursor: "Cursor[Any]", table: str, *, uai: str, ids: Sequence[int]) -> int:
    """Remove rows of a school by their ids.

    Args:
        cursor (Cursor[Any]): a cursor in the transaction.
        table (str): the table.
        uai (str): the school.
        ids (Sequence[int]): the rows.

    Returns:
        int: rows removed.
    """
    if not ids:
        return 0
    cursor.execute(
        sql.SQL("DELETE FROM {} WHERE uai = %s AND id = ANY(%s)").format(sql.Identifier(table)),
        [uai, list(ids)],
    )
    return cursor.rowcount


def _source(table: str, columns: Sequence[str]) -> sql.Composed:
    """Write what makes rows of the arrays: the columns of `s`, in the types of the table."""
    types = _types(table)
    return sql.SQL("unnest({}) AS s ({})").format(
        # An array of arrays would come apart to its last element: the inner ones travel as texts.
        sql.SQL(", ").join(
            sql.SQL("%s::text[]" if _is_array(types[name]) else f"%s::{types[name]}[]")
            for name in columns
        ),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
    )


def _values(table: str, columns: Sequence[str]) -> list[sql.Composed]:
    types = _types(table)
    return [
        sql.SQL(f"s.{{}}::{types[name]}" if _is_array(types[name]) else "s.{}").format(
            sql.Identifier(name)
        )
        for name in columns
    ]


@cache
def _types(table: str) -> dict[str, str]:
    """Read the types of a table's columns, once a process: nothing but a migration changes them."""
    with raw_cursor() as cursor:
        cursor.execute(
            "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [table],
        )
        return dict(cursor.fetchall())


def _is_array(name: str) -> bool:
    return name.endswith("[]")


def _arrays(rows: Iterable[Row]) -> list[str]:
    return [_array(values) for values in zip(*rows, strict=True)]


def _array(values: Sequence[Any]) -> str:
    """Write the values of a column as PostgreSQL reads an array; the driver's own way is ten times slower."""
    kind: type = next((type(value) for value in values if value is not None), str)
    if not issubclass(kind, str):
        write = _WRITERS[kind]
        values = [None if value is None else write(value) for value in values]
    together = "".join(filter(None, values))
    if "\\" in together or '"' in together:
        values = [value and value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return "{" + ",".join(["NULL" if value is None else f'"{value}"' for value in values]) + "}"


def _hexadecimal(value: bytes | memoryview) -> str:
    return "\\x" + value.hex()


def _json(value: Jsonb) -> str:
    return json.dumps(value.obj, ensure_ascii=False)


#: How each type is written, texts apart. One that is not here is a fault.
_WRITERS: Mapping[type, Callable[[Any], str]] = {
    int: str,
    bool: str,
    date: str,
    datetime: str,
    bytes: _hexadecimal,
    memoryview: _hexadecimal,
    list: _array,
    Jsonb: _json,
}
