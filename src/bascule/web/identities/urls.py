"""URLs of the national numbers."""

from django.urls import path

from bascule.web.identities import disputes, views

_DISPUTE = "rectorat/identites/<str:uai>/<int:request_id>/"

app_name = "identities"
urlpatterns = [
    path("e/<str:uai>/<int:year>/ine/", views.standing_of_school, name="school"),
    path("rectorat/identites/", disputes.queue, name="queue"),
    path("rectorat/identites/ine/", views.find_number, name="number"),
    path(_DISPUTE, disputes.dispute, name="dispute"),
    path(f"{_DISPUTE}repondre/", disputes.answer, name="answer"),
    path(f"{_DISPUTE}fusion/<int:merge_id>/", disputes.second, name="second"),
    path(f"{_DISPUTE}annuler/<int:decision_id>/", disputes.undo, name="undo"),
]
