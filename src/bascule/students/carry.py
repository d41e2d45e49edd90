"""Carry the pupils who stay into the year after, as *attendus*: within an act, which the caller opens."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db import transaction
from psycopg.types.json import Jsonb

from bascule.store import staging
from bascule.store.policies import open_schools
from bascule.students.register import ENROLMENTS, SCHOOLINGS

# The last period of the year says where a pupil was; each option becomes the code by which "last year" names it.
_CARRYING = f"""
INSERT INTO {ENROLMENTS} (
    uai, created_act_id, act_id, year, student_id, is_expected,
    entered_on, regime, takes_transport, lodging_uai,
    previous_uai, previous_mef, previous_division, previous_status,
    previous_starts_on, previous_ends_on, previous_regime, previous_options, previous_plans
)
SELECT e.uai, %(act)s, %(act)s, %(to)s, e.student_id, true,
    e.entered_on, e.regime, e.takes_transport, e.lodging_uai,
    e.uai, s.mef, s.division, s.status,
    s.starts_on,
    CASE WHEN s.starts_on IS NOT NULL THEN coalesce(s.ends_on, greatest(s.starts_on, %(ends_on)s)) END,
    e.regime,
    (SELECT array_agg(%(codes)s::jsonb ->> split_part(o.said, ' ', 1) ORDER BY o.rank)
     FROM unnest(s.options) WITH ORDINALITY AS o(said, rank)
     WHERE %(codes)s::jsonb ->> split_part(o.said, ' ', 1) IS NOT NULL),
    s.plans
FROM {ENROLMENTS} e
LEFT JOIN (
    SELECT DISTINCT ON (student_id) student_id, mef, division, status, starts_on, ends_on, options, plans
    FROM {SCHOOLINGS} WHERE uai = %(uai)s AND year = %(from)s ORDER BY student_id, starts_on DESC
) s ON s.student_id = e.student_id
WHERE e.uai = %(uai)s AND e.year = %(from)s AND NOT e.is_expected AND e.left_on IS NULL
    AND NOT EXISTS (
        SELECT FROM {ENROLMENTS} n WHERE n.uai = e.uai AND n.year = %(to)s AND n.student_id = e.student_id
    )
ORDER BY e.id
"""  # noqa: S608 - our own names


def carry_pupils(
    *, uai: str, year: int, act_id: int, ends_on: date, management_codes: Mapping[str, str]
) -> int:
    """Expect in a year the pupils who stay: confirmed the year before, and not left.

    Guardians, links and addresses are of no year: they are there already. Private ids belong to a year,
    and the MEF of the new one is not known. A pupil who is in the year already is left alone, so it
    may be done again.

    Args:
        uai (str): the school.
        year (int): the year they are carried into.
        act_id (int): the act that signs the rows.
        ends_on (date): last day of the year before: the end of a schooling that says none.
        management_codes (Mapping[str, str]): *code de gestion* of each subject in the year before; an option
            whose subject has none is not carried.

    Returns:
        int: how many were carried.
    """
    staging.keep_plans_stable()
    with staging.raw_cursor() as cursor:
        cursor.execute(
            _CARRYING.encode(),
            {
                "uai": uai,
                "act": act_id,
                "from": year - 1,
                "to": year,
                "ends_on": ends_on,
                "codes": Jsonb(dict(management_codes)),
            },
        )
        return cursor.rowcount


class Moves(NamedTuple):
    """What carrying the pupils of a year would find.

    Attributes:
        staying: pupils confirmed in the year and not left: those who are carried.
        left: pupils confirmed and left.
        expected: pupils that no file of the year confirmed: they are not carried.
    """

    staying: int = 0
    left: int = 0
    expected: int = 0


def count_moves(*, uais: Sequence[str], year: int) -> dict[str, Moves]:
    """Count those who stay and those who left in a year.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        year (int): the year they would be carried from.

    Returns:
        dict[str, Moves]: by school; one without any pupil is left out.
    """
    with transaction.atomic():
        open_schools(*uais)
        staging.keep_plans_stable()
        with staging.raw_cursor() as cursor:
            cursor.execute(
                "SELECT uai, count(*) FILTER (WHERE NOT is_expected AND left_on IS NULL),"
                " count(*) FILTER (WHERE NOT is_expected AND left_on IS NOT NULL),"
                " count(*) FILTER (WHERE is_expected)"
                " FROM students_enrolment WHERE uai = ANY(%s) AND year = %s GROUP BY uai",
                [list(uais), year],
            )
            return {uai: Moves(*counts) for uai, *counts in cursor.fetchall()}
