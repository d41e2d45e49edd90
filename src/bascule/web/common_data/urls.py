"""URLs of common data."""

from django.urls import path

from bascule.web.common_data import views

app_name = "common"
urlpatterns = [
    path("e/<str:uai>/<int:year>/donnees-communes/", views.read, name="read"),
    path("e/<str:uai>/<int:year>/donnees-communes/modifier/", views.edit, name="edit"),
    path("e/<str:uai>/<int:year>/donnees-communes/verifier/", views.verify, name="verify"),
]
