"""Tell which exports are out of date: what changed of the school since they last went out, and why that matters.

A file is compared with the act that sent it: whatever a later act wrote is not in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db import connection, transaction

from bascule.journal.milestones import Milestone, reached
from bascule.store.policies import open_schools


class Reason(StrEnum):
    """Why a file is to be sent again."""

    RELEASE = "release"
    PROFILE = "profile"
    STRUCTURES = "structures"
    COMMON = "common"
    NEW_INE = "new-ine"
    PUPILS_ADDED = "pupils-added"
    PUPILS_CHANGED = "pupils-changed"
    PUPILS_GONE = "pupils-gone"
    GUARDIANS = "guardians"


@dataclass(frozen=True, slots=True)
class Since:
    """One thing that changed since a file went out.

    Attributes:
        reason: what.
        count: of how many pupils or guardians; 0 for what is not counted.
    """

    reason: Reason
    count: int = 0


#: What makes each of the files out of date that are made of milestones alone.
_BY_MILESTONE: Final[Mapping[str, Sequence[tuple[Reason, tuple[Milestone, ...]]]]] = {
    "nomenclature": (
        (Reason.RELEASE, (Milestone.RELEASE_RECEIVED,)),
        (Reason.PROFILE, (Milestone.PROFILE_CHANGED, Milestone.PROFILE_VALIDATED)),
    ),
    "structures": (
        (Reason.STRUCTURES, (Milestone.STRUCTURES_CHANGED, Milestone.STRUCTURES_VALIDATED)),
    ),
    "communs": ((Reason.COMMON, (Milestone.COMMON_CHANGED,)),),
}
#: Files of people: with addresses or without, one is enough for the software.
_PUPILS: Final = ("eleves", "eleves-sans-adresses")
_GUARDIANS: Final = ("responsables", "responsables-sans-adresses")


def to_send_again(*, uai: str, year: int) -> dict[str, tuple[Since, ...]]:
    """Tell what changed since each export last went out.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        dict[str, tuple[Since, ...]]: by word of the export; those never sent, or still right, are left out.
    """
    with transaction.atomic():
        open_schools(uai)
        acts = _sending_acts(uai, year)
        found = {
            kind: _by_milestone(uai, year, acts[kind], causes)
            for kind, causes in _BY_MILESTONE.items()
            if kind in acts
        }
        pupils, guardians = _latest(acts, _PUPILS), _latest(acts, _GUARDIANS)
        if pupils:
            found[pupils] = _pupils_since(uai, year, acts[pupils])
        if guardians:
            found[guardians] = _guardians_since(uai, year, acts[guardians])
    return {kind: since for kind, since in found.items() if since}


def _sending_acts(uai: str, year: int) -> dict[str, int]:
    """Give the act that last sent each kind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.kind, max(a.id) FROM (SELECT DISTINCT ON (kind) kind, sent_at FROM exchange_sentfile"
            " WHERE uai = %s AND year = %s ORDER BY kind, id DESC) s"
            " JOIN journal_act a ON a.uai = %s AND a.kind = 'export' AND a.at = s.sent_at GROUP BY s.kind",
            [uai, year, uai],
        )
        return dict(cursor.fetchall())


def _latest(acts: Mapping[str, int], kinds: Sequence[str]) -> str | None:
    return max((kind for kind in kinds if kind in acts), key=acts.__getitem__, default=None)


def _by_milestone(
    uai: str, year: int, sent_by: int, causes: Sequence[tuple[Reason, tuple[Milestone, ...]]]
) -> tuple[Since, ...]:
    there = reached(uai, year=year)[uai]
    return tuple(
        Since(reason)
        for reason, milestones in causes
        if any(one in there and there[one].act_id > sent_by for one in milestones)
    )


# The earliest state that history kept since the sending is the state that was sent. Rows are compared by
# content: an undoing gives them their earlier act back, and an import undone leaves nothing to send.
_SINCE_SQL: Final = """
since AS (
    SELECT DISTINCT ON (table_name, row_id) table_name, row_id,
        CASE WHEN (before->>'created_act_id')::bigint <= %(act)s THEN before - '{act_id,line,rank}'::text[] END AS sent
    FROM journal_history WHERE uai = %(uai)s AND act_id > %(act)s ORDER BY table_name, row_id, id
)
"""
_PUPILS_SQL: Final = f"""
WITH {_SINCE_SQL}, enrolled AS (
    SELECT e.student_id,
        CASE WHEN h.row_id IS NULL THEN e.created_act_id <= %(act)s
            ELSE h.sent IS NOT NULL AND h.sent->>'is_expected' = 'false' END AS was_sent,
        h.row_id IS NOT NULL AND h.sent IS DISTINCT FROM to_jsonb(e) - '{{act_id,line,rank}}'::text[] AS is_changed
    FROM students_enrolment e LEFT JOIN since h ON h.table_name = 'students_enrolment' AND h.row_id = e.id
    WHERE e.uai = %(uai)s AND e.year = %(year)s AND NOT e.is_expected
), identity AS (
    SELECT s.id, h.sent->>'ine' IS DISTINCT FROM s.ine OR h.sent->>'ine_bea' IS DISTINCT FROM s.ine_bea
        OR h.sent->>'ine_rnie' IS DISTINCT FROM s.ine_rnie AS has_new_ine,
        h.sent IS DISTINCT FROM to_jsonb(s) - '{{act_id,line,rank}}'::text[] AS is_changed
    FROM since h JOIN students_student s ON s.id = h.row_id AND s.uai = %(uai)s
    WHERE h.table_name = 'students_student' AND h.sent IS NOT NULL
), schooled AS (
    SELECT c.student_id FROM students_schooling c
    LEFT JOIN since h ON h.table_name = 'students_schooling' AND h.row_id = c.id
    WHERE c.uai = %(uai)s AND c.year = %(year)s AND CASE WHEN h.row_id IS NULL THEN c.created_act_id > %(act)s
        ELSE h.sent IS DISTINCT FROM to_jsonb(c) - '{{act_id,line,rank}}'::text[] END
    UNION
    SELECT (h.sent->>'student_id')::bigint FROM since h WHERE h.table_name = 'students_schooling'
        AND h.sent->>'year' = %(year)s::text AND NOT EXISTS (SELECT 1 FROM students_schooling c WHERE c.id = h.row_id)
)
SELECT
    count(*) FILTER (WHERE was_sent AND has_new_ine),
    count(*) FILTER (WHERE NOT was_sent),
    count(*) FILTER (WHERE was_sent AND has_new_ine IS NOT TRUE
        AND (e.is_changed OR i.is_changed OR EXISTS (SELECT 1 FROM schooled c WHERE c.student_id = e.student_id))),
    (SELECT count(*) FROM since h WHERE h.table_name = 'students_enrolment' AND h.sent->>'year' = %(year)s::text
        AND h.sent->>'is_expected' = 'false'
        AND NOT EXISTS (SELECT 1 FROM enrolled e WHERE e.student_id = (h.sent->>'student_id')::bigint))
FROM enrolled e LEFT JOIN identity i ON i.id = e.student_id
"""  # noqa: S608 - our own words


def _pupils_since(uai: str, year: int, act: int) -> tuple[Since, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_PUPILS_SQL, {"uai": uai, "year": year, "act": act})
        counts = cursor.fetchone()
    reasons = (Reason.NEW_INE, Reason.PUPILS_ADDED, Reason.PUPILS_CHANGED, Reason.PUPILS_GONE)
    return tuple(Since(reason, n) for reason, n in zip(reasons, counts, strict=True) if n)


_GUARDIANS_SQL: Final = f"""
WITH {_SINCE_SQL}, of_year AS (
    SELECT student_id FROM students_enrolment WHERE uai = %(uai)s AND year = %(year)s AND NOT is_expected
), link AS (
    SELECT l.guardian_id, CASE WHEN h.row_id IS NULL THEN l.created_act_id > %(act)s
        ELSE h.sent IS DISTINCT FROM to_jsonb(l) - '{{act_id,line,rank}}'::text[] END AS is_changed
    FROM students_guardianship l LEFT JOIN since h ON h.table_name = 'students_guardianship' AND h.row_id = l.id
    WHERE l.uai = %(uai)s AND l.student_id IN (SELECT student_id FROM of_year)
), touched AS (
    SELECT guardian_id FROM link WHERE is_changed
    UNION
    SELECT g.id FROM since h JOIN students_guardian g ON g.id = h.row_id AND g.uai = %(uai)s
    WHERE h.table_name = 'students_guardian' AND g.id IN (SELECT guardian_id FROM link)
        AND h.sent IS DISTINCT FROM to_jsonb(g) - '{{act_id,line,rank}}'::text[]
    UNION
    SELECT (h.sent->>'guardian_id')::bigint FROM since h WHERE h.table_name = 'students_guardianship'
        AND (h.sent->>'student_id')::bigint IN (SELECT student_id FROM of_year)
        AND NOT EXISTS (SELECT 1 FROM students_guardianship l WHERE l.id = h.row_id)
)
SELECT count(*) FROM touched
"""  # noqa: S608 - our own words


def _guardians_since(uai: str, year: int, act: int) -> tuple[Since, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_GUARDIANS_SQL, {"uai": uai, "year": year, "act": act})
        (count,) = cursor.fetchone()
    return (Since(Reason.GUARDIANS, count),) if count else ()
