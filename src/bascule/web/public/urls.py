"""URLs that everybody may open."""

from django.urls import path

from bascule.web.public import views

app_name = "public"
urlpatterns = [
    path("composants/", views.components, name="components"),
    path("csp/", views.csp_report, name="csp-report"),
    path("informations/accessibilite/", views.accessibility, name="accessibility"),
    path("informations/donnees/", views.personal_data, name="personal-data"),
    path("informations/securite/", views.security, name="security"),
    path("langue/", views.language, name="language"),
    path("moi/encore/", views.alive, name="alive"),
    path("sante/", views.health, name="health"),
    path("mesures/", views.figures, name="figures"),
]
