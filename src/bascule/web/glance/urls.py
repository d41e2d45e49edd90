"""URLs of the school at a glance."""

from django.urls import path

from bascule.web.glance import views

app_name = "glance"
urlpatterns = [
    path("e/<str:uai>/<int:year>/coup-d-oeil/", views.school_at_a_glance, name="school"),
]
