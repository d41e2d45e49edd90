"""URLs of support sessions."""

from django.urls import path

from bascule.web.support import views

app_name = "support"
urlpatterns = [
    path("rectorat/assistance/", views.agent, name="agent"),
    path("rectorat/assistance/<int:support_id>/", views.move, name="move"),
    path("e/<str:uai>/assistance/", views.in_school, name="school"),
    path("e/<str:uai>/assistance/<int:support_id>/reponse/", views.answer, name="answer"),
    path("e/<str:uai>/assistance/<int:support_id>/fin/", views.end, name="end"),
]
