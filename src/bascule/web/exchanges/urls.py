"""URLs of the exchanges."""

from django.urls import path

from bascule.web.exchanges import views

app_name = "exchanges"
urlpatterns = [
    path("e/<str:uai>/<int:year>/imports/", views.runs, name="runs"),
    path("e/<str:uai>/<int:year>/imports/<int:run_id>/", views.run, name="run"),
    path("e/<str:uai>/<int:year>/imports/<int:run_id>/compte-rendu.pdf", views.paper, name="paper"),
]
