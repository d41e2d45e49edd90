"""Read one request in dispute side by side with whom it may be.

Of other schools, only what is needed to tell two children apart is shown: civil status, INE, and where the
child was last. Each reading of a dispute leaves a line in the journal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from bascule.ine.answers import UnknownRequestError
from bascule.ine.directory import open_directory
from bascule.ine.known import Known
from bascule.ine.models import Decision, Merge, Person, Request
from bascule.ine.reasons import WORDS, Reason, Words
from bascule.ine.records import Record, record_of
from bascule.ine.shown import LABELS, Compared, compared, name_of, texts_of
from bascule.ine.weights import model_in_force
from bascule.journal.access import Visitor, note
from bascule.schools.models import School
from bascule.store.policies import open_schools

#: What the lines of who looked are called.
READ = "identity.read"


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
            name=name_of(record.civil),
            numbers=tuple(dict.fromkeys(n for n in record.numbers if n)),
            own=tuple(zip(LABELS, texts_of(record.civil), strict=True)),
            proposed=_proposed(request, record, names),
            merge=merges.first(),
            decisions=list(
                Decision.objects.filter(
                    Q(request_id=request_id) | Q(merge_id__in=[one.pk for one in merges])
                ).order_by("-id")
            ),
        )


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
    fields, total = compared(model_in_force(), record.civil, civil)
    in_force = known.number_in_force(root)
    numbers = [number for _, number in known.numbers.get(root, ())]
    births = {one.birth_date for one in known.civils[root].values()}
    return Proposed(
        person_id=root,
        name=name_of(civil),
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
