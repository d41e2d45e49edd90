"""The page where somebody is entered into a school."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts import delegate, offers
from bascule.accounts.people import KnownPersonError
from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.staff.forms import NewcomerForm, boxes
from bascule.web.staff.person import refused


@school(Permission.STAFF)
def newcomer(request: PageRequest, uai: str) -> HttpResponse:
    """Enter somebody: a new account, or the one she has already."""
    head, now, today = actor_on(request), timezone.now(), timezone.localdate()
    form = NewcomerForm(request.POST if request.method == "POST" else None)
    shown: dict[str, Any] = {
        "uai": uai,
        "form": form,
        "known": (),
    }
    if request.method == "POST" and form.is_valid():
        try:
            person = delegate.take_on(
                head=head,
                uai=uai,
                newcomer=form.newcomer(request.POST),
                profile=form.given_profile(),
                permissions=form.chosen(),
                ends_on=form.cleaned_data["ends_on"],
                at=now,
                today=today,
            )
        except KnownPersonError as refusal:
            shown["known"] = refusal.known
        except RefusedError as refusal:
            refused(form, refusal)
        else:
            messages.success(request, _("Les droits de cette personne sont enregistrés."))
            return redirect("staff:person", uai=uai, person=person.pk)
    offered = offers.offers(head=head, uai=uai, person=None, today=today)
    shown["applications"] = boxes(offered, form.ticked())
    return render(request, "staff/new.html", shown)
