"""The form of a part of a record: what is typed, what was seen, and what the rules say beside each field."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy as _

from bascule.exchange.amend.fields import Kind, field_of
from bascule.exchange.amend.telling import Preview
from bascule.web.pupils.fields import Words, label
from bascule.web.staff.forms import DAYS

#: Before the name of a field: what the person saw in it.
_SEEN: Final = "vu."
_LONGEST: Final = 500
_UNTIED: Final = _("« – » retire ce responsable du dossier de l’élève.")
#: Remedies of files: here, one corrects at once.
_ELSEWHERE: Final = "Corrigez dans votre logiciel"
_HELPS: Final = {
    Kind.DAY: _("Jour, mois, année : 01/09/2012."),
    Kind.LIST: _("Séparés par des virgules."),
}


class RecordForm(forms.Form):
    """Some fields of a record, as texts: the rules of the import judge them.

    Args:
        typed (QueryDict | None): what was sent.
        held (Mapping[str, str]): what the base holds, by key.
        keys (Sequence[str]): the fields, in order.
        words (Words): what codes say.
        needed (Sequence[str]): fields that must be typed.
    """

    def __init__(
        self,
        typed: QueryDict | None,
        *,
        held: Mapping[str, str],
        keys: Sequence[str],
        words: Words,
        needed: Sequence[str] = (),
    ) -> None:
        super().__init__(typed, initial=dict(held))
        sent: Mapping[str, Any] = typed or {}
        #: What the person saw when the page was first shown, by key.
        self.seen = {key: sent.get(_SEEN + key, held.get(key, "")) for key in keys}
        for key in keys:
            text = held.get(key, "")
            self.fields[key] = _field(
                key, text, words, is_needed=key in needed or bool(text and not _may_be_empty(key))
            )

    def values(self) -> dict[str, str]:
        """Give what was typed, days in their usual form.

        Returns:
            dict[str, str]: by key.
        """
        return {key: _day(key, self.cleaned_data[key]) for key in self.fields}

    def told(self, preview: Preview) -> None:
        """Show beside each field what the rules say of it.

        Args:
            preview (Preview): what they say.
        """
        for problem in preview.problems:
            if problem.refuses:
                remedy = "" if problem.remedy.startswith(_ELSEWHERE) else problem.remedy
                said = f"{problem.sentence.rstrip('.')}. {remedy}".strip()
                self.add_error(problem.key if problem.key in self.fields else None, said)
        if preview.conflicts:
            self.seen |= {conflict.key: conflict.now for conflict in preview.conflicts}
            self.add_error(
                None,
                gettext(
                    "Quelqu’un a modifié ce dossier pendant votre saisie. Rien n’a été enregistré."
                ),
            )

    @property
    def seen_fields(self) -> list[tuple[str, str]]:
        """Return the hidden fields: what the person saw."""
        return [(_SEEN + key, text) for key, text in self.seen.items()]


def _field(key: str, held: str, words: Words, *, is_needed: bool) -> forms.CharField:
    found = field_of(key)
    kind = found[1].kind if found else Kind.TEXT
    choices = words.choices(key, held)
    widget: Any = forms.TextInput(attrs={"autocomplete": "off"})
    if kind is Kind.ANSWER:
        choices = [("", "–"), ("oui", gettext("oui")), ("non", gettext("non"))]
    if choices:
        widget = forms.Select(choices=choices)
    elif kind is Kind.DAY:
        widget.attrs["inputmode"] = "numeric"
    helped = _UNTIED if held and key.endswith(".level") else _HELPS.get(kind, "")
    return forms.CharField(
        label=label(key),
        required=is_needed,
        max_length=_LONGEST,
        help_text=helped,
        widget=widget,
    )


def _may_be_empty(key: str) -> bool:
    found = field_of(key)
    return found is None or found[1].may_be_empty


def _day(key: str, text: str) -> str:
    found = field_of(key)
    if found is None or found[1].kind is not Kind.DAY:
        return text
    for form in DAYS:
        try:
            return f"{datetime.strptime(text.strip(), form):%d/%m/%Y}"  # noqa: DTZ007 - a day of the calendar
        except ValueError:
            continue
    # The rule says what is wrong with it.
    return text
