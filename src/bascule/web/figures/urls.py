"""URLs of headcounts."""

from django.urls import path

from bascule.web.figures import views

app_name = "figures"
urlpatterns = [
    path("rectorat/effectifs/", views.home, name="home"),
    path("rectorat/effectifs/previsions/", views.forecast, name="forecast"),
    path("rectorat/effectifs/exporter/", views.export_table, name="export"),
    path("e/<str:uai>/<int:year>/effectifs/", views.of_school, name="school"),
]
