"""The account is locked: when it opens, and how to come in before."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from bascule.accounts import signin
from bascule.accounts.tries import CrowdedAddressError
from bascule.errors import RefusedError
from bascule.web.access import public
from bascule.web.gate import PageRequest
from bascule.web.signin.entry import browser_of, enter
from bascule.web.signin.forms import LockedForm

_TOO_MANY = 429


@public
@sensitive_post_parameters()
def locked(request: PageRequest) -> HttpResponse:
    """Ask for password and paper code in one step."""
    form = LockedForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            done = signin.enter_while_locked(
                request.session,
                login=form.cleaned_data["login"],
                password=form.cleaned_data["password"],
                code=form.cleaned_data["code"],
                at=timezone.now(),
                browser=browser_of(request),
            )
        except RefusedError as refusal:
            form.add_error(None, refusal.sentence)
            status = _TOO_MANY if isinstance(refusal, CrowdedAddressError) else 200
        else:
            return enter(request, done)
    return render(request, "signin/locked.html", {"form": form}, status=status)
