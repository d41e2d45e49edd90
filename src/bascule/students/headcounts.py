"""Count the pupils of many schools, without a name."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection, transaction

from bascule.store.policies import open_schools


class Headcount(NamedTuple):
    """The pupils of a school in its year under way: confirmed by a file, and not left."""

    uai: str
    name: str
    year: int
    pupil_count: int


def headcounts_of(*, uais: Sequence[str]) -> list[Headcount]:
    """Count the pupils of schools, each in its year under way.

    Args:
        uais (Sequence[str]): the schools.

    Returns:
        list[Headcount]: by school; one without a year under way is left out.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(*uais)
        cursor.execute(
            "SELECT y.uai, d.name, y.year, count(e.id) FILTER (WHERE e.left_on IS NULL AND NOT e.is_expected)"
            " FROM schools_schoolyear y JOIN schools_school d ON d.uai = y.uai"
            " LEFT JOIN students_enrolment e ON e.uai = y.uai AND e.year = y.year"
            " WHERE y.uai = ANY(%s) AND y.state = 'current' GROUP BY 1, 2, 3 ORDER BY 1",
            [list(uais)],
        )
        return [Headcount(*row) for row in cursor.fetchall()]
