"""The exports of a year: made at the press of a button, under their official names."""

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.exchange import export as verbs, taken
from bascule.preparation.facts import facts_in
from bascule.preparation.steps import steps
from bascule.values.steps import MissingStepError, Step
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.steps import way_after

#: What software needs before it can send its pupils.
_DOWN: Final[Sequence[str]] = (
    "nomenclature", "structures", "communs", "etablissements", "geographique",
)  # fmt: skip

#: What each file holds, in the words of the school.
_ABOUT: Final = {
    "nomenclature": _("Les MEF, les matières et les codes retenus au profilage."),
    "structures": _("Les divisions et les groupes validés."),
    "communs": _("L’adresse, le chef d’établissement et le calendrier."),
    "etablissements": _("Les établissements de l’annuaire."),
    "etablissements-eleves": _("Les établissements dont viennent vos élèves."),
    "geographique": _("Les pays, les départements et les communes."),
    "eleves": _("Les élèves de l’année, avec leurs numéros et leurs adresses."),
    "eleves-sans-adresses": _("Les élèves de l’année, avec leurs numéros."),
    "responsables": _("Les responsables, avec leurs adresses."),
    "responsables-sans-adresses": _("Les responsables."),
}


@school(Permission.EXPORT)
def make(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show what may be made and what was; make what is asked, and give it at once."""
    refusal: RefusedError | None = None
    if request.method == "POST":
        asked = request.POST.get("nature", "")
        kinds = _DOWN if asked == "tout" else [asked]
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
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return HttpResponse(content, content_type="application/zip", headers=headers)
    return _page(request, uai, year, refusal)


def _page(request: PageRequest, uai: str, year: int, refusal: RefusedError | None) -> HttpResponse:
    state = next(
        one
        for one in steps(facts_in(uai=uai, year=year, at=timezone.now()))
        if one.step is Step.EXPORTS
    )
    sent = taken.last_sent(uai=uai, year=year)
    files: list[dict[str, Any]] = [
        {"kind": kind, "name": name, "about": _ABOUT[kind], "sent": sent.get(kind)}
        for kind, name in taken.official_names().items()
    ]
    shown = {
        "uai": uai,
        "year": year,
        "down": [one for one in files if one["kind"] in _DOWN],
        "others": [one for one in files if one["kind"] not in _DOWN],
        "state": state,
        "refusal": refusal,
        "way": way_after(refusal, actor=actor_on(request)),
    }
    return render(request, "exports/make.html", shown, status=409 if refusal else 200)
