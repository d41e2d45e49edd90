"""Read a person of the directory: who it is and was, its numbers, its records, what agents decided.

Of the records of schools, only where and when is told. Each look leaves a line in the journal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.models import Q

from bascule.ine.directory import open_directory
from bascule.ine.disputes import READ
from bascule.ine.merges import UnknownPersonError
from bascule.ine.models import Apart, Decision, Link, Merge, Number, Person, PersonState, Request
from bascule.ine.reasons import WORDS, Reason, Words
from bascule.ine.records import CivilColumns
from bascule.ine.refusals import REASONS
from bascule.ine.shown import LABELS, civil_columns, name_of, texts_of
from bascule.journal.access import Visitor, note
from bascule.schools.directory import school_numbers
from bascule.schools.models import School
from bascule.store import staging
from bascule.store.policies import open_schools
from bascule.values.words import said as _

#: Decisions shown at most.
MOST_DECISIONS: Final = 50

_Kind = Decision.Kind
#: What is taken back by itself; the rest follows from it.
_UNDOABLE: Final = (_Kind.SAME, _Kind.DIFFERENT, _Kind.SPLIT, _Kind.MERGE_ASKED, _Kind.MERGED)
_KINDS: Final = {
    "RNIE": _("registre national"),
    "BEA": _("base académique"),
    "APPRENTICE": _("apprentissage"),
}


class OneCivil(NamedTuple):
    """A civil status in force: several where persons were merged.

    Attributes:
        person_id: whose.
        name: as lists show it.
        fields: label and text.
        school_name: the school that said so last.
        year: and when.
    """

    person_id: int
    name: str
    fields: tuple[tuple[str, str], ...]
    school_name: str
    year: int | None


class Before(NamedTuple):
    """A civil status that was in force.

    Attributes:
        until: until when.
        actor: who put another one.
        fields: label and text of what was otherwise.
    """

    until: datetime
    actor: str
    fields: tuple[tuple[str, str], ...]


class OneNumber(NamedTuple):
    """An INE of a person.

    Attributes:
        number: the INE.
        kind: whose form it has, in French.
        source: where it comes from, in French.
        since: since when it is known.
        is_in_force: whether the person is known by it.
    """

    number: str
    kind: str
    source: str
    since: datetime
    is_in_force: bool


class OneLink(NamedTuple):
    """A record of a school.

    Attributes:
        uai: the school.
        school_name: its name.
        student_id: the record.
        year: the last year whose pupil was asked about; None for one never asked about.
        how: why it is believed, in French.
        since: since when.
        request_id: what was asked last.
        state: where that stands, in French; blank for none.
        words: why it is in error or in dispute.
        is_in_dispute: whether agents are to answer.
        is_refused: whether the outside service refused.
    """

    uai: str
    school_name: str
    student_id: int
    year: int | None
    how: str
    since: datetime
    request_id: int | None
    state: str
    words: Words | None
    is_in_dispute: bool
    is_refused: bool


class OneMerge(NamedTuple):
    """A merge that waits, or holds.

    Attributes:
        merge: the merge.
        names: the two persons, as lists show them, the lower number first.
        is_waiting: for a second agent.
        may_answer: whether who looks is one.
        dispute: the school and the request to which it answers, while that is in the queue.
    """

    merge: Merge
    names: tuple[str, str]
    is_waiting: bool
    may_answer: bool
    dispute: tuple[str, int] | None


class OneApart(NamedTuple):
    """Somebody who was said to be another.

    Attributes:
        person_id: the other person, as merges make it now.
        name: as lists show it.
        said_by: who said so.
        said_at: when.
    """

    person_id: int
    name: str
    said_by: str
    said_at: datetime


class Decided(NamedTuple):
    """A decision.

    Attributes:
        decision: the line.
        may_undo: whether it is one that is taken back by itself, and holds.
    """

    decision: Decision
    may_undo: bool


@dataclass(frozen=True, slots=True)
class PersonFile:
    """A person, as merges make it.

    Attributes:
        person_id: who stands for those merged.
        name: as lists show it.
        is_retired: whether nobody is this person any more.
        civils: the civil statuses in force.
        befores: those before, the latest first.
        numbers: every INE, that in force first.
        links: the records, by school.
        merges: those that wait or hold.
        aparts: whom agents said that it is not.
        decisions: the latest first.
    """

    person_id: int
    name: str
    is_retired: bool
    civils: tuple[OneCivil, ...]
    befores: tuple[Before, ...]
    numbers: tuple[OneNumber, ...]
    links: tuple[OneLink, ...]
    merges: tuple[OneMerge, ...]
    aparts: tuple[OneApart, ...]
    decisions: tuple[Decided, ...]


def person(
    *,
    person_id: int,
    visitor: Visitor,
    at: datetime,
    uais: Sequence[str] | None = None,
) -> PersonFile:
    """Show a person; who looks is noted.

    Args:
        person_id (int): the person, or one of those merged with it.
        visitor (Visitor): who looks.
        at (datetime): when.
        uais (Sequence[str] | None): schools whose records are told of; None for all within reach.

    Returns:
        PersonFile: all that is known of it.

    Raises:
        UnknownPersonError: if the directory has no such person.
    """
    with transaction.atomic():
        open_schools(*(school_numbers() if uais is None else uais))
        open_directory()
        asked = Person.objects.filter(pk=person_id).first()
        if asked is None:
            raise UnknownPersonError
        members = list(Person.objects.filter(root_id=asked.root_id).order_by("-last_year", "pk"))
        note(kind=READ, visitor=visitor, at=at, about=f"identity/{asked.root_id}")
        ids = [one.pk for one in members]
        schools = dict(School.objects.values_list("uai", "name"))
        edges = list(
            Merge.objects.filter(
                Q(one_id__in=ids) | Q(other_id__in=ids),
                state__in=(Merge.State.ASKED, Merge.State.DONE),
            ).order_by("-pk")
        )
        links = _links(ids, schools)
        return PersonFile(
            person_id=asked.root_id,
            name=name_of(civil_columns(members[0])),
            is_retired=all(one.retired_at for one in members),
            civils=tuple(_civil(one, schools) for one in members),
            befores=_befores(members),
            numbers=_numbers(ids),
            links=links,
            merges=_merges(edges, visitor.actor),
            aparts=_aparts(ids),
            decisions=_decisions(ids, links),
        )


def waiting_merges(*, actor: str) -> list[OneMerge]:
    """List the merges to be confirmed, the oldest first.

    Args:
        actor (str): who asks.

    Returns:
        list[OneMerge]: all of them.
    """
    with transaction.atomic():
        open_schools(*school_numbers())
        open_directory()
        edges = list(Merge.objects.filter(state=Merge.State.ASKED).order_by("asked_at", "pk"))
        return list(_merges(edges, actor))


def count_merges_to_answer(*, actor: str) -> int:
    """Count the merges that wait for somebody else than who asked for them.

    Args:
        actor (str): who may answer.

    Returns:
        int: how many.
    """
    with transaction.atomic():
        open_directory()
        waiting = Merge.objects.filter(state=Merge.State.ASKED)
        return waiting.exclude(asked_by=actor).count()


def _civil(one: Person, schools: Mapping[str, str]) -> OneCivil:
    civil = civil_columns(one)
    fields = tuple(zip(LABELS, texts_of(civil), strict=True))
    return OneCivil(
        one.pk, name_of(civil), fields, schools.get(one.last_uai or "", ""), one.last_year
    )


def _befores(members: Sequence[Person]) -> tuple[Before, ...]:
    after = {one.pk: texts_of(civil_columns(one)) for one in members}
    found = []
    for state in PersonState.objects.filter(person_id__in=after).order_by("-until", "-pk"):
        texts = texts_of(_civil_of(state.before))
        differing = zip(LABELS, texts, after[state.person_id], strict=True)
        fields = tuple((label, text) for label, text, later in differing if text != later)
        after[state.person_id] = texts
        if fields:
            found.append(Before(state.until, state.actor, fields))
    return tuple(found)


def _civil_of(before: Mapping[str, Any]) -> CivilColumns:
    held = CivilColumns._make(before[name] for name in CivilColumns._fields)
    return held._replace(birth_date=date.fromisoformat(before["birth_date"]))


def _numbers(ids: Sequence[int]) -> tuple[OneNumber, ...]:
    rows = Number.objects.filter(person_id__in=ids)
    ranks = list(_KINDS)
    ordered = sorted(rows, key=lambda one: (ranks.index(one.kind), one.since, one.number))
    return tuple(
        OneNumber(one.number, _KINDS[one.kind], one.get_source_display(), one.since, rank == 0)
        for rank, one in enumerate(ordered)
    )


def _links(ids: Sequence[int], schools: Mapping[str, str]) -> tuple[OneLink, ...]:
    links = list(Link.objects.filter(person_id__in=ids).order_by("uai", "pk"))
    requests: dict[tuple[str, int], Request] = {}
    for one in Request.objects.filter(
        student_id__in=[link.student_id for link in links], uai__in={link.uai for link in links}
    ).order_by("year"):
        requests[one.uai, one.student_id] = one
    return tuple(_link(link, requests.get((link.uai, link.student_id)), schools) for link in links)


def _link(link: Link, request: Request | None, schools: Mapping[str, str]) -> OneLink:
    reason = Reason(request.reason) if request and request.reason else None
    is_settled = request is None or request.state == Request.State.GIVEN
    return OneLink(
        uai=link.uai,
        school_name=schools.get(link.uai, ""),
        student_id=link.student_id,
        year=request.year if request else None,
        how=link.get_how_display(),
        since=link.since,
        request_id=request.pk if request else None,
        state=request.get_state_display() if request else "",
        words=WORDS[reason] if reason and not is_settled else None,
        is_in_dispute=request is not None and request.state == Request.State.DISPUTE,
        is_refused=reason in REASONS.values() and not is_settled,
    )


def _merges(edges: Sequence[Merge], actor: str) -> tuple[OneMerge, ...]:
    ids = {one for edge in edges for one in (edge.one_id, edge.other_id)}
    names = {one.pk: name_of(civil_columns(one)) for one in Person.objects.filter(pk__in=ids)}
    standing = _in_queue([edge.request_id for edge in edges if edge.request_id])
    return tuple(
        OneMerge(
            edge,
            (names[edge.one_id], names[edge.other_id]),
            edge.state == Merge.State.ASKED,
            edge.state == Merge.State.ASKED and edge.asked_by != actor,
            (edge.request_uai or "", edge.request_id)
            if edge.request_id and (edge.request_uai, edge.request_id) in standing
            else None,
        )
        for edge in edges
    )


def _in_queue(request_ids: Sequence[int]) -> set[tuple[str, int]]:
    """Tell which requests are in dispute, of pupils who are still there."""
    with staging.raw_cursor() as cursor:
        cursor.execute(
            "SELECT r.uai, r.id FROM ine_request r JOIN students_enrolment e ON e.uai = r.uai AND e.year = r.year"
            " AND e.student_id = r.student_id WHERE r.id = ANY(%s) AND r.state = 'LITIGE'",
            [list(request_ids)],
        )
        return set(cursor.fetchall())


def _aparts(ids: Sequence[int]) -> tuple[OneApart, ...]:
    said = Apart.objects.filter(
        Q(one_id__in=ids) | Q(other_id__in=ids), withdrawn_at=None
    ).order_by("-pk")
    others = {one.other_id if one.one_id in ids else one.one_id: one for one in said}
    persons = {one.pk: one for one in Person.objects.filter(pk__in=others)}
    found: dict[int, OneApart] = {}
    for other, one in others.items():
        shown = persons[other]
        found.setdefault(
            shown.root_id,
            OneApart(shown.root_id, name_of(civil_columns(shown)), one.said_by, one.said_at),
        )
    return tuple(found.values())


def _decisions(ids: Sequence[int], links: Sequence[OneLink]) -> tuple[Decided, ...]:
    of_records = Q()
    for link in links:
        of_records |= Q(about_uai=link.uai, student_id=link.student_id)
    edges = {one.pk: one for one in Merge.objects.filter(Q(one_id__in=ids) | Q(other_id__in=ids))}
    wanted = Q(person_ids__overlap=list(ids)) | Q(merge_id__in=edges) | of_records
    found = list(Decision.objects.filter(wanted).order_by("-pk")[:MOST_DECISIONS])
    undone = set(
        Decision.objects.filter(undoes_id__in=[one.pk for one in found]).values_list(
            "undoes_id", flat=True
        )
    )

    def may_undo(one: Decision) -> bool:
        if one.kind not in _UNDOABLE or one.pk in undone:
            return False
        if one.kind not in (_Kind.MERGE_ASKED, _Kind.MERGED):
            return True
        # What answers a dispute goes with its answer.
        edge = edges.get(one.merge_id or 0)
        state = Merge.State.ASKED if one.kind == _Kind.MERGE_ASKED else Merge.State.DONE
        return edge is not None and edge.request_id is None and edge.state == state

    return tuple(Decided(one, may_undo(one)) for one in found)
