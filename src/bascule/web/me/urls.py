"""URLs of what is one's own."""

from django.urls import path

from bascule.web.me import add_key, keys, paper, password, proof, resume, rights, sessions, trail

app_name = "me"
urlpatterns = [
    path("moi/cles/", keys.keys, name="keys"),
    path("moi/cles/<int:key_id>/retirer/", keys.remove, name="remove-key"),
    path("moi/cles/<int:key_id>/perdue/", keys.lose, name="lose-key"),
    path("moi/cles/application/", add_key.application, name="add-application"),
    path("moi/cles/acces/", add_key.passkey, name="add-passkey"),
    path("moi/cles/activer/", add_key.activate, name="activate-key"),
    path("moi/cles/papier/", paper.paper, name="paper"),
    path("moi/droits/", rights.rights, name="rights"),
    path("moi/sessions/", sessions.sessions, name="sessions"),
    path("moi/traces/", trail.trail, name="trail"),
    path("moi/mot-de-passe/", password.password, name="password"),
    path("moi/confirmation/", proof.proof, name="proof"),
    path("reprise/", resume.resume, name="resume"),
    path("reprise/abandon/", resume.give_up, name="give-up"),
]
