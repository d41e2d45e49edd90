"""What an address asks of headcounts, and the form that writes it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy as _

from bascule.figures.dimensions import BY_CODE, LEVELS
from bascule.figures.pivot import MOST_YEARS, YEARS, Asked, Measure, dimensions_of
from bascule.nomenclatures import lookup
from bascule.values import school_year
from bascule.web.components.filters import FiltersForm
from bascule.web.staff.forms import DAYS

#: Characters of a code, at most.
_LONGEST = 20
#: *Dispositifs* of vocational courses.
_VOCATIONAL = frozenset(str(code) for code in range(240, 290))
#: What filters on a page offer; an address may hold any other dimension.
_OFFERED = ("departement", "niveau", "sexe", "regime", "doublant", "contrat")


class AskedForm(FiltersForm):
    """What is counted, in what, on which day; what is wrong leaves the usual in its place."""

    lignes = forms.ChoiceField(label=_("En lignes"), required=False)
    colonnes = forms.ChoiceField(label=_("En colonnes"), required=False)
    mesure = forms.ChoiceField(label=_("Compter"), required=False)
    annee = forms.ChoiceField(label=_("Année scolaire"), required=False)
    au = forms.DateField(label=_("À la date du"), required=False, input_formats=DAYS)
    du = forms.DateField(label=_("Période : depuis le"), required=False, input_formats=DAYS)
    etablissement = forms.CharField(label=_("N° UAI"), required=False, max_length=8)
    departement = forms.ChoiceField(label=_("Département"), required=False)
    niveau = forms.ChoiceField(label=_("Niveau"), required=False)
    sexe = forms.ChoiceField(label=_("Sexe"), required=False)
    regime = forms.ChoiceField(label=_("Régime"), required=False)
    doublant = forms.ChoiceField(label=_("Doublement"), required=False)
    contrat = forms.ChoiceField(label=_("Contrat"), required=False)

    def __init__(self, *args: Any, uais: Sequence[str], year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = [(one.code, gettext(one.label)) for one in dimensions_of(uais)]
        years = [year + 1 - back for back in range(MOST_YEARS + 1)]
        self._offer("lignes", words)
        self._offer(
            "colonnes",
            [
                ("", gettext("Rien")),
                (YEARS, gettext("Les deux dernières années, à la même date")),
                *words,
            ],
        )
        self._offer("mesure", [(one.word, gettext(one.label)) for one in Measure])
        self._offer("annee", [(str(one), school_year.label(one)) for one in years])
        for name in _OFFERED:
            self._offer(name, [("", gettext("Tous")), *_codes(name, uais)])

    def _offer(self, name: str, offered: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = list(offered)


class SchoolAskedForm(AskedForm):
    """The same in one school, whose year is in the address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("annee", "etablissement", "departement"):
            del self.fields[name]


def asked_of(
    given: QueryDict, *, year: int, today: date, rows: str, columns: str = ""
) -> tuple[Asked, QueryDict]:
    """Read what an address asks; what is no word of it is left out.

    Args:
        given (QueryDict): the query of the address.
        year (int): the year when it names none.
        today (date): the day when it names none.
        rows (str): the dimension when it names none.
        columns (str): that of columns, when it names no row either.

    Returns:
        tuple[Asked, QueryDict]: what is wanted, and the address that asks for it in full.
    """
    named = school_year.parse(given.get("annee", "")) or year
    day = _day(given.get("au", "")) or min(
        max(today, school_year.starts_on(named)), school_year.ends_on(named)
    )
    is_chosen = "lignes" in given
    kept = {code: _kept(given.getlist(code)) for code in BY_CODE}
    filters = {code: values for code, values in kept.items() if values}
    asked = Asked(
        year=named,
        day=day,
        rows=given.get("lignes", "") if is_chosen else rows,
        columns=given.get("colonnes", "") if is_chosen else columns,
        filters=filters,
        measure=Measure.of(given.get("mesure", "")),
        since=_day(given.get("du", "")),
    )
    shown = QueryDict(mutable=True)
    for name, value in (
        ("lignes", asked.rows),
        ("colonnes", asked.columns),
        ("mesure", asked.measure.word),
        ("annee", str(named)),
        ("au", f"{day:%d/%m/%Y}"),
        ("du", f"{asked.since:%d/%m/%Y}" if asked.since else ""),
    ):
        shown[name] = value
    for code, values in filters.items():
        shown.setlist(code, values)
    return asked, shown


def _kept(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(one[:_LONGEST] for one in values if one and one.isprintable())


def _day(text: str) -> date | None:
    field = forms.DateField(required=False, input_formats=DAYS)
    try:
        found = field.clean(text)
    except forms.ValidationError:
        return None
    return found if isinstance(found, date) else None


def _codes(name: str, uais: Sequence[str]) -> list[tuple[str, str]]:
    if name == "departement":
        codes = sorted({uai[:3] for uai in uais})
        words = BY_CODE[name].words(codes)
        return [(code, words[code]) for code in codes]
    if name == "niveau":
        gathered = {device for level in LEVELS for device in level.devices}
        others = [
            (code, text.capitalize())
            for code, text in lookup.labels("dispositif_formation").items()
            if code in _VOCATIONAL and code not in gathered
        ]
        return [*((level.code, gettext(level.label)) for level in LEVELS), *others]
    return [(code, gettext(text)) for code, text in BY_CODE[name].words(()).items()]
