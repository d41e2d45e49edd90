"""Many rows at once: COPY into a temporary table, then one statement into the real one.

`COPY` is refused on tables under row-level policies, and row-by-row statements cost a round trip
each; so rows pass through a temporary table of the session.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.db import connection
from psycopg import Cursor, sql

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
    stage = _fill_stage(cursor, table, columns, rows)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    same = sql.SQL("").join(sql.SQL(", {}").format(sql.Identifier(name)) for name in constants)
    values = sql.SQL("").join(
        sql.SQL(", {}").format(sql.Literal(value)) for value in constants.values()
    )
    query = sql.SQL("INSERT INTO {} ({}{}) SELECT {}{} FROM {}").format(
        sql.Identifier(table), names, same, names, values, stage
    )
    if not returning:
        cursor.execute(query)
        return []
    cursor.execute(query + sql.SQL(" RETURNING id, {}").format(sql.Identifier(returning)))
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
    stage = _fill_stage(cursor, table, columns, rows)
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = s.{}").format(sql.Identifier(name), sql.Identifier(name))
        for name in columns[2:]
    )
    cursor.execute(
        sql.SQL("UPDATE {} t SET {} FROM {} s WHERE t.id = s.id AND t.uai = s.uai").format(
            sql.Identifier(table), assignments, stage
        )
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


def _fill_stage(
    cursor: "Cursor[Any]", table: str, columns: Sequence[str], rows: Iterable[Row]
) -> sql.Identifier:
    stage = sql.Identifier(f"stage_{table}")
    # Kept for the session: making a temporary table anew costs more than filling it. It is empty but for
    # what this very transaction put in it; TRUNCATE would make a new file each time.
    cursor.execute(
        sql.SQL(
            "CREATE TEMP TABLE IF NOT EXISTS {} ON COMMIT DELETE ROWS AS SELECT * FROM {} WITH NO DATA"
        ).format(stage, sql.Identifier(table))
    )
    cursor.execute(sql.SQL("DELETE FROM {}").format(stage))
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(stage, names)) as copy:
        for row in rows:
            copy.write_row(row)
    return stage
