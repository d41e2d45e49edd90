"""URLs of the academic base."""

from django.urls import path

from bascule.web.bea import nights, views

_HERE = "e/<str:uai>/<int:year>/base-academique/"

app_name = "bea"
urlpatterns = [
    path(_HERE, views.board, name="board"),
    path(f"{_HERE}bloques/", views.kept_back, name="kept-back"),
    path(f"{_HERE}nuits/<int:transfer_id>/", views.transfer, name="transfer"),
    path(f"{_HERE}renvoyer/", views.resend, name="resend"),
    path(f"{_HERE}renvoyer/annuler/", views.cancel_resend, name="cancel-resend"),
    path("rectorat/nuits/", nights.home, name="nights"),
    path("rectorat/nuits/lancer/", nights.ask, name="ask-night"),
    path("rectorat/nuits/<int:night_id>/", nights.night, name="night"),
]
