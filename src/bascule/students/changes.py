"""Which pupils of a school's year an act or later ones touched, which are gone, and under what keys they were known."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bascule.store import staging

#: What programs know a pupil by, and its column here.
KEYS: Final = ("private_id", "number", "ine", "ine_rnie", "ine_bea")


@dataclass(frozen=True, slots=True)
class Gone:
    """A pupil who is no longer of the year.

    Attributes:
        id: our number.
        keys: what it was known by.
        at: since when.
    """

    id: int
    keys: Mapping[str, object]
    at: datetime


@dataclass(frozen=True, slots=True)
class Touched:
    """What acts touched.

    Attributes:
        ids: pupils of whom something was written, removed or brought back, in whatever year.
        earlier_keys: for each of them that had others, the keys it had before.
        gone: those who are no longer of the year, by number.
    """

    ids: frozenset[int] = frozenset()
    earlier_keys: Mapping[int, Mapping[str, object]] = field(default_factory=dict)
    gone: tuple[Gone, ...] = ()


#: Tables whose rows are of one pupil.
_OF_PUPIL: Final = (
    "students_enrolment",
    "students_schooling",
    "students_membership",
    "students_guardianship",
)

_TOUCHED: Final = (
    "SELECT id FROM students_student WHERE uai = %(uai)s AND created_act_id > %(act)s"  # noqa: S608 - our own names
    + "".join(
        f" UNION SELECT student_id FROM {table} WHERE uai = %(uai)s AND created_act_id > %(act)s"  # noqa: S608 - our own names
        # A row that an undoing brought back is as old as it was: only the history knows of its return.
        f" UNION SELECT r.student_id FROM journal_history h JOIN {table} r ON r.id = h.row_id AND r.uai = h.uai"
        f" WHERE h.uai = %(uai)s AND h.act_id > %(act)s AND h.operation = 'I' AND h.table_name = '{table}'"
        for table in _OF_PUPIL
    )
    + " UNION SELECT row_id FROM journal_history"
    " WHERE uai = %(uai)s AND act_id > %(act)s AND table_name = 'students_student'"
    " UNION SELECT (before->>'student_id')::bigint FROM journal_history"
    " WHERE uai = %(uai)s AND act_id > %(act)s AND operation <> 'I' AND table_name = ANY(%(tables)s)"
    " UNION SELECT l.student_id FROM journal_history h JOIN students_guardianship l"
    " ON l.guardian_id = h.row_id AND l.uai = h.uai"
    " WHERE h.uai = %(uai)s AND h.act_id > %(act)s AND h.table_name = 'students_guardian'"
)
#: The earliest state since the act, of who was there before it.
_EARLIER: Final = (
    "SELECT DISTINCT ON (pupil, table_name) pupil, before::text FROM ("
    " SELECT id, table_name, before, operation,"
    " CASE table_name WHEN 'students_student' THEN row_id ELSE (before->>'student_id')::bigint END AS pupil"
    " FROM journal_history WHERE uai = %(uai)s AND act_id > %(act)s AND operation IN ('U', 'D')"
    " AND table_name IN ('students_student', 'students_enrolment')"
    " AND coalesce((before->>'year')::int, %(year)s) = %(year)s) states"
    " ORDER BY pupil, table_name, id"
)
_GONE: Final = (
    "SELECT DISTINCT ON (pupil) pupil, a.at FROM ("
    " SELECT h.id, h.act_id, CASE h.table_name WHEN 'students_student' THEN h.row_id"
    " ELSE (h.before->>'student_id')::bigint END AS pupil FROM journal_history h"
    " WHERE h.uai = %(uai)s AND h.act_id > %(act)s AND h.operation = 'D'"
    " AND (h.table_name = 'students_student' OR (h.table_name = 'students_enrolment'"
    " AND (h.before->>'year')::int = %(year)s))) removed"
    " JOIN journal_act a ON a.id = removed.act_id"
    " WHERE NOT EXISTS (SELECT 1 FROM students_enrolment e WHERE e.uai = %(uai)s"
    " AND e.year = %(year)s AND e.student_id = removed.pupil)"
    " ORDER BY pupil, removed.id DESC"
)


def touched_since(*, uai: str, year: int, act_id: int) -> Touched:
    """Tell what the acts after one touched.

    Args:
        uai (str): the school; it is open.
        year (int): first calendar year.
        act_id (int): the act.

    Returns:
        Touched: pupils by number.
    """
    asked = {"uai": uai, "year": year, "act": act_id, "tables": list(_OF_PUPIL)}
    with staging.raw_cursor() as cursor:
        cursor.execute(_TOUCHED, asked)
        ids = frozenset(row[0] for row in cursor.fetchall())
        cursor.execute(_EARLIER, asked)
        earlier: dict[int, dict[str, object]] = {}
        for pupil, text in cursor.fetchall():
            before = json.loads(text)
            known = {name: before[name] for name in KEYS if before.get(name) is not None}
            earlier.setdefault(pupil, {}).update(known)
        cursor.execute(_GONE, asked)
        gone = tuple(Gone(pupil, earlier.get(pupil, {}), at) for pupil, at in cursor.fetchall())
    return Touched(ids, earlier, gone)
