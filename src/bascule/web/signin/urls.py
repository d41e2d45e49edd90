"""URLs of the sign-in."""

from django.urls import path

from bascule.web.signin import activation, first_key, key, locked, lost, out, password

app_name = "signin"
urlpatterns = [
    path("connexion/", password.password, name="password"),
    path("connexion/cle/", key.key, name="key"),
    path("connexion/cle/acces/", key.passkey, name="passkey"),
    path("connexion/cle/accorder/", key.tune, name="tune"),
    path("connexion/cle/activer/", key.activate, name="activate"),
    path("connexion/perdue/", lost.lost, name="lost"),
    path("connexion/bloque/", locked.locked, name="locked"),
    path("deconnexion/", out.out, name="out"),
    path("activation/", activation.activation, name="activation"),
    path("activation/mot-de-passe/", activation.choose, name="choose"),
    path("activation/cle/", first_key.first_key, name="first-key"),
    path("activation/cle/application/", first_key.application, name="first-application"),
    path("activation/cle/acces/", first_key.passkey, name="first-passkey"),
]
