"""Digests of all tables, school by school, to tell whether two bases hold the same rows."""

from collections.abc import Iterable
from typing import NamedTuple

import psycopg
from psycopg import sql


class Share(NamedTuple):
    """What one school has in one table.

    Attributes:
        table: the table.
        uai: the school; blank for a table of no school.
    """

    table: str
    uai: str


#: Unlogged tables come back empty: nothing in them is to be kept.
_TABLES = """
SELECT c.relname::text, EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'uai' AND NOT a.attisdropped)
FROM pg_class c WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""


def digests(address: str, *, but: Iterable[str] = ()) -> dict[Share, str]:
    """Read every row of a base, at one instant.

    Args:
        address (str): enters the base as somebody whom no policy binds.
        but (Iterable[str]): tables left out.

    Returns:
        dict[Share, str]: the count of rows and their digest, by table and school.
    """
    found: dict[Share, str] = {}
    left_out = set(but)
    with psycopg.connect(address, options="-c TimeZone=UTC -c DateStyle=ISO") as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for table, has_school in connection.execute(_TABLES).fetchall():
            if table in left_out:
                continue
            # A sum has no order: nothing need be sorted.
            rows = connection.execute(
                sql.SQL(
                    "SELECT {}, count(*) || ' ' || sum(hashtextextended(t::text, 0)) FROM {} t GROUP BY 1"
                ).format(
                    sql.SQL("coalesce(uai::text, '')" if has_school else "''"),
                    sql.Identifier(table),
                )
            )
            found |= {Share(table, uai): said for uai, said in rows.fetchall()}
    return found
