"""A key is lost: what to do, and to say so at once."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts import pending, signin
from bascule.accounts.keys import held, paper
from bascule.accounts.models import Key
from bascule.accounts.pending import Pending, Stage
from bascule.errors import RefusedError
from bascule.web.access import public
from bascule.web.gate import PageRequest
from bascule.web.signin.drawing import name_of
from bascule.web.signin.entry import browser_of
from bascule.web.signin.forms import LostForm


@public
def lost(request: PageRequest) -> HttpResponse:
    """Say what to do without one's key; whoever gave her password may declare it lost."""
    waiting = pending.found(request.session, at=timezone.now())
    if waiting is None or waiting.stage is Stage.ACTIVATION:
        return render(request, "signin/lost.html", {"form": None})
    keys = _declarable(waiting)
    form = LostForm(request.POST or None, choices=[(key.pk, name_of(key)) for key in keys])
    if request.method == "POST" and form.is_valid():
        try:
            key = signin.declare_lost(
                request.session,
                key_id=form.cleaned_data["key"],
                at=timezone.now(),
                browser=browser_of(request),
            )
        except RefusedError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            said = _("Déclarée perdue : %(key)s. Elle n’ouvre plus rien.") % {"key": name_of(key)}
            messages.success(request, said)
            return redirect("signin:lost")
    usable = held.usable(person_id=waiting.person.pk, at=timezone.now())
    return render(
        request,
        "signin/lost.html",
        {
            "form": form if keys else None,
            "is_known": True,
            "left": paper.left(person_id=waiting.person.pk) or 0,
            "can_prove": usable.exists(),
        },
    )


def _declarable(waiting: Pending) -> list[Key]:
    return list(held.in_hand(person_id=waiting.person.pk))
