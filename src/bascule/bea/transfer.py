"""One school's year in a night: its new numbers, what moved, what is kept back, and whether all agree."""

from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from psycopg import Cursor

from bascule.bea.catalogue import VERSION
from bascule.bea.last_file import file_side
from bascule.bea.models import Resend, Transfer
from bascule.bea.reasons import BLOCKED, Reason
from bascule.bea.snapshot import Moved, Outcome, Snapshot, last_act
from bascule.exchange.dispositions import FROM_SQL, STATE_SQL, parameters
from bascule.exchange.runs import UNDO_ACT
from bascule.journal.act import OpenAct, act
from bascule.store import staging
from bascule.store.locks import lock_school
from bascule.store.policies import open_schools

State = Transfer.State

SEND_ACT: Final = "bea.send"

#: Outcomes that write in the base, or say that all is well there.
_WRITING: Final = (Outcome.ADDED, Outcome.CHANGED, Outcome.RESENT, Outcome.WITHDRAWN)
_KEPT_BACK: Final = (Outcome.BLOCKED, Outcome.REFUSED)

_LINE_COLUMNS: Final = (
    "student_id", "outcome", "reasons", "division", "given_ine", "replaced_by",
)  # fmt: skip

#: The rules by which pupils are kept back: of the anomalies in force, those that nothing settled.
_BLOCKING: Final = (
    "SELECT student_id, array_agg(DISTINCT code ORDER BY code) FROM (SELECT f.code, coalesce(f.target_id,"  # noqa: S608 - our own words
    " (SELECT e.student_id FROM students_enrolment e WHERE e.uai = f.uai AND e.year = %(year)s"
    f" AND e.private_id = f.private_id)) AS student_id{FROM_SQL}"
    f" AND f.blocks AND f.subject = 'pupil' AND {STATE_SQL} <> 'fixed') found"
    " WHERE student_id = ANY(%(ids)s) GROUP BY 1"
)
#: Who, among the pupils of the year, had no national number until an act of the directory wrote one.
_GIVEN: Final = (
    "SELECT DISTINCT h.row_id FROM journal_history h JOIN journal_act a ON a.id = h.act_id AND a.uai = h.uai"
    " WHERE h.uai = %(uai)s AND h.act_id > %(since)s AND h.table_name = 'students_student'"
    " AND starts_with(a.kind, 'ine.') AND EXISTS (SELECT FROM students_enrolment e WHERE e.uai = h.uai"
    " AND e.year = %(year)s AND e.student_id = h.row_id AND NOT e.is_expected)"
    " AND coalesce(h.before->>'ine', h.before->>'ine_rnie', h.before->>'ine_bea') IS NULL"
)
#: Which act took away the year of pupils who are no longer sent.
_GONE_BY: Final = (
    "SELECT DISTINCT ON (1) (h.before->>'student_id')::bigint, a.kind FROM journal_history h"
    " JOIN journal_act a ON a.id = h.act_id AND a.uai = h.uai"
    " WHERE h.uai = %(uai)s AND h.act_id > %(since)s AND h.table_name = 'students_enrolment'"
    " AND h.operation = 'D' AND (h.before->>'year')::int = %(year)s"
    " AND (h.before->>'student_id')::bigint = ANY(%(ids)s) ORDER BY 1, h.act_id DESC"
)


@dataclass(slots=True)
class _Told:
    """What is told of those who moved or are kept back."""

    reasons: dict[int, list[str]]
    given: set[int]
    replaced: dict[int, int]


def send(*, transfer: Transfer, actor: str, at: datetime) -> Transfer:
    """Send a school's year into the base; its files follow.

    Args:
        transfer (Transfer): a line of a night, still to do.
        actor (str): who signs.
        at (datetime): when.

    Returns:
        Transfer: the line, sent.

    Raises:
        SchoolIsBusyError: if another act holds the school.
    """
    with transaction.atomic():
        lock_school(transfer.uai)
        open_schools(transfer.uai)
        staging.keep_plans_stable()
        with staging.raw_cursor() as cursor:
            _send(cursor, transfer, actor, at)
    return transfer


def _send(cursor: "Cursor[Any]", transfer: Transfer, actor: str, at: datetime) -> None:
    uai, year = transfer.uai, transfer.year
    snapshot = Snapshot(cursor, uai, year)
    before = Transfer.objects.filter(uai=uai, year=year, pk__lt=transfer.pk, digest__isnull=False)
    last = before.order_by("-pk").first()
    since = (last.seen_act_id if last else None) or 0
    asked = Resend.objects.filter(uai=uai, year=year, transfer_id__isnull=True).first()
    moved, unchanged = snapshot.compare(
        night=transfer.night_id, resent=asked.day if asked else None
    )
    told = _told(cursor, moved, uai=uai, year=year, since=since, at=at)
    writes = asked is not None or any(one.outcome in _WRITING for one in moved)
    # A night without a move is no act: the school's chain would say nothing else.
    signing = act(uai=uai, kind=SEND_ACT, actor=actor, at=at) if writes else nullcontext()
    with signing as opened:
        snapshot.write(moved, night=transfer.night_id)
        _write_lines(cursor, transfer, moved, told)
        _count(transfer, Counter(one.outcome for one in moved), unchanged)
        transfer.given_count = len(told.given)
        _reconcile(transfer, snapshot, moved)
        if asked is not None:
            asked.transfer_id = transfer.pk
            asked.save(update_fields=["transfer_id"])
        if isinstance(opened, OpenAct):
            opened.facts |= _facts(transfer)
        transfer.seen_act_id = opened.id if isinstance(opened, OpenAct) else last_act(cursor, uai)
        transfer.lines_id = transfer.pk
        transfer.catalogue, transfer.at, transfer.sentence = VERSION, at, ""
        transfer.state = State.SENT
        transfer.save()


def _count(transfer: Transfer, counts: Counter[str], unchanged: int) -> None:
    transfer.sent_count = counts[Outcome.ADDED] + counts[Outcome.CHANGED] + counts[Outcome.RESENT]
    transfer.unchanged_count = unchanged
    transfer.withdrawn_count = counts[Outcome.WITHDRAWN]
    transfer.blocked_count = counts[Outcome.BLOCKED]
    transfer.refused_count = counts[Outcome.REFUSED]


def _reconcile(transfer: Transfer, snapshot: Snapshot, moved: Sequence[Moved]) -> None:
    """Look again at file, records and base, as they now are: who differs must be among those kept back."""
    kept = {one.student_id: one for one in moved if one.outcome in _KEPT_BACK}
    divisions = snapshot.divisions()
    transfer.divisions = {code: list(found) for code, found in divisions.items()}
    transfer.digest = snapshot.digest()
    transfer.base_count = sum(count for count, _ in divisions.values())
    transfer.school_count = transfer.base_count + sum(not one.is_held for one in kept.values())
    differences = snapshot.differences()
    transfer.difference_count = len(differences)
    side = file_side(uai=transfer.uai, year=transfer.year, school_count=transfer.school_count)
    transfer.file_count = side.read_count
    transfer.is_reconciled = side.is_explained and all(
        one.is_in_school and one.student_id in kept for one in differences
    )


def _facts(transfer: Transfer) -> dict[str, object]:
    return {
        "night": transfer.night_id,
        "year": transfer.year,
        "sent": transfer.sent_count,
        "unchanged": transfer.unchanged_count,
        "withdrawn": transfer.withdrawn_count,
        "blocked": transfer.blocked_count,
        "refused": transfer.refused_count,
        "digest": bytes(transfer.digest or b"").hex(),
    }


def _told(
    cursor: "Cursor[Any]",
    moved: Sequence[Moved],
    *,
    uai: str,
    year: int,
    since: int,
    at: datetime,
) -> _Told:
    """Find why: the rules that block, the acts that took away, the numbers that came or passed to others."""
    own: dict[str, Any] = {"uai": uai, "year": year, "since": since}
    blocked = [one.student_id for one in moved if one.outcome == Outcome.BLOCKED]
    gone = [one for one in moved if one.outcome == Outcome.WITHDRAWN]
    reasons: dict[int, list[str]] = {}
    if blocked:
        named = parameters(uai=uai, year=year, today=timezone.localdate(at))
        cursor.execute(_BLOCKING.encode(), {**named, "ids": blocked})
        reasons |= dict(cursor.fetchall())
    replaced: dict[int, int] = {}
    if gone:
        bearers = {one.ine: one.student_id for one in moved if one.ine and not one.is_held}
        replaced = {
            one.student_id: bearers[one.held_ine] for one in gone if one.held_ine in bearers
        }
        cursor.execute(_GONE_BY.encode(), {**own, "ids": [one.student_id for one in gone]})
        kinds = dict(cursor.fetchall())
        for one in gone:
            reasons[one.student_id] = [_why_gone(kinds.get(one.student_id), one, replaced)]
    cursor.execute(_GIVEN.encode(), own)
    return _Told(reasons, {row[0] for row in cursor.fetchall()}, replaced)


def _why_gone(kind: str | None, one: Moved, replaced: dict[int, int]) -> str:
    if kind == UNDO_ACT:
        return Reason.UNDONE
    return Reason.KEY if one.student_id in replaced else Reason.REMOVED


def _write_lines(
    cursor: "Cursor[Any]", transfer: Transfer, moved: Sequence[Moved], told: _Told
) -> None:
    rows = []
    for one in moved:
        reasons = told.reasons.get(one.student_id, one.reasons)
        if one.outcome == Outcome.BLOCKED:
            reasons = reasons if one.student_id in told.reasons else [BLOCKED]
        elif one.outcome == Outcome.RESENT:
            reasons = [Reason.RESENT]
        given = one.ine if one.student_id in told.given else ""
        replacing = told.replaced.get(one.student_id)
        rows.append(
            (one.student_id, one.outcome, [str(code) for code in reasons], one.division, given, replacing)
        )  # fmt: skip
    staging.insert_rows(
        cursor, "bea_line", _LINE_COLUMNS, rows,
        constants={"uai": transfer.uai, "transfer_id": transfer.pk},
    )  # fmt: skip
