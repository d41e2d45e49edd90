"""URLs of the help."""

from django.urls import path

from bascule.web.help import views

app_name = "help"
urlpatterns = [
    path("aide/anomalies/", views.rules, name="rules"),
    path("aide/anomalies/<str:code>/", views.rule, name="rule"),
]
