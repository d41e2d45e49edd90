"""Count the pupils of a school's records."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.db import connection, transaction

from bascule.store.policies import open_schools


@dataclass(slots=True)
class Group:
    """Pupils who have one code in common.

    Attributes:
        code: the code; blank for those who have none.
        girl_count: of sex 2.
        boy_count: of sex 1.
        pupil_count: all of them, those whose sex is not known included.
        by_regime: by code of régime.
    """

    code: str
    girl_count: int = 0
    boy_count: int = 0
    pupil_count: int = 0
    by_regime: Counter[str] = field(default_factory=Counter)

    def add(self, sex: str | None, regime: str | None, count: int) -> None:
        """Count pupils more.

        Args:
            sex (str | None): their sex.
            regime (str | None): their régime.
            count (int): how many.
        """
        self.girl_count += count if sex == "2" else 0
        self.boy_count += count if sex == "1" else 0
        self.pupil_count += count
        self.by_regime[regime or ""] += count


@dataclass(frozen=True, slots=True)
class Composition:
    """The pupils present in a school, counted.

    Attributes:
        divisions: by division.
        mefs: by MEF.
        total: all.
    """

    divisions: Sequence[Group]
    mefs: Sequence[Group]
    total: Group


def composition(*, uai: str, year: int) -> Composition:
    """Count the pupils present in a year of a school, in one query.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        Composition: those without a code come last.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(uai)
        cursor.execute(
            "SELECT coalesce(c.division, ''), coalesce(c.mef, ''), s.sex, e.regime, count(*)"
            " FROM students_enrolment e JOIN students_student s ON s.id = e.student_id AND s.uai = e.uai"
            " LEFT JOIN LATERAL (SELECT k.division, k.mef FROM students_schooling k WHERE k.uai = e.uai"
            "  AND k.student_id = e.student_id AND k.year = e.year ORDER BY k.starts_on DESC LIMIT 1) c ON true"
            " WHERE e.uai = %s AND e.year = %s AND e.left_on IS NULL AND NOT e.is_expected GROUP BY 1, 2, 3, 4",
            [uai, year],
        )
        rows = cursor.fetchall()
    divisions: dict[str, Group] = {}
    mefs: dict[str, Group] = {}
    total = Group("")
    for division, mef, sex, regime, count in rows:
        for group in (
            divisions.setdefault(division, Group(division)),
            mefs.setdefault(mef, Group(mef)),
            total,
        ):
            group.add(sex, regime, count)
    return Composition(_in_order(divisions), _in_order(mefs), total)


def _in_order(groups: dict[str, Group]) -> list[Group]:
    return sorted(groups.values(), key=lambda one: (not one.code, one.code))


class Movements(NamedTuple):
    """Who came and who left in a month, once the year had begun."""

    month: date
    arrival_count: int
    exit_count: int


def movements(*, uai: str, year: int) -> list[Movements]:
    """Count arrivals and exits of a year by month, in one query; who was there on the first day did not arrive.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        list[Movements]: months in which anybody came or left, in order.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(uai)
        cursor.execute(
            "SELECT date_trunc('month', m.day)::date, count(*) FILTER (WHERE m.came),"
            " count(*) FILTER (WHERE NOT m.came)"
            " FROM schools_schoolyear y JOIN students_enrolment e ON e.uai = y.uai AND e.year = y.year"
            " CROSS JOIN LATERAL (VALUES (e.entered_on, true), (e.left_on, false)) AS m (day, came)"
            " WHERE y.uai = %s AND y.year = %s AND NOT e.is_expected AND m.day IS NOT NULL"
            " AND (NOT m.came OR m.day > y.starts_on) GROUP BY 1 ORDER BY 1",
            [uai, year],
        )
        return [Movements(*row) for row in cursor.fetchall()]
