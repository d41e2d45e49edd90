"""URLs of the papers of pupils."""

from django.urls import path

from bascule.web.papers import check, views

_YEAR = "e/<str:uai>/<int:year>/"

app_name = "papers"
urlpatterns = [
    path(f"{_YEAR}papiers/", views.home, name="home"),
    path(f"{_YEAR}papiers/certificats/", views.certificates, name="certificates"),
    path(f"{_YEAR}papiers/liste-de-classe/", views.class_list, name="class-list"),
    path(f"{_YEAR}papiers/<int:certificate_id>/annuler/", views.withdraw, name="withdraw"),
    path(f"{_YEAR}eleves/<int:pupil_id>/certificat/", views.certificate, name="certificate"),
    path(f"{_YEAR}eleves/<int:pupil_id>/exeat/", views.exeat, name="exeat"),
    path("verifier/", check.ask, name="check-any"),
    path("verifier/<str:code>", check.check, name="check"),
]
