"""A form that shows every kind of field; nobody sends it."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Specimen(forms.Form):
    """One field of each kind."""

    login = forms.CharField(
        label=_("Identifiant"), help_text=_("Il est écrit sur votre lettre d’activation.")
    )
    email = forms.EmailField(label=_("Adresse électronique"), required=False)
    day = forms.DateField(label=_("Date de naissance"), help_text=_("Par exemple 01/09/2014."))
    division = forms.ChoiceField(
        label=_("Division"), choices=[("", "–"), ("6A", "6e A"), ("6B", "6e B")]
    )
    boarding = forms.ChoiceField(
        label=_("Régime"),
        widget=forms.RadioSelect,
        choices=[
            ("0", _("Externe")),
            ("2", _("Demi-pensionnaire dans l’établissement")),
            ("3", _("Interne dans l’établissement")),
        ],
    )
    options = forms.MultipleChoiceField(
        label=_("Options"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[
            ("1", _("Langues et cultures de l’Antiquité : latin")),
            ("2", _("Section européenne")),
        ],
    )
    reason = forms.CharField(label=_("Motif"), widget=forms.Textarea(attrs={"rows": 3}))
    file = forms.FileField(label=_("Fichier"), help_text=_("XML ou ZIP, 20 Mo au plus."))
    is_sure = forms.BooleanField(label=_("J’ai vérifié la liste des élèves qui sortent"))


#: What makes each field of the form wrong.
WRONG: dict[str, Any] = {
    "login": "",
    "email": "claire.morel",
    "day": "31/02/2014",
    "division": "9Z",
    "reason": "",
}

#: Labels longer than one would wish; they must still fit.
LONG: Promise = _(
    "Lycée professionnel privé sous contrat d’association Notre-Dame-de-la-Bonne-Délivrance-et-Saint-Joseph"
)
