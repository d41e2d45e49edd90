"""URLs of the standard lists."""

from django.urls import path

from bascule.web.lists import views

app_name = "lists"
urlpatterns = [
    path("e/<str:uai>/<int:year>/eleves/listes/", views.home, name="home"),
    path("e/<str:uai>/<int:year>/eleves/listes/effectifs/", views.headcounts, name="headcounts"),
    path("e/<str:uai>/<int:year>/eleves/listes/etiquettes/", views.labels, name="labels"),
]
