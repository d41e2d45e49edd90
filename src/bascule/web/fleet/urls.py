"""URLs of the fleet of keys."""

from django.urls import path

from bascule.web.fleet import views

app_name = "fleet"
urlpatterns = [
    path("rectorat/cles/", views.inventory, name="inventory"),
    path("rectorat/cles/livraison/", views.deliver, name="deliver"),
    path("rectorat/cles/livraison/controle/", views.delivery, name="delivery"),
    path("rectorat/cles/registre/", views.register, name="register"),
    path("rectorat/cles/registre.csv", views.register_sheet, name="register-sheet"),
    path("rectorat/cles/passage-otp/", views.progress, name="progress"),
    path("rectorat/cles/certificat/", views.certificate, name="certificate"),
    path("rectorat/cles/<int:key_id>/", views.key, name="key"),
    path("rectorat/cles/<int:key_id>/remise/", views.hand_over, name="hand-over"),
    path("rectorat/cles/<int:key_id>/code/", views.handed, name="handed"),
    path("rectorat/cles/<int:key_id>/bordereau.pdf", views.slip, name="slip"),
    path("rectorat/cles/<int:key_id>/code.pdf", views.code_sheet, name="code-sheet"),
    path("rectorat/cles/<int:key_id>/acte/<slug:name>/", views.act, name="act"),
]
