"""The forms of the anomalies."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from bascule.exchange.anomalies.inbox import Filters, State, Tab
from bascule.web.components.filters import FiltersForm


class InboxForm(FiltersForm):
    """Which anomalies are looked for; the tab stands beside it."""

    regle = forms.ChoiceField(label=_("Règle"), required=False)
    division = forms.ChoiceField(label=_("Division"), required=False)
    etat = forms.ChoiceField(label=_("État"), required=False)
    q = forms.CharField(label=_("Nom"), required=False, max_length=100)

    def offer(self, rules: Sequence[tuple[str, str]], divisions: Sequence[str]) -> None:
        """Offer what there is.

        Args:
            rules (Sequence[tuple[str, str]]): codes and words.
            divisions (Sequence[str]): codes.
        """
        states = [(state.value, gettext(state.label)) for state in State]
        self._offer("regle", [("", gettext("Toutes")), *rules])
        self._offer("division", [("", gettext("Toutes")), *((one, one) for one in divisions)])
        self._offer("etat", states)

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        asked = self.data.get(name, "")
        if asked and asked not in {code for code, _words in choices}:
            choices.append((asked, asked))
        field.choices = choices


def filters_of(asked: Any, page: int = 1) -> Filters:
    """Read which anomalies are looked for.

    Args:
        asked (Any): the query, or a form that carries it on.
        page (int): of the list.

    Returns:
        Filters: what is no word of it is left out.
    """
    tab, state = asked.get("onglet", ""), asked.get("etat", "")
    return Filters(
        tab=Tab(tab) if tab in set(Tab) else Tab.BLOCKING,
        state=State(state) if state in set(State) else State.OPEN,
        code=asked.get("regle", "")[:24],
        division=asked.get("division", "")[:8],
        text=asked.get("q", "")[:100],
        page=page,
    )


class ChooseForm(forms.Form):
    """One value for many records: among the closest ones, or another."""

    valeur = forms.ChoiceField(label=_("Bonne valeur"), widget=forms.RadioSelect)
    autre = forms.CharField(
        label=_("Une autre valeur"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"list": "valeurs", "autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, label: str, offered: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not offered:
            del self.fields["valeur"]
            self.fields["autre"].label, self.fields["autre"].required = label, True
            return
        field = self.fields["valeur"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.label = label
        field.error_messages["required"] = gettext("Choisissez la bonne valeur.")
        field.choices = [
            (code, words if words == code else f"{words} – {code}") for code, words in offered
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for no tick of who typed another value."""
        cleaned = super().clean() or {}
        if self.text:
            self.errors.pop("valeur", None)
        return cleaned

    @property
    def text(self) -> str:
        """Return the value; what was typed comes before what was ticked."""
        found: str = self.cleaned_data.get("autre") or self.cleaned_data.get("valeur") or ""
        return found.strip()


class ExplainForm(forms.Form):
    """Why anomalies stay, and until when."""

    reason = forms.CharField(
        label=_("Pourquoi cette anomalie reste"),
        help_text=_("En une phrase : une dérogation, un document attendu, une erreur du logiciel."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    until = forms.DateField(
        label=_("Jusqu’au"),
        help_text=_("Après cette date, l’anomalie revient dans la liste. Exemple : 31/01/2027."),
        input_formats=["%d/%m/%Y", "%Y-%m-%d"],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
