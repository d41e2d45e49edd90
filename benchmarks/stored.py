"""Fill the base with the pupils of other schools, by the fastest means: what is measured comes after."""

from typing import Any

import psycopg
from psycopg import sql

from bascule.students.register import STUDENTS, TABLES

#: Columns that name a row; those of each copy are moved by as much.
_IDS = frozenset(("id", "student_id", "guardian_id", "address_id"))
#: More than the ids of the school that is copied, which is among the first.
_STEP = 10_000


def stored_count(connection: "psycopg.Connection[Any]") -> int:
    """Count the pupils of the base.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.

    Returns:
        int: of all schools.
    """
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(STUDENTS))
    return _number(connection, query)


def fill(connection: "psycopg.Connection[Any]", uai: str, pupils: int) -> None:
    """Copy a school under other names until the base holds a number of pupils.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.
        uai (str): the school to copy.
        pupils (int): how many the base must hold.
    """
    of_school = sql.SQL("SELECT count(*) FROM {} WHERE uai = {}").format(
        sql.Identifier(STUDENTS), sql.Literal(uai)
    )
    missing = pupils - stored_count(connection)
    copies = -(-missing // _number(connection, of_school))
    if copies > 0:
        top = max(_number(connection, _highest(table)) for table in TABLES)
        with connection.transaction():
            # Neither triggers nor policies: these rows are only there to be in the way.
            connection.execute("SET LOCAL session_replication_role = replica")
            for table in TABLES:
                connection.execute(_copying(connection, table, uai), {"top": top, "copies": copies})
    for table in TABLES:
        # Ids that come after are higher, as they always are: they go to the end of the indexes.
        highest = _number(connection, _highest(table))
        if highest:
            connection.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, highest]
            )
    # As a base is long after it was filled: nothing is left to tidy up while others import.
    connection.execute("VACUUM (ANALYZE)")
    connection.execute("CHECKPOINT")


def _highest(table: str) -> sql.Composed:
    return sql.SQL("SELECT max(id) FROM {}").format(sql.Identifier(table))


def _number(connection: "psycopg.Connection[Any]", query: sql.Composed) -> int:
    found = connection.execute(query).fetchone()
    # A table may hold nothing: then there is no highest.
    return int(found[0] or 0) if found else 0


def _copying(connection: "psycopg.Connection[Any]", table: str, uai: str) -> sql.Composed:
    source = sql.Identifier(table)
    described = connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(source)).description
    names = [column.name for column in described or ()]
    values: list[sql.Composable] = []
    for name in names:
        if name == "uai":
            values.append(sql.SQL("'F' || lpad(k::text, 7, '0')"))
        elif name in _IDS:
            moved = sql.SQL("t.{} + %(top)s + k * {}")
            values.append(moved.format(sql.Identifier(name), sql.Literal(_STEP)))
        else:
            values.append(sql.Identifier("t", name))
    return sql.SQL(
        "INSERT INTO {} ({}) SELECT {} FROM {} t, generate_series(1, %(copies)s) k WHERE t.uai = {}"
    ).format(
        source,
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(values),
        source,
        sql.Literal(uai),
    )
