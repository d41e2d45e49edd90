"""URLs of the nomenclatures of the authority."""

from django.urls import path

from bascule.web.nomenclatures import views

app_name = "nomenclatures"
urlpatterns = [
    path("rectorat/nomenclatures/", views.home, name="home"),
    path("rectorat/nomenclatures/<int:year>/diffusion/", views.diffusion, name="diffusion"),
    path("rectorat/nomenclatures/<int:year>/apercu/", views.draft, name="draft"),
    path("rectorat/nomenclatures/<int:year>/publier/", views.publish, name="publish"),
    path("rectorat/nomenclatures/<int:year>/receptions/", views.receipts, name="receipts"),
    path("rectorat/nomenclatures/<int:year>/remettre/", views.deliver, name="deliver"),
]
