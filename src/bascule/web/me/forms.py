"""Forms of what is one's own."""

from django import forms
from django.utils.translation import gettext_lazy as _

from bascule.web.signin.forms import NewPasswordForm, password_field


class ProofForm(forms.Form):
    """The password once more."""

    password = password_field(_("Votre mot de passe"), autocomplete="current-password")


class ChangePasswordForm(NewPasswordForm):
    """The password of now, then the one to come."""

    current_password = password_field(_("Mot de passe actuel"), autocomplete="current-password")

    field_order = ("current_password", "password", "password_again")
