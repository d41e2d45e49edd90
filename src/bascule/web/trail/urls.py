"""URLs of the journal."""

from django.urls import path

from bascule.web.trail import views

app_name = "trail"
urlpatterns = [
    path("e/<str:uai>/journal/", views.in_school, name="school"),
    path("rectorat/journal/", views.search, name="search"),
    path("rectorat/journal/feuille.csv", views.export, name="export"),
]
