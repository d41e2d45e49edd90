"""URLs of the follow-up of schools."""

from django.urls import path

from bascule.web.follow import views

app_name = "follow"
urlpatterns = [
    path("rectorat/etablissements/", views.schools, name="schools"),
    path("rectorat/arret-gep/", views.gep, name="gep"),
    path("rectorat/arret-gep/annuler/<str:school_uai>/", views.restore_gep, name="restore-gep"),
]
