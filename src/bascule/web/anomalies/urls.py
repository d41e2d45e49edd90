"""URLs of the anomalies of a year."""

from django.urls import path

from bascule.web.anomalies import views

_HERE = "e/<str:uai>/<int:year>/anomalies/"

app_name = "anomalies"
urlpatterns = [
    path(_HERE, views.inbox, name="inbox"),
    path(f"{_HERE}corriger/", views.mend, name="mend"),
    path(f"{_HERE}corriger-ensemble/", views.mend_all, name="mend-all"),
    path(f"{_HERE}expliquer/", views.explain, name="explain"),
    path(f"{_HERE}annoncer/", views.announce, name="announce"),
    path(f"{_HERE}corrections/", views.corrections, name="corrections"),
    path(f"{_HERE}annuler/", views.undo, name="undo"),
]
