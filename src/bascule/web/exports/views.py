"""The exports of a year: made at the press of a button, under their official names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.exchange import export as verbs, follow, taken
from bascule.exchange.resend import Reason, Since, to_send_again
from bascule.preparation.facts import facts_in
from bascule.preparation.steps import steps
from bascule.values.steps import MissingStepError, Step
from bascule.web.access import school
from bascule.web.components.taken import file_taken
from bascule.web.exchanges.section import parts
from bascule.web.gate import PageRequest, actor_on
from bascule.web.steps import way_after

#: What one press gives: the files of people with their addresses, or without.
_ALL: Final = ("tout", "tout-sans-adresses")

#: What each file holds, in the words of the school.
_ABOUT: Final = {
    "nomenclature": gettext_lazy("Les MEF, les matières et les codes retenus au profilage."),
    "structures": gettext_lazy("Les divisions et les groupes validés."),
    "communs": gettext_lazy("L’adresse, le chef d’établissement et le calendrier."),
    "etablissements": gettext_lazy("Les établissements de l’annuaire."),
    "etablissements-eleves": gettext_lazy("Les établissements dont viennent vos élèves."),
    "geographique": gettext_lazy("Les pays, les départements et les communes."),
    "eleves": gettext_lazy("Les élèves de l’année, avec leurs numéros et leurs adresses."),
    "eleves-sans-adresses": gettext_lazy("Les élèves de l’année, avec leurs numéros."),
    "responsables": gettext_lazy("Les responsables, avec leurs adresses."),
    "responsables-sans-adresses": gettext_lazy("Les responsables."),
    "eleves-anciens": gettext_lazy("Les élèves, pour un logiciel d’avant 2018."),
    "responsables-anciens": gettext_lazy("Les responsables, pour un logiciel d’avant 2018."),
    "ine": gettext_lazy("Les INE seulement, pour votre logiciel."),
    "ine-csv": gettext_lazy("Les INE seulement, dans un tableau."),
    "groupes": gettext_lazy("Les groupes de chaque élève, pour votre logiciel d’emploi du temps."),
    "oneroster": gettext_lazy(
        "Les élèves, leurs responsables, les divisions et les groupes, pour un logiciel étranger."
    ),
}


@school(Permission.EXPORT)
def make(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show what may be made and what was; make what is asked, and give it at once."""
    refusal: RefusedError | None = None
    if request.method == "POST":
        asked = request.POST.get("nature", "")
        kinds: Sequence[str] = [asked]
        if asked in _ALL:
            kinds = taken.kinds_for_software(uai=uai, year=year, with_addresses=asked == "tout")
        try:
            name, content = taken.export_to_take(
                uai=uai, year=year, kinds=kinds, actor=actor_on(request).login, at=timezone.now()
            )
        except (
            MissingStepError,
            verbs.NothingToExportError,
            verbs.UnknownKindError,
        ) as refused:
            refusal = refused
        else:
            return file_taken(
                request, uai=uai, about="", paper="exports", name=name, content=content
            )
    return _page(request, uai, year, refusal)


@school(Permission.EXPORT)
def again(request: PageRequest, uai: str, year: int, sent_id: int) -> HttpResponse:
    """Give a file that went out, byte for byte; say why when it cannot be made again."""
    sent = follow.sent_file(uai=uai, year=year, sent_id=sent_id)
    content = verbs.make_again(sent=sent)
    if content is None:
        shown = {"uai": uai, "year": year, "sent": sent, "digest": bytes(sent.digest).hex()}
        return render(request, "exports/changed.html", shown, status=409)
    return file_taken(
        request, uai=uai, about=f"sent/{sent_id}", paper="exports", name=sent.name, content=content
    )


#: Why a file is to be sent again, with the number of pupils or guardians.
_REASONS: Final[Mapping[Reason, Callable[[int], str]]] = {
    Reason.RELEASE: lambda _n: _("Le rectorat a envoyé de nouvelles nomenclatures."),
    Reason.PROFILE: lambda _n: _("Le profilage a changé ou a été validé de nouveau."),
    Reason.STRUCTURES: lambda _n: _(
        "Les divisions ou les groupes ont changé ou ont été validés de nouveau."
    ),
    Reason.COMMON: lambda _n: _("Les données communes ont changé."),
    Reason.NEW_INE: lambda n: ngettext(
        "%(count)s élève a un nouvel INE.", "%(count)s élèves ont un nouvel INE.", n
    ),
    Reason.PUPILS_ADDED: lambda n: ngettext(
        "%(count)s élève est arrivé.", "%(count)s élèves sont arrivés.", n
    ),
    Reason.PUPILS_CHANGED: lambda n: ngettext(
        "Le dossier de %(count)s élève a changé.", "Les dossiers de %(count)s élèves ont changé.", n
    ),
    Reason.PUPILS_GONE: lambda n: ngettext(
        "%(count)s élève n’est plus dans l’année.", "%(count)s élèves ne sont plus dans l’année.", n
    ),
    Reason.GUARDIANS: lambda n: ngettext(
        "Les données de %(count)s responsable ont changé.",
        "Les données de %(count)s responsables ont changé.",
        n,
    ),
}


def _in_words(since: Iterable[Since]) -> list[str]:
    return [_REASONS[one.reason](one.count) % {"count": one.count} for one in since]


def _page(request: PageRequest, uai: str, year: int, refusal: RefusedError | None) -> HttpResponse:
    state = next(
        one
        for one in steps(facts_in(uai=uai, year=year, at=timezone.now()))
        if one.step is Step.EXPORTS
    )
    sent = taken.last_sent(uai=uai, year=year)
    changed = to_send_again(uai=uai, year=year)
    files: list[dict[str, Any]] = [
        {
            "kind": kind,
            "name": name,
            "about": _ABOUT[kind],
            "sent": sent.get(kind),
            "reasons": _in_words(changed.get(kind, ())),
        }
        for kind, name in taken.official_names().items()
    ]
    down = taken.kinds_for_software(uai=uai, year=year)
    shown = {
        "uai": uai,
        "year": year,
        "parts": parts(request, uai, year),
        "down": [one for one in files if one["kind"] in down],
        "others": [one for one in files if one["kind"] not in down],
        "to_send_again": [one for one in files if one["reasons"]],
        "has_pupils": "eleves" in down,
        "state": state,
        "refusal": refusal,
        "way": way_after(refusal, actor=actor_on(request)),
    }
    return render(request, "exports/make.html", shown, status=409 if refusal else 200)
