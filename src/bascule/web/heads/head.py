"""The page of a head: her schools, her letter, the state of her account."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts import heads as verbs, letters, manage, people
from bascule.accounts.heads import HeadOf
from bascule.accounts.models import Person
from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.web.access import authority
from bascule.web.gate import PageRequest, actor_on
from bascule.web.heads.forms import EndForm
from bascule.web.staff.account import ACTS, pdf
from bascule.web.staff.forms import NamesForm
from bascule.web.staff.people import right_of


@authority(Permission.HEADS)
def head(request: PageRequest, person: int) -> HttpResponse:
    """Show a head."""
    return _page(request, _found(request, person))


@authority(Permission.HEADS)
@require_POST
def right(request: PageRequest, person: int, right: int) -> HttpResponse:
    """Withdraw the right of a head, or give it another end."""
    found, agent = _found(request, person), actor_on(request)
    now, today = timezone.now(), timezone.localdate()
    uai = next((one.uai for one in found.rights if one.pk == right), None)
    if uai is None:
        raise Http404
    if "retirer" in request.POST:
        verbs.withdraw_head(agent=agent, uai=uai, right_id=right, at=now)
        messages.success(request, _("Le droit est retiré : la personne ne l’a déjà plus."))
        return redirect("heads:list" if len(found.rights) == 1 else _here(person))
    form = EndForm(request.POST, prefix=str(right))
    if form.is_valid():
        ends_on = form.cleaned_data["ends_on"]
        try:
            verbs.change_end(
                agent=agent, uai=uai, right_id=right, ends_on=ends_on, at=now, today=today
            )
        except RefusedError as refusal:
            form.add_error("ends_on", refusal.sentence)
        else:
            messages.success(request, _("La date de fin est changée."))
            return redirect(_here(person))
    return _page(request, found, {right: form})


@authority(Permission.HEADS)
@require_POST
def account(request: PageRequest, person: int) -> HttpResponse:
    """Unblock, disable or enable an account."""
    found = _found(request, person)
    verb, said = ACTS.get(request.POST.get("acte", ""), (None, ""))
    if verb is None:
        raise Http404
    now, today = timezone.now(), timezone.localdate()
    verb(manager=actor_on(request), person_id=person, uai=found.uai, at=now, today=today)
    messages.success(request, str(said))
    return redirect(_here(person))


@authority(Permission.HEADS)
def edit(request: PageRequest, person: int) -> HttpResponse:
    """Correct the names or the e-mail address of a head."""
    found, agent = _found(request, person), actor_on(request)
    now, today = timezone.now(), timezone.localdate()
    if not manage.may_manage(manager=agent, person=found.person, today=today):
        raise manage.OtherHandsError(person)
    typed = request.POST if request.method == "POST" else None
    row = found.person
    form = NamesForm(
        typed,
        initial={"family_name": row.family_name, "first_name": row.first_name, "email": row.email},
    )
    if request.method == "POST" and form.is_valid():
        try:
            manage.change(
                manager=agent,
                person_id=person,
                uai=found.uai,
                at=now,
                today=today,
                **form.cleaned_data,
            )
        except RefusedError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("Le compte est corrigé."))
            return redirect(_here(person))
    shown = {"person": row, "name": people.display(row), "form": form}
    return render(request, "heads/edit.html", shown)


@authority(Permission.HEADS)
@require_POST
def letter(request: PageRequest, person: int) -> HttpResponse:
    """Make the activation letter of a head, to print."""
    content = letters.make_letter(
        manager=actor_on(request),
        person_id=person,
        uai=_found(request, person).uai,
        at=timezone.now(),
        today=timezone.localdate(),
    )
    return pdf(content, "lettre-activation.pdf")


def _found(request: PageRequest, person: int) -> HeadOf:
    return verbs.find_head(
        person_id=person, uais=request.reach, today=timezone.localdate(), at=timezone.now()
    )


def _here(person: int) -> Any:
    return redirect("heads:head", person=person).url


def _page(
    request: PageRequest, found: HeadOf, forms: dict[int, EndForm] | None = None
) -> HttpResponse:
    today, row = timezone.localdate(), found.person
    own = []
    for one in found.rights:
        initial = {"ends_on": one.ends_on}
        form = (forms or {}).get(one.pk) or EndForm(prefix=str(one.pk), initial=initial)
        own.append(
            {
                "right": right_of(one, today),
                "uai": one.uai,
                "school": found.names[one.uai],
                "form": form,
            }
        )
    shown = {
        "member": found.member,
        "person": row,
        "rights": own,
        "is_disabled": row.state == Person.State.DISABLED,
        "is_invited": row.state == Person.State.INVITED,
        "letter_until": row.activation_ends_at if row.activation_digest else None,
        "may_manage": manage.may_manage(manager=actor_on(request), person=row, today=today),
    }
    return render(request, "heads/head.html", shown)
