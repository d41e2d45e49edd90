"""The first key of somebody freshly activated: an application, a passkey, or the object handed over."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from bascule.accounts import pending
from bascule.accounts.first_key import add_first_application, add_first_passkey
from bascule.accounts.keys import held, one_time, passkeys
from bascule.accounts.models import Key
from bascule.accounts.pending import Pending, Stage
from bascule.errors import RefusedError
from bascule.web.access import public
from bascule.web.gate import PageRequest
from bascule.web.signin.drawing import application_context
from bascule.web.signin.entry import browser_of, enter
from bascule.web.signin.forms import ApplicationForm, PasskeyForm
from bascule.web.signin.key import back_to_password
from bascule.web.signin.steps import steps


@public
def first_key(request: PageRequest) -> HttpResponse:
    """Let choose the kind of the first key."""
    waiting = _waiting(request)
    if waiting is None:
        return back_to_password(request)
    keys = held.in_hand(person_id=waiting.person.pk)
    context = {
        "steps": steps(),
        "has_handed": any(key.state == Key.State.HANDED for key in keys),
        "has_passkeys": passkeys.works_on(request.get_host()),
    }
    return render(request, "signin/first_key.html", context)


@public
@sensitive_post_parameters()
def application(request: PageRequest) -> HttpResponse:
    """Set up an authentication application as the first key."""
    waiting = _waiting(request)
    if waiting is None:
        return back_to_password(request)
    form = ApplicationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            done = add_first_application(
                request.session,
                label=form.cleaned_data["label"],
                code=form.cleaned_data["code"],
                at=timezone.now(),
                browser=browser_of(request),
            )
        except RefusedError as refusal:
            form.add_error("code", refusal.sentence)
        else:
            return enter(request, done, first=True)
    seed = one_time.seed_in(request.session, person_id=waiting.person.pk)
    context = {"form": form, "steps": steps(), **application_context(seed, waiting.person.login)}
    return render(request, "signin/first_application.html", context)


@public
def passkey(request: PageRequest) -> HttpResponse:
    """Set up a passkey as the first key."""
    waiting = _waiting(request)
    if waiting is None:
        return back_to_password(request)
    form = PasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            done = add_first_passkey(
                request.session,
                answer=form.cleaned_data["answer"],
                label=form.cleaned_data["label"],
                at=timezone.now(),
                browser=browser_of(request),
            )
        except RefusedError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return enter(request, done, first=True)
    options = passkeys.ask_to_enrol(request.session, person=waiting.person, at=timezone.now())
    context = {"form": form, "steps": steps(), "options": options}
    return render(request, "signin/first_passkey.html", context)


def _waiting(request: PageRequest) -> Pending | None:
    """Give who may set up a first key; whoever has one gives it instead."""
    waiting = pending.found(request.session, at=timezone.now())
    return waiting if waiting is not None and waiting.stage is Stage.FIRST_KEY else None
