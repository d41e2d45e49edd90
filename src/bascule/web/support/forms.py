"""What an agent asks a school."""

from django import forms
from django.utils.translation import gettext_lazy

from bascule.accounts.support import (
    LONGEST,
    SHORTEST,
    NoReasonError,
    WrongMinutesError,
)
from bascule.errors import RefusedError
from bascule.schools.directory import UnknownSchoolError

#: Which field a refusal is about.
_FIELDS: dict[type[RefusedError], str] = {
    NoReasonError: "reason",
    UnknownSchoolError: "uai",
    WrongMinutesError: "minutes",
}


class AskForm(forms.Form):
    """Which school, why, for how long."""

    uai = forms.CharField(
        label=gettext_lazy("Numéro de l’établissement (UAI)"),
        max_length=12,
        help_text=gettext_lazy("Par exemple 0771234A"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        max_length=200,
        help_text=gettext_lazy("L’établissement lira cette phrase. N’y nommez aucun élève."),
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Pour combien de minutes"),
        min_value=SHORTEST,
        max_value=LONGEST,
        initial=30,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def refuse(self, refusal: RefusedError) -> None:
        """Show a refusal beside the field that it is about.

        Args:
            refusal (RefusedError): the refusal.
        """
        self.add_error(_FIELDS.get(type(refusal)), refusal.sentence)
