"""What a head does to the account itself: its letter, its names, its state."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_POST

from bascule.accounts import letters, manage, people
from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.staff.forms import NamesForm
from bascule.web.staff.person import refused

#: What a button of the account does, and what is said then.
ACTS: Mapping[str, tuple[Callable[..., Any], Promise]] = {
    "debloquer": (manage.unblock, gettext_lazy("Le compte est débloqué.")),
    "desactiver": (
        manage.disable,
        gettext_lazy("Le compte est désactivé : la personne est déjà déconnectée."),
    ),
    "reactiver": (manage.enable, gettext_lazy("Le compte est réactivé.")),
}


@school(Permission.STAFF)
@require_POST
def account(request: PageRequest, uai: str, person: int) -> HttpResponse:
    """Unblock, disable or enable an account."""
    verb, said = ACTS.get(request.POST.get("acte", ""), (None, ""))
    if verb is None:
        raise Http404
    now, today = timezone.now(), timezone.localdate()
    verb(manager=actor_on(request), person_id=person, uai=uai, at=now, today=today)
    messages.success(request, str(said))
    return redirect("staff:person", uai=uai, person=person)


@school(Permission.STAFF)
def edit(request: PageRequest, uai: str, person: int) -> HttpResponse:
    """Correct the names or the e-mail address of somebody."""
    found = people.person_in(person_id=person, uai=uai)
    head, now, today = actor_on(request), timezone.now(), timezone.localdate()
    if not manage.may_manage(manager=head, person=found, today=today):
        raise manage.OtherHandsError(person)
    typed = request.POST if request.method == "POST" else None
    form = NamesForm(
        typed,
        initial={
            "family_name": found.family_name,
            "first_name": found.first_name,
            "email": found.email,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            manage.change(
                manager=head, person_id=person, uai=uai, at=now, today=today, **form.cleaned_data
            )
        except RefusedError as refusal:
            refused(form, refusal)
        else:
            messages.success(request, _("Le compte est corrigé."))
            return redirect("staff:person", uai=uai, person=person)
    shown = {"uai": uai, "person": found, "name": people.display(found), "form": form}
    return render(request, "staff/edit.html", shown)


@school(Permission.STAFF)
@require_POST
def letter(request: PageRequest, uai: str, person: int) -> HttpResponse:
    """Make the activation letter of somebody, to print."""
    content = letters.make_letter(
        manager=actor_on(request),
        person_id=person,
        uai=uai,
        at=timezone.now(),
        today=timezone.localdate(),
    )
    return pdf(content, "lettre-activation.pdf")


def pdf(content: bytes, name: str) -> HttpResponse:
    """Give a paper to print.

    Args:
        content (bytes): the PDF.
        name (str): the name of its file.

    Returns:
        HttpResponse: the answer.
    """
    answer = HttpResponse(content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
