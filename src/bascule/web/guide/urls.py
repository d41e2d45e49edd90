"""URLs of the guide."""

from django.urls import path

from bascule.web.guide import views

app_name = "guide"
urlpatterns = [
    path("e/<str:uai>/<int:year>/fil-conducteur/", views.steps, name="steps"),
]
