"""The first door: the code of a letter, then a password."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from bascule.accounts import activation as letters, pending
from bascule.accounts.pending import Stage
from bascule.accounts.tries import CrowdedAddressError
from bascule.errors import RefusedError
from bascule.web.access import public
from bascule.web.gate import PageRequest, address_of
from bascule.web.signin.forms import LetterForm, NewPasswordForm
from bascule.web.signin.steps import steps

_TOO_MANY = 429


@public
@sensitive_post_parameters()
def activation(request: PageRequest) -> HttpResponse:
    """Ask for the login and the code of a letter."""
    form = LetterForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            letters.give_code(
                request.session,
                login=form.cleaned_data["login"],
                code=form.cleaned_data["letter_code"],
                at=timezone.now(),
                address=address_of(request),
            )
        except RefusedError as refusal:
            form.add_error(None, refusal.sentence)
            status = _TOO_MANY if isinstance(refusal, CrowdedAddressError) else 200
        else:
            return redirect("signin:choose")
    return render(
        request, "signin/activation.html", {"form": form, "steps": steps()}, status=status
    )


@public
@sensitive_post_parameters()
def choose(request: PageRequest) -> HttpResponse:
    """Ask for a password to come."""
    waiting = pending.found(request.session, at=timezone.now())
    if waiting is None or waiting.stage is not Stage.ACTIVATION:
        messages.warning(
            request,
            _("Votre activation a attendu trop longtemps. Redonnez le code de votre lettre."),
        )
        return redirect("signin:activation")
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            after = letters.choose_password(
                request.session,
                password=form.cleaned_data["password"],
                at=timezone.now(),
                address=address_of(request),
            )
        except RefusedError as refusal:
            form.add_error("password", refusal.sentence)
        else:
            messages.success(request, _("Votre mot de passe est enregistré."))
            return redirect("signin:first-key" if after.stage is Stage.FIRST_KEY else "signin:key")
    context = {"form": form, "steps": steps(), "login": waiting.person.login}
    return render(request, "signin/choose.html", context)
