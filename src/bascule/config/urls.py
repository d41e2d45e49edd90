"""Where each URL leads: pages at the root, the REST interface under `/api/`."""

from bascule.web import urls as pages

urlpatterns = [*pages.urlpatterns]

handler400 = pages.handler400
handler403 = pages.handler403
handler404 = pages.handler404
handler500 = pages.handler500
