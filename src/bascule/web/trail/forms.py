"""What one looks for in the journal."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from bascule.accounts.visitors import Visitors, names_by_login
from bascule.journal.kinds import ACCESSES, ACTS
from bascule.schools.models import School
from bascule.web.components.period import PeriodForm
from bascule.web.trail import words

#: Kinds of lines that are about no school.
_OF_NOBODY = ("account.", "activation.", "key.", "password.", "signin.", "trail.")
#: A number of ours has ten digits at most.
_NUMBER = r"^\d{1,10}$"
#: What is searched when nobody says: a month.
USUAL = timedelta(days=30)


class SchoolTrailForm(PeriodForm):
    """What a school looks for: who, which pupil, what, when."""

    qui = forms.ChoiceField(label=gettext_lazy("Qui"), required=False)
    eleve = forms.RegexField(_NUMBER, label=gettext_lazy("N° de l’élève"), required=False)
    quoi = forms.ChoiceField(label=gettext_lazy("Quoi"), required=False)

    field_order = ("qui", "eleve", "quoi", "du", "au")

    def __init__(self, *args: Any, visitors: Visitors, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = names_by_login([one.login for one in visitors.people])
        people = [(f"p{one.pk}", names[one.login]) for one in visitors.people]
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
