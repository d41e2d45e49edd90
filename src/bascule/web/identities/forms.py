"""The forms of the national numbers."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from bascule.ine.queue import Filters
from bascule.ine.reasons import Reason
from bascule.ine.standing import Stand
from bascule.web.components.filters import FiltersForm

_WITHOUT = "sans"
#: How old a dispute is at least, in days.
_AGES = (("7", _("plus d’une semaine")), ("30", _("plus d’un mois")))
_REASONS = {
    Reason.LOOK_ALIKES: _("se ressemblent"),
    Reason.NUMBER_OF_ANOTHER: _("INE d’un autre état civil"),
    Reason.NUMBER_DIFFERS: _("INE différent de celui que l’on connaît"),
    Reason.NUMBERS_OF_TWO: _("INE de deux élèves"),
    Reason.SAME_SCHOOL: _("deux fiches de l’établissement"),
    Reason.CHANGED: _("état civil très changé"),
    Reason.NATIONAL_DISPUTE: _("le service national hésite"),
    Reason.NATIONAL_OF_ANOTHER: _("le service national donne l’INE d’un autre"),
}
_TURNS = (("second", _("attend un second agent")), ("transmis", _("laissé par un agent")))


class PupilsForm(FiltersForm):
    """Which pupils of a school are looked for."""

    etat = forms.ChoiceField(label=_("INE"), required=False)
    division = forms.ChoiceField(label=_("Division"), required=False)
    q = forms.CharField(label=_("Nom"), required=False, max_length=100)

    def __init__(self, *args: Any, divisions: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (
            (
                "etat",
                [
                    (_WITHOUT, gettext("sans INE")),
                    ("tous", gettext("tous les élèves")),
                    *((one.value, gettext(one.label)) for one in Stand),
                ],
            ),
            ("division", [("", gettext("Toutes")), *((one, one) for one in divisions)]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = choices


class QueueForm(FiltersForm):
    """Which disputes are looked for."""

    motif = forms.ChoiceField(
        label=_("Motif"),
        required=False,
        choices=[("", _("Tous")), *((code.value, words) for code, words in _REASONS.items())],
    )
    age = forms.ChoiceField(
        label=_("Depuis"), required=False, choices=[("", _("Toujours")), *_AGES]
    )
    tour = forms.ChoiceField(
        label=_("Où il en est"), required=False, choices=[("", _("Tous")), *_TURNS]
    )
    uai = forms.CharField(label=_("Établissement (UAI)"), required=False, max_length=8)
    q = forms.CharField(label=_("Nom"), required=False, max_length=100)


def filters_of(asked: Any) -> Filters:
    """Read which disputes are looked for.

    Args:
        asked (Any): the query of the URL.

    Returns:
        Filters: what is no word of it is left out.
    """
    reason, turn, age = (asked.get(name, "") for name in ("motif", "tour", "age"))
    return Filters(
        uai=asked.get("uai", "").strip().upper()[:8],
        reason=Reason(reason) if reason in set(Reason) else None,
        is_handed=True if turn == "transmis" else None,
        awaits_second=True if turn == "second" else None,
        days=int(age) if age in dict(_AGES) else None,
        name=asked.get("q", "")[:100],
    )


class WhyForm(forms.Form):
    """What shows that an answer is right; kept with it."""

    why = forms.CharField(
        label=_("Ce qui vous fait répondre ainsi"),
        help_text=_("Gardé avec votre réponse : l’agent qui la relira doit comprendre."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Dites en quelques mots ce qui vous fait répondre ainsi.")},
    )


class AnswerForm(WhyForm):
    """An answer, by the button that was pressed."""

    reponse = forms.CharField(
        max_length=20,
        widget=forms.HiddenInput,
        error_messages={"required": _("Choisissez l’une des réponses.")},
    )


class SecondForm(WhyForm):
    """What a second agent says; needed to refuse."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        why = self.fields["why"]
        why.label, why.help_text = _("Si vous refusez, pourquoi"), ""
        why.error_messages["required"] = _("Dites en quelques mots pourquoi vous refusez.")


class ActForm(WhyForm):
    """Why something is done to an identity."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        why = self.fields["why"]
        why.label = _("Pourquoi")
        why.help_text = _("Gardé avec la décision : l’agent qui la relira doit comprendre.")
        why.error_messages["required"] = _("Dites en quelques mots pourquoi.")
