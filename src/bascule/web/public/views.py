"""Pages that everybody may open."""

import logging

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from bascule.accounts import sessions
from bascule.web.access import public, signed_in

_log = logging.getLogger(__name__)


@public
def components(request: HttpRequest) -> HttpResponse:
    """Show every component in every state."""
    return render(request, "public/components.html")


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say what was checked of accessibility, and what was not."""
    return render(request, "public/accessibility.html")


@public
def personal_data(request: HttpRequest) -> HttpResponse:
    """Say what is kept about whom, why, how long, and who sees it."""
    return render(request, "public/personal_data.html")


@public
def security(request: HttpRequest) -> HttpResponse:
    """Say what protects the site, and how to tell us of a weakness."""
    return render(request, "public/security.html")


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language chosen, until the browser is closed; go back to the page."""
    back = request.POST.get("suite", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    response = HttpResponseRedirect(back)
    chosen = request.POST.get("langue", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            secure=settings.BASCULE_HTTPS,
            httponly=True,
            samesite="Lax",
        )
    return response


@signed_in
@require_GET
def alive(request: HttpRequest) -> HttpResponse:
    """Keep the session open, and tell until when: somebody said that she is still there."""
    response = HttpResponse(status=204)
    response.headers["Session-Ends"] = sessions.ends_at(request.session).isoformat()
    return response


@public
def health(request: HttpRequest) -> HttpResponse:
    """Tell whether the site and its base answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"base": "ok"})


@public
@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Take note that a page asked for something that the policy of the site refuses."""
    _log.warning("content security policy: %s", request.body[:2000].decode(errors="replace"))
    return HttpResponse(status=204)
