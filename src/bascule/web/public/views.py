"""Pages that everybody may open."""

import logging

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bascule.web.access import public

_log = logging.getLogger(__name__)


@public
def components(request: HttpRequest) -> HttpResponse:
    """Show every component in every state."""
    return render(request, "public/components.html")


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
