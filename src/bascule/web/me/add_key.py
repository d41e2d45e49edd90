"""Add a key to mine: an application, a passkey, or the object that was handed over to me."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from bascule.accounts.keys import one_time, passkeys
from bascule.accounts.models import Person
from bascule.errors import RefusedError
from bascule.web.access import signed_in
from bascule.web.gate import PageRequest, actor_on
from bascule.web.me.proof import after_proof
from bascule.web.signin.drawing import application_context, name_of
from bascule.web.signin.entry import browser_of
from bascule.web.signin.forms import ApplicationForm, PasskeyForm, SlipForm


@signed_in
@after_proof
@sensitive_post_parameters()
def application(request: PageRequest) -> HttpResponse:
    """Add an authentication application."""
    actor = actor_on(request)
    form = ApplicationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            key = one_time.add_application(
                person_id=actor.person_id,
                label=form.cleaned_data["label"],
                seed=one_time.kept_seed(request.session, person_id=actor.person_id),
                code=form.cleaned_data["code"],
                actor=actor.login,
                at=timezone.now(),
            )
        except RefusedError as refusal:
            form.add_error("code", refusal.sentence)
        else:
            one_time.forget_seed(request.session)
            messages.success(request, _("Ajoutée : %(key)s.") % {"key": name_of(key)})
            return redirect("me:keys")
    seed = one_time.seed_in(request.session, person_id=actor.person_id)
    context = {"form": form, **application_context(seed, actor.login)}
    return render(request, "me/add_application.html", context)


@signed_in
@after_proof
def passkey(request: PageRequest) -> HttpResponse:
    """Add a passkey."""
    person = Person.objects.get(pk=actor_on(request).person_id)
    form = PasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            key = passkeys.enrol(
                request.session,
                person_id=person.pk,
                answer=form.cleaned_data["answer"],
                origin=browser_of(request).origin,
                label=form.cleaned_data["label"],
                actor=person.login,
                at=timezone.now(),
            )
        except RefusedError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("Ajoutée : %(key)s.") % {"key": name_of(key)})
            return redirect("me:keys")
    options = passkeys.ask_to_enrol(request.session, person=person, at=timezone.now())
    return render(request, "me/add_passkey.html", {"form": form, "options": options})


@signed_in
@sensitive_post_parameters()
def activate(request: PageRequest) -> HttpResponse:
    """Activate the object that was handed over to me."""
    actor = actor_on(request)
    form = SlipForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            key = one_time.activate_handed(
                person_id=actor.person_id,
                slip=form.cleaned_data["slip_code"],
                first=form.cleaned_data["first_code"],
                second=form.cleaned_data["second_code"],
                actor=actor.login,
                at=timezone.now(),
            )
        except RefusedError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("Activée : %(key)s.") % {"key": name_of(key)})
            return redirect("me:keys")
    return render(request, "me/activate_key.html", {"form": form})
