"""URLs of the register of qualified software."""

from django.urls import path

from bascule.web.software import acts, keys, views

_HERE = "rectorat/logiciels/"

app_name = "software"
urlpatterns = [
    path(_HERE, views.home, name="home"),
    path(f"{_HERE}utilises.<slug:form>", views.used_sheet, name="used-sheet"),
    path(f"{_HERE}registre.<slug:form>", views.register_sheet, name="register-sheet"),
    path(f"{_HERE}rapport/", acts.deposit, name="deposit"),
    path(f"{_HERE}a-la-main/", acts.by_hand, name="by-hand"),
    path(f"{_HERE}cles/", keys.list_keys, name="keys"),
    path(f"{_HERE}cles/<slug:fingerprint>/retirer/", keys.remove, name="remove-key"),
    path(f"{_HERE}<int:qualification_id>/", views.one, name="one"),
    path(f"{_HERE}<int:qualification_id>/retirer/", acts.withdraw, name="withdraw"),
    path(f"{_HERE}<int:qualification_id>/retablir/", acts.restore, name="restore"),
]
