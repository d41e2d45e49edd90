"""The disputes that the authority settles: the queue, one of them side by side, the answers and the way back."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.errors import NotThereError, RefusedError
from bascule.ine import answers, disputes as verbs, queue as waiting, reviewing
from bascule.ine.models import Decision, Merge
from bascule.ine.persons import waiting_merges
from bascule.ine.reasons import WORDS, Reason
from bascule.ine.refusals import REASONS
from bascule.ine.shown import Compared
from bascule.web.access import authority
from bascule.web.components.filters import page_asked
from bascule.web.gate import PageRequest, actor_on
from bascule.web.identities.forms import AnswerForm, QueueForm, SecondForm, WhyForm, filters_of

#: Digits of a number of ours.
_DIGITS = 16
_DIFFERENT, _UNSURE = "different", "inconnu"
#: What is taken back by itself; the rest follows from it.
_UNDOABLE = frozenset((Decision.Kind.SAME, Decision.Kind.DIFFERENT, Decision.Kind.HANDED))


@authority(Permission.IDENTITIES)
def queue(request: PageRequest) -> HttpResponse:
    """List the disputes, the oldest first, with counts."""
    page = page_asked(request.GET)
    found = waiting.disputes(
        at=timezone.now(),
        filters=filters_of(request.GET),
        uais=[uai for uai in request.reach if uai != AUTHORITY],
        page=page,
    )
    context = {
        "found": found,
        "merges": waiting_merges(actor=actor_on(request).login),
        "total": sum(found.by_age),
        "reasons": [(WORDS[code].why, count) for code, count in found.by_reason.items()],
        "filters": QueueForm(request.GET),
        "is_filtered": any(request.GET.get(name) for name in QueueForm.base_fields),
        "here": request.path,
        "pages": Paginator(range(found.count), waiting.PAGE).get_page(page),
    }
    return render(request, "identities/queue.html", context)


@authority(Permission.IDENTITIES)
def dispute(request: PageRequest, uai: str, request_id: int) -> HttpResponse:
    """Show a record side by side with whom it may be."""
    return _dispute(request, uai, request_id, None)


@authority(Permission.IDENTITIES)
@require_POST
def answer(request: PageRequest, uai: str, request_id: int) -> HttpResponse:
    """Take one of the three answers."""
    form, chosen = AnswerForm(request.POST), request.POST.get("reponse", "")
    if not form.is_valid():
        return _dispute(request, uai, request_id, form)
    signed: dict[str, Any] = {
        "uai": uai,
        "request_id": request_id,
        "why": form.cleaned_data["why"],
        "actor": actor_on(request).login,
        "at": timezone.now(),
    }
    try:
        if chosen == _DIFFERENT:
            done = answers.answer_different(**signed)
        elif chosen == _UNSURE:
            done = answers.hand_over(**signed)
        else:
            is_number = chosen.isdecimal() and len(chosen) < _DIGITS
            done = answers.answer_same(**signed, person_id=int(chosen) if is_number else 0)
    except NotThereError:
        raise
    except RefusedError as refusal:
        form.add_error(None, refusal.sentence)
        return _dispute(request, uai, request_id, form)
    if done.merge_id is not None:
        messages.success(
            request, _("C’est noté. Un second agent doit maintenant confirmer votre réponse.")
        )
    elif chosen == _UNSURE:
        messages.success(request, _("C’est noté : le litige reste ouvert pour un autre agent."))
    else:
        messages.success(request, _("C’est noté : le litige est réglé."))
    return redirect("identities:dispute", uai, request_id)


@authority(Permission.IDENTITIES)
@require_POST
def second(request: PageRequest, uai: str, request_id: int, merge_id: int) -> HttpResponse:
    """Confirm or refuse what another agent answered."""
    actor, now = actor_on(request).login, timezone.now()
    form, seen = SecondForm(request.POST), reviewing.Seen(request=(uai, request_id))
    is_confirmed = request.POST.get("suite") == "confirmer"
    if not is_confirmed and not form.is_valid():
        return _dispute(request, uai, request_id, form)
    try:
        if is_confirmed:
            reviewing.confirm_merge(merge_id=merge_id, actor=actor, at=now, seen=seen)
        else:
            reviewing.refuse_merge(
                merge_id=merge_id, why=form.cleaned_data["why"], actor=actor, at=now, seen=seen
            )
    except NotThereError:
        raise
    except RefusedError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(
            request,
            _("La réponse est confirmée : le litige est réglé.")
            if is_confirmed
            else _("La réponse est refusée : le litige est de nouveau ouvert."),
        )
    return redirect("identities:dispute", uai, request_id)


@authority(Permission.IDENTITIES)
@require_POST
def undo(request: PageRequest, uai: str, request_id: int, decision_id: int) -> HttpResponse:
    """Take a decision back: everything is as it was before it."""
    try:
        reviewing.undo(
            decision_id=decision_id,
            seen=reviewing.Seen(request=(uai, request_id)),
            why=request.POST.get("why", "").strip()[:300],
            actor=actor_on(request).login,
            at=timezone.now(),
        )
    except NotThereError:
        raise
    except RefusedError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("La décision est annulée : tout est comme avant elle."))
    return redirect("identities:dispute", uai, request_id)


@authority(Permission.IDENTITIES)
@require_POST
def ask_again(request: PageRequest, uai: str, request_id: int) -> HttpResponse:
    """Ask the outside service again about a pupil whom it refused."""
    person, form = request.POST.get("personne", ""), WhyForm(request.POST)
    is_of_person = person.isdecimal() and len(person) < _DIGITS
    if not form.is_valid() and not is_of_person:
        return _dispute(request, uai, request_id, form)
    try:
        answers.ask_national_again(
            uai=uai,
            request_id=request_id,
            why=form.cleaned_data.get("why", ""),
            actor=actor_on(request).login,
            at=timezone.now(),
        )
    except NotThereError:
        raise
    except RefusedError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("C’est noté : la demande repart avec les prochaines."))
    if is_of_person:
        return redirect("identities:person", int(person))
    return redirect("identities:dispute", uai, request_id)


def _dispute(request: PageRequest, uai: str, request_id: int, form: WhyForm | None) -> HttpResponse:
    actor = actor_on(request)
    found = verbs.dispute(uai=uai, request_id=request_id, visitor=actor.visitor, at=timezone.now())
    waiting = found.merge if found.merge and found.merge.state == Merge.State.ASKED else None
    undone = {one.undoes_id for one in found.decisions}
    last = next(
        (one for one in found.decisions if one.kind in _UNDOABLE and one.pk not in undone), None
    )
    context = {
        "uai": uai,
        "found": found,
        "form": form or (WhyForm() if waiting is None else SecondForm()),
        "waiting": waiting,
        "is_mine": waiting is not None and waiting.asked_by == actor.login,
        "is_open": found.request.state == "LITIGE" and waiting is None,
        "last": last,
        "rows": _rows(found),
        # What the outside service hesitates about, it alone answers.
        "may_differ": found.request.reason != Reason.NATIONAL_DISPUTE,
        "is_refused": found.request.reason in REASONS.values(),
        "different": _DIFFERENT,
        "unsure": _UNSURE,
    }
    return render(request, "identities/dispute.html", context)


def _rows(found: verbs.Dispute) -> list[tuple[str, str, list[Compared]]]:
    """Give the table: a field, as the record has it, and as each person has it."""
    return [
        (label, text, [one.fields[rank] for one in found.proposed])
        for rank, (label, text) in enumerate(found.own)
    ]
