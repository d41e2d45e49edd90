"""URLs of the follow-up of schools."""

from django.urls import path

from bascule.web.follow import views

app_name = "follow"
urlpatterns = [
    path("rectorat/etablissements/", views.schools, name="schools"),
    path("rectorat/effectifs/", views.headcounts, name="headcounts"),
]
