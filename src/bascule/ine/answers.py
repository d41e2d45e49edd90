"""Answer a dispute, or separate a record from its person; `reviewing` says what becomes of an answer afterwards.

An answer is an act of the school whose record it is about. What joins two persons that the directory knew, or
two dates of birth, waits for a second agent.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bascule.errors import NotThereError, RefusedError
from bascule.ine import merges, ties
from bascule.ine.directory import hold_directory
from bascule.ine.known import Known
from bascule.ine.merges import note_decision, roots_of
from bascule.ine.models import Asked, Decision, Link, Merge, Request
from bascule.ine.reasons import Reason
from bascule.ine.records import Record, record_of
from bascule.ine.refusals import REASONS
from bascule.ine.settle import SETTLE_ACT, ask
from bascule.journal.act import OpenAct, act

#: What the acts of these verbs are called.
SAME_ACT, DIFFERENT_ACT, HAND_ACT = "ine.same", "ine.different", "ine.hand"
CONFIRM_ACT, REFUSE_ACT, UNDO_ACT = "ine.merge-confirm", "ine.merge-refuse", "ine.undo"
SPLIT_ACT, AGAIN_ACT = "ine.split", "ine.national-again"

#: Acts that write numbers into records, and nothing else: no person's hand on what a file says.
NUMBER_ACTS = (
    SETTLE_ACT, SAME_ACT, DIFFERENT_ACT, SPLIT_ACT, AGAIN_ACT, CONFIRM_ACT, REFUSE_ACT, UNDO_ACT,
)  # fmt: skip


class UnknownRequestError(NotThereError):
    """The school has no such request."""

    code = "ine.unknown-request"

    def __init__(self) -> None:
        super().__init__("Cette demande d’INE n’existe pas.")


class NotInDisputeError(RefusedError):
    """The request is not in dispute, or an answer waits for a second agent."""

    code = "ine.not-in-dispute"


class NotRefusedError(RefusedError):
    """The outside service refused nothing about this pupil."""

    code = "ine.not-refused"

    def __init__(self) -> None:
        super().__init__(
            "Le service national n’a rien refusé pour cet élève, ou l’INE est déjà redemandé : il n’y a rien à faire."
        )


class NotACandidateError(RefusedError):
    """The person is not among those proposed."""

    code = "ine.not-a-candidate"

    def __init__(self) -> None:
        super().__init__(
            "Cet élève n’est pas parmi ceux qui sont proposés : rechargez la page, puis choisissez."
        )


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
        made: list[int] = []
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
            made.append(own)
        merge_id = None
        if own is not None and known.roots.get(own) != roots[person_id]:
            merge_id = merges.put_merge(
                opened, one_id=own, other_id=person_id, why=why, request=(uai, request.pk)
            ).pk
        if is_moved:
            ties.take_back(opened, record.student_id, own or person_id)
        ties.link(opened, record.student_id, own or person_id)
        noted["evidence"]["made"] = made
        decision = note_decision(
            opened, Decision.Kind.SAME, persons=(person_id,), merge_id=merge_id, why=why, **noted
        )
        if merge_id is None:
            ask_again(opened, request)
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
        noted["evidence"]["made"] = []
        if person_id is None or roots[person_id] in others:
            person_id = ties.new_person(opened, record, request.year)
            noted["evidence"]["made"].append(person_id)
        ties.take_back(opened, record.student_id, person_id)
        noted["evidence"]["aparts"] = merges.put_apart(opened, person_id, others)
        ties.link(opened, record.student_id, person_id)
        decision = note_decision(
            opened, Decision.Kind.DIFFERENT, persons=(person_id, *sorted(others)), why=why, **noted
        )
        ask_again(opened, request)
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
    with held_act(uai, SPLIT_ACT, actor, at) as opened:
        request = Request.objects.filter(uai=uai, year=year, student_id=student_id).first()
        record = record_of(uai=uai, year=year, student_id=student_id)
        if request is None or record is None or record.person_id is None:
            raise UnknownRequestError
        noted = _noted(request, record)
        person_id = ties.new_person(opened, record, year)
        noted["evidence"] |= {
            "made": [person_id],
            "aparts": merges.put_apart(opened, person_id, (record.person_id,)),
        }
        ties.take_back(opened, student_id, person_id)
        ties.link(opened, student_id, person_id)
        pair = (person_id, record.person_id)
        decision = note_decision(opened, Decision.Kind.SPLIT, persons=pair, why=why, **noted)
        ask_again(opened, request)
        return Answered(decision.pk, None, ties.number_of(uai, student_id))


def ask_national_again(
    *, uai: str, request_id: int, why: str, actor: str, at: datetime
) -> Answered:
    """Ask the outside service again about a pupil whom it refused.

    Args:
        uai (str): the school of the record.
        request_id (int): the request.
        why (str): French, what changed.
        actor (str): who asks.
        at (datetime): when.

    Returns:
        Answered: what was done; the line leaves with the next ones.

    Raises:
        NotRefusedError: if the service refused nothing, or was asked again since.
    """
    with held_act(uai, AGAIN_ACT, actor, at) as opened:
        request = request_of(uai, request_id)
        record = record_of(uai=uai, year=request.year, student_id=request.student_id)
        if record is None or record.person_id is None:
            raise NotRefusedError
        root = roots_of((record.person_id,))[record.person_id]
        asked = Asked.objects.filter(person_id=root).exclude(outcome="").first()
        if asked is None or request.reason not in REASONS.values():
            raise NotRefusedError
        noted = _noted(request, record)
        noted["evidence"]["outcome"] = asked.outcome
        asked.outcome, asked.number, asked.answered_at = "", "", None
        asked.save(update_fields=["outcome", "number", "answered_at"])
        decision = note_decision(
            opened, Decision.Kind.ASKED_AGAIN, persons=(root,), why=why, **noted
        )
        opened.facts |= {"year": request.year, "request": request_id}
        ask_again(opened, request)
        return Answered(decision.pk)


@contextmanager
def held_act(
    uai: str, kind: str, actor: str, at: datetime, *, reads: Sequence[str] = ()
) -> Iterator[OpenAct]:
    """Open an act of somebody before a screen, that holds the directory.

    Args:
        uai (str): the school.
        kind (str): what is done.
        actor (str): who does it.
        at (datetime): when.
        reads (Sequence[str]): other schools whose rows may be seen.

    Yields:
        OpenAct: the act.
    """
    with act(uai=uai, kind=kind, actor=actor, at=at, reads=tuple(reads)) as opened:
        hold_directory(is_patient=False)
        yield opened


@contextmanager
def _answering(
    uai: str, request_id: int, kind: str, actor: str, at: datetime
) -> Iterator[tuple[OpenAct, Request, Record]]:
    with held_act(uai, kind, actor, at) as opened:
        request = request_of(uai, request_id)
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


def request_of(uai: str, request_id: int | None) -> Request:
    """Read a request of a school that is open.

    Args:
        uai (str): the school.
        request_id (int | None): the request.

    Returns:
        Request: the request.

    Raises:
        UnknownRequestError: if there is none.
    """
    request = Request.objects.filter(uai=uai, pk=request_id or 0).first()
    if request is None:
        raise UnknownRequestError
    return request


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
                "returned_at": link.returned_at.isoformat() if link and link.returned_at else None,
                "columns": record.numbers,
            },
        },
    }


def ask_again(opened: OpenAct, request: Request) -> None:
    """Settle a request by what was just decided, and give the record its number.

    Args:
        opened (OpenAct): the act of the school, that holds the directory.
        request (Request): the request.
    """
    ties.rewrite_request(request, opened, state=Request.State.WAITING)
    ask(opened, year=request.year)
