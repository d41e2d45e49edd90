"""URLs of campaigns."""

from django.urls import path

from bascule.web.campaign import phase, reminders, views

_HERE = "rectorat/campagne/<slug:campaign>/<int:year>/"

app_name = "campaign"
urlpatterns = [
    path("rectorat/campagne/", views.home, name="home"),
    path(_HERE, views.board, name="board"),
    path(f"{_HERE}tableau.<slug:form>", views.sheet, name="sheet"),
    path(f"{_HERE}phase-1/", phase.tasks, name="tasks"),
    path(f"{_HERE}phase-1/<slug:task>/", phase.task, name="task"),
    path(f"{_HERE}relance/", reminders.remind, name="remind"),
    path(f"{_HERE}etablissements/<str:uai>/", views.one_school, name="school"),
    path(f"{_HERE}etablissements/<str:uai>/conseiller/", views.adviser, name="adviser"),
]
