"""What was typed when the session ended: shown again, and sent by one button."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts import sessions
from bascule.web.access import signed_in
from bascule.web.gate import PageRequest


@signed_in
def resume(request: PageRequest) -> HttpResponse:
    """Show what was typed; the form sends it again to where it was going."""
    kept = sessions.kept_form(request.session)
    if kept is None:
        messages.info(request, _("Il n’y a plus de saisie en attente."))
        return redirect("portal")
    if request.method == "POST":
        sessions.drop_kept_form(request.session)
        # The browser sends the same fields again, to the page they were meant for.
        return HttpResponseRedirect(kept.path, preserve_request=True)
    shown = [value for _name, value in kept.fields if value.strip()]
    return render(request, "me/resume.html", {"kept": kept, "shown": shown})


@signed_in
@require_POST
def give_up(request: PageRequest) -> HttpResponse:
    """Forget what was typed."""
    sessions.drop_kept_form(request.session)
    messages.success(request, _("La saisie en attente est abandonnée."))
    return redirect("portal")
