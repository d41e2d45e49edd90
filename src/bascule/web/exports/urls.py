"""URLs of the exports."""

from django.urls import path

from bascule.web.exports import views

app_name = "exports"
urlpatterns = [
    path("e/<str:uai>/<int:year>/exports/", views.make, name="make"),
    path("e/<str:uai>/<int:year>/exports/<int:sent_id>/", views.again, name="again"),
]
