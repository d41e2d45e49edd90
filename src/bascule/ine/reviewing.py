"""What becomes of an answer afterwards: confirmed or refused by another agent, or taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bascule.errors import NotThereError, RefusedError
from bascule.ine import merges, ties
from bascule.ine.answers import (
    CONFIRM_ACT,
    REFUSE_ACT,
    UNDO_ACT,
    ask_again,
    held_act,
    request_of,
)
from bascule.ine.directory import open_directory
from bascule.ine.merges import note_decision
from bascule.ine.models import Decision, Link, Merge, Person, Request
from bascule.ine.records import DIGEST_SQL, record_of
from bascule.journal.act import AUTHORITY, OpenAct
from bascule.schools.directory import school_numbers
from bascule.store import staging

_ANSWERS = (Decision.Kind.SAME, Decision.Kind.DIFFERENT, Decision.Kind.HANDED, Decision.Kind.SPLIT)
#: Lines that say what was done, and do nothing by themselves.
_TOLD = (
    Decision.Kind.UNDONE,
    Decision.Kind.UNMERGED,
    Decision.Kind.MERGE_REFUSED,
    Decision.Kind.NOT_APART,
    Decision.Kind.ASKED_AGAIN,
)


class UnknownDecisionError(NotThereError):
    """There is no such decision."""

    code = "ine.unknown-decision"

    def __init__(self) -> None:
        super().__init__("Cette décision n’existe pas.")


class CannotUndoError(RefusedError):
    """The decision was taken back, or something was decided since."""

    code = "ine.cannot-undo"


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody looks at when taking a decision up again: a decision about something else is not there.

    Attributes:
        request: the school and the request of a dispute.
        person_id: a person.
    """

    request: tuple[str, int] | None = None
    person_id: int | None = None


def confirm_merge(*, merge_id: int, actor: str, at: datetime, seen: Seen | None = None) -> Merge:
    """Confirm a merge that another agent asked for; the request that waited for it is settled.

    Of a pupil who left meanwhile, only the two persons are left to be made one.

    Args:
        merge_id (int): the merge.
        actor (str): who confirms.
        at (datetime): when.
        seen (Seen | None): what the merge must be about; None for anything.

    Returns:
        Merge: done.

    Raises:
        UnknownMergeError: if there is none, or it is about something else.
    """
    with held_act(_merge_seen(merge_id, seen), CONFIRM_ACT, actor, at) as opened:
        merge = merges.join(opened, merge_id)
        request = _request_that_waited(merge)
        if request is not None:
            record = record_of(uai=opened.uai, year=request.year, student_id=request.student_id)
            if record is None or record.person_id is None:
                # Should the pupil come back, it is asked about like any other.
                ties.rewrite_request(request, opened, state=Request.State.WAITING, reason="")
            else:
                ties.link(opened, request.student_id, record.person_id)
                ask_again(opened, request)
        return merge


def refuse_merge(
    *, merge_id: int, why: str, actor: str, at: datetime, seen: Seen | None = None
) -> Merge:
    """Refuse a merge that another agent asked for; the request that waited for it is in dispute again.

    Args:
        merge_id (int): the merge.
        why (str): French, what shows it.
        actor (str): who refuses.
        at (datetime): when.
        seen (Seen | None): what the merge must be about; None for anything.

    Returns:
        Merge: refused.

    Raises:
        UnknownMergeError: if there is none, or it is about something else.
    """
    uai = _merge_seen(merge_id, seen)
    with held_act(uai, REFUSE_ACT, actor, at, reads=school_numbers()) as opened:
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


def undo(
    *, decision_id: int, why: str, actor: str, at: datetime, seen: Seen | None = None
) -> Decision:
    """Take a decision back: the record, the request and the persons are as they were before it.

    Args:
        decision_id (int): the decision.
        why (str): French, what shows it.
        actor (str): who takes it back.
        at (datetime): when.
        seen (Seen | None): what the decision must be about; None for anything.

    Returns:
        Decision: the line that says so.

    Raises:
        UnknownDecisionError: if there is none, or it is about something else.
    """
    decision, uai = _decision_seen(decision_id, seen)
    with held_act(uai, UNDO_ACT, actor, at, reads=school_numbers()) as opened:
        merge = merges.merge_of(decision.merge_id) if decision.merge_id else None
        answer = decision if decision.kind in _ANSWERS else _answer_of(merge)
        _refuse_undoing(decision)
        if answer is not None:
            # A merge that follows from an answer goes with it, once.
            _refuse_undoing(answer)
        if merge is not None and merge.state in (Merge.State.ASKED, Merge.State.DONE):
            merges.sever(opened, merge.pk, why)
        elif merge is not None and answer is None:
            raise CannotUndoError("Cette fusion est déjà annulée : il n’y a rien à faire.")
        merges.lift_apart(opened, decision.evidence.get("aparts", ()))
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
            # A file may have carried the same number since.
            returned_at=link.returned_at
            if link and link.given == before["given"]
            else before["returned_at"],
            # Whatever it was then, it is compared again when it is asked about.
            digest=b"",
        )
    request = request_of(opened.uai, answer.request_id)
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
    for person_id in answer.evidence.get("made", ()):
        ties.retire(opened, person_id)


def _answer_of(merge: Merge | None) -> Decision | None:
    """Give the answer to a dispute that asked for a merge."""
    if merge is None or merge.request_id is None:
        return None
    return Decision.objects.filter(merge_id=merge.pk, kind=Decision.Kind.SAME).first()


def _refuse_undoing(decision: Decision) -> None:
    undone = Decision.objects.filter(undoes_id=decision.pk).exists()
    if undone:
        raise CannotUndoError("Cette décision est déjà annulée : il n’y a rien à faire.")
    if decision.kind in _TOLD:
        raise CannotUndoError("Cette ligne dit ce qui a été fait : il n’y a rien à y annuler.")
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


def _request_that_waited(merge: Merge) -> Request | None:
    """Give the request that a merge answers; its pupil may be gone, and it stays."""
    if merge.request_uai is None:
        return None
    return Request.objects.filter(uai=merge.request_uai, pk=merge.request_id or 0).first()


def _merge_seen(merge_id: int, seen: Seen | None) -> str:
    """Give the school of a merge, if it is about what is looked at."""
    with transaction.atomic():
        open_directory()
        merge = merges.merge_of(merge_id)
        if not _is_about(seen, _request_of_merge(merge), (merge.one_id, merge.other_id)):
            raise merges.UnknownMergeError
        return merge.request_uai or AUTHORITY


def _decision_seen(decision_id: int, seen: Seen | None) -> tuple[Decision, str]:
    """Give a decision and its school, if it is about what is looked at."""
    with transaction.atomic():
        open_directory()
        decision = Decision.objects.filter(pk=decision_id).first()
        if decision is None:
            raise UnknownDecisionError
        merge = merges.merge_of(decision.merge_id) if decision.merge_id else None
        persons = [*decision.person_ids, *((merge.one_id, merge.other_id) if merge else ())]
        requests = [(decision.about_uai, decision.request_id)]
        requests += [_request_of_merge(merge)] if merge else []
        if not any(_is_about(seen, request, persons) for request in requests):
            raise UnknownDecisionError
        return decision, decision.about_uai or (merge and merge.request_uai) or AUTHORITY


def _request_of_merge(merge: Merge) -> tuple[str | None, int | None]:
    return merge.request_uai, merge.request_id


def _is_about(
    seen: Seen | None, request: tuple[str | None, int | None], persons: Iterable[int]
) -> bool:
    if seen is None:
        return True
    if seen.request is not None:
        return request == seen.request
    roots = dict(
        Person.objects.filter(pk__in=[*persons, seen.person_id]).values_list("id", "root_id")
    )
    return any(roots.get(one) == roots.get(seen.person_id or 0) for one in persons)
