"""URLs that everybody may open."""

from django.urls import path

from bascule.web.public import views

app_name = "public"
urlpatterns = [
    path("composants/", views.components, name="components"),
    path("csp/", views.csp_report, name="csp-report"),
    path("sante/", views.health, name="health"),
]
