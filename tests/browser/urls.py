"""The URLs of the site, and pages that show its errors and its frame in every state."""

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.template import engines
from django.urls import include, path
from django.utils import timezone

from bascule.accounts.profiles import Permission
from bascule.config import urls as site
from bascule.errors import RefusedError
from bascule.journal import access as trail
from bascule.journal.access import Visitor
from bascule.web import errors
from bascule.web.access import authority, public, school, signed_in
from bascule.web.gate import PageRequest


class _WrongFileError(RefusedError):
    code = "import.wrong-school"


class _TooOftenError(RefusedError):
    code = "signin.throttled"


@public
def error(request: PageRequest, kind: str) -> HttpResponse:
    if kind == "400":
        raise SuspiciousOperation
    if kind == "413":
        raise RequestDataTooBig
    if kind == "404":
        raise Http404
    if kind == "broken":
        trail.note(kind="door.closed", visitor=Visitor("broken"), at=timezone.now())
        raise RuntimeError
    if kind == "409":
        raise _WrongFileError(
            "Ce fichier est celui de l’établissement 0990002P. Choisissez le fichier de votre"
            " établissement, 0990001N, puis déposez-le."
        )
    shown = {
        "403": lambda: errors.forbidden(request, Permission.STAFF),
        "csrf": lambda: errors.csrf_failed(request),
        "busy": lambda: errors.busy(request),
        "429": lambda: errors.too_many(
            request,
            _TooOftenError("Attendez un quart d’heure, puis réessayez."),
            until=timezone.now(),
        ),
        "close": lambda: errors.year_closed(request),
        "500": lambda: errors.fault(request),
        "503": lambda: errors.unavailable(request),
    }
    return shown[kind]()


@school(Permission.PUPILS_READ)
def of_school(request: PageRequest, uai: str, year: int | None = None) -> HttpResponse:
    return _page(request, "Élèves", "<p>Aucun élève.</p>")


@school(Permission.PUPILS_READ)
def of_pupil(request: PageRequest, uai: str, year: int, pupil: int) -> HttpResponse:
    return _page(request, "Élève", "<p>Aucun.</p>")


@school(Permission.PUPILS_WRITE, writes_year=True)
def written(request: PageRequest, uai: str, year: int) -> HttpResponse:
    return HttpResponse(status=204)


@authority(Permission.SCHOOLS_FOLLOW)
def of_authority(request: PageRequest) -> HttpResponse:
    return _page(request, "Établissements", "<p>Aucun établissement.</p>")


@signed_in
def form(request: PageRequest) -> HttpResponse:
    typed = request.POST.get("note", "")
    return _page(
        request,
        "Note",
        "<form method='post'>{% csrf_token %}<label class='form-label' for='note'>Note</label>"
        "<input class='form-control' id='note' name='note'>"
        "<div class='form-actions'>{% submit 'Enregistrer' %}</div></form><p>{{ typed }}</p>",
        typed=typed,
    )


def _page(request: PageRequest, title: str, content: str, **given: str) -> HttpResponse:
    page = engines["django"].from_string(
        f"{{% extends 'page.html' %}}{{% block title %}}{title}{{% endblock %}}"
        f"{{% block content %}}{content}{{% endblock %}}"
    )
    return HttpResponse(page.render(given, request))


sample = (
    [
        path("e/<str:uai>/exemple/", of_school, name="school"),
        path("e/<str:uai>/<int:year>/exemple/", of_school, name="year"),
        path("e/<str:uai>/<int:year>/exemple/<int:pupil>/", of_pupil, name="pupil"),
        path("e/<str:uai>/<int:year>/exemple/ecrire/", written, name="written"),
        path("rectorat/exemple/", of_authority, name="authority"),
        path("moi/exemple/", form, name="form"),
    ],
    "sample",
)
urlpatterns = [
    path("erreur/<str:kind>/", error, name="error"),
    path("", include(sample)),
    *site.urlpatterns,
]

handler400 = site.handler400
handler403 = site.handler403
handler404 = site.handler404
handler500 = site.handler500
