"""URLs of the people of a school."""

from django.urls import path

from bascule.web.staff import account, keys, newcomer, people, person

app_name = "staff"
urlpatterns = [
    path("e/<str:uai>/personnel/", people.people, name="people"),
    path("e/<str:uai>/personnel/nouveau/", newcomer.newcomer, name="new"),
    path("e/<str:uai>/personnel/historique/", people.history, name="history"),
    path("e/<str:uai>/personnel/<int:person>/", person.person, name="person"),
    path("e/<str:uai>/personnel/<int:person>/profil/", person.profile, name="profile"),
    path(
        "e/<str:uai>/personnel/<int:person>/droits/<int:right>/retirer/",
        person.withdraw,
        name="withdraw",
    ),
    path("e/<str:uai>/personnel/<int:person>/compte/", account.account, name="account"),
    path("e/<str:uai>/personnel/<int:person>/modifier/", account.edit, name="edit"),
    path("e/<str:uai>/personnel/<int:person>/lettre/", account.letter, name="letter"),
    path("e/<str:uai>/personnel/<int:person>/cle/", keys.replace_key, name="replace-key"),
    path("e/<str:uai>/personnel/<int:person>/cle/code/", keys.key_replaced, name="key-replaced"),
    path("e/<str:uai>/personnel/<int:person>/cle/bordereau.pdf", keys.key_slip, name="key-slip"),
    path("e/<str:uai>/personnel/<int:person>/cle/code.pdf", keys.key_code, name="key-code"),
]
