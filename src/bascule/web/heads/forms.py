"""Forms of the accounts of heads."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from bascule.accounts.heads_csv import LARGEST_FILE
from bascule.schools.models import School
from bascule.web.staff.forms import DAYS, NamesForm


class TableForm(forms.Form):
    """The table of heads."""

    file = forms.FileField(
        label=_("Fichier des chefs d’établissement"),
        help_text=_("CSV : UAI ; nom ; prénom ; courriel ; et si besoin début ; fin."),
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        """Refuse what is too heavy before it is read."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(_("Le fichier est trop lourd pour une liste de chefs."))
        return file


class ConfirmForm(forms.Form):
    """The table that was shown, and what it did then."""

    lines = forms.CharField(widget=forms.HiddenInput, strip=False)
    digest = forms.CharField(widget=forms.HiddenInput)


class HeadForm(NamesForm):
    """One head, by hand."""

    uai = forms.ChoiceField(label=_("Établissement"))
    starts_on = forms.DateField(
        label=_("À partir du"), input_formats=DAYS, help_text=_("Par exemple 01/09/2026.")
    )
    ends_on = forms.DateField(
        label=_("Jusqu’au"),
        required=False,
        input_formats=DAYS,
        help_text=_("Ce jour compris. Vide : sans date de fin."),
    )

    field_order = ("uai", "family_name", "first_name", "email", "starts_on", "ends_on")

    def __init__(self, *args: Any, schools: Iterable[School], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["uai"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", "—"), *((one.uai, f"{one.name} ({one.uai})") for one in schools)]
        self.fields["starts_on"].initial = today
        self.fields["email"].help_text = _(
            "Il distingue les homonymes. Le code d’activation, lui, ne passe que par la lettre."
        )


class EndForm(forms.Form):
    """Another last day."""

    ends_on = forms.DateField(
        label=_("Jusqu’au"),
        required=False,
        input_formats=DAYS,
        help_text=_("Ce jour compris. Vide : sans date de fin."),
    )
