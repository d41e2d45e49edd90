"""My sessions: where I am signed in, and how to end that."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from bascule.accounts import sessions as accounts_sessions
from bascule.web.access import signed_in
from bascule.web.gate import PageRequest, actor_on
from bascule.web.me.browsers import describe
from bascule.web.signin.drawing import name_of


@signed_in
def sessions(request: PageRequest) -> HttpResponse:
    """List my sessions; end one, or all the others."""
    person_id, here = actor_on(request).person_id, request.session.session_key
    if request.method == "POST":
        return _end(request, person_id, here)
    found = accounts_sessions.list_sessions(person_id=person_id, at=timezone.now())
    rows = [
        {
            "session": row,
            "browser": describe(row.agent),
            "key": name_of(row.key) if row.key else "",
            "handle": accounts_sessions.handle_of(row),
            "is_here": row.session_key == here,
        }
        for row in found
    ]
    return render(request, "me/sessions.html", {"rows": rows, "has_others": len(rows) > 1})


def _end(request: PageRequest, person_id: int, here: str | None) -> HttpResponse:
    handle = request.POST.get("handle", "")
    if handle:
        was_there = accounts_sessions.end_session(person_id=person_id, handle=handle)
        said = (
            _("La session est terminée.") if was_there else _("Cette session était déjà terminée.")
        )
    else:
        count = accounts_sessions.end_sessions(person_id=person_id, but=here)
        said = ngettext(
            "%(count)d autre session est terminée.",
            "%(count)d autres sessions sont terminées.",
            count,
        ) % {"count": count}
    messages.success(request, said)
    return redirect("me:sessions")
