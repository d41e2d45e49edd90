"""URLs of the national numbers."""

from django.urls import path

from bascule.web.identities import disputes, persons, views

#: Before those of disputes, whose schools could bear its name.
_PERSON = "rectorat/identites/personne/<int:person_id>/"
_DISPUTE = "rectorat/identites/<str:uai>/<int:request_id>/"

app_name = "identities"
urlpatterns = [
    path("e/<str:uai>/<int:year>/ine/", views.standing_of_school, name="school"),
    path("rectorat/identites/", disputes.queue, name="queue"),
    path("rectorat/identites/ine/", views.find_number, name="number"),
    path(_PERSON, persons.person, name="person"),
    path(f"{_PERSON}separer/", persons.split, name="split"),
    path(f"{_PERSON}autre/", persons.other, name="other"),
    path(f"{_PERSON}retirer/", persons.together, name="together"),
    path(f"{_PERSON}fusion/<int:merge_id>/", persons.second, name="second-of-person"),
    path(f"{_PERSON}annuler/<int:decision_id>/", persons.undo, name="undo-of-person"),
    path(_DISPUTE, disputes.dispute, name="dispute"),
    path(f"{_DISPUTE}repondre/", disputes.answer, name="answer"),
    path(f"{_DISPUTE}fusion/<int:merge_id>/", disputes.second, name="second"),
    path(f"{_DISPUTE}annuler/<int:decision_id>/", disputes.undo, name="undo"),
    path(f"{_DISPUTE}redemander/", disputes.ask_again, name="ask-again"),
]
