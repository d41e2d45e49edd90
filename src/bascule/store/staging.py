"""Many rows at once: each column travels as one array, and one statement makes rows of them again.

`COPY` is refused on tables under row-level policies, row-by-row statements cost a round trip each, and a
temporary table costs more at the end of the transaction than a day's changes cost to write.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from itertools import islice
from types import MappingProxyType
from typing import Any

from django.db import connection
from psycopg import Cursor, sql
from psycopg.types.json import Jsonb

#: Rows that go in one statement: what the largest school adds is never in memory twice.
_INSERTED_AT_ONCE = 5000

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


@contextmanager
def pipelined() -> Iterator[None]:
    """Send the statements of a block without waiting for each: the server writes while the next is prepared.

    A statement whose answer is read waits for all those before it. A refused one raises at the end of
    the block at the latest, and the transaction is lost as ever.

    Yields:
        None: nothing.
    """
    connection.ensure_connection()
    driver: Any = connection.connection
    with driver.pipeline():
        yield


def keep_plans_stable() -> None:
    """Make the statements of the transaction go by the indexes, whatever the planner believes.

    A table just filled, or never analysed, looks small or large at random: a school's rows are believed to be
    one or two, each condition of a policy making them fewer. Rows joined one by one are then all looked at
    again for each, sixty times the time of an update. Through an index and hashed, a school's rows are
    looked at once, and they are always few among many.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, 'off', true) FROM unnest(%s::text[]) AS name",
            [["enable_seqscan", "enable_nestloop", "enable_mergejoin", "jit"]],
        )


def take_ids(cursor: "Cursor[Any]", table: str, count: int) -> list[int]:
    """Take ids for rows to come, so that others can point at them before they are written.

    Args:
        cursor (Cursor[Any]): a cursor in the transaction.
        table (str): the table.
        count (int): how many.

    Returns:
        list[int]: new ids, in order.
    """
    return take_ids_of_tables(cursor, {table: count})[table]


def take_ids_of_tables(cursor: "Cursor[Any]", counts: Mapping[str, int]) -> dict[str, list[int]]:
    """Take ids for rows to come in several tables, in one statement.

    Args:
        cursor (Cursor[Any]): a cursor in the transaction.
        counts (Mapping[str, int]): how many for each table.

    Returns:
        dict[str, list[int]]: new ids of each table, in order.
    """
    if not any(counts.values()):
        return {table: [] for table in counts}
    cursor.execute(
        # The sequence is looked up once a table, not once an id.
        "SELECT ARRAY(SELECT nextval(sequence) FROM generate_series(1, count)) FROM"
        " (SELECT pg_get_serial_sequence(name, 'id')::regclass AS sequence, count, place"
        "  FROM unnest(%s::text[], %s::int[]) WITH ORDINALITY AS t (name, count, place) OFFSET 0) s ORDER BY place",
        [list(counts), list(counts.values())],
    )
    return {table: ids for table, (ids,) in zip(counts, cursor, strict=True)}


def insert_rows(
    cursor: "Cursor[Any]",
    table: str,
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    constants: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Add rows.

    Args:
        cursor (Cursor[Any]): a cursor in the transaction.
        table (str): the table.
        columns (Sequence[str]): the columns given; the others take their default.
        rows (Iterable[Row]): values in that order.
        constants (Mapping[str, Any]): columns that have the same value in every row.
    """
    remaining = iter(rows)
    while arrays := _arrays(islice(remaining, _INSERTED_AT_ONCE)):
        query = _insert_query(table, tuple(columns), tuple(constants))
        cursor.execute(query, [*constants.values(), *arrays])


@cache
def _insert_query(table: str, columns: tuple[str, ...], constants: tuple[str, ...]) -> bytes:
    types = _types(table)
    query = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM ({}) AS s").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, (*constants, *columns))),
        sql.SQL(", ").join(
            (*(sql.SQL(f"%s::{types[name]}") for name in constants), *_values(table, columns))
        ),
        _source(table, columns),
    )
    return query.as_bytes()


def update_rows(
    cursor: "Cursor[Any]", table: str, columns: Sequence[str], rows: Iterable[Row]
) -> None:
    """Rewrite rows found by their id.

    Args:
        cursor (Cursor[Any]): a cursor in the transaction.
        table (str): the table.
        columns (Sequence[str]): `id` first, then `uai`, then the columns to rewrite.
        rows (Iterable[Row]): values in that order.
    """
    arrays = _arrays(rows)
    if arrays:
        cursor.execute(_update_query(table, tuple(columns)), arrays)


@cache
def _update_query(table: str, columns: tuple[str, ...]) -> bytes:
    written = columns[2:]
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), value)
        for name, value in zip(written, _values(table, written), strict=True)
    )
    # Kept whole, so that no plan makes them again for each row of the table.
    query = sql.SQL(
        "WITH s AS MATERIALIZED ({}) UPDATE {} t SET {} FROM s WHERE t.id = s.id AND t.uai = s.uai"
    )
    return query.format(_source(table, columns), sql.Identifier(table), assignments).as_bytes()


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
    """Write what makes rows of the arrays: the columns of `s`, in the types of the table.

    Arrays side by side in a list of results come out row by row; as a function they would first be
    kept whole, which costs a tenth of the insertion.
    """
    types = _types(table)
    return sql.SQL("SELECT {}").format(
        # An array of arrays would come apart to its last element: the inner ones travel as texts.
        sql.SQL(", ").join(
            sql.SQL(
                "unnest(%s::text[]) AS {}"
                if _is_array(types[name])
                else f"unnest(%s::{types[name]}[]) AS {{}}"
            ).format(sql.Identifier(name))
            for name in columns
        )
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


def _arrays(rows: Iterable[Row]) -> list[str | None]:
    """Write each column as an array; one of NULL alone, as many are, as a NULL.

    Arrays side by side end with the longest, and those that ended before give NULL. The first column is
    always written, so that there is one.
    """
    return [
        None if place and all(value is None for value in values) else _array(values)
        for place, values in enumerate(zip(*rows, strict=True))
    ]


def _array(values: Sequence[Any]) -> str:
    """Write the values of a column as PostgreSQL reads an array; the driver's own way is ten times slower."""
    if not values:
        return "{}"
    kind: type = next((type(value) for value in values if value is not None), str)
    if kind in _BARE:
        # As Python shows them: 1, True, None.
        return f"{{{str(list(values))[1:-1].replace('None', 'NULL')}}}"
    if not issubclass(kind, str):
        write = _WRITERS[kind]
        values = [None if value is None else write(value) for value in values]
    texts = [_NOTHING if value is None else value for value in values]
    together = '","'.join(texts)
    if "\\" in together or together.count('"') != 2 * (len(texts) - 1):
        together = '","'.join([text.replace("\\", "\\\\").replace('"', '\\"') for text in texts])
    return f'{{"{together}"}}'.replace(f'"{_NOTHING}"', "NULL")


#: Stands for NULL while texts are put together: no text of PostgreSQL holds it.
_NOTHING = "\0"
_BARE = frozenset((int, bool))


def _hexadecimal(value: bytes | memoryview) -> str:
    return "\\x" + value.hex()


def _json(value: Jsonb) -> str:
    return json.dumps(value.obj, ensure_ascii=False)


#: How each type is written, texts apart. One that is not here is a fault.
_WRITERS: Mapping[type, Callable[[Any], str]] = {
    date: str,
    datetime: str,
    bytes: _hexadecimal,
    memoryview: _hexadecimal,
    list: _array,
    Jsonb: _json,
}
