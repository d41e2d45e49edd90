"""URLs of divisions and groups."""

from django.urls import path

from bascule.web.structures import carry, edit, views

app_name = "structures"
urlpatterns = [
    path("e/<str:uai>/<int:year>/structures/", views.structures, name="list"),
    path("e/<str:uai>/<int:year>/structures/bascule/", carry.carry, name="carry"),
    path("e/<str:uai>/<int:year>/structures/division/", edit.new_division, name="new-division"),
    path("e/<str:uai>/<int:year>/structures/groupe/", edit.new_group, name="new-group"),
    path("e/<str:uai>/<int:year>/structures/<int:structure_id>/", edit.edit, name="edit"),
    path(
        "e/<str:uai>/<int:year>/structures/<int:structure_id>/retirer/", edit.remove, name="remove"
    ),
    path("e/<str:uai>/<int:year>/structures/valider/", views.validate, name="validate"),
    path("e/<str:uai>/<int:year>/structures/annuler/", views.undo, name="undo"),
]
