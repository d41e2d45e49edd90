"""URLs of the pupils."""

from django.urls import path

from bascule.web.pupils import views

app_name = "pupils"
urlpatterns = [
    path("e/<str:uai>/<int:year>/eleves/", views.pupils, name="list"),
    path("e/<str:uai>/<int:year>/eleves/<int:pupil_id>/", views.record, name="record"),
]
