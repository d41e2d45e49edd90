"""Answer a dispute, confirm or refuse what another agent asked, separate a record, and take any of it back.

An answer is an act of the school whose record it is about. What joins two persons that the directory knew, or
two dates of birth, waits for a second agent.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from bascule.errors import NotThereError, RefusedError
from bascule.ine import merges, ties
from bascule.ine.directory import hold_directory, open_directory
from bascule.ine.known import Known
from bascule.ine.merges import note_decision, roots_of
from bascule.ine.models import Decision, Link, Merge, Request
from bascule.ine.reasons import Reason
from bascule.ine.records import DIGEST_SQL, Record, record_of
from bascule.ine.settle import SETTLE_ACT, ask
from bascule.journal.act import AUTHORITY, OpenAct, act
from bascule.store import staging

#: What the acts of these verbs are called.
SAME_ACT, DIFFERENT_ACT, HAND_ACT = "ine.same", "ine.different", "ine.hand"
CONFIRM_ACT, REFUSE_ACT, UNDO_ACT = "ine.merge-confirm", "ine.merge-refuse", "ine.undo"
SPLIT_ACT = "ine.split"

#: Acts that write numbers into records, and nothing else: no person's hand on what a file says.
NUMBER_ACTS = (SETTLE_ACT, SAME_ACT, DIFFERENT_ACT, SPLIT_ACT, CONFIRM_ACT, UNDO_ACT)

_ANSWERS = (Decision.Kind.SAME, Decision.Kind.DIFFERENT, Decision.Kind.HANDED, Decision.Kind.SPLIT)


class UnknownRequestError(NotThereError):
    """The school has no such request."""

    code = "ine.unknown-request"

    def __init__(self) -> None:
        super().__init__("Cette demande d’INE n’existe pas.")


class UnknownDecisionError(NotThereError):
    """There is no such decision."""

    code = "ine.unknown-decision"

    def __init__(self) -> None:
        super().__init__("Cette décision n’existe pas.")


class NotInDisputeError(RefusedError):
    """The request is not in dispute, or an answer waits for a second agent."""

    code = "ine.not-in-dispute"


class NotACandidateError(RefusedError):
    """The person is not among those proposed."""

    code = "ine.not-a-candidate"

    def __init__(self) -> None:
        super().__init__(
            "Cet élève n’est pas parmi ceux qui sont proposés : rechargez la page, puis choisissez."
        )


class CannotUndoError(RefusedError):
    """The decision was taken back, or something was decided since."""

    code = "ine.cannot-undo"


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer did.

    Attributes:
        decision_id: the decision, to take it back.
        merge_id: the merge that waits for a second agent; None when all is done.
        number: the INE of the record, where there is one.
    """

    decision_id: int
    merge_id: int | None = None
    number: str | None = None


def answer_same(
    *, uai: str, request_id: int, person_id: int, why: str, actor: str, at: datetime
) -> Answered:
    """Say that a pupil in dispute is one of the persons proposed.

    Args:
        uai (str): the school of the record.
        request_id (int): the request.
        person_id (int): the person.
        why (str): French, what shows it.
        actor (str): who says so.
        at (datetime): when.

    Returns:
        Answered: what was done; a merge waits for a second agent when it joins two persons known before,
            or when the dates of birth differ.

    Raises:
        NotACandidateError: if the person is not among those proposed.
    """
    with _answering(uai, request_id, SAME_ACT, actor, at) as (opened, request, record):
        proposed = [one["person"] for one in request.candidates or ()]
        roots = roots_of((*proposed, person_id))
        if roots[person_id] not in {roots[one] for one in proposed}:
            raise NotACandidateError
        known = Known(uai)
        known.read_persons((roots[person_id],))
        civils = known.civils[roots[person_id]].values()
        noted = _noted(request, record)
        own = record.person_id
        is_moved = (
            own is not None
            and request.reason == Reason.CHANGED
            and roots_of((own,))[own] != roots[person_id]
        )
        if is_moved:
            # The record became another child's: the one before stays somebody else.
            own = None
        if own is None and record.civil.birth_date not in {one.birth_date for one in civils}:
            # Somebody else looks at it first; until then the record is a person's of its own.
            own = ties.new_person(opened, record, request.year)
        merge_id = None
        if own is not None and known.roots.get(own) != roots[person_id]:
            merge_id = merges.put_merge(
                opened, one_id=own, other_id=person_id, why=why, request=(uai, request.pk)
            ).pk
        if is_moved:
            ties.take_back(opened, record.student_id, own or person_id)
        ties.link(opened, record.student_id, own or person_id)
        decision = note_decision(
            opened, Decision.Kind.SAME, persons=(person_id,), merge_id=merge_id, why=why, **noted
        )
        if merge_id is None:
            _ask_again(opened, request)
        return Answered(decision.pk, merge_id, ties.number_of(uai, record.student_id))


def answer_different(*, uai: str, request_id: int, why: str, actor: str, at: datetime) -> Answered:
    """Say that a pupil in dispute is none of the persons proposed: a new one, with a number of its own.

    Args:
        uai (str): the school of the record.
        request_id (int): the request.
        why (str): French, what shows it.
        actor (str): who says so.
        at (datetime): when.

    Returns:
        Answered: what was done.
    """
    with _answering(uai, request_id, DIFFERENT_ACT, actor, at) as (opened, request, record):
        proposed = [one["person"] for one in request.candidates or ()]
        roots = roots_of((*proposed, *((record.person_id,) if record.person_id else ())))
        others = {roots[one] for one in proposed}
        noted = _noted(request, record)
        person_id = record.person_id
        if person_id is None or roots[person_id] in others:
            person_id = ties.new_person(opened, record, request.year)
        ties.take_back(opened, record.student_id, person_id)
        merges.put_apart(opened, person_id, others)
        ties.link(opened, record.student_id, person_id)
        decision = note_decision(
            opened, Decision.Kind.DIFFERENT, persons=(person_id, *sorted(others)), why=why, **noted
        )
        _ask_again(opened, request)
        return Answered(decision.pk, None, ties.number_of(uai, record.student_id))


def hand_over(*, uai: str, request_id: int, why: str, actor: str, at: datetime) -> Answered:
    """Say that one does not know: the request waits for who knows more.

    Args:
        uai (str): the school of the record.
        request_id (int): the request.
        why (str): French, what was tried.
        actor (str): who says so.
        at (datetime): when.

    Returns:
        Answered: what was done.
    """
    with _answering(uai, request_id, HAND_ACT, actor, at) as (opened, request, record):
        decision = note_decision(
            opened, Decision.Kind.HANDED, persons=(), why=why, **_noted(request, record)
        )
        ties.rewrite_request(request, opened, is_handed=True)
        return Answered(decision.pk)


def split(*, uai: str, year: int, student_id: int, why: str, actor: str, at: datetime) -> Answered:
    """Separate a record from its person: it becomes a new one's, with a number of its own.

    Args:
        uai (str): the school of the record.
        year (int): a year in which the school has the pupil.
        student_id (int): the pupil.
        why (str): French, what shows it.
        actor (str): who separates.
        at (datetime): when.

    Returns:
        Answered: what was done.

    Raises:
        UnknownRequestError: if the school never asked about this pupil.
    """
    with _act(uai, SPLIT_ACT, actor, at) as opened:
        request = Request.objects.filter(uai=uai, year=year, student_id=student_id).first()
        record = record_of(uai=uai, year=year, student_id=student_id)
        if request is None or record is None or record.person_id is None:
            raise UnknownRequestError
        noted = _noted(request, record)
        person_id = ties.new_person(opened, record, year)
        merges.put_apart(opened, person_id, (record.person_id,))
        ties.take_back(opened, student_id, person_id)
        ties.link(opened, student_id, person_id)
        pair = (person_id, record.person_id)
        decision = note_decision(opened, Decision.Kind.SPLIT, persons=pair, why=why, **noted)
        _ask_again(opened, request)
        return Answered(decision.pk, None, ties.number_of(uai, student_id))


def confirm_merge(*, merge_id: int, actor: str, at: datetime) -> Merge:
    """Confirm a merge that another agent asked for; the request that waited for it is settled.

    Args:
        merge_id (int): the merge.
        actor (str): who confirms.
        at (datetime): when.

    Returns:
        Merge: done.
    """
    with _act(_school_of(merge_id), CONFIRM_ACT, actor, at) as opened:
        merge = merges.join(opened, merge_id)
        if merge.request_uai:
            request = _request(merge.request_uai, merge.request_id)
            link = Link.objects.get(uai=merge.request_uai, student_id=request.student_id)
            ties.link(opened, request.student_id, link.person_id)
            _ask_again(opened, request)
        return merge


def refuse_merge(*, merge_id: int, why: str, actor: str, at: datetime) -> Merge:
    """Refuse a merge that another agent asked for; the request that waited for it is in dispute again.

    Args:
        merge_id (int): the merge.
        why (str): French, what shows it.
        actor (str): who refuses.
        at (datetime): when.

    Returns:
        Merge: refused.
    """
    with _act(_school_of(merge_id), REFUSE_ACT, actor, at) as opened:
        merge = merges.turn_down(opened, merge_id, why)
        answer = _answer_of(merge)
        if answer is not None:
            # What the answer had linked meanwhile would pass for an agent's word at the next asking.
            _restore(opened, answer)
            note_decision(
                opened,
                Decision.Kind.UNDONE,
                persons=answer.person_ids,
                merge_id=merge.pk,
                about_uai=answer.about_uai,
                student_id=answer.student_id,
                request_id=answer.request_id,
                undoes_id=answer.pk,
                why=why,
            )
        return merge


def undo(*, decision_id: int, why: str, actor: str, at: datetime) -> Decision:
    """Take a decision back: the record, the request and the persons are as they were before it.

    Args:
        decision_id (int): the decision.
        why (str): French, what shows it.
        actor (str): who takes it back.
        at (datetime): when.

    Returns:
        Decision: the line that says so.

    Raises:
        UnknownDecisionError: if there is none.
    """
    with transaction.atomic():
        open_directory()
        decision = Decision.objects.filter(pk=decision_id).first()
    if decision is None:
        raise UnknownDecisionError
    uai = decision.about_uai or (_school_of(decision.merge_id) if decision.merge_id else AUTHORITY)
    with _act(uai, UNDO_ACT, actor, at) as opened:
        merge = merges.merge_of(decision.merge_id) if decision.merge_id else None
        answer = decision if decision.kind in _ANSWERS else _answer_of(merge)
        _refuse_undoing(decision)
        if answer is not None:
            # A merge that follows from an answer goes with it, once.
            _refuse_undoing(answer)
        if merge is not None and merge.state in (Merge.State.ASKED, Merge.State.DONE):
            merges.sever(opened, merge.pk, why)
        if decision.kind in (Decision.Kind.DIFFERENT, Decision.Kind.SPLIT):
            merges.lift_apart(opened, decision.person_ids[0], decision.person_ids[1:])
        if decision.kind == Decision.Kind.APART:
            merges.lift_apart(opened, decision.person_ids[0], decision.person_ids[1:])
        if answer is not None:
            _restore(opened, answer)
        opened.facts["decision"] = decision.pk
        return note_decision(
            opened,
            Decision.Kind.UNDONE,
            persons=decision.person_ids,
            merge_id=decision.merge_id,
            about_uai=decision.about_uai,
            student_id=decision.student_id,
            request_id=decision.request_id,
            undoes_id=answer.pk if answer else decision.pk,
            why=why,
        )


@contextmanager
def _act(uai: str, kind: str, actor: str, at: datetime) -> Iterator[OpenAct]:
    with act(uai=uai, kind=kind, actor=actor, at=at) as opened:
        hold_directory()
        yield opened


@contextmanager
def _answering(
    uai: str, request_id: int, kind: str, actor: str, at: datetime
) -> Iterator[tuple[OpenAct, Request, Record]]:
    with _act(uai, kind, actor, at) as opened:
        request = _request(uai, request_id)
        if request.state != Request.State.DISPUTE:
            raise NotInDisputeError(
                "Cette demande n’est plus en litige : elle a été réglée depuis. Revenez à la liste."
            )
        if Merge.objects.filter(
            request_uai=uai, request_id=request_id, state=Merge.State.ASKED
        ).exists():
            raise NotInDisputeError(
                "Une réponse à ce litige attend déjà : un second agent y répond."
            )
        record = record_of(uai=uai, year=request.year, student_id=request.student_id)
        if record is None:
            raise NotInDisputeError(
                "Cet élève n’est plus dans les dossiers de l’établissement : il n’y a rien à décider."
            )
        opened.facts |= {"year": request.year, "request": request_id}
        yield opened, request, record


def _request(uai: str, request_id: int | None) -> Request:
    request = Request.objects.filter(uai=uai, pk=request_id or 0).first()
    if request is None:
        raise UnknownRequestError
    return request


def _school_of(merge_id: int) -> str:
    with transaction.atomic():
        open_directory()
        return merges.merge_of(merge_id).request_uai or AUTHORITY


def _noted(request: Request, record: Record) -> dict[str, Any]:
    """Give what a decision keeps: the evidence that was looked at, and what there was before."""
    link = Link.objects.filter(uai=request.uai, student_id=record.student_id).first()
    return {
        "about_uai": request.uai,
        "student_id": record.student_id,
        "request_id": request.pk,
        "evidence": {
            "civil": {name: str(value or "") for name, value in record.civil._asdict().items()},
            "numbers": [number for number in record.numbers if number],
            "candidates": request.candidates,
            "before": {
                "state": request.state,
                "reason": request.reason,
                "handed": request.is_handed,
                "link": {"person": link.person_id, "how": link.how} if link else None,
                "given": link.given if link else None,
                "given_at": link.given_at.isoformat() if link and link.given_at else None,
                "columns": record.numbers,
            },
        },
    }


def _ask_again(opened: OpenAct, request: Request) -> None:
    """Settle the request by what was just decided, and give the record its number."""
    ties.rewrite_request(request, opened, state=Request.State.WAITING)
    ask(opened, year=request.year)


def _restore(opened: OpenAct, answer: Decision) -> None:
    """Put a record's link and request back as they were before an answer."""
    before, student_id = answer.evidence["before"], answer.student_id or 0
    links = Link.objects.filter(uai=opened.uai, student_id=student_id)
    link = links.first()
    if link is not None and link.given != before["given"]:
        ties.put_back(opened, student_id, link.given, before["columns"])
    if before["link"] is None:
        links.delete()
    else:
        links.update(
            act_id=opened.id,
            person_id=before["link"]["person"],
            how=before["link"]["how"],
            given=before["given"],
            given_at=before["given_at"],
            # Whatever it was then, it is compared again when it is asked about.
            digest=b"",
        )
    request = _request(opened.uai, answer.request_id)
    ties.rewrite_request(
        request,
        opened,
        state=before["state"],
        reason=before["reason"],
        is_handed=before["handed"],
        candidates=answer.evidence["candidates"],
        settled_at=None,
        settled_by=None,
    )
    with staging.raw_cursor() as cursor:
        # It is in dispute as it stands: the next night does not ask again.
        cursor.execute(
            f"UPDATE ine_request r SET digest = {DIGEST_SQL}, act_id = %s FROM students_student s"  # noqa: S608 - our own words
            " WHERE s.id = r.student_id AND s.uai = r.uai AND r.uai = %s AND r.id = %s".encode(),
            [opened.id, opened.uai, request.pk],
        )


def _answer_of(merge: Merge | None) -> Decision | None:
    """Give the answer to a dispute that asked for a merge."""
    if merge is None or merge.request_id is None:
        return None
    return Decision.objects.filter(merge_id=merge.pk, kind=Decision.Kind.SAME).first()


def _refuse_undoing(decision: Decision) -> None:
    undone = Decision.objects.filter(undoes_id=decision.pk).exists()
    if undone or decision.kind in (Decision.Kind.UNDONE, Decision.Kind.UNMERGED):
        raise CannotUndoError("Cette décision est déjà annulée : il n’y a rien à faire.")
    if decision.request_id is None:
        return
    later = Decision.objects.filter(
        request_id=decision.request_id, pk__gt=decision.pk, kind__in=_ANSWERS
    )
    undone_ids = Decision.objects.filter(undoes_id__in=later.values("pk")).values("undoes_id")
    if later.exclude(pk__in=undone_ids).exists():
        raise CannotUndoError(
            "Une autre décision a été prise depuis sur cette demande : annulez-la d’abord."
        )
