"""A form of filters with a period, for lists whose filters are in the URL."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from bascule.web.components.filters import FiltersForm

#: What people type for a day.
_DAYS = ["%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d", "%d%m%Y"]


class PeriodForm(FiltersForm):
    """Days, the last one included."""

    du = forms.DateField(label=gettext_lazy("Du"), required=False, input_formats=_DAYS)
    au = forms.DateField(label=gettext_lazy("Au (inclus)"), required=False, input_formats=_DAYS)

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


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())
