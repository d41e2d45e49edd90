"""Forms of common data."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bascule.schools.common_data import LONGEST_CLOSING, TEXTS, CommonData, Span
from bascule.web.staff.forms import DAYS

#: Empty lines under those of the calendar.
_MORE_LINES = 2
_MOST_LINES = 20


def _text(tag: str, label: Any, *, required: bool = False, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=TEXTS[tag], required=required, **more)


def _day(label: Any, *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, input_formats=DAYS, required=required)


class CommonForm(forms.Form):
    """The school, its head, the bounds of the year."""

    DENOM_PRINC = _text("DENOM_PRINC", _("Nom de l’établissement"), required=True)
    DENOM_COMPL = _text("DENOM_COMPL", _("Suite du nom"))
    LIGNE1_ADRESSE = _text("LIGNE1_ADRESSE", _("Adresse"), required=True)
    LIGNE2_ADRESSE = _text("LIGNE2_ADRESSE", _("Adresse, deuxième ligne"))
    LIGNE3_ADRESSE = _text("LIGNE3_ADRESSE", _("Adresse, troisième ligne"))
    BOITE_POST = _text("BOITE_POST", _("Boîte postale"))
    CODE_POSTAL = _text("CODE_POSTAL", _("Code postal"), required=True)
    LIBELLE_POSTAL = _text("LIBELLE_POSTAL", _("Ville"), required=True)
    TELEPHONE = _text("TELEPHONE", _("Téléphone"))
    MEL_1 = forms.EmailField(
        label=_("Courriel de l’établissement"), max_length=TEXTS["MEL_1"], required=False
    )
    NOM_RESP = _text("NOM_RESP", _("Nom du chef d’établissement"), required=True)
    QUAL_RESP = _text(
        "QUAL_RESP",
        _("Sa qualité"),
        required=True,
        help_text=_("Directrice, principal, proviseur…"),
    )
    starts_on = _day(_("Premier jour des élèves"))
    ends_on = _day(_("Dernier jour des élèves"))
    teachers_start_on = _day(_("Premier jour des enseignants"), required=False)
    teachers_end_on = _day(_("Dernier jour des enseignants"), required=False)

    @property
    def school_fields(self) -> list[forms.BoundField]:
        """Return the fields of the school."""
        return [self[tag] for tag in TEXTS if not tag.endswith("_RESP")]

    @property
    def head_fields(self) -> list[forms.BoundField]:
        """Return the fields of the head."""
        return [self["NOM_RESP"], self["QUAL_RESP"]]

    @property
    def year_fields(self) -> list[forms.BoundField]:
        """Return the fields of the year."""
        names = ("starts_on", "ends_on", "teachers_start_on", "teachers_end_on")
        return [self[name] for name in names]

    def typed(self, periods: Sequence[Span], closings: Sequence[Span]) -> CommonData:
        """Give what was typed.

        Args:
            periods (Sequence[Span]): from the lines of the calendar.
            closings (Sequence[Span]): the same.

        Returns:
            CommonData: for the verb.
        """
        cleaned = self.cleaned_data
        return CommonData(
            texts={tag: cleaned[tag] for tag in TEXTS},
            starts_on=cleaned["starts_on"],
            ends_on=cleaned["ends_on"],
            teachers_start_on=cleaned["teachers_start_on"],
            teachers_end_on=cleaned["teachers_end_on"],
            periods=periods,
            closings=closings,
        )


class SpanForm(forms.Form):
    """One line of the calendar; an empty one is no line."""

    label = forms.CharField(label=_("Nom"), max_length=LONGEST_CLOSING, required=False)
    starts_on = _day(_("Du"), required=False)
    ends_on = _day(_("Au"), required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the whole line once it is begun."""
        cleaned = super().clean() or {}
        given = [name for name in self.fields if cleaned.get(name)]
        if given:
            for name in self.fields:
                if name not in given and name not in self.errors:
                    self.add_error(name, _("Remplissez toute la ligne, ou videz-la."))
        return cleaned


SpanFormSet = forms.formset_factory(SpanForm, extra=_MORE_LINES, max_num=_MOST_LINES)


def spans_of(lines: Any) -> list[Span]:
    """Give the lines of a calendar that were filled.

    Args:
        lines (Any): a valid set of lines.

    Returns:
        list[Span]: by their first day.
    """
    found = [Span(**line.cleaned_data) for line in lines if line.cleaned_data.get("label")]
    return sorted(found, key=lambda span: span.starts_on)
