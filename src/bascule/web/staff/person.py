"""The page of somebody of a school: what she may do there, given and taken back."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts import delegate, manage, members, offers, people
from bascule.accounts.actor import Actor
from bascule.accounts.delegate import EndMissingError, EndTooLateError, PastDayError
from bascule.accounts.models import Person
from bascule.accounts.profiles import Permission, Profile
from bascule.errors import RefusedError
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.staff.forms import DelegateForm, ProfileForm, boxes
from bascule.web.staff.people import right_of

#: Rights that a head takes back.
_TAKEN_BACK = {one.code for one in (*delegate.GIVEN_PROFILES, Profile.DELEGATE)}
_OF_DAYS = (EndMissingError, EndTooLateError, PastDayError)


@school(Permission.STAFF)
def person(request: PageRequest, uai: str, person: int) -> HttpResponse:
    """Show somebody; give her rights one by one."""
    head, now, today = actor_on(request), timezone.now(), timezone.localdate()
    found = people.person_in(person_id=person, uai=uai)
    form = DelegateForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        try:
            done = delegate.delegate(
                head=head,
                uai=uai,
                person=found,
                permissions=form.chosen(),
                ends_on=form.cleaned_data["ends_on"],
                at=now,
                today=today,
            )
        except RefusedError as refusal:
            if not _has_form(head, found):
                raise
            refused(form, refusal)
        else:
            _say(request, done)
            return redirect("staff:person", uai=uai, person=person)
    return _page(request, head, uai, found, form=form)


@school(Permission.STAFF)
@require_POST
def profile(request: PageRequest, uai: str, person: int) -> HttpResponse:
    """Give a trade, or give it another end."""
    head, now, today = actor_on(request), timezone.now(), timezone.localdate()
    found = people.person_in(person_id=person, uai=uai)
    form = ProfileForm(request.POST)
    if form.is_valid():
        try:
            delegate.give_profile(
                head=head,
                uai=uai,
                person=found,
                profile=Profile.of(form.cleaned_data["profile"]),
                ends_on=form.cleaned_data["ends_on"],
                at=now,
                today=today,
            )
        except RefusedError as refusal:
            if not _has_form(head, found):
                raise
            refused(form, refusal)
        else:
            messages.success(request, _("Le profil est enregistré."))
            return redirect("staff:person", uai=uai, person=person)
    return _page(request, head, uai, found, profile_form=form)


@school(Permission.STAFF)
@require_POST
def withdraw(request: PageRequest, uai: str, person: int, right: int) -> HttpResponse:
    """Take a right back."""
    now, today = timezone.now(), timezone.localdate()
    delegate.withdraw(head=actor_on(request), uai=uai, right_id=right, at=now, today=today)
    messages.success(request, _("Le droit est retiré : la personne ne l’a déjà plus."))
    return redirect("staff:person", uai=uai, person=person)


def refused(form: forms.Form, refusal: RefusedError) -> None:
    """Put a refusal where it belongs in a form.

    Args:
        form (forms.Form): the form.
        refusal (RefusedError): why it was not done.
    """
    about_days = isinstance(refusal, _OF_DAYS) and "ends_on" in form.fields
    form.add_error("ends_on" if about_days else None, refusal.sentence)


def _has_form(head: Actor, found: Person) -> bool:
    """Tell whether the page lets one give anything: where it does not, a refusal has its own page."""
    return found.pk != head.person_id and found.state != Person.State.DISABLED


def _page(
    request: PageRequest,
    head: Actor,
    uai: str,
    found: Person,
    *,
    form: DelegateForm | None = None,
    profile_form: ProfileForm | None = None,
) -> HttpResponse:
    now, today = timezone.now(), timezone.localdate()
    member = members.member_of(person=found, uai=uai, today=today, at=now)
    usual = offers.usual_end(head=head, uai=uai, today=today)
    form = form or DelegateForm(initial={"ends_on": usual})
    own = [right_of(right, today) for right in member.rights]
    for one in own:
        one["may_withdraw"] = one["profile"] in _TAKEN_BACK
    is_self = found.pk == head.person_id
    shown = {
        "uai": uai,
        "member": member,
        "person": found,
        "rights": own,
        "form": form,
        "profile_form": profile_form or ProfileForm(),
        "is_self": is_self,
        "is_disabled": found.state == Person.State.DISABLED,
        "is_invited": found.state == Person.State.INVITED,
        "letter_until": found.activation_ends_at if found.activation_digest else None,
        "may_manage": not is_self and manage.may_manage(manager=head, person=found, today=today),
        "applications": boxes(
            offers.offers(head=head, uai=uai, person=found, today=today), form.ticked()
        ),
    }
    return render(request, "staff/person.html", shown)


def _say(request: PageRequest, done: delegate.Delegated) -> None:
    for permissions, one, many in (
        (done.given, _("Droit donné"), _("Droits donnés")),
        (done.extended, _("Droit prolongé"), _("Droits prolongés")),
        (done.unchanged, _("Droit déjà tenu, inchangé"), _("Droits déjà tenus, inchangés")),
    ):
        if permissions:
            said = one if len(permissions) == 1 else many
            named = ", ".join(_(permission.label) for permission in permissions)
            messages.success(request, f"{said} : {named}.")
