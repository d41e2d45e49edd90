"""The second step: a key, whichever it is; and a key that ran ahead, or was just handed over."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from bascule.accounts import pending, signin
from bascule.accounts.first_key import activate_handed
from bascule.accounts.keys import held, passkeys
from bascule.accounts.keys.one_time import KeyAheadError
from bascule.accounts.models import Key
from bascule.accounts.pending import Pending, PendingOverError, Stage
from bascule.accounts.steps import SignedIn
from bascule.accounts.tries import CrowdedAddressError, LockedError
from bascule.errors import RefusedError
from bascule.web.access import public
from bascule.web.gate import PageRequest
from bascule.web.signin.entry import browser_of, enter
from bascule.web.signin.forms import CodeForm, SlipForm, TwoCodesForm

_TOO_MANY = 429


@public
@sensitive_post_parameters()
def key(request: PageRequest) -> HttpResponse:
    """Ask for a code, or for a passkey."""
    waiting = pending.found(request.session, at=timezone.now())
    if waiting is not None and waiting.stage is Stage.FIRST_KEY:
        return redirect("signin:first-key")
    form = CodeForm(request.POST or None)
    return _step(
        request,
        "signin/key.html",
        form,
        lambda: signin.give_code(
            request.session,
            code=form.cleaned_data["code"],
            at=timezone.now(),
            browser=browser_of(request),
        ),
    )


@public
@require_POST
def passkey(request: PageRequest) -> HttpResponse:
    """Take the answer of a passkey."""
    try:
        done = signin.give_passkey(
            request.session,
            answer=request.POST.get("answer", ""),
            at=timezone.now(),
            browser=browser_of(request),
        )
    except RefusedError as refusal:
        messages.error(request, refusal.sentence)
        return redirect("signin:key")
    return enter(request, done)


@public
@sensitive_post_parameters()
def tune(request: PageRequest) -> HttpResponse:
    """Ask for two codes in a row, which bring back a key that ran ahead."""
    form = TwoCodesForm(request.POST or None)
    return _step(
        request,
        "signin/tune.html",
        form,
        lambda: signin.give_two_codes(
            request.session,
            first=form.cleaned_data["first_code"],
            second=form.cleaned_data["second_code"],
            at=timezone.now(),
            browser=browser_of(request),
        ),
    )


@public
@sensitive_post_parameters()
def activate(request: PageRequest) -> HttpResponse:
    """Ask for the code of the slip of a key that was handed over, and for what the key shows."""
    form = SlipForm(request.POST or None)
    return _step(
        request,
        "signin/activate.html",
        form,
        lambda: activate_handed(
            request.session,
            slip=form.cleaned_data["slip_code"],
            first=form.cleaned_data["first_code"],
            second=form.cleaned_data["second_code"],
            at=timezone.now(),
            browser=browser_of(request),
        ),
        first=True,
    )


def back_to_password(request: PageRequest) -> HttpResponse:
    """Send back to the password somebody who waited too long.

    Args:
        request (PageRequest): the request.

    Returns:
        HttpResponse: a redirection.
    """
    messages.warning(request, PendingOverError().sentence)
    return redirect("signin:password")


def _step(
    request: PageRequest,
    template: str,
    form: Form,
    take: Callable[[], SignedIn],
    *,
    first: bool = False,
) -> HttpResponse:
    """Draw a step, and take it if its form was sent."""
    waiting = pending.found(request.session, at=timezone.now())
    if waiting is None or waiting.stage is Stage.ACTIVATION:
        return back_to_password(request)
    refusal: RefusedError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            return enter(request, take(), first=first)
        except RefusedError as refused:
            refusal = refused
            form.add_error(None, refused.sentence)
    found = _keys_of(request, waiting)
    if template == "signin/key.html" and not found["can_prove"]:
        return redirect("signin:activate" if found["has_handed"] else "signin:lost")
    return render(
        request,
        template,
        {
            "form": form,
            "is_locked": isinstance(refusal, LockedError),
            "is_ahead": isinstance(refusal, KeyAheadError),
            **found,
        },
        status=_TOO_MANY if isinstance(refusal, CrowdedAddressError) else 200,
    )


def _keys_of(request: PageRequest, waiting: Pending) -> dict[str, Any]:
    """Tell which ways are open to somebody."""
    now = timezone.now()
    kinds = set(held.usable(person_id=waiting.person.pk, at=now).values_list("kind", flat=True))
    is_bound_here = passkeys.works_on(request.get_host())
    options = (
        passkeys.ask_to_enter(request.session, person_id=waiting.person.pk, at=now)
        if is_bound_here
        else None
    )
    return {
        "can_prove": bool(kinds),
        "has_code": bool(kinds & set(held.CODE_KINDS)),
        "has_button": Key.Kind.HOTP in kinds,
        "has_handed": held.handed(person_id=waiting.person.pk, at=now).exists(),
        "has_certificate": Key.Kind.CERTIFICATE in kinds,
        "passkey_options": options,
        # The first name of the site is the one that passkeys are bound to.
        "passkey_host": "" if is_bound_here or Key.Kind.PASSKEY not in kinds else passkeys.party(),
    }
