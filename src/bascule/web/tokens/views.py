"""The pages of tokens.

What makes a token answers with it instead of leading elsewhere: a redirection would have to keep it.
"""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts import tokens
from bascule.accounts.people import display
from bascule.accounts.profiles import Permission
from bascule.accounts.scopes import Scope
from bascule.accounts.tokens import ENDS_SOON, MadeToken, Standing, TokenLine
from bascule.errors import NotThereError, RefusedError
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.tokens.forms import EndForm, TokenForm

_YEAR = timedelta(days=365)


@school(Permission.TOKENS)
def list_tokens(request: PageRequest, uai: str) -> HttpResponse:
    """List the tokens of the school."""
    found = tokens.list_tokens(uai=uai, today=timezone.localdate())
    good = {line.token.pk for line in found if line.standing is Standing.GOOD}
    context = {"uai": uai, "rows": [_row(line, good) for line in found]}
    return render(request, "tokens/list.html", context)


@school(Permission.TOKENS)
def new(request: PageRequest, uai: str) -> HttpResponse:
    """Make a token."""
    today = timezone.localdate()
    form = TokenForm(
        request.POST if request.method == "POST" else None,
        today=today,
        initial={
            "expires_on": f"{today + _YEAR:%d/%m/%Y}",
            "scopes": [Scope.RUNS_READ.code],
        },
    )
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            made = tokens.create(
                uai=uai,
                name=asked["name"],
                scopes=Scope.known(asked["scopes"]),
                expires_on=asked["expires_on"],
                actor=actor_on(request),
                at=timezone.now(),
                today=today,
            )
        except RefusedError as refusal:
            form.refuse(refusal)
        else:
            return _shown(request, made)
    return render(request, "tokens/new.html", {"uai": uai, "form": form})


@school(Permission.TOKENS)
def renew(request: PageRequest, uai: str, token_id: int) -> HttpResponse:
    """Make the successor of a token."""
    today = timezone.localdate()
    token = tokens.get_token(uai=uai, token_id=token_id, today=today)
    form = EndForm(
        request.POST if request.method == "POST" else None,
        today=today,
        initial={"expires_on": f"{today + _YEAR:%d/%m/%Y}"},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = tokens.rotate(
                uai=uai,
                token_id=token_id,
                expires_on=form.cleaned_data["expires_on"],
                actor=actor_on(request),
                at=timezone.now(),
                today=today,
            )
        except NotThereError:
            raise
        except RefusedError as refusal:
            form.refuse(refusal)
        else:
            return _shown(request, made)
    return render(request, "tokens/renew.html", {"uai": uai, "form": form, "token": token})


@school(Permission.TOKENS)
def withdraw(request: PageRequest, uai: str, token_id: int) -> HttpResponse:
    """Withdraw a token, once it is clear what stops."""
    token = tokens.get_token(uai=uai, token_id=token_id, today=timezone.localdate())
    if request.method != "POST":
        return render(request, "tokens/withdraw.html", {"uai": uai, "token": token})
    tokens.withdraw(uai=uai, token_id=token_id, actor=actor_on(request), at=timezone.now())
    messages.success(request, _("Le jeton « %s » est retiré.") % token.name)
    return redirect("tokens:list", uai=uai)


def _shown(request: PageRequest, made: MadeToken) -> HttpResponse:
    context = {
        "uai": made.token.uai,
        "token": made.token,
        "text": made.text,
        "labels": ", ".join(_labels(Scope.known(made.token.scopes))),
        "last_day": f"{made.token.expires_on:%d/%m/%Y}",
    }
    return render(request, "tokens/shown.html", context)


def _row(line: TokenLine, good: set[int]) -> dict[str, Any]:
    state, tone = _state(line)
    return {
        "token": line.token,
        "labels": _labels(line.scopes),
        "state": state,
        "tone": tone,
        "is_good": line.standing is Standing.GOOD,
        "may_renew": line.token.replaced_by_id not in good,
        "last_used_at": line.last_used_at,
        "creator": display(line.token.created_by),
    }


def _state(line: TokenLine) -> tuple[str, str]:
    if line.standing is Standing.WITHDRAWN:
        return _("retiré"), "neutral"
    if line.standing is Standing.EXPIRED:
        return _("terminé"), "neutral"
    if line.token.expires_on <= timezone.localdate() + ENDS_SOON:
        return _("se termine bientôt"), "warning"
    return _("en service"), "success"


def _labels(scopes: tuple[Scope, ...]) -> list[str]:
    return [_(scope.label) for scope in scopes]
