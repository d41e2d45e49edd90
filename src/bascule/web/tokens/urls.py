"""URLs of tokens."""

from django.urls import path

from bascule.web.tokens import views

app_name = "tokens"
urlpatterns = [
    path("e/<str:uai>/logiciel/", views.list_tokens, name="list"),
    path("e/<str:uai>/logiciel/nouveau/", views.new, name="new"),
    path("e/<str:uai>/logiciel/<int:token_id>/renouveler/", views.renew, name="renew"),
    path("e/<str:uai>/logiciel/<int:token_id>/retirer/", views.withdraw, name="withdraw"),
]
