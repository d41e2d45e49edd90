"""Tell which exports are out of date: what changed of the school since they last went out, and why that matters.

A file is compared with the act that sent it: whatever a later act wrote is not in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

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


# The earliest state that history kept since the sending is the state that was sent. Rows are compared by content, as
# the text that PostgreSQL writes of them: an undoing gives rows their earlier act back, and an import undone leaves
# nothing to send. Each question is one pass over one table: what is put together is put together here.


class _Sent(NamedTuple):
    """What a row said when the file went out, where something was written in it since."""

    #: Its content; None for a row that was not there.
    content: str | None
    student_id: int | None
    guardian_id: int | None
    year: int | None
    is_expected: bool | None
    numbers: str | None


class _Since:
    """What was written in some tables of a school since an act; the school is open."""

    def __init__(self, uai: str, act: int, *tables: str) -> None:
        self.uai, self.act = uai, act
        rows = _ask(
            "SELECT h.table_name, h.row_id, there, CASE WHEN there THEN (before - %(told)s::text[])::text END,"
            " (before->>'student_id')::bigint, (before->>'guardian_id')::bigint, (before->>'year')::int,"
            " (before->>'is_expected')::boolean,"
            " jsonb_build_array(before->'ine', before->'ine_bea', before->'ine_rnie')::text"
            " FROM journal_history h, LATERAL (SELECT coalesce((before->>'created_act_id')::bigint <= %(act)s, false)"
            "  AS there) AS t WHERE h.id IN (SELECT min(id) FROM journal_history WHERE uai = %(uai)s"
            "  AND act_id > %(act)s AND table_name = ANY(%(tables)s) GROUP BY table_name, row_id)",
            uai=uai,
            act=act,
            tables=list(tables),
            told=_TOLD_BY_ACT,
        )
        self.rows: dict[str, dict[int, _Sent]] = {table: {} for table in tables}
        for table, row_id, there, content, *said in rows:
            self.rows[table][row_id] = _Sent(content, *said) if there else _NOT_THERE

    def changed(self, table: str) -> dict[int, _Sent]:
        """Give the rows that were there, and say something else by now or are gone."""
        there = {i: sent for i, sent in self.rows[table].items() if sent.content is not None}
        rows = _ask(
            f"SELECT id, (to_jsonb(t) - %(told)s::text[])::text FROM {table} t"  # noqa: S608 - our own names
            " WHERE uai = %(uai)s AND id = ANY(%(ids)s)",
            uai=self.uai,
            ids=list(there),
            told=_TOLD_BY_ACT,
        )
        now = dict(rows)
        return {i: sent for i, sent in there.items() if now.get(i) != sent.content}

    def was_there(self, table: str, row_id: int, created_by: int) -> bool:
        """Tell whether a row that is there now was, when the file went out."""
        sent = self.rows[table].get(row_id)
        return created_by <= self.act if sent is None else sent.content is not None


_NOT_THERE: Final = _Sent(None, None, None, None, None, None)
#: What of a row says where it was written, not what it says.
_TOLD_BY_ACT: Final = ["act_id", "line", "rank"]
_ENROLMENTS, _STUDENTS, _SCHOOLINGS = "students_enrolment", "students_student", "students_schooling"
_LINKS, _GUARDIANS_TABLE = "students_guardianship", "students_guardian"


def _pupils_since(uai: str, year: int, act: int) -> tuple[Since, ...]:
    since = _Since(uai, act, _ENROLMENTS, _STUDENTS, _SCHOOLINGS)
    enrolled = _ask(
        "SELECT id, student_id, created_act_id FROM students_enrolment"
        " WHERE uai = %(uai)s AND year = %(year)s AND NOT is_expected",
        uai=uai,
        year=year,
    )
    sent_before = {
        student
        for row_id, student, created_by in enrolled
        if since.was_there(_ENROLMENTS, row_id, created_by)
        and not (since.rows[_ENROLMENTS].get(row_id) or _NOT_THERE).is_expected
    }
    there = {student for _, student, _ in enrolled}
    gone = {
        sent.student_id
        for sent in since.rows[_ENROLMENTS].values()
        if sent.content is not None and sent.year == year and not sent.is_expected
    } - there
    renumbered = since.changed(_STUDENTS)
    changed = set(renumbered) | {sent.student_id for sent in since.changed(_ENROLMENTS).values()}
    changed |= _schooled_otherwise(since, year)
    with_new_ine = _with_new_ine(uai, renumbered) & sent_before
    counts = (
        (Reason.NEW_INE, len(with_new_ine)),
        (Reason.PUPILS_ADDED, len(there - sent_before)),
        (Reason.PUPILS_CHANGED, len((changed & sent_before) - with_new_ine)),
        (Reason.PUPILS_GONE, len(gone)),
    )
    return tuple(Since(reason, count) for reason, count in counts if count)


def _schooled_otherwise(since: _Since, year: int) -> set[int | None]:
    """Give the pupils one of whose periods of the year is new, changed or gone."""
    changed = {sent.student_id for sent in since.changed(_SCHOOLINGS).values() if sent.year == year}
    now = _ask(
        "SELECT id, student_id, created_act_id FROM students_schooling WHERE uai = %(uai)s AND year = %(year)s",
        uai=since.uai,
        year=year,
    )
    return changed | {
        student
        for row_id, student, created_by in now
        if not since.was_there(_SCHOOLINGS, row_id, created_by)
    }


def _with_new_ine(uai: str, changed: Mapping[int, _Sent]) -> set[int]:
    now = _ask(
        "SELECT id, jsonb_build_array(ine, ine_bea, ine_rnie)::text FROM students_student"
        " WHERE uai = %(uai)s AND id = ANY(%(ids)s)",
        uai=uai,
        ids=list(changed),
    )
    return {student for student, numbers in now if numbers != changed[student].numbers}


def _guardians_since(uai: str, year: int, act: int) -> tuple[Since, ...]:
    since = _Since(uai, act, _LINKS, _GUARDIANS_TABLE)
    links = _ask(
        "SELECT l.id, l.guardian_id, l.created_act_id FROM students_guardianship l WHERE l.uai = %(uai)s"
        " AND l.student_id IN (SELECT student_id FROM students_enrolment WHERE uai = %(uai)s AND year = %(year)s"
        "  AND NOT is_expected)",
        uai=uai,
        year=year,
    )
    of_year = {guardian for _, guardian, _ in links}
    there = {row_id for row_id, _, _ in links}
    touched: set[int | None] = {i for i in since.changed(_GUARDIANS_TABLE) if i in of_year}
    touched |= {
        guardian
        for row_id, guardian, created_by in links
        if not since.was_there(_LINKS, row_id, created_by)
    }
    pupils = _pupils_of(uai, year)
    touched |= {
        sent.guardian_id
        for row_id, sent in since.changed(_LINKS).items()
        if row_id in there or sent.student_id in pupils
    }
    return (Since(Reason.GUARDIANS, len(touched)),) if touched else ()


def _pupils_of(uai: str, year: int) -> set[int]:
    rows = _ask(
        "SELECT student_id FROM students_enrolment WHERE uai = %(uai)s AND year = %(year)s AND NOT is_expected",
        uai=uai,
        year=year,
    )
    return {student for (student,) in rows}


def _ask(query: str, **given: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return list(cursor.fetchall())
