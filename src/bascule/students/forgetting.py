"""Forget the pupils who left long enough ago: their records, their guardians and addresses, and all history of these.

Only `purge_history`, a function of the owner of the tables, removes history; it looks at the dates again.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

_DUE = """
SELECT s.id FROM students_student s WHERE s.uai = %s AND NOT EXISTS (
    SELECT FROM students_enrolment e WHERE e.uai = s.uai AND e.student_id = s.id
    AND coalesce(e.left_on, make_date(e.year + 1, 8, 31)) >= purge_limit('pupil', 'archive'))
AND (EXISTS (SELECT FROM students_enrolment e WHERE e.uai = s.uai AND e.student_id = s.id)
    OR EXISTS (SELECT FROM journal_act a WHERE a.uai = s.uai AND a.id = s.act_id
        AND a.at < purge_limit('pupil', 'archive')))
ORDER BY s.id
"""
_YEARS = """
SELECT student_id, year::integer FROM students_enrolment WHERE uai = %(uai)s AND student_id = ANY (%(ids)s)
UNION SELECT (before->>'student_id')::bigint, (before->>'year')::integer FROM journal_history
WHERE uai = %(uai)s AND table_name = 'students_enrolment' AND (before->>'student_id')::bigint = ANY (%(ids)s)
"""
#: Who is, or was, a guardian of theirs, and of nobody who stays.
_GUARDIANS = """
SELECT DISTINCT c.id FROM (
    SELECT guardian_id AS id FROM students_guardianship WHERE uai = %(uai)s AND student_id = ANY (%(ids)s)
    UNION SELECT (before->>'guardian_id')::bigint FROM journal_history WHERE uai = %(uai)s
        AND table_name = 'students_guardianship' AND (before->>'student_id')::bigint = ANY (%(ids)s)) c
WHERE NOT EXISTS (SELECT FROM students_guardianship g WHERE g.uai = %(uai)s AND g.guardian_id = c.id
    AND g.student_id <> ALL (%(ids)s))
"""
#: Where they live, or lived, and nobody who stays does.
_ADDRESSES = """
SELECT DISTINCT c.id FROM (
    SELECT address_id AS id FROM students_student WHERE uai = %(uai)s AND id = ANY (%(ids)s)
    UNION SELECT address_id FROM students_guardian WHERE uai = %(uai)s AND id = ANY (%(guardians)s)
    UNION SELECT (before->>'address_id')::bigint FROM journal_history WHERE uai = %(uai)s AND (
        (table_name = 'students_student' AND row_id = ANY (%(ids)s))
        OR (table_name = 'students_guardian' AND row_id = ANY (%(guardians)s)))) c
WHERE c.id IS NOT NULL
AND NOT EXISTS (SELECT FROM students_student s WHERE s.uai = %(uai)s AND s.address_id = c.id
    AND s.id <> ALL (%(ids)s))
AND NOT EXISTS (SELECT FROM students_guardian g WHERE g.uai = %(uai)s AND g.address_id = c.id
    AND g.id <> ALL (%(guardians)s))
"""
_OF_PUPILS = (
    "students_guardianship",
    "students_membership",
    "students_schooling",
    "students_enrolment",
)


def due(*, uai: str) -> list[int]:
    """List the pupils of a school who are past their time; the school is open.

    Args:
        uai (str): the school.

    Returns:
        list[int]: their ids.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [uai])
        return [row[0] for row in cursor.fetchall()]


def years_of(*, uai: str, ids: Sequence[int]) -> set[tuple[int, int]]:
    """Tell the years in which pupils are, or were in any earlier state, enrolled; the school is open.

    Args:
        uai (str): the school.
        ids (Sequence[int]): the pupils.

    Returns:
        set[tuple[int, int]]: a pupil and a year, first calendar one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_YEARS, {"uai": uai, "ids": list(ids)})
        return set(cursor.fetchall())


def forget(*, uai: str, ids: Sequence[int]) -> dict[str, int]:
    """Remove pupils and all that the records hold of them, within an act that has removed the rest.

    Args:
        uai (str): the school.
        ids (Sequence[int]): pupils who are past their time.

    Returns:
        dict[str, int]: rows removed, by table; `history` counts states of before.
    """
    given: dict[str, Any] = {"uai": uai, "ids": list(ids)}
    with connection.cursor() as cursor:
        given["guardians"] = _ids(cursor, _GUARDIANS, given)
        given["addresses"] = _ids(cursor, _ADDRESSES, given)
        gone = {table: _delete(cursor, table, "student_id", uai, ids) for table in _OF_PUPILS}
        for table, these in (
            ("students_student", given["ids"]),
            ("students_guardian", given["guardians"]),
            ("students_address", given["addresses"]),
        ):
            gone[table] = _delete(cursor, table, "id", uai, these)
        cursor.execute(
            "SELECT purge_history(%(uai)s, %(ids)s::bigint[], %(guardians)s::bigint[], %(addresses)s::bigint[])",
            given,
        )
        gone["history"] = cursor.fetchone()[0]
    return gone


def _ids(cursor: CursorWrapper, query: str, given: dict[str, Any]) -> list[int]:
    cursor.execute(query, given)
    return [row[0] for row in cursor.fetchall()]


def _delete(cursor: CursorWrapper, table: str, column: str, uai: str, ids: Sequence[int]) -> int:
    cursor.execute(
        f"DELETE FROM {table} WHERE uai = %s AND {column} = ANY (%s)",  # noqa: S608 - names of our own
        [uai, list(ids)],
    )
    return int(cursor.rowcount)
