"""The forms of the academic base."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from bascule.bea.board import Filters, Lines
from bascule.bea.models import Line
from bascule.web.components.filters import FiltersForm


class LinesForm(FiltersForm):
    """Which lines of an acknowledgement are looked for."""

    suite = forms.ChoiceField(label=_("Suite donnée"), required=False)
    motif = forms.ChoiceField(label=_("Motif"), required=False)
    division = forms.ChoiceField(label=_("Division"), required=False)
    q = forms.CharField(label=_("Nom"), required=False, max_length=100)

    def __init__(self, *args: Any, lines: Lines, with_outcome: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = dict(Line.Outcome.choices)
        self._offer("suite", ((code, gettext(str(words[code]))) for code in lines.outcomes))
        self._offer("motif", ((why.code, gettext(why.words)) for why, _count in lines.reasons))
        self._offer("division", ((one, one) for one in lines.divisions))
        if not with_outcome:
            del self.fields["suite"]

    def _offer(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", gettext("Toutes" if name == "division" else "Tous")), *choices]


def filters_of(asked: Any, page: int) -> Filters:
    """Read which lines are looked for.

    Args:
        asked (Any): the query of the URL.
        page (int): of the list.

    Returns:
        Filters: what is no word of it is left out.
    """
    outcome = asked.get("suite", "")
    return Filters(
        outcomes=(outcome,) if outcome in Line.Outcome else (),
        division=asked.get("division", "")[:8],
        reason=asked.get("motif", "")[:24],
        text=asked.get("q", "")[:100],
        has_number=asked.get("ine", "") == "1",
        page=page,
    )


class ResendForm(forms.Form):
    """The day whose pupils go up again."""

    jour = forms.DateField(
        label=_("Renvoyer les élèves présents à cette date, ou arrivés depuis"),
        help_text=_("Par exemple 01/01/2026."),
        error_messages={
            "required": _("Choisissez la date."),
            "invalid": _("Cette date n’existe pas."),
        },
    )
