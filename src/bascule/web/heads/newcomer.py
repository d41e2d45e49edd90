"""The page where a head is added by hand."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts import heads as verbs
from bascule.accounts.people import KnownPersonError
from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.schools.directory import list_schools
from bascule.web.access import authority
from bascule.web.gate import PageRequest, actor_on
from bascule.web.heads.forms import HeadForm
from bascule.web.staff.forms import newcomer_of


@authority(Permission.HEADS)
def newcomer(request: PageRequest) -> HttpResponse:
    """Make somebody head of a school."""
    today, within = timezone.localdate(), set(request.reach)
    typed = request.POST if request.method == "POST" else None
    asked = request.GET.get("etablissement", "")
    form = HeadForm(
        typed,
        initial={"uai": asked} if asked in within else None,
        schools=[school for school in list_schools() if school.uai in within],
        today=today,
    )
    shown: dict[str, Any] = {"form": form, "known": ()}
    if request.method == "POST" and form.is_valid():
        try:
            person = verbs.add_head(
                agent=actor_on(request),
                uai=form.cleaned_data["uai"],
                newcomer=newcomer_of(form.cleaned_data, request.POST),
                starts_on=form.cleaned_data["starts_on"],
                ends_on=form.cleaned_data["ends_on"],
                at=timezone.now(),
                today=today,
            )
        except KnownPersonError as refusal:
            shown["known"] = refusal.known
        except RefusedError as refusal:
            about_days = isinstance(refusal, verbs.BackwardsError)
            form.add_error("ends_on" if about_days else None, refusal.sentence)
        else:
            messages.success(request, _("Le chef d’établissement est enregistré."))
            return redirect("heads:head", person=person.pk)
    return render(request, "heads/new.html", shown)
