"""Read the requests in dispute of all schools, the oldest first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from bascule.ine.directory import open_directory
from bascule.ine.models import Decision
from bascule.ine.reasons import WORDS, Reason, Words
from bascule.schools.directory import school_numbers
from bascule.store import staging
from bascule.store.policies import open_schools
from bascule.students.lists import NAMES_SQL
from bascule.values import civil_identity

#: Requests on a page.
PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """Which disputes one looks for; what is None or empty restricts nothing.

    Attributes:
        year: of this school year.
        uai: of this school.
        reason: for this reason.
        is_handed: handed over by an agent who did not know, or not.
        awaits_second: whose answer waits for a second agent, or not.
        days: as old as that at least.
        name: whose family or first name begins so.
    """

    year: int | None = None
    uai: str = ""
    reason: Reason | None = None
    is_handed: bool | None = None
    awaits_second: bool | None = None
    days: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request in dispute, in the queue.

    Attributes:
        request_id: the request.
        uai: its school.
        school_name: its name.
        year: first calendar year.
        student_id: the pupil.
        name: as lists show it.
        reason: why it is in dispute.
        asked_at: since when.
        days: for how many days.
        is_handed: whether an agent handed it over.
        candidate_count: how many persons it may be.
        merge_id: the merge that waits for a second agent, if one does.
        asked_by: who asked for that merge.
    """

    request_id: int
    uai: str
    school_name: str
    year: int
    student_id: int
    name: str
    reason: Reason
    asked_at: datetime
    days: int
    is_handed: bool
    candidate_count: int
    merge_id: int | None
    asked_by: str | None

    @property
    def words(self) -> Words:
        """Return why, and what to do."""
        return WORDS[self.reason]


@dataclass(frozen=True, slots=True)
class Queue:
    """The disputes, the oldest first.

    Attributes:
        rows: those of the page.
        count: all that were looked for.
        by_reason: of all that stand, whatever is looked for.
        by_age: likewise, in days: under 7, under 30, more.
        handed_count: likewise, those handed over.
        second_count: likewise, those that wait for a second agent.
        settled_count: those settled by an agent, this year.
    """

    rows: list[Waiting]
    count: int
    by_reason: Mapping[Reason, int]
    by_age: tuple[int, int, int]
    handed_count: int
    second_count: int
    settled_count: int


def disputes(
    *,
    at: datetime,
    filters: Filters | None = None,
    uais: Sequence[str] | None = None,
    page: int = 1,
) -> Queue:
    """List the requests in dispute.

    Args:
        at (datetime): now, from which ages are counted.
        filters (Filters | None): which; None for all.
        uais (Sequence[str] | None): of these schools; None for all those within reach.
        page (int): from 1.

    Returns:
        Queue: one page, and counts.
    """
    with transaction.atomic(), staging.raw_cursor() as cursor:
        open_schools(*(school_numbers() if uais is None else uais))
        open_directory()
        cursor.execute(_COUNTS.encode(), {"at": at})
        by_reason, ages, handed, second = Counter[Reason](), [0, 0, 0], 0, 0
        for reason, age, is_handed, is_second, count in cursor:
            by_reason[Reason(reason)] += count
            ages[age] += count
            handed += count if is_handed else 0
            second += count if is_second else 0
        conditions, values = _wanted(filters or Filters())
        wanted = "".join(f" AND {condition}" for condition in conditions)
        cursor.execute(
            f"SELECT count(*){_STANDING}{wanted}".encode(),
            {"at": at, **values},
        )
        found = int((cursor.fetchone() or (0,))[0])
        cursor.execute(
            f"SELECT {_SHOWN}{_STANDING}{wanted} ORDER BY r.asked_at, r.id LIMIT %(most)s OFFSET %(start)s".encode(),
            {"at": at, "most": PAGE, "start": (page - 1) * PAGE, **values},
        )
        rows = [_waiting(row, at) for row in cursor.fetchall()]
        settled = Decision.objects.filter(
            kind__in=(Decision.Kind.SAME, Decision.Kind.DIFFERENT), at__year=at.year
        ).count()
    return Queue(
        rows=rows,
        count=found,
        by_reason=by_reason,
        by_age=(ages[0], ages[1], ages[2]),
        handed_count=handed,
        second_count=second,
        settled_count=settled,
    )


def count_open(*, uais: Sequence[str]) -> int:
    """Count the requests in dispute.

    Args:
        uais (Sequence[str]): of these schools; they are opened for reading.

    Returns:
        int: how many.
    """
    with transaction.atomic():
        open_schools(*uais)
        with staging.raw_cursor() as cursor:
            cursor.execute(
                f"SELECT count(*){_STANDING} AND r.uai = ANY(%s)".encode(),
                [list(uais)],
            )
            return int((cursor.fetchone() or (0,))[0])


#: Requests of pupils who are there, each in the last year that asked for it.
_STANDING = (
    " FROM ine_request r JOIN students_student s ON s.id = r.student_id AND s.uai = r.uai"
    " LEFT JOIN schools_school c ON c.uai = r.uai"
    " LEFT JOIN ine_merge m ON m.request_id = r.id AND m.request_uai = r.uai AND m.state = 'asked'"
    " WHERE r.state = 'LITIGE' AND NOT EXISTS (SELECT FROM ine_request n WHERE n.uai = r.uai"
    " AND n.student_id = r.student_id AND n.year > r.year)"
)


_SHOWN = (
    "r.id, r.uai, coalesce(c.name, ''), r.year, r.student_id, s.family_name, s.usual_name, s.first_name, r.reason,"
    " r.asked_at, r.is_handed, coalesce(jsonb_array_length(r.candidates), 0), m.id, m.asked_by"
)
_COUNTS = (
    "SELECT reason, age, is_handed, is_second, count(*) FROM (SELECT r.reason, CASE"  # noqa: S608 - our own words
    " WHEN r.asked_at > %(at)s - interval '7 days' THEN 0 WHEN r.asked_at > %(at)s - interval '30 days' THEN 1"
    f" ELSE 2 END AS age, r.is_handed, m.id IS NOT NULL AS is_second{_STANDING}) q GROUP BY 1, 2, 3, 4"
)


def _wanted(filters: Filters) -> tuple[list[str], dict[str, object]]:
    """Give what restricts the list."""
    words = [f"% {word}%" for word in civil_identity.key(filters.name).split()]
    wanted: tuple[tuple[str, str, object], ...] = (
        ("r.year = %(year)s", "year", filters.year),
        ("r.uai = %(uai)s", "uai", filters.uai or None),
        ("r.reason = %(reason)s", "reason", filters.reason),
        ("r.is_handed = %(handed)s", "handed", filters.is_handed),
        ("(m.id IS NOT NULL) = %(second)s", "second", filters.awaits_second),
        ("r.asked_at <= %(at)s - make_interval(days => %(days)s)", "days", filters.days),
        (f"{NAMES_SQL} LIKE ALL (%(words)s)", "words", words or None),
    )
    asked = [one for one in wanted if one[2] is not None]
    return [one[0] for one in asked], {name: value for _, name, value in asked}


def _waiting(row: tuple[Any, ...], at: datetime) -> Waiting:
    return Waiting(
        request_id=row[0],
        uai=row[1],
        school_name=row[2],
        year=row[3],
        student_id=row[4],
        name=civil_identity.display(row[5], row[6], row[7]),
        reason=Reason(row[8]),
        asked_at=row[9],
        days=max(0, (at - row[9]).days),
        is_handed=row[10],
        candidate_count=row[11],
        merge_id=row[12],
        asked_by=row[13],
    )
