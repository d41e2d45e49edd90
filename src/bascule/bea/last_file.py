"""The last whole file of a school's year beside its records: who is in one alone, and why."""

from collections import Counter
from enum import StrEnum
from typing import Any, Final, NamedTuple

from bascule.exchange.dispositions import runs_in_force
from bascule.store import staging
from bascule.values.words import said as _


class FileReason(StrEnum):
    """Why a pupil is in the last file and not in the records, or the reverse; codes that stay."""

    REJECTED = "REJETE"
    SPARED = "LAISSE_DE_COTE"
    ABSENT = "ABSENT_DU_FICHIER"
    SINCE = "AJOUTE_DEPUIS"

    @property
    def label(self) -> str:
        """Return its French words."""
        return _WORDS[self]


_WORDS: Final = {
    FileReason.REJECTED: _("rejeté à l’import : voir ses anomalies"),
    FileReason.SPARED: _("laissé de côté à l’import"),
    FileReason.ABSENT: _("absent du dernier fichier"),
    FileReason.SINCE: _("ajouté depuis le dernier fichier"),
}


class Apart(NamedTuple):
    """A pupil who is on one side alone, or whose record was rejected.

    Attributes:
        reason: why.
        pupil_id: the pupil of the records; None for one of the file alone.
        label: NAME First name, as the file says it; may be blank.
        division: code, may be blank.
    """

    reason: FileReason
    pupil_id: int | None
    label: str
    division: str


class FileSide(NamedTuple):
    """The last whole file, beside the records.

    Attributes:
        read_count: pupils that it holds; None before one.
        left_count: pupils of the records whom it does not hold because they had left.
        apart: the others who are on one side alone.
        is_explained: whether both sides are equal but for these.
    """

    read_count: int | None
    left_count: int
    apart: tuple[Apart, ...]
    is_explained: bool


#: Who is in the file alone (left aside), or in the records alone; and records rejected, with the pupil when known.
_FILE_GAPS: Final = """
SELECT 'LAISSE_DE_COTE', target_id, label, division FROM exchange_planline
WHERE uai = %(uai)s AND run_id = %(run)s AND entity = 'pupil' AND action = 'spare' AND target_id IS NULL
UNION ALL
(SELECT DISTINCT ON (f.rank) 'REJETE', coalesce(f.target_id, e.student_id), f.record, f.division
FROM exchange_runfinding f LEFT JOIN students_enrolment e
    ON e.uai = f.uai AND e.year = %(year)s AND e.private_id = f.private_id AND NOT e.is_expected
WHERE f.uai = %(uai)s AND f.run_id = %(run)s AND f.subject = 'pupil' AND f.effect = 'record' ORDER BY f.rank)
UNION ALL
SELECT 'ABSENT_DU_FICHIER', l.target_id, l.label, l.division FROM exchange_planline l
JOIN students_enrolment e ON e.uai = l.uai AND e.year = %(year)s AND e.student_id = l.target_id AND NOT e.is_expected
WHERE l.uai = %(uai)s AND l.run_id = %(run)s AND l.entity = 'pupil' AND l.action = 'absent'
UNION ALL
SELECT 'AJOUTE_DEPUIS', e.student_id, '', '' FROM students_enrolment e
WHERE e.uai = %(uai)s AND e.year = %(year)s AND NOT e.is_expected AND e.created_act_id > %(act)s
"""


def file_side(*, uai: str, year: int, school_count: int) -> FileSide:
    """Compare the last whole file with the records.

    Args:
        uai (str): the school; it is open.
        year (int): first calendar year.
        school_count (int): pupils of the records.

    Returns:
        FileSide: what differs. Of those who had left, no file says which it no longer holds: they are counted, and
            cannot be more than all who left. A record that was rejected explains what is left over.
    """
    runs = runs_in_force(uai=uai, year=year)
    if not runs or runs[0].options.get("partial"):
        return FileSide(None, 0, (), is_explained=True)
    run = runs[0]
    own: dict[str, Any] = {"uai": uai, "year": year, "run": run.pk, "act": run.applied_act_id}
    with staging.raw_cursor() as cursor:
        cursor.execute(_FILE_GAPS.encode(), own)
        apart = tuple(Apart(FileReason(code), *rest) for code, *rest in cursor.fetchall())
        cursor.execute(
            b"SELECT count(*) FROM students_enrolment WHERE uai = %(uai)s AND year = %(year)s"
            b" AND NOT is_expected AND left_on IS NOT NULL",
            own,
        )
        most_left = (cursor.fetchone() or (0,))[0]
    read = int(run.counts.get("pupils_read", 0))
    counts = Counter(one.reason for one in apart)
    # A record that was rejected, and is not told by the id of the software, may be that of a pupil of the records.
    unsure = sum(one.reason is FileReason.REJECTED and one.pupil_id is None for one in apart)
    least = school_count - counts[FileReason.ABSENT] - counts[FileReason.SINCE]
    least -= read - counts[FileReason.SPARED]
    # Nor is a pupil whom it might mean said to be absent.
    is_explained = least + unsure >= 0 and (least <= most_left or counts[FileReason.REJECTED] > 0)
    return FileSide(read, min(max(least, 0), most_left), apart, is_explained=is_explained)
