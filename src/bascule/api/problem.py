"""How the REST interface says no, or that something broke: RFC 9457, with a stable code and a sentence."""

import json
import logging
import secrets
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from bascule.api import english
from bascule.errors import NotThereError, RefusedError

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

#: Refusals by the first word of their code; the others say that the state of things does not allow it.
_STATUSES = {
    "file": HTTPStatus.UNPROCESSABLE_ENTITY,
    "request": HTTPStatus.UNPROCESSABLE_ENTITY,
}
_RETRY_SECONDS = 30


class NothingThereError(NotThereError):
    """Nothing at this address, or not for this token: both are told alike."""

    code = "not-found"

    def __init__(self) -> None:
        super().__init__("Il n’y a rien à cette adresse que votre jeton permette de lire.")


class MovedOnError(RefusedError):
    """What is asked is asked of a state that is no more."""

    code = "request.moved-on"

    def __init__(self) -> None:
        super().__init__(
            "L’import n’est plus tel que vous l’avez lu. Relisez-le, regardez ce qui a changé, et confirmez"
            " avec son nouvel ETag."
        )


class ChangedSinceError(RefusedError):
    """A file that went out can no longer be made as it was."""

    code = "export.changed-since"

    def __init__(self) -> None:
        super().__init__(
            "Les données ont changé depuis la sortie de ce fichier : il ne peut plus être repris tel quel."
            " Demandez un nouvel export."
        )


def problem(
    status: HTTPStatus,
    *,
    code: str,
    detail: str,
    facts: Mapping[str, object] | None = None,
    **more: object,
) -> HttpResponse:
    """Write a problem, in the language of the answer.

    Args:
        status (HTTPStatus): the status of the answer.
        code (str): what programs tell it by; stable.
        detail (str): French, what is wrong and what to do next. No personal data.
        facts (Mapping[str, object] | None): what an English sentence may name.
        **more (object): what else is said of it.

    Returns:
        HttpResponse: the answer.
    """
    content = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "code": code,
        **english.refusal(code, detail, facts),
        **more,
    }
    return HttpResponse(
        json.dumps(content, ensure_ascii=False), status=status, content_type=MEDIA_TYPE
    )


def refused(refusal: RefusedError) -> HttpResponse:
    """Tell a refusal of a verb.

    Args:
        refusal (RefusedError): the refusal.

    Returns:
        HttpResponse: 404 for what is not there, 422 for a file that cannot be taken, else 409.
    """
    if isinstance(refusal, NotThereError):
        status = HTTPStatus.NOT_FOUND
    elif isinstance(refusal, MovedOnError):
        status = HTTPStatus.PRECONDITION_FAILED
    else:
        status = _STATUSES.get(refusal.code.partition(".")[0], HTTPStatus.CONFLICT)
    return problem(status, code=refusal.code, detail=refusal.sentence, facts=vars(refusal))


def unauthorized() -> HttpResponse:
    """Tell that nobody is known by what was sent.

    Returns:
        HttpResponse: the answer.
    """
    answer = problem(
        HTTPStatus.UNAUTHORIZED,
        code="token.wrong",
        detail="Le jeton manque, n’est pas le bon, a été retiré ou a pris fin : demandez-en un au chef"
        " d’établissement.",
    )
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def out_of_scope(scope: str) -> HttpResponse:
    """Tell that the token is not for this.

    Args:
        scope (str): code of the scope that is asked for.

    Returns:
        HttpResponse: the answer.
    """
    return problem(
        HTTPStatus.FORBIDDEN,
        code="token.out-of-scope",
        detail="Le jeton ne permet pas cette opération : demandez au chef d’établissement un jeton qui"
        " la permet.",
        scope=scope,
    )


def state_needed() -> HttpResponse:
    """Tell that a write is asked of one exact state.

    Returns:
        HttpResponse: the answer.
    """
    return problem(
        HTTPStatus.PRECONDITION_REQUIRED,
        code="request.state-needed",
        detail="Donnez dans « If-Match » l’ETag de l’import tel que vous l’avez lu : ce qui a été vu est ce"
        " qui sera écrit.",
    )


def too_large() -> HttpResponse:
    """Tell that what was sent is too much.

    Returns:
        HttpResponse: the answer.
    """
    return problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        code="request.too-large",
        detail="L’envoi est trop volumineux. Envoyez un seul fichier, ou une archive ZIP qui le contient.",
    )


def unreadable() -> HttpResponse:
    """Tell that the body of a request cannot be read.

    Returns:
        HttpResponse: the answer.
    """
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code="request.unreadable",
        detail="L’envoi n’est pas lisible : il a été coupé, ou n’a pas la forme que dit la description de"
        " l’interface. Envoyez-le de nouveau.",
    )


def too_many() -> HttpResponse:
    """Tell that the token calls too often.

    Returns:
        HttpResponse: the answer.
    """
    answer = problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        code="token.too-many-calls",
        detail="Ce jeton appelle trop souvent. Attendez le temps que dit « Retry-After », puis reprenez.",
    )
    answer.headers["Retry-After"] = str(_RETRY_SECONDS)
    return answer


def wrong_request(errors: Iterable[dict[str, object]]) -> HttpResponse:
    """Tell which parameters cannot be understood.

    Args:
        errors (Iterable[dict[str, object]]): where, and what, as the framework found them.

    Returns:
        HttpResponse: the answer; it does not repeat what was sent.
    """
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code="request.wrong",
        detail="La demande n’est pas écrite comme attendu : voyez « errors », et la description de"
        " l’interface.",
        errors=[{"where": error.get("loc"), "kind": error.get("type")} for error in errors],
    )


def not_allowed(allowed: str) -> HttpResponse:
    """Tell that the address does not take this method.

    Args:
        allowed (str): those it takes.

    Returns:
        HttpResponse: the answer.
    """
    answer = problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        code="request.method",
        detail=f"Cette adresse ne prend que : {allowed}.",
    )
    answer.headers["Allow"] = allowed
    return answer


def unavailable() -> HttpResponse:
    """Tell that it may work in a while.

    Returns:
        HttpResponse: the answer.
    """
    answer = problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        code="unavailable",
        detail="Le service ne répond pas pour l’instant. Rien n’a été écrit : réessayez dans un moment.",
    )
    answer.headers["Retry-After"] = str(_RETRY_SECONDS)
    return answer


def fault(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Tell that something broke, and log where under the reference that is told.

    Args:
        request (HttpRequest): the request.
        exception (Exception): what broke.

    Returns:
        HttpResponse: the answer.
    """
    reference = secrets.token_hex(4)
    _log.error("fault %s: %s %s", reference, request.method, request.path, exc_info=exception)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="fault",
        detail="Une erreur inattendue s’est produite. Rien n’a été écrit : réessayez ; si elle revient,"
        f" donnez la référence {reference} à votre assistance.",
        reference=reference,
    )


@csrf_exempt
def nothing_there(request: HttpRequest) -> HttpResponse:
    """Answer for an address of the interface that leads nowhere: a view."""
    with translation.override(english.language_of(request)):
        return in_language(refused(NothingThereError()))


def in_language(answer: HttpResponse) -> HttpResponse:
    """Say in which language an answer is, and that it might have been in another.

    Args:
        answer (HttpResponse): the answer.

    Returns:
        HttpResponse: the same.
    """
    answer.headers["Content-Language"] = translation.get_language()
    patch_vary_headers(answer, ("Accept-Language",))
    return answer
