"""Forms of the schools of the authority."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from bascule.exchange import switch_off
from bascule.web.components.filters import FiltersForm


class SchoolsForm(FiltersForm):
    """Which schools are looked for."""

    departement = forms.ChoiceField(label=_("Département"), required=False)
    q = forms.CharField(label=_("Nom ou n° UAI"), required=False, max_length=100)

    def __init__(self, *args: Any, departments: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["departement"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [
            ("", gettext("Tous")),
            *((one, one.removeprefix("0")) for one in departments),
        ]


class StageForm(FiltersForm):
    """Which schools are looked for, by how far they are from stopping GEP."""

    etat = forms.ChoiceField(
        label=_("État"),
        required=False,
        choices=[
            ("", _("Tous")),
            (switch_off.Stage.STOPPED, _("Arrêté")),
            (switch_off.Stage.TO_SIGN, _("À signer")),
            (switch_off.Stage.AWAITED, _("Import attendu")),
            (switch_off.Stage.NOTHING, _("Rien n’est repris")),
        ],
    )
