"""URLs of the news."""

from django.urls import path

from bascule.web.news import views

app_name = "news"
urlpatterns = [path("rectorat/actualites/", views.news, name="list")]
