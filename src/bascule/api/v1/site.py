"""The interface as a whole: its routes, how each kind of no is told, its description."""

from collections.abc import Callable, Iterator
from functools import cache, wraps
from http import HTTPStatus
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    JsonResponse,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.urls import URLPattern, path
from django.utils import translation
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from bascule.api import problem
from bascule.api.bearer import (
    OutOfScopeError,
    TokenOf,
    TooManyCallsError,
    UnknownCallerError,
)
from bascule.api.english import language_of
from bascule.api.v1 import exports, imports, me, official, pupils
from bascule.errors import RefusedError, TransientError

#: Where `config` mounts it.
PREFIX = "api/v1/"

#: What the description calls the token.
_SCHEME = "jeton"

_View = Callable[..., Any]

api = NinjaAPI(
    title="Bascule",
    version="1",
    description="Ce que le logiciel d’un établissement envoie à la base élèves et y lit, avec un jeton remis"
    " par le chef d’établissement. Un refus est un `application/problem+json` : son `code`"
    " est stable, son `detail` est une phrase pour la personne.",
    # Ours: they are declared open to all, the routes are not.
    openapi_url=None,
    docs_url=None,
    urls_namespace="api-v1",
)
_ROUTERS = (me.router, imports.router, official.router, exports.router, pupils.router)
for _router in _ROUTERS:
    api.add_router("", _router)


def routes(
    *, machine: Callable[[_View], _View], public: Callable[[_View], _View]
) -> Iterator[URLPattern]:
    """Give the URLs of the interface, each with the door that its operations ask for.

    Args:
        machine (Callable[[_View], _View]): declares a view that checks tokens.
        public (Callable[[_View], _View]): declares a view open to all.

    Yields:
        URLPattern: for `config` to mount under `PREFIX`.

    Raises:
        RuntimeError: if a route asks for no token.
    """
    yield path("openapi.json", public(document), name="openapi")
    for pattern in api.urls[0]:
        if not isinstance(pattern, URLPattern) or pattern.name == "api-root":
            continue
        if pattern.name not in _checked():
            raise RuntimeError(f"the route {pattern.pattern} asks for no token")
        pattern.callback = machine(_in_form(pattern.callback))
        yield pattern


@require_safe
def document(_request: HttpRequest) -> HttpResponse:
    """Describe the interface in the words of OpenAPI: a view."""
    return JsonResponse(description(), json_dumps_params={"ensure_ascii": False})


@cache
def description() -> dict[str, Any]:
    """Describe the interface.

    Returns:
        dict[str, Any]: an OpenAPI document.
    """
    written: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=f"/{PREFIX}"))
    for operations in written["paths"].values():
        for operation in operations.values():
            operation["security"] = [{_SCHEME: []}]
            for status, answer in operation["responses"].items():
                # The framework knows one kind of content.
                if int(status) >= HTTPStatus.BAD_REQUEST:
                    answer["content"] = {problem.MEDIA_TYPE: answer["content"]["application/json"]}
    schemes = written["components"]["securitySchemes"]
    written["components"]["securitySchemes"] = {_SCHEME: schemes[TokenOf.__name__]}
    return written


def _checked() -> set[str]:
    """Give the names of the routes of which every operation asks for a token."""
    return {
        str(operation.url_name)
        for router in _ROUTERS
        for view in router.path_operations.values()
        for operation in view.operations
        if view.operations and all(one.auth_callbacks for one in view.operations)
    }


def _in_form(view: _View) -> _View:
    """Answer in the language that is asked for, and tell what the framework answers by itself as a problem too."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with translation.override(language_of(request)):
            answer = view(request, *args, **kwargs)
            if isinstance(answer, HttpResponseNotAllowed):
                answer = problem.not_allowed(answer.headers["Allow"])
            return problem.in_language(answer)

    return answered


@api.exception_handler(AuthenticationError)
@api.exception_handler(UnknownCallerError)
def _unknown(_request: HttpRequest, _exception: Exception) -> HttpResponse:
    return problem.unauthorized()


@api.exception_handler(OutOfScopeError)
def _out_of_scope(_request: HttpRequest, exception: OutOfScopeError) -> HttpResponse:
    return problem.out_of_scope(exception.scope.code)


@api.exception_handler(TooManyCallsError)
def _too_many(_request: HttpRequest, _exception: Exception) -> HttpResponse:
    return problem.too_many()


@api.exception_handler(SuspiciousOperation)
def _too_large(_request: HttpRequest, _exception: Exception) -> HttpResponse:
    return problem.too_large()


@api.exception_handler(MultiPartParserError)
@api.exception_handler(UnreadablePostError)
# What the framework says of a body that is no JSON.
@api.exception_handler(HttpError)
def _unreadable(_request: HttpRequest, _exception: Exception) -> HttpResponse:
    return problem.unreadable()


@api.exception_handler(RefusedError)
def _refused(_request: HttpRequest, exception: RefusedError) -> HttpResponse:
    return problem.refused(exception)


@api.exception_handler(Http404)
def _not_there(_request: HttpRequest, _exception: Exception) -> HttpResponse:
    return problem.refused(problem.NothingThereError())


@api.exception_handler(ValidationError)
def _wrong(_request: HttpRequest, exception: ValidationError) -> HttpResponse:
    return problem.wrong_request(exception.errors)


@api.exception_handler(TransientError)
@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def _unavailable(_request: HttpRequest, _exception: Exception) -> HttpResponse:
    return problem.unavailable()


@api.exception_handler(Exception)
def _fault(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem.fault(request, exception)
