"""Forms of divisions and groups."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bascule.errors import RefusedError
from bascule.schools.structures import (
    LONGEST_CODE,
    LONGEST_LABEL,
    MOST_PLANNED,
    StructureTyped,
    UnusableStructureError,
)

_YES, _NO = "oui", "non"


class SconetForm(forms.Form):
    """The parameter of the school."""

    uses_sconet = forms.ChoiceField(
        label=_("Utilisez-vous Sconet ?"),
        choices=[(_YES, _("Oui")), (_NO, _("Non"))],
        widget=forms.RadioSelect,
        help_text=_("Répondez oui : les échanges avec votre logiciel en dépendent."),
    )

    @staticmethod
    def said(answer: bool | None) -> str:  # noqa: FBT001 - an answer, perhaps none
        """Give an answer as the form has it.

        Args:
            answer (bool | None): the answer so far.

        Returns:
            str: blank for none.
        """
        return "" if answer is None else _YES if answer else _NO

    def answer(self) -> bool:
        """Give what was answered.

        Returns:
            bool: True for yes.
        """
        return bool(self.cleaned_data["uses_sconet"] == _YES)


class StructureForm(forms.Form):
    """What divisions and groups have in common."""

    code = forms.CharField(
        label=_("Code"),
        max_length=LONGEST_CODE,
        help_text=_("8 caractères au plus, comme dans votre logiciel : 6 A, 604, 6LV1."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    label = forms.CharField(label=_("Libellé"), max_length=LONGEST_LABEL, required=False)

    def typed(self) -> StructureTyped:
        """Give what was typed.

        Returns:
            StructureTyped: for the verb.
        """
        return StructureTyped(**self.cleaned_data)

    def refuse(self, refusal: RefusedError) -> None:
        """Show a refusal beside the field that it is about.

        Args:
            refusal (RefusedError): what the verb says.
        """
        beside = refusal.field if isinstance(refusal, UnusableStructureError) else None
        self.add_error(beside if beside in self.fields else None, refusal.sentence)


class DivisionForm(StructureForm):
    """A division and the MEF it leads to."""

    mefs = forms.MultipleChoiceField(
        label=_("MEF"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Un ou plusieurs, parmi ceux que l’établissement a retenus."),
    )
    planned_count = forms.IntegerField(
        label=_("Effectif prévu"), required=False, min_value=0, max_value=MOST_PLANNED
    )

    def __init__(self, *args: Any, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["mefs"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = offered


class GroupForm(StructureForm):
    """A group and the divisions it draws from."""

    divisions = forms.MultipleChoiceField(
        label=_("Divisions"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Celles dont viennent ses élèves."),
        error_messages={"required": _("Choisissez au moins une division.")},
    )

    def __init__(self, *args: Any, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["divisions"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = offered
