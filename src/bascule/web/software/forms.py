"""Forms of the register."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from bascule.qualification.register import LONGEST_EDITOR, LONGEST_REASON
from bascule.qualification.standing import State
from bascule.schools.software import LONGEST_VERSION
from bascule.web.components.filters import FiltersForm
from bascule.web.staff.forms import DAYS

#: What a report weighs at most, in megabytes.
_MOST: Final = 4
_DAY_ERRORS = {"required": _("Donnez une date."), "invalid": _("Cette date n’existe pas.")}


class PeriodForm(forms.Form):
    """From when to when a software is qualified."""

    starts_on = forms.DateField(
        label=_("Qualifié à partir du"), input_formats=DAYS, error_messages=_DAY_ERRORS
    )
    ends_on = forms.DateField(
        label=_("Jusqu’au"),
        required=False,
        input_formats=DAYS,
        help_text=_("Dernier jour. Rien : sans fin."),
        error_messages=_DAY_ERRORS,
    )


class DepositForm(PeriodForm):
    """A signed report."""

    report = forms.FileField(
        label=_("Rapport de conformité"),
        help_text=_("Le fichier que le kit a écrit, tel que l’éditeur l’a envoyé."),
        error_messages={"required": _("Choisissez le rapport.")},
    )
    reason = forms.CharField(
        label=_("Raison d’une dérogation"),
        required=False,
        max_length=LONGEST_REASON,
        help_text=_(
            "Seulement si des scénarios ne sont pas réussis : pourquoi qualifier malgré cela."
        ),
    )
    field_order = ("report", "starts_on", "ends_on", "reason")

    def clean_report(self) -> Any:
        """Refuse what no report weighs, before it is read."""
        file = self.cleaned_data["report"]
        if (file.size or 0) > _MOST * 1024**2:
            raise forms.ValidationError(
                _("Ce fichier est trop lourd pour un rapport : %(most)s Mo au plus."),
                params={"most": _MOST},
            )
        return file


class ByHandForm(PeriodForm):
    """A software known before there were reports."""

    editor = forms.CharField(
        label=_("Éditeur"),
        max_length=LONGEST_EDITOR,
        error_messages={"required": _("Donnez l’éditeur.")},
    )
    software = forms.CharField(
        label=_("Logiciel"),
        max_length=10,
        help_text=_("Tel que ses fichiers le nomment : la liste des logiciels utilisés le montre."),
        error_messages={"required": _("Donnez le logiciel.")},
    )
    version = forms.CharField(
        label=_("Version"),
        required=False,
        max_length=LONGEST_VERSION,
        help_text=_("4.2 vaut aussi pour 4.2.1. Rien : toutes les versions."),
    )
    reason = forms.CharField(
        label=_("Raison"),
        max_length=LONGEST_REASON,
        error_messages={"required": _("Dites pourquoi sans rapport.")},
    )
    field_order = ("editor", "software", "version", "starts_on", "ends_on", "reason")


class WithdrawForm(forms.Form):
    """Why a qualification is withdrawn."""

    why = forms.CharField(
        label=_("Raison"),
        max_length=LONGEST_REASON,
        help_text=_("Les établissements qui utilisent cette version la liront."),
        error_messages={"required": _("Dites pourquoi.")},
    )


class KeyForm(forms.Form):
    """A key to be trusted."""

    fingerprint = forms.CharField(
        label=_("Empreinte de la clé"),
        max_length=200,
        help_text=_(
            "64 chiffres et lettres. Demandez-la de vive voix, ou par un autre chemin que le rapport."
        ),
        error_messages={"required": _("Donnez l’empreinte.")},
    )
    holder = forms.CharField(
        label=_("Qui la détient"),
        max_length=LONGEST_EDITOR,
        error_messages={"required": _("Dites qui la détient.")},
    )


class RegisterForm(FiltersForm):
    """Which lines are looked for."""

    etat = forms.ChoiceField(label=_("État"), required=False)
    q = forms.CharField(label=_("Logiciel ou éditeur"), required=False, max_length=100)

    def __init__(self, *args: Any, states: Sequence[State], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["etat"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [
            ("", gettext("Tous")),
            *((one.value, gettext(one.label)) for one in states),
        ]
