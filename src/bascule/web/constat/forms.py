"""Forms of the constat."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from bascule.constat.check import Apart
from bascule.constat.sign import LONGEST, LONGEST_REASON
from bascule.constat.standing import State
from bascule.web.components.filters import FiltersForm
from bascule.web.signin.forms import code_field
from bascule.web.staff.forms import DAYS

_DAY_ERRORS = {
    "required": _("Donnez une date."),
    "invalid": _("Cette date n’existe pas."),
}


class SignForm(forms.Form):
    """The signature: a reason for each record that is kept back, a word of honour, a code of the key."""

    signs = forms.BooleanField(
        label=_("Je certifie ces effectifs exacts au jour d’observation"),
        help_text=_("Seul le rectorat peut ensuite rouvrir le constat."),
        error_messages={"required": _("Cochez cette case pour signer.")},
    )
    code = code_field(
        _("Code de votre clé"),
        help_text=_("Celui qu’elle affiche maintenant, ou un code de votre feuille."),
    )

    def __init__(self, *args: Any, to_explain: Sequence[Apart], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].error_messages["required"] = gettext("Donnez le code de votre clé.")
        for one in to_explain:
            reasons = ", ".join(gettext(why.words) for why in one.reasons)
            self.fields[f"raison-{one.pupil_id}"] = forms.CharField(
                label=f"{one.name} ({one.division or '–'}) – {reasons}",
                max_length=LONGEST,
                help_text=_("Pourquoi ce dossier peut rester bloqué."),
                error_messages={"required": _("Dites pourquoi, ou corrigez le dossier.")},
            )
        self.order_fields([*(n for n in self.fields if n.startswith("raison-")), "signs", "code"])

    def explanations(self) -> dict[int, str]:
        """Give the explanations.

        Returns:
            dict[int, str]: by number of the record.
        """
        return {
            int(name.removeprefix("raison-")): text
            for name, text in self.cleaned_data.items()
            if name.startswith("raison-")
        }


class OpenForm(forms.Form):
    """The days of a constat."""

    observed_on = forms.DateField(
        label=_("Jour d’observation"),
        input_formats=DAYS,
        help_text=_("Les élèves présents ce jour-là sont comptés."),
        error_messages=_DAY_ERRORS,
    )
    opens_on = forms.DateField(
        label=_("Signatures à partir du"), input_formats=DAYS, error_messages=_DAY_ERRORS
    )
    closes_on = forms.DateField(
        label=_("Jusqu’au"),
        input_formats=DAYS,
        help_text=_("Ensuite, qui n’a pas signé est en retard."),
        error_messages=_DAY_ERRORS,
    )


class DaysForm(OpenForm):
    """Other days; once somebody signed, the last one alone."""

    def __init__(self, *args: Any, is_signed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_signed:
            del self.fields["observed_on"], self.fields["opens_on"]


class ReopenForm(forms.Form):
    """Why a school is to sign again."""

    why = forms.CharField(
        label=_("Raison"),
        max_length=LONGEST_REASON,
        help_text=_("L’établissement la lira."),
        error_messages={"required": _("Dites pourquoi.")},
    )
    until = forms.DateField(
        label=_("À signer jusqu’au"), required=False, input_formats=DAYS, error_messages=_DAY_ERRORS
    )


class SchoolsForm(FiltersForm):
    """Which schools are looked for."""

    etat = forms.ChoiceField(label=_("État"), required=False)
    departement = forms.ChoiceField(label=_("Département"), required=False)
    q = forms.CharField(label=_("Nom ou n° UAI"), required=False, max_length=100)

    def __init__(self, *args: Any, departments: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(one.value, gettext(one.label)) for one in State]
        for name, offered in (
            ("etat", [("retard", gettext("en retard")), *states]),
            ("departement", list(departments)),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = [("", gettext("Tous")), *offered]
