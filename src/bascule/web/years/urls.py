"""URLs of the years: the authority's pages, and a school's own balance."""

from django.urls import path

from bascule.web.years import openings, views

app_name = "years"
urlpatterns = [
    path("rectorat/annees/", views.years, name="list"),
    path("rectorat/annees/<int:first>/", openings.plan, name="plan"),
    path("rectorat/annees/<int:first>/bilan/", views.balance, name="balance"),
    path("rectorat/annees/<int:first>/cloture/", views.close, name="close"),
    path("rectorat/annees/<int:first>/reouverture/", views.reopen, name="reopen"),
    path("rectorat/annees/ouvertures/<int:number>/", openings.opening, name="opening"),
    path("rectorat/annees/ouvertures/<int:number>/demande/", openings.ask, name="ask"),
    path("e/<str:uai>/<int:year>/bilan/", views.of_school, name="school-balance"),
]
