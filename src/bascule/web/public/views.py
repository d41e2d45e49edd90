"""Pages that everybody may open."""

import logging
from datetime import UTC, date, datetime

from django.conf import settings
from django.core.paginator import Paginator
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from bascule.accounts import sessions
from bascule.bea import follow
from bascule.journal import retention
from bascule.journal.act import AUTHORITY
from bascule.ops import measures
from bascule.schools.directory import school_numbers
from bascule.store.policies import confine
from bascule.web.access import public, signed_in
from bascule.web.components.charts import Chart
from bascule.web.components.icons import NAMES
from bascule.web.public.forms import LONG, WRONG, Specimen
from bascule.web.public.kept import KEPT

_log = logging.getLogger(__name__)


@public
def components(request: HttpRequest) -> HttpResponse:
    """Show every component in every state."""
    return render(
        request,
        "public/components.html",
        {
            "form": Specimen(auto_id="neuf_%s"),
            "wrong": Specimen(WRONG, auto_id="faux_%s"),
            "long": LONG,
            "steps": [_("Déposer"), _("Contrôler"), _("Comparer"), _("Confirmer"), _("Résultat")],
            "views": [
                (_("Bloquantes"), "#vues", "1"),
                (_("À corriger"), "#vues", "2"),
                (_("Information"), "#vues", "3"),
            ],
            "list": Paginator(range(1234), 25).get_page(request.GET.get("page", 3)),
            "day": date(2026, 9, 1),
            "instant": datetime(2026, 11, 26, 14, 5, tzinfo=UTC),
            "icons": NAMES,
            "chart": Chart(
                title=_("Élèves par division"),
                head=_("Division"),
                series=("2026-2027", "2025-2026"),
                lines=[("601", (28, 30)), ("602", (0, 12)), (str(LONG), (1234, 617))],
            ),
        },
    )


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say what was checked of accessibility, and what was not."""
    return render(request, "public/accessibility.html")


@public
def personal_data(request: HttpRequest) -> HttpResponse:
    """Say what is kept about whom, why, how long, and who sees it."""
    days = retention.durations()
    kept = [(one, one.how_long(days)) for one in KEPT]
    return render(request, "public/personal_data.html", {"kept": kept})


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
    """Keep the session open, and tell for how many seconds: somebody said that she is still there."""
    left = sessions.ends_at(request.session) - timezone.now()
    response = HttpResponse(status=204)
    response.headers["Session-Lasts"] = str(int(left.total_seconds()))
    return response


@public
def health(request: HttpRequest) -> HttpResponse:
    """Tell whether the site and its base answer, and whether the night of the academic base passed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    night = "late" if follow.is_late(at=timezone.now()) else "ok"
    return JsonResponse({"base": "ok", "night": night})


@public
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """Give the measures to a tool that watches, which shows the token of the settings; nobody else sees a page."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    wanted: str = settings.BASCULE_METRICS_TOKEN
    if not wanted or not constant_time_compare(given, wanted):
        raise Http404
    # Counts of all schools, and no row of any.
    confine(AUTHORITY, *school_numbers())
    text = measures.as_text(measures.measures(at=timezone.now()))
    return HttpResponse(
        text, content_type="application/openmetrics-text; version=1.0.0; charset=utf-8"
    )


@public
@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Take note that a page asked for something that the policy of the site refuses."""
    _log.warning("content security policy: %s", request.body[:2000].decode(errors="replace"))
    return HttpResponse(status=204)
