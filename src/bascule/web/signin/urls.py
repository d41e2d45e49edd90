"""URLs of the sign-in."""

from django.urls import path

from bascule.web.signin import views

app_name = "signin"
urlpatterns = [
    path("connexion/", views.password, name="password"),
]
