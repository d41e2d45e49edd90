"""URLs of the constat."""

from django.urls import path

from bascule.web.constat import authority, views

_HERE = "e/<str:uai>/<int:year>/constat/"
_THERE = "rectorat/constat/<int:year>/"

app_name = "constat"
urlpatterns = [
    path(_HERE, views.read_constat, name="school"),
    path(f"{_HERE}signer/", views.sign, name="sign"),
    path(f"{_HERE}<int:number>/document/", views.paper, name="paper"),
    path("rectorat/constat/", authority.home, name="home"),
    path(f"{_THERE}tableau.<slug:form>", authority.sheet, name="sheet"),
    path(f"{_THERE}ouvrir/", authority.open_round, name="open"),
    path(f"{_THERE}prolonger/", authority.prolong, name="prolong"),
    path(f"{_THERE}clore/", authority.close, name="close"),
    path(f"{_THERE}rouvrir/<str:school_uai>/", authority.reopen, name="reopen"),
]
