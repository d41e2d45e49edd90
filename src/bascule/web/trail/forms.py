"""What one looks for in the journal."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from bascule.accounts.people import display
from bascule.accounts.visitors import Visitors
from bascule.journal.kinds import ACCESSES, ACTS
from bascule.schools.models import School
from bascule.web.trail import words

#: What people type for a day.
_DAYS = ["%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d", "%d%m%Y"]
#: Kinds of lines that are about no school.
_OF_NOBODY = ("account.", "activation.", "key.", "password.", "signin.", "trail.")
#: A number of ours has ten digits at most.
_NUMBER = r"^\d{1,10}$"
#: What is searched when nobody says: a month.
USUAL = timedelta(days=30)


class PeriodForm(forms.Form):
    """Days, the last one included."""

    du = forms.DateField(label=gettext_lazy("Du"), required=False, input_formats=_DAYS)
    au = forms.DateField(label=gettext_lazy("Au (inclus)"), required=False, input_formats=_DAYS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            is_choice = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = "form-select" if is_choice else "form-control"

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        cleaned = super().clean() or {}
        since: date | None = cleaned.get("du")
        until: date | None = cleaned.get("au")
        if since and until and until < since:
            self.add_error("au", _("La fin vient avant le début : corrigez l’une des deux dates."))
        return cleaned

    def period(self) -> tuple[datetime | None, datetime | None]:
        """Give the period as instants; the end is not included.

        Returns:
            tuple[datetime | None, datetime | None]: from, and before.
        """
        since, until = self.cleaned_data.get("du"), self.cleaned_data.get("au")
        return (
            _midnight(since) if since else None,
            _midnight(until + timedelta(days=1)) if until else None,
        )

    def offer(self, name: str, nothing: str, choices: Iterable[tuple[str, str]]) -> None:
        """Give a field its choices, the first of which restricts nothing.

        Args:
            name (str): the field.
            nothing (str): words of the first.
            choices (Iterable[tuple[str, str]]): codes and words.
        """
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared as one
        field.choices = [("", nothing), *choices]


class SchoolTrailForm(PeriodForm):
    """What a school looks for: who, which pupil, what, when."""

    qui = forms.ChoiceField(label=gettext_lazy("Qui"), required=False)
    eleve = forms.RegexField(_NUMBER, label=gettext_lazy("N° de l’élève"), required=False)
    quoi = forms.ChoiceField(label=gettext_lazy("Quoi"), required=False)

    field_order = ("qui", "eleve", "quoi", "du", "au")

    def __init__(self, *args: Any, visitors: Visitors, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(f"p{one.pk}", f"{display(one)} ({one.login})") for one in visitors.people]
        tokens = [(f"t{one.pk}", _("Logiciel : %s") % one.name) for one in visitors.tokens]
        asked = self.data.get("qui", "")
        if asked[:1] == "p" and asked[1:].isdecimal() and asked not in dict(people):
            # Whom a line of the list leads to: an agent of the rectorat, who has no right here.
            people.append((asked, _("La personne choisie")))
        self.offer("qui", _("Tous"), [*people, *tokens])
        kinds = [code for code in ACCESSES if not code.startswith(_OF_NOBODY)]
        self.offer("quoi", _("Tout"), _named(kinds))


class SearchForm(PeriodForm):
    """What the data protection officer looks for."""

    genre = forms.ChoiceField(
        label=gettext_lazy("Chercher"),
        choices=[("acces", gettext_lazy("des accès")), ("actes", gettext_lazy("des actes"))],
        required=False,
    )
    qui = forms.CharField(
        label=gettext_lazy("Nom, identifiant ou jeton"), required=False, max_length=100
    )
    eleve = forms.RegexField(_NUMBER, label=gettext_lazy("N° de l’élève"), required=False)
    etablissement = forms.ChoiceField(label=gettext_lazy("Établissement"), required=False)
    quoi = forms.ChoiceField(label=gettext_lazy("Quoi"), required=False)

    field_order = ("genre", "qui", "eleve", "etablissement", "quoi", "du", "au")

    def __init__(self, *args: Any, schools: Iterable[School], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(
            "etablissement", _("Tous"), [(one.uai, f"{one.name} ({one.uai})") for one in schools]
        )
        self.offer("quoi", _("Tout"), _named(sorted({*ACCESSES, *ACTS})))

    def clean(self) -> dict[str, Any]:
        """Ask for a period: without one, a search would read the whole journal."""
        cleaned = super().clean()
        if not cleaned.get("du") and "du" not in self.errors:
            self.add_error("du", _("Donnez le premier jour de la recherche."))
        return cleaned

    @property
    def is_of_acts(self) -> bool:
        """Tell whether acts are looked for."""
        return self.cleaned_data.get("genre") == "actes"


def _named(kinds: Iterable[str]) -> list[tuple[str, str]]:
    return sorted(((code, words.kind(code)) for code in kinds), key=lambda pair: pair[1])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())
