"""Where each URL leads: pages at the root, the REST interface under `/api/`."""

from django.urls import include, path, re_path

from bascule.api import problem
from bascule.api.v1 import site as api
from bascule.web import urls as pages
from bascule.web.access import machine, public

urlpatterns = [
    *pages.urlpatterns,
    path(api.PREFIX, include((list(api.routes(machine=machine, public=public)), "api-v1"))),
    re_path(r"^api/", public(problem.nothing_there), name="api-nothing"),
]

handler400 = pages.handler400
handler403 = pages.handler403
handler404 = pages.handler404
handler500 = pages.handler500
