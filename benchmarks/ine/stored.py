"""The directory of the product, filled by one `COPY`, and searched as the product does it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db import transaction
from psycopg import sql

from bascule.ine.directory import open_directory
from bascule.ine.matching.candidates import match
from bascule.ine.matching.civil import Civil, search_keys
from bascule.ine.matching.model import Model
from bascule.ine.matching.verdict import Verdict

#: As many as a school declares at once.
SCHOOL = 600
_AT = datetime(2026, 11, 2, 18, tzinfo=UTC)
_COPY = (
    "COPY ine_person (id, root_id, family_name, usual_name, first_name, second_name, third_name, sex,"
    " birth_date, birth_precision, birth_country, birth_commune, birth_town, name_key, usual_key,"
    " first_key, since) FROM STDIN"
)
_INDEXES = """
SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = 'ine_person'::regclass AND NOT i.indisprimary
"""
#: Whose date of birth is not known: the product asks for one.
_NO_DATE = datetime(1900, 1, 1, tzinfo=UTC).date()


def fill_directory(connection: "psycopg.Connection[Any]", people: Iterable[Civil]) -> int:
    """Put people in the directory instead of those that are there; their id is their rank and one.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.
        people (Iterable[Civil]): who.

    Returns:
        int: how many.
    """
    count = 0
    with connection.transaction(), connection.cursor() as cursor:
        # Persons are never removed: the triggers that say so are the product's.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("TRUNCATE ine_person")
        # Each index at once, when all are there: ten million persons take an hour less.
        cursor.execute(_INDEXES)
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        with cursor.copy(_COPY) as copy:
            for count, civil in enumerate(people, 1):
                copy.write_row((count, count, *_columns(civil), *search_keys(civil), _AT))
        for _, made in indexes:
            cursor.execute(made)
    connection.execute("VACUUM (ANALYZE) ine_person")
    return count


def _columns(civil: Civil) -> tuple[Any, ...]:
    first, second, third = (*civil.firsts, None, None, None)[:3]
    return (
        civil.family, civil.usual or None, first or "", second, third, civil.sex or None,
        civil.birth or _NO_DATE, civil.precision, civil.country or None, civil.commune or None,
        civil.town or None,
    )  # fmt: skip


def look_for(wanted: Sequence[Civil], model: Model) -> list[Verdict]:
    """Look for people as the product does, school by school.

    Args:
        wanted (Sequence[Civil]): who.
        model (Model): what was learned.

    Returns:
        list[Verdict]: in their order.
    """
    verdicts: list[Verdict] = []
    for start in range(0, len(wanted), SCHOOL):
        with transaction.atomic():
            open_directory()
            verdicts += match(wanted[start : start + SCHOOL], model)
    return verdicts
