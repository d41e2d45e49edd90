"""URLs of the accounts of heads."""

from django.urls import path

from bascule.web.heads import head, heads, newcomer, table

app_name = "heads"
urlpatterns = [
    path("rectorat/comptes/", heads.heads, name="list"),
    path("rectorat/comptes/lettres/", heads.letters, name="letters"),
    path("rectorat/comptes/importer/", table.upload, name="table"),
    path("rectorat/comptes/importer/confirmer/", table.confirm, name="confirm"),
    path("rectorat/comptes/nouveau/", newcomer.newcomer, name="new"),
    path("rectorat/comptes/<int:person>/", head.head, name="head"),
    path("rectorat/comptes/<int:person>/droits/<int:right>/", head.right, name="right"),
    path("rectorat/comptes/<int:person>/compte/", head.account, name="account"),
    path("rectorat/comptes/<int:person>/modifier/", head.edit, name="edit"),
    path("rectorat/comptes/<int:person>/lettre/", head.letter, name="letter"),
]
