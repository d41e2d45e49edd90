"""The password once more, before what would let one in for good: keys are added and removed behind it."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from bascule.accounts import signin
from bascule.errors import RefusedError
from bascule.web.access import signed_in
from bascule.web.gate import PageRequest, actor_on, address_of
from bascule.web.me.forms import ProofForm
from bascule.web.signin.entry import own_path

_View = Callable[..., HttpResponse]


def after_proof(view: _View) -> _View:
    """Ask for the password first, if it was given more than a quarter of an hour ago.

    Args:
        view (_View): a page of whoever is signed in.

    Returns:
        _View: the page behind the question.
    """

    @wraps(view)
    def asked(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if signin.has_just_proved(request.session, at=timezone.now()):
            return view(request, *args, **kwargs)
        target = f"{reverse('me:proof')}?{urlencode({'suite': request.path})}"
        return HttpResponseRedirect(target)

    return asked


@signed_in
@sensitive_post_parameters()
def proof(request: PageRequest) -> HttpResponse:
    """Ask for the password, then go on."""
    form = ProofForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            signin.prove_again(
                request.session,
                person_id=actor_on(request).person_id,
                password=form.cleaned_data["password"],
                at=timezone.now(),
                address=address_of(request),
            )
        except RefusedError as refusal:
            form.add_error("password", refusal.sentence)
        else:
            return HttpResponseRedirect(own_path(request.GET.get("suite", "")))
    return render(request, "me/proof.html", {"form": form})
