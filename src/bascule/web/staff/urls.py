"""URLs of the people of a school."""

from django.urls import path

from bascule.web.staff import keys

app_name = "staff"
urlpatterns = [
    path("e/<str:uai>/personnel/<int:person>/cle/", keys.replace_key, name="replace-key"),
    path("e/<str:uai>/personnel/<int:person>/cle/code/", keys.key_replaced, name="key-replaced"),
    path("e/<str:uai>/personnel/<int:person>/cle/bordereau.pdf", keys.key_slip, name="key-slip"),
    path("e/<str:uai>/personnel/<int:person>/cle/code.pdf", keys.key_code, name="key-code"),
]
