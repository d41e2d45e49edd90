"""Account for every pupil of a year in the year after: promoted, repeating, left or unknown, and the newcomers."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.db import connection, transaction

from bascule.store.policies import open_schools
from bascule.store.staging import keep_plans_stable

# One row for each pupil confirmed in the year: what became of him or her in the next.
_FATES = """
SELECT e.uai, e.student_id, CASE
    WHEN n.student_id IS NULL OR n.is_expected
        THEN CASE WHEN e.left_on IS NOT NULL OR n.left_on IS NOT NULL THEN 'left' ELSE 'unknown' END
    WHEN a.mef IS NULL AND (n.left_on IS NOT NULL OR n.exit_reason IS NOT NULL) THEN 'left'
    WHEN n.is_repeating OR (n.is_repeating IS NULL AND a.mef = b.mef) THEN 'repeating'
    ELSE 'promoted' END AS fate
FROM students_enrolment e
LEFT JOIN students_enrolment n ON n.uai = e.uai AND n.student_id = e.student_id AND n.year = %(after)s
LEFT JOIN (
    SELECT DISTINCT ON (uai, student_id) uai, student_id, mef FROM students_schooling
    WHERE uai = ANY(%(uais)s) AND year = %(year)s ORDER BY uai, student_id, starts_on DESC
) b ON b.uai = e.uai AND b.student_id = e.student_id
LEFT JOIN (
    SELECT DISTINCT ON (uai, student_id) uai, student_id, mef FROM students_schooling
    WHERE uai = ANY(%(uais)s) AND year = %(after)s ORDER BY uai, student_id, starts_on
) a ON a.uai = e.uai AND a.student_id = e.student_id
WHERE e.uai = ANY(%(uais)s) AND e.year = %(year)s AND NOT e.is_expected
"""

_NEWCOMERS = """
SELECT n.uai, count(*) FROM students_enrolment n
WHERE n.uai = ANY(%(uais)s) AND n.year = %(after)s AND NOT n.is_expected AND NOT EXISTS (
    SELECT FROM students_enrolment e
    WHERE e.uai = n.uai AND e.student_id = n.student_id AND e.year = %(year)s AND NOT e.is_expected
)
GROUP BY n.uai
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """What became, in the year after, of the pupils of a year.

    Attributes:
        pupils: all who were confirmed in the year; the sum of the four that follow.
        promoted: there the year after, not repeating.
        repeating: there the year after, in the same course.
        left: gone, in the year or before the next began.
        unknown: neither there nor gone, as far as is known.
        newcomers: there the year after, and not in the year.
    """

    pupils: int = 0
    promoted: int = 0
    repeating: int = 0
    left: int = 0
    unknown: int = 0
    newcomers: int = 0

    def __add__(self, other: "Balance") -> "Balance":
        """Add two balances, figure by figure."""
        return Balance(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(Balance))
        )


@dataclass(frozen=True, slots=True)
class UnknownPupil:
    """A pupil of whom nothing is known in the year after."""

    id: int
    name: str
    division: str


def balances(*, uais: Sequence[str], year: int) -> dict[str, Balance]:
    """Account for the pupils of a year, school by school.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        year (int): the year whose pupils are accounted for.

    Returns:
        dict[str, Balance]: by school, in the order given; zeros for one without pupils.
    """
    where: dict[str, Any] = {"uais": list(uais), "year": year, "after": year + 1}
    counts: dict[str, dict[str, int]] = {uai: {} for uai in uais}
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(*uais)
        keep_plans_stable()
        cursor.execute(f"SELECT uai, fate, count(*) FROM ({_FATES}) f GROUP BY uai, fate", where)  # noqa: S608
        for uai, fate, count in cursor.fetchall():
            counts[uai][fate] = count
        # Counted apart: what is proved of the four is that they make this number.
        cursor.execute(
            "SELECT uai, count(*) FROM students_enrolment"
            " WHERE uai = ANY(%(uais)s) AND year = %(year)s AND NOT is_expected GROUP BY uai",
            where,
        )
        for uai, count in cursor.fetchall():
            counts[uai]["pupils"] = count
        cursor.execute(_NEWCOMERS, where)
        for uai, count in cursor.fetchall():
            counts[uai]["newcomers"] = count
    return {uai: Balance(**found) for uai, found in counts.items()}


def unknown_pupils(*, uai: str, year: int) -> list[UnknownPupil]:
    """Name the pupils of a year of whom nothing is known in the year after.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): the year.

    Returns:
        list[UnknownPupil]: in the order of their names.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(uai)
        keep_plans_stable()
        cursor.execute(
            f"SELECT s.id, s.family_name || ' ' || s.first_name, coalesce((SELECT c.division"  # noqa: S608
            " FROM students_schooling c WHERE c.uai = s.uai AND c.year = %(year)s AND c.student_id = s.id"
            " ORDER BY c.starts_on DESC LIMIT 1), '')"
            f" FROM ({_FATES}) f JOIN students_student s ON s.uai = f.uai AND s.id = f.student_id"
            " WHERE f.fate = 'unknown' ORDER BY s.sort_key, s.id",
            {"uais": [uai], "year": year, "after": year + 1},
        )
        return [UnknownPupil(*row) for row in cursor.fetchall()]
