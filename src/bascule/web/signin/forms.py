"""Forms of the sign-in. Fields that hold a secret are never shown again after an error."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bascule.accounts import guessable

#: A text, or one that is translated when it is shown.
_Text = Any
#: What a code is typed with: digits, on a telephone too, and filled in by the browser if it can.
_CODE = {"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}
_SLIP = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}


class _Forgetful(forms.TextInput):
    """Show what is typed, and not again after an error: a code is good once."""

    def format_value(self, value: object) -> None:
        """Write nothing.

        Args:
            value (object): what was typed.
        """
        del value


def login_field() -> forms.CharField:
    """Make the field of a login.

    Returns:
        forms.CharField: the field.
    """
    return forms.CharField(
        label=_("Identifiant"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


def password_field(label: _Text, *, autocomplete: str, help_text: _Text = "") -> forms.CharField:
    """Make the field of a password.

    Args:
        label (_Text): French.
        autocomplete (str): `current-password` or `new-password`.
        help_text (_Text): French.

    Returns:
        forms.CharField: the field; blanks around a password are part of it.
    """
    return forms.CharField(
        label=label,
        strip=False,
        max_length=4 * guessable.LONGEST,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


def code_field(label: _Text, *, help_text: _Text = "", required: bool = True) -> forms.CharField:
    """Make the field of a code.

    Args:
        label (_Text): French.
        help_text (_Text): French.
        required (bool): whether there must be one.

    Returns:
        forms.CharField: the field.
    """
    return forms.CharField(
        label=label,
        max_length=40,
        required=required,
        help_text=help_text,
        widget=_Forgetful(attrs=_CODE),
    )


def slip_field() -> forms.CharField:
    """Make the field of the activation code of a key.

    Returns:
        forms.CharField: the field.
    """
    return forms.CharField(
        label=_("Code d’activation de la clé"),
        max_length=40,
        help_text=_("Il est sur la feuille remise à part de la clé."),
        widget=_Forgetful(attrs=_SLIP),
    )


class PasswordForm(forms.Form):
    """Login and password."""

    login = login_field()
    password = password_field(_("Mot de passe"), autocomplete="current-password")


class CodeForm(forms.Form):
    """One code, of whatever key."""

    code = code_field(_("Code de votre clé"))


class TwoCodesForm(forms.Form):
    """Two codes in a row."""

    first_code = code_field(_("Premier code"))
    second_code = code_field(
        _("Code suivant"), help_text=_("Appuyez de nouveau sur la clé pour l’obtenir.")
    )


class SlipForm(forms.Form):
    """The code of the slip, and what the key shows."""

    slip_code = slip_field()
    first_code = code_field(_("Code affiché par la clé"))
    second_code = code_field(
        _("Code suivant"),
        help_text=_("Il est nécessaire si la clé a déjà servi, ou si le premier code est refusé."),
        required=False,
    )


class LockedForm(forms.Form):
    """All three at once: while the account is locked."""

    login = login_field()
    password = password_field(_("Mot de passe"), autocomplete="current-password")
    code = code_field(
        _("Code sur papier"), help_text=_("Douze chiffres de votre feuille de codes.")
    )


class LetterForm(forms.Form):
    """Login and code of a letter."""

    login = login_field()
    letter_code = forms.CharField(
        label=_("Code d’activation"),
        max_length=60,
        help_text=_("Vingt lettres et chiffres, avec ou sans tirets."),
        widget=_Forgetful(attrs=_SLIP),
    )


class NewPasswordForm(forms.Form):
    """A password to come, typed twice."""

    password = password_field(
        _("Nouveau mot de passe"),
        autocomplete="new-password",
        help_text=_(
            "Douze caractères au moins. Le plus sûr et le plus simple : quelques mots sans lien entre eux."
        ),
    )
    # Named so that it is not kept when a session ends before it is sent.
    password_again = password_field(_("Le même, une seconde fois"), autocomplete="new-password")

    def clean_password_again(self) -> str:
        """Refuse two passwords that differ.

        Returns:
            str: the second.
        """
        given: str = self.cleaned_data["password_again"]
        if "password" in self.cleaned_data and given != self.cleaned_data["password"]:
            raise forms.ValidationError(
                _("Les deux mots de passe sont différents : saisissez-les à nouveau.")
            )
        return given


class ApplicationForm(forms.Form):
    """What an authentication application shows, and what it is called."""

    code = code_field(
        _("Code affiché par l’application"),
        help_text=_("Six chiffres, qui changent toutes les 30 secondes."),
    )
    label = forms.CharField(
        label=_("Nom de cette clé"),
        max_length=60,
        required=False,
        help_text=_("Pour la reconnaître dans votre liste, par exemple « Téléphone »."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PasskeyForm(forms.Form):
    """What a browser answered about a passkey, and what it is called."""

    answer = forms.CharField(widget=forms.HiddenInput, max_length=65536)
    label = forms.CharField(
        label=_("Nom de cette clé"),
        max_length=60,
        required=False,
        help_text=_("Pour la reconnaître dans votre liste, par exemple « Ordinateur du bureau »."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class LostForm(forms.Form):
    """Which key is lost."""

    key = forms.TypedChoiceField(
        label=_("Quelle clé avez-vous perdue ?"), coerce=int, widget=forms.RadioSelect
    )

    def __init__(self, data: object, *, choices: list[tuple[int, str]]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["key"].choices = choices  # type: ignore[attr-defined]
