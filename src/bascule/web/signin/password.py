"""The first step: login and password."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from bascule.accounts import sessions, signin
from bascule.accounts.pending import Stage
from bascule.accounts.tries import CrowdedAddressError, LockedError
from bascule.errors import RefusedError
from bascule.web.access import public
from bascule.web.gate import PageRequest
from bascule.web.signin.entry import browser_of, enter, own_path
from bascule.web.signin.forms import PasswordForm

_TOO_MANY = 429


@public
@sensitive_post_parameters()
def password(request: PageRequest) -> HttpResponse:
    """Ask for login and password."""
    follow = request.GET.get("suite", "")
    if request.actor is not None:
        return HttpResponseRedirect(own_path(follow))
    form = PasswordForm(request.POST or None)
    refusal: RefusedError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            return _next_step(request, form, follow)
        except RefusedError as refused:
            refusal = refused
            form.add_error(None, refused.sentence)
    return render(
        request,
        "signin/password.html",
        {
            "form": form,
            "is_locked": isinstance(refusal, LockedError),
            "has_ended": "fin" in request.GET,
            "kept": sessions.kept_form(request.session),
        },
        status=_TOO_MANY if isinstance(refusal, CrowdedAddressError) else 200,
    )


def _next_step(request: PageRequest, form: PasswordForm, follow: str) -> HttpResponse:
    now, browser = timezone.now(), browser_of(request)
    waiting = signin.give_password(
        request.session,
        login=form.cleaned_data["login"],
        password=form.cleaned_data["password"],
        at=now,
        browser=browser,
        follow=follow,
    )
    done = signin.give_certificate(request.session, at=now, browser=browser)
    if done is not None:
        messages.success(request, _("Votre certificat a été reconnu."))
        return enter(request, done)
    return redirect("signin:first-key" if waiting.stage is Stage.FIRST_KEY else "signin:key")
