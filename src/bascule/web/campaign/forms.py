"""Forms of campaigns."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from bascule.campaign.board import Board, Filters, Order
from bascule.campaign.letters import LONGEST_BODY, LONGEST_SUBJECT
from bascule.campaign.states import State
from bascule.campaign.steering import LEFT_DAYS
from bascule.web.components.filters import FiltersForm, page_asked

#: Digits of a number of ours.
_DIGITS = 16
_STATES = {one.value: one for one in State}
_ORDERS = {one.value: one for one in Order}


class BoardForm(FiltersForm):
    """Which schools of a campaign are looked at."""

    departement = forms.ChoiceField(label=_("Département"), required=False)
    type = forms.ChoiceField(label=_("Type"), required=False)
    logiciel = forms.ChoiceField(label=_("Logiciel"), required=False)
    conseiller = forms.ChoiceField(label=_("Conseiller"), required=False)
    etape = forms.ChoiceField(label=_("Étape"), required=False)
    etat = forms.ChoiceField(label=_("État"), required=False)
    retard = forms.ChoiceField(label=_("Retard"), required=False)
    relance = forms.ChoiceField(label=_("Relance"), required=False)
    q = forms.CharField(label=_("Nom ou n° UAI"), required=False, max_length=100)
    tri = forms.ChoiceField(label=_("Ordre"), required=False)

    def __init__(self, *args: Any, board: Board, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = board.choices
        everything = gettext("Tous")
        self._offer(
            "departement", everything, ((one, one.removeprefix("0")) for one in choices.departments)
        )
        self._offer("type", everything, ((one, gettext(words)) for one, words in choices.kinds))
        self._offer("logiciel", everything, ((one, one) for one in choices.software))
        self._offer("conseiller", everything, ((str(one), name) for one, name in choices.advisers))
        self._offer(
            "etape",
            gettext("Toutes"),
            ((step.code, gettext(step.label)) for step in board.campaign.steps),
        )
        self._offer("etat", everything, ((one.value, gettext(one.label)) for one in State))
        self._offer("retard", everything, [("1", gettext("en retard"))])
        left = gettext("aucune depuis %(days)s jours") % {"days": LEFT_DAYS}
        self._offer("relance", gettext("Toutes"), [("0", left)])
        order = self.fields["tri"]
        assert isinstance(order, forms.ChoiceField)  # noqa: S101 - declared above
        order.choices = [(one.value, gettext(one.label)) for one in Order]

    def _offer(self, name: str, nothing: str, choices: Iterable[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", nothing), *choices]


def filters_of(asked: Mapping[str, str]) -> Filters:
    """Read which schools are looked at.

    Args:
        asked (Mapping[str, str]): the query of the URL.

    Returns:
        Filters: what is no word of it is left out.
    """
    state, order = asked.get("etat", ""), asked.get("tri", "")
    adviser = asked.get("conseiller", "")
    return Filters(
        department=asked.get("departement", "")[:3],
        kind=asked.get("type", "")[:8],
        software=asked.get("logiciel", "")[:10],
        adviser=int(adviser) if adviser.isdecimal() and len(adviser) < _DIGITS else None,
        text=asked.get("q", "")[:100],
        step=asked.get("etape", "")[:16],
        state=_STATES.get(state),
        is_late=asked.get("retard", "") == "1",
        is_silent=asked.get("relance", "") == "0",
        order=_ORDERS.get(order, Order.LATE),
        page=page_asked(asked),
    )


class LetterForm(forms.Form):
    """What schools are written to, with fields that are filled in for each."""

    subject = forms.CharField(label=_("Objet"), max_length=LONGEST_SUBJECT)
    body = forms.CharField(
        label=_("Texte"), max_length=LONGEST_BODY, widget=forms.Textarea(attrs={"rows": 12})
    )
    keeps = forms.BooleanField(
        label=_("Garder ce texte pour les prochaines relances de cette campagne"), required=False
    )


class AdviserForm(forms.Form):
    """Who advises a school."""

    person = forms.ChoiceField(label=_("Conseiller de l’établissement"), required=False)

    def __init__(self, *args: Any, people: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [
            ("", gettext("Personne")),
            *((str(person), name) for person, name in people.items()),
        ]
