"""Forms of tokens."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from bascule.accounts.scopes import Scope
from bascule.accounts.tokens import LONGEST, NoScopeError, UnusableNameError, WrongEndError
from bascule.errors import RefusedError

_DAYS = ["%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d", "%d%m%Y"]

#: Which field a refusal is about.
_FIELDS: dict[type[RefusedError], str] = {
    UnusableNameError: "name",
    NoScopeError: "scopes",
    WrongEndError: "expires_on",
}


class EndForm(forms.Form):
    """Until when a token is good."""

    expires_on = forms.DateField(label=gettext_lazy("Dernier jour"), input_formats=_DAYS)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        latest = today + LONGEST
        self.fields["expires_on"].help_text = _("Au plus tard le %s.") % f"{latest:%d/%m/%Y}"

    def refuse(self, refusal: RefusedError) -> None:
        """Show a refusal beside the field that it is about.

        Args:
            refusal (RefusedError): the refusal.
        """
        self.add_error(_FIELDS.get(type(refusal)), refusal.sentence)


class TokenForm(EndForm):
    """What a token is called, what it is good for, until when."""

    name = forms.CharField(
        label=gettext_lazy("Nom"),
        max_length=60,
        help_text=gettext_lazy("Celui du logiciel, par exemple. Il signe ce que le logiciel fait."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Il permet de"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choisissez au moins une chose que le logiciel pourra faire.")
        },
    )

    field_order = ("name", "scopes", "expires_on")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, today=today, **kwargs)
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = [(code, _(label)) for code, label in Scope.choices()]
