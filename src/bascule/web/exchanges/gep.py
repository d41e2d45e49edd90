"""The end of GEP in a school: where it stands, who is missing where, the signature, the paper."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy as _

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.exchange import switch_off
from bascule.exchange.takeover import (
    Compared,
    NothingToCompareError,
    Side,
    Takeover,
    compare_takeover,
)
from bascule.values.civil_identity import key as plain
from bascule.web.access import school
from bascule.web.components.filters import page_asked
from bascule.web.components.taken import file_taken
from bascule.web.exchanges.section import parts
from bascule.web.gate import PageRequest, actor_on
from bascule.web.staff.forms import DAYS

_PAGE = 50
_WORDS = {
    Side.GEP: _("Élèves dans GEP"),
    Side.FILE: _("Élèves dans votre logiciel"),
    Side.BASE: _("Élèves dans la Base élèves"),
}
#: What is done about each difference.
_REMEDIES = {
    Side.FILE: _(
        "Ajoutez-le dans votre logiciel, ou dites-y son départ, puis importez le fichier."
    ),
    Side.BASE: _("Sa fiche a été mise de côté : lisez le compte rendu du dernier import."),
    Side.GEP: _("Arrivé depuis la reprise ? Le chef d’établissement le dit en signant."),
}
_TWICE = _("Gardez une seule fiche, puis importez le fichier.")
_MOVED = _("Rien à faire si la division de votre logiciel est la bonne.")


class LostForm(forms.Form):
    """Who is looked for in the comparison."""

    absent = forms.ChoiceField(
        label=_("Écart"),
        required=False,
        choices=[
            ("", _("Tous")),
            ("gep", _("Absents de GEP")),
            ("file", _("Absents de votre logiciel")),
            ("base", _("Absents de la Base élèves")),
            ("double", _("Présents deux fois")),
            ("division", _("Division différente")),
        ],
        widget=forms.Select({"class": "form-select"}),
    )
    q = forms.CharField(
        label=_("Nom"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"class": "form-control"}),
    )


class StopForm(forms.Form):
    """The signature: a day, a reason for each pupil who is missing somewhere, a word of honour."""

    stopped_on = forms.DateField(
        label=_("Dernier jour d’utilisation de GEP"),
        input_formats=DAYS,
        help_text=_("Par exemple 26/11/2026. Aujourd’hui au plus tard."),
    )
    signs = forms.BooleanField(
        label=_("Je signe l’arrêt de GEP dans mon établissement"),
        help_text=_("Seul le rectorat peut ensuite l’annuler."),
        error_messages={"required": _("Cochez cette case pour signer.")},
    )

    def __init__(self, *args: Any, lost: tuple[Compared, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in lost[: switch_off.MOST_DIFFERENCES]:
            self.fields[f"raison-{one.key}"] = forms.CharField(
                label=f"{one.label} ({one.birth}) – {one.why}",
                max_length=200,
                error_messages={"required": _("Donnez la raison de cet écart.")},
                help_text=_("Pourquoi cet écart est juste."),
            )
        self.order_fields(["stopped_on", *(n for n in self.fields if n.startswith("raison-"))])

    def reasons(self) -> dict[str, str]:
        """Give the reasons by key of the difference.

        Returns:
            dict[str, str]: what was typed.
        """
        return {
            name.removeprefix("raison-"): text
            for name, text in self.cleaned_data.items()
            if name.startswith("raison-")
        }


@school(Permission.IMPORT)
def gep(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show where the end of GEP stands, and who is missing where."""
    standing = switch_off.standing_of(uais=[uai], year=year)[uai]
    # Once it is stopped, the paper says what was compared.
    found, refusal = (None, "") if standing.stop else _compared(uai, year)
    form = LostForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    shown = _wanted(found, wanted) if found else []
    page = Paginator(shown, _PAGE).get_page(page_asked(request.GET))
    context = {
        "uai": uai,
        "year": year,
        "parts": parts(request, uai, year),
        "standing": standing,
        "found": found,
        "refusal": refusal,
        "sides": [(_WORDS[side], count) for side, count in found.counts.items()] if found else [],
        "form": form,
        "here": request.path,
        "is_filtered": any(wanted.values()),
        "count": len(shown),
        "rows": [
            (one, [(one.is_there(side), one.division(side)) for side in Side], _remedy(one))
            for one in page
        ],
        "pages": page,
        "may_sign": policy.may(actor_on(request), Permission.IMPORT_RELEASE, uai=uai),
    }
    return render(request, "exchanges/gep.html", context)


@school(Permission.IMPORT_RELEASE, writes_year=True)
def stop_gep(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Let the head sign the end of GEP."""
    found, refusal = _compared(uai, year)
    standing = switch_off.standing_of(uais=[uai], year=year)[uai]
    if found is None or standing.stop is not None:
        messages.warning(request, refusal or gettext("GEP est déjà arrêté."))
        return redirect("exchanges:gep", uai, year)
    form = StopForm(
        request.POST if request.method == "POST" else None,
        lost=found.lost,
        initial={"stopped_on": f"{timezone.localdate():%d/%m/%Y}"},
    )
    if request.method == "POST" and form.is_valid():
        actor = actor_on(request)
        try:
            stop = switch_off.stop_gep(
                uai=uai,
                year=year,
                stopped_on=form.cleaned_data["stopped_on"],
                signatory=actor.name,
                reasons=form.reasons(),
                actor=actor.login,
                at=timezone.now(),
            )
        except RefusedError as refused:
            form.add_error(None, refused.sentence)
        else:
            said = gettext("GEP est arrêté. Le procès-verbal %(number)s est prêt.")
            messages.success(request, said % {"number": stop.shown_number})
            return redirect("exchanges:gep", uai, year)
    context = {
        "uai": uai,
        "year": year,
        "form": form,
        "found": found,
        "most": switch_off.MOST_DIFFERENCES,
        "is_too_many": len(found.lost) > switch_off.MOST_DIFFERENCES,
    }
    return render(request, "exchanges/gep_stop.html", context)


@school(Permission.IMPORT)
def gep_paper(request: PageRequest, uai: str, year: int, number: int) -> HttpResponse:
    """Give the paper of an end of GEP, as PDF."""
    name, content = switch_off.closure_paper(uai=uai, number=number)
    return file_taken(
        request, uai=uai, about=f"gep/{number}", paper="arret-gep", name=name, content=content
    )


def _compared(uai: str, year: int) -> tuple[Takeover | None, str]:
    try:
        return compare_takeover(uai=uai, year=year), ""
    except NothingToCompareError as refusal:
        return None, refusal.sentence


def _remedy(one: Compared) -> Promise:
    if one.twice:
        return _TWICE
    return next((words for side, words in _REMEDIES.items() if side in one.missing), _MOVED)


def _wanted(found: Takeover, wanted: dict[str, str]) -> list[Compared]:
    what, words = wanted.get("absent", ""), plain(wanted.get("q", "")).split()

    def is_wanted(one: Compared) -> bool:
        if not all(word in plain(one.label) for word in words):
            return False
        if what == "double":
            return bool(one.twice)
        if what == "division":
            return not one.is_lost
        return not what or Side(what) in one.missing

    return [one for one in found.apart if is_wanted(one)]
