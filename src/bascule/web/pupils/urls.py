"""URLs of the pupils."""

from django.urls import path

from bascule.web.pupils import listing, views

app_name = "pupils"
urlpatterns = [
    path("e/<str:uai>/<int:year>/eleves/", listing.pupils, name="list"),
    path("e/<str:uai>/<int:year>/eleves/liste.<str:form>", listing.sheet, name="sheet"),
    path("e/<str:uai>/<int:year>/eleves/<int:pupil_id>/", views.record, name="record"),
]
