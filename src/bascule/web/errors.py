"""Pages that say no, or that something broke: what happened, whether data changed, what to do.

500 and 503 stand alone: they need neither the base nor the templates of a page.
"""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils import timezone

from bascule.accounts import sessions
from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.exchange.gate import LARGEST_FILE
from bascule.web.reference import reference_of
from bascule.web.steps import way_after

_log = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that cannot be read (400), or that is too large to be (413)."""
    if isinstance(exception, RequestDataTooBig):
        most = {"most_megabytes": LARGEST_FILE // 1024**2}
        return _answer(request, "errors/413.html", most, status=413)
    return _answer(request, "errors/400.html", status=400)


def forbidden(
    request: HttpRequest, permission: Permission | None = None, exception: Exception | None = None
) -> HttpResponse:
    """Answer somebody of the school who lacks a right (403), and say which."""
    return _answer(request, "errors/403.html", {"permission": permission}, status=403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose mark is not the one of this browser (403)."""
    return _answer(request, "errors/csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for what is not there, or not for whoever asks (404)."""
    return _answer(request, "errors/404.html", status=404)


def refused(request: HttpRequest, refusal: RefusedError) -> HttpResponse:
    """Show a refusal of a verb that its page did not show itself (409)."""
    way = way_after(refusal, actor=getattr(request, "actor", None))
    return _answer(request, "errors/409.html", {"refusal": refusal, "way": way}, status=409)


def too_many(request: HttpRequest, refusal: RefusedError, *, until: datetime) -> HttpResponse:
    """Answer whoever tried too often (429), and say until when to wait."""
    response = _answer(request, "errors/429.html", {"refusal": refusal}, status=429)
    response.headers["Retry-After"] = str(max(1, int((until - timezone.now()).total_seconds())))
    return response


def year_closed(request: HttpRequest) -> HttpResponse:
    """Answer a write in a closed year (409)."""
    return _answer(request, "errors/year_closed.html", status=409)


def busy(request: HttpRequest) -> HttpResponse:
    """Answer while another piece of work holds the school (503); what was typed is sent again by a button.

    Secrets are not written into a page: who typed one, or chose a file, goes back and does it again.
    """
    typed = sessions.fields_of(request.POST)
    is_secret = bool(request.FILES) or any(sessions.is_secret_field(name) for name, _ in typed)
    context = {"typed": typed if request.method == "POST" and not is_secret else None}
    response = _answer(request, "errors/busy.html", context, status=503)
    response.headers["Retry-After"] = "5"
    return response


def fault(request: HttpRequest) -> HttpResponse:
    """Answer after a fault (500); nothing of the request was written."""
    return _alone(request, "errors/500.html", status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Answer while the base cannot be reached (503)."""
    response = _alone(request, "errors/503.html", status=503)
    response.headers["Retry-After"] = "30"
    return response


def _answer(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int
) -> HttpResponse:
    """Draw a page that says no, and write its reference into the log: the path without what was asked."""
    reference = reference_of(request)
    _log.info("answer %s: %s %s %s", reference, status, request.method, request.path)
    return render(request, template, context, status=status)


def _alone(request: HttpRequest, template: str, *, status: int) -> HttpResponse:
    """Draw a page that needs nothing of the site: neither the base, nor who asks, nor the frame of a page."""
    reference = reference_of(request)
    _log.error("answer %s: %s %s %s", reference, status, request.method, request.path)
    shown = {
        "reference": reference,
        "help_phone": settings.BASCULE_HELP_PHONE,
        "help_hours": settings.BASCULE_HELP_HOURS,
    }
    return HttpResponse(get_template(template).render(shown), status=status)
