"""Forms of the fleet."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from bascule.accounts.keys import register
from bascule.accounts.keys.seed import LARGEST_FILE
from bascule.accounts.models import Key
from bascule.accounts.profiles import AUTHORITY
from bascule.schools.models import School

#: What people type for a day.
DAYS = ["%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d", "%d%m%Y"]

Choices = list[tuple[str, Any]]


def place_choices(schools: Iterable[School], uais: Iterable[str]) -> Choices:
    """Name places, to choose from.

    Args:
        schools (Iterable[School]): the directory.
        uais (Iterable[str]): schools, and `AUTHORITY`.

    Returns:
        Choices: numbers and names.
    """
    names = {school.uai: f"{school.name} ({school.uai})" for school in schools}
    return [
        (uai, _("Rectorat") if uai == AUTHORITY else names[uai])
        for uai in uais
        if uai == AUTHORITY or uai in names
    ]


class InventoryForm(forms.Form):
    """What to look for among the keys."""

    q = forms.CharField(label=_("N° de série, nom ou identifiant"), required=False, max_length=100)
    etat = forms.ChoiceField(label=_("État"), required=False)
    nature = forms.ChoiceField(label=_("Nature"), required=False)
    etablissement = forms.ChoiceField(label=_("Établissement"), required=False)

    def __init__(self, *args: Any, schools: Iterable[School], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self)
        _offer(self, "etat", _("Tous"), _said(Key.State.choices))
        _offer(self, "nature", _("Toutes"), _said(Key.Kind.choices))
        known = list(schools)
        _offer(self, "etablissement", _("Tous"), place_choices(known, (one.uai for one in known)))


class RegisterForm(forms.Form):
    """What to look for in the register."""

    du = forms.DateField(label=_("Du"), required=False, input_formats=DAYS)
    au = forms.DateField(label=_("Au (inclus)"), required=False, input_formats=DAYS)
    q = forms.CharField(label=_("N° de série ou identifiant"), required=False, max_length=100)
    fait = forms.ChoiceField(label=_("Ce qui s’est passé"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self)
        _offer(self, "fait", _("Tout"), _said(register.kinds()))

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        cleaned = super().clean() or {}
        since: date | None = cleaned.get("du")
        until: date | None = cleaned.get("au")
        if since and until and until < since:
            self.add_error("au", _("La fin vient avant le début : corrigez l’une des deux dates."))
        return cleaned


class DeliveryForm(forms.Form):
    """The file that the maker of keys delivered."""

    file = forms.FileField(
        label=_("Fichier de clés"),
        help_text=_(
            "PSKC (XML) ou CSV : numéro de série ; graine ; compteur ; algorithme ; chiffres ; expiration."
        ),
    )
    passphrase = forms.CharField(
        label=_("Phrase secrète ou clé de transport"),
        required=False,
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Si le fichier est chiffré. Elle n’est pas conservée."),
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        """Refuse what is too heavy before it is read."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(
                _("Le fichier est trop lourd : partagez la livraison en plusieurs fichiers.")
            )
        return file


class HandOverForm(forms.Form):
    """To whom, and for which school."""

    person = forms.IntegerField(widget=forms.HiddenInput)
    place = forms.ChoiceField(label=_("Pour"))

    def __init__(self, *args: Any, places: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = places
        if places:
            field.initial = places[0][0]


class CertificateForm(HandOverForm):
    """Which certificate opens whose account, and until when."""

    subject = forms.CharField(
        label=_("Sujet du certificat"),
        max_length=250,
        help_text=_("Tel que le serveur frontal l’écrit. Exemple : CN=Claire Morel,OU=0990001N"),
    )
    expires_on = forms.DateField(
        label=_("Dernier jour de validité"), required=False, input_formats=DAYS
    )


class ActForm(forms.Form):
    """Why something is done with a key."""

    reason = forms.CharField(
        label=_("Précision pour le registre"),
        required=False,
        max_length=150,
        help_text=_("Sans nom de personne : le registre dit déjà qui et quand."),
    )


class ReserveForm(forms.Form):
    """Where a key of the stock is kept."""

    place = forms.ChoiceField(label=_("Réserve"), required=False)

    def __init__(self, *args: Any, schools: Iterable[School], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = list(schools)
        _offer(self, "place", _("Rectorat"), place_choices(known, (one.uai for one in known)))


def _dress(form: forms.Form) -> None:
    """Give the fields of a filter, which stand in a row, the looks of any other."""
    for field in form.fields.values():
        is_choice = isinstance(field, forms.ChoiceField)
        field.widget.attrs["class"] = "form-select" if is_choice else "form-control"


def _said(choices: Iterable[tuple[str, str]]) -> Choices:
    return [(code, _(words)) for code, words in choices]


def _offer(form: forms.Form, name: str, nothing: Any, choices: Iterable[tuple[Any, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
    field.choices = [("", nothing), *choices]
