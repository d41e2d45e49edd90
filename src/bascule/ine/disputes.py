"""Read the requests in dispute: the queue of all schools, and one of them side by side with whom it may be.

Of other schools, only what is needed to tell two children apart is shown: civil status, INE, and where the
child was last. Each reading of a dispute leaves a line in the journal.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from bascule.ine.answers import UnknownRequestError
from bascule.ine.directory import open_directory
from bascule.ine.known import Known
from bascule.ine.matching.civil import Civil
from bascule.ine.matching.levels import COMPARISONS, Likeness
from bascule.ine.matching.model import Model
from bascule.ine.models import Decision, Merge, Person, Request
from bascule.ine.reasons import WORDS, Reason, Words
from bascule.ine.records import CivilColumns, Record, record_of
from bascule.ine.weights import model_in_force
from bascule.journal.access import Visitor, note
from bascule.nomenclatures import lookup
from bascule.schools.directory import school_numbers
from bascule.schools.models import School
from bascule.store import staging
from bascule.store.policies import open_schools
from bascule.values import civil_identity

#: Requests on a page.
PAGE = 50
#: What the lines of who looked are called.
READ = "identity.read"

_SEXES = {"1": "masculin", "2": "féminin"}
_FRANCE = "100"


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
    wanted = filters or Filters()
    with transaction.atomic():
        open_schools(*(school_numbers() if uais is None else uais))
        open_directory()
        rows = _standing(at)
        settled = Decision.objects.filter(
            kind__in=(Decision.Kind.SAME, Decision.Kind.DIFFERENT), at__year=at.year
        ).count()
    found = [row for row in rows if _is_wanted(row, wanted)]
    ages = Counter(0 if row.days < 7 else 1 if row.days < 30 else 2 for row in rows)  # noqa: PLR2004 - a week, a month
    return Queue(
        rows=found[(page - 1) * PAGE : page * PAGE],
        count=len(found),
        by_reason=Counter(row.reason for row in rows),
        by_age=(ages[0], ages[1], ages[2]),
        handed_count=sum(row.is_handed for row in rows),
        second_count=sum(row.merge_id is not None for row in rows),
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


def _standing(at: datetime) -> list[Waiting]:
    with staging.raw_cursor() as cursor:
        cursor.execute(
            "SELECT r.id, r.uai, coalesce(c.name, ''), r.year, r.student_id, s.family_name, s.usual_name, s.first_name,"
            " r.reason, r.asked_at, r.is_handed, coalesce(jsonb_array_length(r.candidates), 0), m.id, m.asked_by"
            f"{_STANDING} ORDER BY r.asked_at, r.id".encode()
        )
        return [
            Waiting(
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
            for row in cursor
        ]


def _is_wanted(row: Waiting, wanted: Filters) -> bool:
    start = civil_identity.key(wanted.name)
    return (
        wanted.year in (None, row.year)
        and wanted.uai in ("", row.uai)
        and wanted.reason in (None, row.reason)
        and wanted.is_handed in (None, row.is_handed)
        and wanted.awaits_second in (None, row.merge_id is not None)
        and (wanted.days is None or row.days >= wanted.days)
        and f" {start}" in f" {civil_identity.key(row.name)}"
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """A field of the record beside that of a person.

    Attributes:
        label: its name.
        own: as the record has it.
        theirs: as the person has it.
        word: identique, proche, différent or absent.
        detail: in what, in a few words.
        likeness: the same as `word`, for the drawing.
    """

    label: str
    own: str
    theirs: str
    word: str
    detail: str
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Proposed:
    """A person whom the record may be.

    Attributes:
        person_id: the person.
        name: as lists show it.
        numbers: every INE, that in force first.
        school_name: where the child was last.
        uai: its number.
        year: and when.
        total: how likely, in bits: only to sort.
        fields: side by side.
        is_own: whether the record is linked to it already.
        needs_second: whether saying that it is the same waits for a second agent.
    """

    person_id: int
    name: str
    numbers: tuple[str, ...]
    school_name: str
    uai: str
    year: int | None
    total: float
    fields: tuple[Compared, ...]
    is_own: bool
    needs_second: bool


@dataclass(frozen=True, slots=True)
class Dispute:
    """A request, side by side with whom it may be.

    Attributes:
        request: the request.
        school_name: its school.
        name: of the pupil, as lists show it.
        numbers: the INE of the record.
        own: label and text of each field of the record.
        proposed: up to five persons, the likeliest first.
        merge: the merge that waits for a second agent, or was answered last.
        decisions: what was decided about it, the latest first.
    """

    request: Request
    school_name: str
    name: str
    numbers: tuple[str, ...]
    own: tuple[tuple[str, str], ...]
    proposed: tuple[Proposed, ...]
    merge: Merge | None
    decisions: list[Decision] = field(default_factory=list)

    @property
    def words(self) -> Words | None:
        """Return why it is in dispute, and what to do; None once it is settled."""
        return WORDS[Reason(self.request.reason)] if self.request.reason else None


def dispute(*, uai: str, request_id: int, visitor: Visitor, at: datetime) -> Dispute:
    """Show one request side by side with whom it may be; who looks is noted.

    Args:
        uai (str): its school.
        request_id (int): the request.
        visitor (Visitor): who looks.
        at (datetime): when.

    Returns:
        Dispute: all that is needed to decide.

    Raises:
        UnknownRequestError: if there is none, or its pupil is no longer there.
    """
    with transaction.atomic():
        open_schools(uai)
        open_directory()
        request = Request.objects.filter(uai=uai, pk=request_id).first()
        if request is None:
            raise UnknownRequestError
        record = record_of(uai=uai, year=request.year, student_id=request.student_id)
        if record is None:
            raise UnknownRequestError
        note(
            kind=READ,
            visitor=visitor,
            at=at,
            uai=uai,
            about=f"student/{record.student_id}",
            purpose="litige d’INE",
        )
        merges = Merge.objects.filter(request_uai=uai, request_id=request_id).order_by("-id")
        names = dict(School.objects.values_list("uai", "name"))
        return Dispute(
            request=request,
            school_name=names.get(uai, ""),
            name=_name(record.civil),
            numbers=tuple(dict.fromkeys(n for n in record.numbers if n)),
            own=tuple(zip(_LABELS, _texts(record.civil), strict=True)),
            proposed=_proposed(request, record, names),
            merge=merges.first(),
            decisions=list(
                Decision.objects.filter(
                    Q(request_id=request_id) | Q(merge_id__in=[one.pk for one in merges])
                ).order_by("-id")
            ),
        )


_LABELS = tuple(comparison.label for comparison in COMPARISONS)


def _proposed(request: Request, record: Record, names: Mapping[str, str]) -> tuple[Proposed, ...]:
    ids = [one["person"] for one in request.candidates or ()]
    roots = dict(Person.objects.filter(pk__in=ids).values_list("id", "root_id"))
    known = Known(request.uai)
    own = record.person_id and known.roots.get(record.person_id)
    wanted = list(dict.fromkeys(roots[one] for one in ids if one in roots))
    known.read_persons(wanted)
    last = {one.pk: one for one in Person.objects.filter(root_id__in=wanted)}
    found = []
    for root in wanted:
        shown = [
            _one(
                root,
                person,
                record,
                known,
                last[person],
                names,
                own,
                has_changed=request.reason == Reason.CHANGED,
            )
            for person in known.civils[root]
        ]
        found.append(max(shown, key=lambda one: one.total))
    return tuple(sorted(found, key=lambda one: (-one.total, one.person_id)))


def _one(
    root: int,
    person: int,
    record: Record,
    known: Known,
    last: Person,
    names: Mapping[str, str],
    own: int | None,
    *,
    has_changed: bool,
) -> Proposed:
    civil = known.civils[root][person]
    fields, total = _compared(model_in_force(), record.civil, civil)
    in_force = known.number_in_force(root)
    numbers = [number for _, number in known.numbers.get(root, ())]
    births = {one.birth_date for one in known.civils[root].values()}
    return Proposed(
        person_id=root,
        name=_name(civil),
        numbers=tuple(sorted(numbers, key=lambda number: number != in_force)),
        school_name=names.get(last.last_uai or "", ""),
        uai=last.last_uai or "",
        year=last.last_year,
        total=total,
        fields=fields,
        is_own=own == root,
        needs_second=own != root
        and ((own is not None and not has_changed) or record.civil.birth_date not in births),
    )


def _compared(
    model: Model, own: CivilColumns, theirs: CivilColumns
) -> tuple[tuple[Compared, ...], float]:
    one, other = own.compared(), theirs.compared()
    score = model.score(model.keys(one), model.keys(other), among=1)
    texts = zip(_LABELS, _texts(own), _texts(theirs), score.fields, strict=True)
    return tuple(
        Compared(
            label,
            mine,
            their,
            scored.level.likeness.value,
            scored.level.words,
            scored.level.likeness,
        )
        for label, mine, their, scored in texts
    ), score.total


def _name(civil: CivilColumns) -> str:
    return civil_identity.display(civil.family_name, civil.usual_name, civil.first_name)


def _texts(civil: CivilColumns) -> tuple[str, ...]:
    """Write a civil status as a page shows it, in the order of the comparisons."""
    usual = f" (nom d’usage : {civil.usual_name})" if civil.usual_name else ""
    return (
        f"{civil.family_name}{usual}",
        civil.first_name,
        ", ".join(filter(None, (civil.second_name, civil.third_name))),
        _birth(civil.compared()),
        _SEXES.get(civil.sex or "", ""),
        _place(civil),
    )


def _birth(civil: Civil) -> str:
    if civil.birth is None:
        return ""
    if civil.precision == "Y":
        return f"en {civil.birth:%Y}"
    return f"{civil.birth:%m/%Y}" if civil.precision == "M" else f"{civil.birth:%d/%m/%Y}"


def _place(civil: CivilColumns) -> str:
    if civil.birth_commune:
        return lookup.labels("commune").get(civil.birth_commune, civil.birth_commune)
    country = civil.birth_country or ""
    named = "" if country == _FRANCE else lookup.labels("pays").get(country, country)
    return ", ".join(filter(None, (civil.birth_town, named)))
