"""The pages of support sessions: the agent's, and the school's."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts import support
from bascule.accounts.models import SupportSession
from bascule.accounts.people import display
from bascule.accounts.profiles import Permission
from bascule.accounts.support import SeenSession
from bascule.errors import RefusedError
from bascule.schools.models import School
from bascule.web.access import authority, school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.support.forms import AskForm
from bascule.web.templatetags.ui import instant
from bascule.web.trail import words

State = SupportSession.State
_TONES = {
    State.ASKED: "info",
    State.OPEN: "warning",
    State.REFUSED: "neutral",
    State.ENDED: "neutral",
}


@authority(Permission.SUPPORT_ASK)
def agent(request: PageRequest) -> HttpResponse:
    """Ask a school; list what was asked."""
    actor, now = actor_on(request), timezone.now()
    form = AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            support.ask(**form.cleaned_data, actor=actor, at=now)
        except RefusedError as refusal:
            form.refuse(refusal)
        else:
            messages.success(
                request, _("La demande est envoyée. Appelez l’établissement pour qu’il y réponde.")
            )
            return redirect("support:agent")
    found = support.own_sessions(actor=actor, at=now)
    names = dict(
        School.objects.filter(pk__in={one.uai for one in found}).values_list("uai", "name")
    )
    rows = [
        {
            "session": one,
            "school": names.get(one.uai, ""),
            "state": _(one.get_state_display()),
            "tone": _TONES[State(one.state)],
            "is_open": one.state == State.OPEN,
            "is_live": one.state in {State.ASKED, State.OPEN},
        }
        for one in found
    ]
    return render(request, "support/agent.html", {"form": form, "rows": rows})


@authority(Permission.SUPPORT_ASK)
@require_POST
def move(request: PageRequest, support_id: int) -> HttpResponse:
    """Enter a school that accepted, or end a session of one's own."""
    actor, now = actor_on(request), timezone.now()
    if request.POST.get("move") == "enter":
        entered = support.enter(request.session, support_id=support_id, actor=actor, at=now)
        request.session["school"] = entered.uai
        return redirect("portal")
    if request.POST.get("move") != "end":
        raise Http404
    if request.session.get("support") == support_id:
        support.leave(request.session, actor=actor, at=now)
    else:
        mine = support.own_session(support_id=support_id, actor=actor)
        support.end(uai=mine.uai, support_id=support_id, actor=actor, at=now)
    messages.success(request, _("La session d’assistance est terminée."))
    return redirect("support:agent")


@school(Permission.SUPPORT_ANSWER)
def in_school(request: PageRequest, uai: str) -> HttpResponse:
    """Show who asks, who looks, and what was looked at."""
    found = support.sessions_in(uai=uai, at=timezone.now())
    rows = [_row(seen) for seen in found]
    context = {
        "uai": uai,
        "waiting": [row for row in rows if row["session"].state == State.ASKED],
        "open": [row for row in rows if row["session"].state == State.OPEN],
        "rows": [row for row in rows if row["session"].state != State.ASKED],
    }
    return render(request, "support/school.html", context)


@school(Permission.SUPPORT_ANSWER)
@require_POST
def answer(request: PageRequest, uai: str, support_id: int) -> HttpResponse:
    """Let an agent in, or keep her out."""
    said = request.POST.get("answer")
    if said not in {"accept", "refuse"}:
        raise Http404
    verb = support.accept if said == "accept" else support.refuse
    verb(uai=uai, support_id=support_id, actor=actor_on(request), at=timezone.now())
    messages.success(
        request,
        _("Le conseiller peut voir vos écrans. Vous pouvez y mettre fin à tout moment.")
        if said == "accept"
        else _("La demande est refusée. Personne ne voit vos écrans."),
    )
    return redirect("support:school", uai=uai)


@school(Permission.SUPPORT_ANSWER)
@require_POST
def end(request: PageRequest, uai: str, support_id: int) -> HttpResponse:
    """End a session at once."""
    support.end(uai=uai, support_id=support_id, actor=actor_on(request), at=timezone.now())
    messages.success(request, _("La session est terminée. Personne ne voit plus vos écrans."))
    return redirect("support:school", uai=uai)


def _row(seen: SeenSession) -> dict[str, Any]:
    one = seen.session
    agent = display(one.person)
    return {
        "session": one,
        "title": _("%(agent)s, le %(day)s") % {"agent": agent, "day": instant(one.asked_at)},
        "asks": _("%s demande à voir vos écrans") % agent,
        "looks": _("%s voit vos écrans") % agent,
        "state": _(one.get_state_display()),
        "answered_by": display(one.answered_by) if one.answered_by else "",
        "begin": instant(one.opened_at) if one.opened_at else "",
        "end": instant(one.ends_at) if one.ends_at else "",
        "pages": [(line.at, words.page(str(line.facts.get("page", "")))) for line in seen.pages],
    }
