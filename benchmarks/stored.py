"""Fill the base with the pupils of other schools, by the fastest means: what is measured comes after."""

from typing import Any

import psycopg
from psycopg import sql

from bascule.students.register import STUDENTS, TABLES

#: Columns that name a row; those of each copy are moved by as much.
_IDS = frozenset(("id", "student_id", "guardian_id", "address_id"))
_STEP = 10_000_000


def stored_count(connection: "psycopg.Connection[Any]") -> int:
    """Count the pupils of the base.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.

    Returns:
        int: of all schools.
    """
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(STUDENTS))
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0


def fill(connection: "psycopg.Connection[Any]", uai: str, pupils: int) -> None:
    """Copy a school under other names until the base holds a number of pupils.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.
        uai (str): the school to copy.
        pupils (int): how many the base must hold.
    """
    held = stored_count(connection)
    query = sql.SQL("SELECT count(*) FROM {} WHERE uai = {}").format(
        sql.Identifier(STUDENTS), sql.Literal(uai)
    )
    found = connection.execute(query).fetchone()
    size = int(found[0]) if found else 0
    copies = -(-(pupils - held) // size)
    if copies > 0:
        with connection.transaction():
            # Neither triggers nor policies: these rows are only there to be in the way.
            connection.execute("SET LOCAL session_replication_role = replica")
            for table in TABLES:
                connection.execute(_copying(connection, table, uai), [copies])
    # As a base is long after it was filled: nothing is left to tidy up while others import.
    connection.execute("VACUUM (ANALYZE)")
    connection.execute("CHECKPOINT")


def _copying(connection: "psycopg.Connection[Any]", table: str, uai: str) -> sql.Composed:
    source = sql.Identifier(table)
    described = connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(source)).description
    names = [column.name for column in described or ()]
    values = []
    for name in names:
        value = sql.SQL("t.{}").format(sql.Identifier(name))
        if name == "uai":
            value = sql.SQL("'F' || lpad(k::text, 7, '0')").format()
        elif name in _IDS:
            value = sql.SQL("{} + {} * k").format(value, sql.Literal(_STEP))
        values.append(value)
    return sql.SQL(
        "INSERT INTO {} ({}) SELECT {} FROM {} t CROSS JOIN generate_series(1, %s) k WHERE t.uai = {}"
    ).format(
        source,
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(values),
        source,
        sql.Literal(uai),
    )
