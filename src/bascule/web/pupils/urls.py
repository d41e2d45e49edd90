"""URLs of the pupils."""

from django.urls import path

from bascule.web.pupils import duplicates, edit, listing, views

app_name = "pupils"
_PUPIL = "e/<str:uai>/<int:year>/eleves/<int:pupil_id>/"
urlpatterns = [
    path("e/<str:uai>/<int:year>/eleves/", listing.pupils, name="list"),
    path("e/<str:uai>/<int:year>/eleves/liste.<str:form>", listing.sheet, name="sheet"),
    path("e/<str:uai>/<int:year>/eleves/liste/<int:number>/", listing.long_list, name="long-list"),
    path(
        "e/<str:uai>/<int:year>/eleves/liste/<int:number>/fichier/",
        listing.long_file,
        name="long-file",
    ),
    path("e/<str:uai>/<int:year>/eleves/colonnes/", listing.keep_columns, name="columns"),
    path("e/<str:uai>/<int:year>/eleves/nouveau/", edit.new, name="new"),
    path("e/<str:uai>/<int:year>/eleves/doublons/", duplicates.duplicates, name="duplicates"),
    path(
        "e/<str:uai>/<int:year>/eleves/doublons/<int:act_id>/annuler/",
        duplicates.separate,
        name="separate",
    ),
    path(_PUPIL, views.record, name="record"),
    path(f"{_PUPIL}copie/", views.copy, name="copy"),
    path(f"{_PUPIL}corriger/<str:part>/", edit.edit, name="edit"),
    path(f"{_PUPIL}annuler/<int:act_id>/", edit.undo, name="undo"),
    path(f"{_PUPIL}<str:tab>/", views.record, name="tab"),
]
