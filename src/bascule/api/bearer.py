"""Who calls: a token in the `Authorization` header, good for its own school and for what the route asks.

Checking it confines the transaction to the school of the token, so that nothing of another one can
be read, whatever the route does. Each call is noted; neither cookie nor session is looked at.
"""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from bascule.accounts import tokens
from bascule.accounts.scopes import Scope
from bascule.accounts.tokens import Bearer, Standing
from bascule.api.problem import NothingThereError
from bascule.journal.access import Visitor, note

#: A token whose secret is right, and which may not call: withdrawn, ended, or not for this.
REFUSED_KIND = "api.refused"
CLOSED_KIND = "door.closed"


class UnknownCallerError(Exception):
    """Nobody is known by what was sent."""


class TooManyCallsError(Exception):
    """The token calls more often than it may."""


class OutOfScopeError(Exception):
    """The token is not for this.

    Args:
        scope (Scope): what the route asks for.
    """

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope.code)
        self.scope = scope


class TokenOf(HttpBearer):
    """A token of the school in the URL, with a scope; None for any token.

    Args:
        scope (Scope | None): what the route asks for.
    """

    openapi_description = "Jeton remis par le chef d’établissement : `bsc_<UAI>_<numéro>_<secret>`."
    openapi_bearerFormat = "bsc"  # noqa: N815 - a word of OpenAPI

    def __init__(self, scope: Scope | None = None) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Bearer:
        """Tell who calls, and that she may; note the call.

        Args:
            request (HttpRequest): the request.
            token (str): what was sent.

        Returns:
            Bearer: who calls.

        Raises:
            UnknownCallerError: if the token is not one that may call.
            NothingThereError: if the URL is another school's.
            OutOfScopeError: if the token is not for this route.
            TooManyCallsError: if it called too often within a minute.
        """
        now = timezone.now()
        bearer = tokens.recognise(text=token, today=timezone.localdate(now))
        if bearer is None:
            raise UnknownCallerError
        if bearer.standing is not Standing.GOOD:
            _note(request, bearer, REFUSED_KIND, reason=bearer.standing.value)
            raise UnknownCallerError
        if tokens.is_too_fast(bearer, at=now):
            _note(request, bearer, REFUSED_KIND, reason="rate")
            raise TooManyCallsError
        wanted = _parts(request).get("uai", bearer.uai)
        if wanted != bearer.uai:
            _note(request, bearer, CLOSED_KIND, school=str(wanted)[:8])
            raise NothingThereError
        if self.scope is not None:
            _refuse_without(request, bearer, self.scope)
        _note(request, bearer, tokens.CALL_KIND)
        return bearer


def refuse_without(request: HttpRequest, scope: Scope) -> None:
    """Refuse what a route does only for tokens that are good for more.

    Args:
        request (HttpRequest): the request.
        scope (Scope): what is asked for.

    Raises:
        OutOfScopeError: if the token is not for it.
    """
    _refuse_without(request, caller(request), scope)


def _refuse_without(request: HttpRequest, bearer: Bearer, scope: Scope) -> None:
    if scope not in bearer.scopes:
        _note(request, bearer, REFUSED_KIND, reason="scope", scope=scope.code)
        raise OutOfScopeError(scope)


def caller(request: HttpRequest) -> Bearer:
    """Give who calls, in a route that asks for a token.

    Args:
        request (HttpRequest): the request.

    Returns:
        Bearer: who calls.
    """
    found: Bearer = request.auth  # type: ignore[attr-defined]
    return found


def _note(request: HttpRequest, bearer: Bearer, kind: str, **facts: object) -> None:
    match = request.resolver_match
    asked = {name: value for name, value in request.GET.items() if name in _ASKED}
    note(
        kind=kind,
        visitor=Visitor(actor=bearer.name, address=getattr(request, "address", None)),
        at=timezone.now(),
        uai=bearer.uai,
        about=bearer.about,
        facts={
            "route": match.view_name if match else "",
            **{name: value for name, value in _parts(request).items() if name != "uai"},
            **asked,
            **facts,
        },
    )


#: Parameters that a line of the journal repeats, if they are what they should be.
_ASKED = ("forme",)


def _parts(request: HttpRequest) -> dict[str, Any]:
    return request.resolver_match.kwargs if request.resolver_match else {}
