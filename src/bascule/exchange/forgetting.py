"""Forget what exchanges leave behind: files deposited, reports of imports, what was said of a pupil."""

from collections.abc import Sequence

from django.db import connection
from django.db.backends.utils import CursorWrapper

from bascule.exchange.models import Disposition, ImportRun, PlanLine, RunFinding

_OVER = ",".join(
    f"'{state}'"
    for state in (
        ImportRun.State.APPLIED,
        ImportRun.State.DECLINED,
        ImportRun.State.UNDONE,
        ImportRun.State.REFUSED,
    )
)
#: A report names pupils: it does not outlive their records.
_REPORTS = "greatest(purge_limit('report'), purge_limit('pupil', 'archive'))"
#: Those of a year under way are worked on.
_YEAR_OVER = "make_date(r.year + 1, 8, 31) < purge_today()"
_LAST = "greatest(r.received_at, r.applied_at, r.undone_at)"
_FILES = f"""
UPDATE exchange_storedfile f SET content = '' WHERE f.uai = %(uai)s AND length(f.content) > 0
AND EXISTS (SELECT FROM exchange_importrun r WHERE r.uai = f.uai AND r.file_ids @> to_jsonb(f.id))
AND NOT EXISTS (SELECT FROM exchange_importrun r WHERE r.uai = f.uai AND r.file_ids @> to_jsonb(f.id)
    AND {_LAST} >= CASE WHEN r.state IN ({_OVER}) THEN purge_limit('file')
        ELSE greatest(purge_limit('report'), purge_limit('pupil', 'archive')) END)
"""  # noqa: S608 - our own words
_RUNS = f"""
SELECT r.id FROM exchange_importrun r WHERE r.uai = %(uai)s AND {_LAST} < {_REPORTS} AND {_YEAR_OVER}
AND (EXISTS (SELECT FROM exchange_planline p WHERE p.uai = r.uai AND p.run_id = r.id)
    OR EXISTS (SELECT FROM exchange_runfinding p WHERE p.uai = r.uai AND p.run_id = r.id))
"""  # noqa: S608 - our own words
_RECOGNITIONS = f"""
DELETE FROM exchange_recognition n USING journal_act a WHERE n.uai = %(uai)s AND a.uai = n.uai
AND a.id = n.act_id AND a.at < {_REPORTS} AND make_date(n.year + 1, 8, 31) < purge_today()
"""  # noqa: S608 - our own words
_SENT = f"""
UPDATE exchange_sentfile SET replaced = '[]' WHERE uai = %(uai)s AND replaced <> '[]'
AND sent_at < {_REPORTS}
"""  # noqa: S608 - our own words


def forget_files(*, uai: str) -> int:
    """Empty the files of imports that ended long enough ago, within an act; name, digest and size stay.

    Args:
        uai (str): the school.

    Returns:
        int: files emptied.
    """
    with connection.cursor() as cursor:
        return _done(cursor, _FILES, uai)


def forget_reports(*, uai: str) -> int:
    """Remove plans, findings and what was recognised of imports of long ago, within an act; counts stay.

    Args:
        uai (str): the school.

    Returns:
        int: imports whose report was removed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RUNS, {"uai": uai})
        runs = [row[0] for row in cursor.fetchall()]
        PlanLine.objects.filter(uai=uai, run_id__in=runs).delete()
        RunFinding.objects.filter(uai=uai, run_id__in=runs).delete()
        _done(cursor, _RECOGNITIONS, uai)
        _done(cursor, _SENT, uai)
    return len(runs)


def forget_pupils(*, uai: str, ids: Sequence[int]) -> int:
    """Remove what exchanges say of pupils, within an act.

    Args:
        uai (str): the school.
        ids (Sequence[int]): the pupils.

    Returns:
        int: lines, findings and explanations removed.
    """
    return sum(
        rows.delete()[0]
        for rows in (
            PlanLine.objects.filter(uai=uai, entity="pupil", target_id__in=ids),
            RunFinding.objects.filter(uai=uai, target_id__in=ids),
            Disposition.objects.filter(uai=uai, student_id__in=ids),
        )
    )


def _done(cursor: CursorWrapper, query: str, uai: str) -> int:
    cursor.execute(query, {"uai": uai})
    return int(cursor.rowcount)
