"""The profiling, step by step: MEF, subjects, programmes, origins, ETP, validation."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.nomenclatures import lookup
from bascule.nomenclatures.release import LEVEL_LENGTH
from bascule.preparation import offers, profiling
from bascule.preparation.offers import MefOffer, State
from bascule.preparation.profiling import Done
from bascule.web.access import school
from bascule.web.components.picker import GO_ON, SEARCH, Picker, asked
from bascule.web.gate import PageRequest, actor_on
from bascule.web.profiling.received import consequences
from bascule.web.steps import way_after

_MEFS, _SUBJECTS, _PROGRAMMES, _ORIGINS, _ETP, _VALIDATE = (
    "home", "subjects", "programmes", "origins", "etp", "validate",
)  # fmt: skip


@school(Permission.PROFILE, writes_year=True)
def mefs(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Retain MEF for the pupils of the year."""
    picker = _picker_of_mefs(request, offers.offered_mefs(uai=uai, year=year))
    if request.method != "POST" or asked(request) == SEARCH:
        return _page(request, uai, year, _MEFS, {"picker": picker})
    try:
        done = profiling.choose_mefs(
            **_signed(request, uai, year),
            added=picker.added,
            removed=picker.removed,
            confirmed=request.POST.get("confirme") == "1",
        )
    except profiling.MefInUseError as refusal:
        told = {"picker": picker, "goes_on": asked(request), **consequences(request, uai, refusal)}
        return render(request, "profiling/consequences.html", {"uai": uai, "year": year, **told})
    except RefusedError as refusal:
        return _page(request, uai, year, _MEFS, {"picker": picker, "refusal": refusal.sentence})
    return _after(request, uai, year, _MEFS, done)


@school(Permission.PROFILE, writes_year=True)
def subjects(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Keep subjects that may be options."""
    offered = offers.offered_subjects(uai=uai, year=year)
    picker = Picker(
        request,
        offered,
        chosen={offer.code for offer in offered if offer.is_chosen},
        titles={"": _("Matières optionnelles des MEF retenus")},
        key_length=0,
    )
    return _choosing(request, uai, year, _SUBJECTS, picker, profiling.choose_subjects)


@school(Permission.PROFILE, writes_year=True)
def programmes(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Compute programmes, and show them."""
    refusal = ""
    if request.method == "POST":
        try:
            done = profiling.compute(**_signed(request, uai, year))
        except RefusedError as refused:
            refusal = refused.sentence
        else:
            text = (
                _("Le profilage est lancé : les programmes sont à jour.")
                if done.is_changed
                else _("Les programmes étaient déjà à jour.")
            )
            messages.success(request, text)
            return redirect("profiling:programmes", uai=uai, year=year)
    found = offers.programmes(uai=uai, year=year)
    told = {
        "programmes": found,
        "lacks_options": any(one.lacks_options for one in found),
        "refusal": refusal,
    }
    return _page(request, uai, year, _PROGRAMMES, told)


@school(Permission.PROFILE, writes_year=True)
def origins(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Say which MEF pupils may come from."""
    picker = _picker_of_mefs(request, offers.offered_origins(uai=uai, year=year))
    return _choosing(request, uai, year, _ORIGINS, picker, profiling.choose_origins)


@school(Permission.PROFILE, writes_year=True)
def etp(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Say which subject holds the hours of each vocational MEF."""
    offered, technical = offers.offered_etp(uai=uai, year=year)
    refusal = ""
    if request.method == "POST":
        chosen = {
            offer.mef: request.POST.get(f"etp_{offer.mef}", offer.chosen) for offer in offered
        }
        try:
            done = profiling.choose_etp(**_signed(request, uai, year), subjects=chosen)
        except RefusedError as refused:
            refusal = refused.sentence
        else:
            return _after(request, uai, year, _ETP, done)
    told = {"offers": offered, "technical": technical, "refusal": refusal}
    return _page(request, uai, year, _ETP, told)


@school(Permission.PROFILE, writes_year=True)
def validate(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Validate the profile."""
    if request.method == "POST":
        try:
            done = profiling.validate(**_signed(request, uai, year))
        except RefusedError as refusal:
            told = {"refusal": refusal.sentence, "way": way_after(refusal, actor=actor_on(request))}
            return _page(request, uai, year, _VALIDATE, told)
        messages.success(request, _("Le profilage est validé."))
        if done.confirmed:
            text = ngettext(
                "%(count)s division ou groupe repris de l’an dernier est confirmé.",
                "%(count)s divisions et groupes repris de l’an dernier sont confirmés.",
                len(done.confirmed),
            )
            messages.success(request, text % {"count": len(done.confirmed)})
        if done.to_see:
            text = _("À revoir, leur MEF n’est plus retenu : %(codes)s.")
            messages.warning(request, text % {"codes": ", ".join(done.to_see)})
        return redirect("profiling:received", uai=uai, year=year)
    return _page(request, uai, year, _VALIDATE, {})


def _picker_of_mefs(request: PageRequest, offered: Sequence[MefOffer]) -> Picker:
    return Picker(
        request,
        offered,
        chosen={offer.code for offer in offered if offer.is_selected},
        titles=lookup.labels("dispositif_formation"),
        key_length=LEVEL_LENGTH,
    )


def _choosing(
    request: PageRequest,
    uai: str,
    year: int,
    step: str,
    picker: Picker,
    choose: Callable[..., Done],
) -> HttpResponse:
    """Show what may be chosen, and save what is chosen."""
    if request.method != "POST" or asked(request) == SEARCH:
        return _page(request, uai, year, step, {"picker": picker})
    try:
        done = choose(**_signed(request, uai, year), added=picker.added, removed=picker.removed)
    except RefusedError as refusal:
        return _page(request, uai, year, step, {"picker": picker, "refusal": refusal.sentence})
    return _after(request, uai, year, step, done)


def _signed(request: PageRequest, uai: str, year: int) -> dict[str, Any]:
    return {"uai": uai, "year": year, "actor": actor_on(request).login, "at": timezone.now()}


def _steps(state: State) -> dict[str, str]:
    """Give the steps of this school, by the name of their page."""
    found = {
        _MEFS: _("MEF"),
        _SUBJECTS: _("Matières"),
        _PROGRAMMES: _("Programmes"),
        _ORIGINS: _("Formations d’origine"),
        _ETP: _("Matières ETP"),
        _VALIDATE: _("Valider"),
    }
    if not state.has_vocational:
        del found[_ETP]
    return found


def _page(
    request: PageRequest, uai: str, year: int, step: str, told: dict[str, Any]
) -> HttpResponse:
    state = offers.state_of(uai=uai, year=year)
    steps = _steps(state)
    # Who has no vocational MEF may still type the address of that step.
    names = list(steps if step in steps else {**steps, step: ""})
    rank = names.index(step) + 1
    urls = {name: reverse(f"profiling:{name}", args=[uai, year]) for name in names}
    shown = {
        "uai": uai,
        "year": year,
        "state": state,
        "steps": [(steps.get(name) or _("Matières ETP"), urls[name]) for name in names],
        "rank": rank,
        "before": urls[names[rank - 2]] if rank > 1 else "",
        "after": urls[names[rank]] if rank < len(names) else "",
        **told,
    }
    return render(request, f"profiling/{step}.html", shown)


def _after(request: PageRequest, uai: str, year: int, step: str, done: Done) -> HttpResponse:
    """Say what was saved, and go on to the next step or stay."""
    if done.is_changed:
        messages.success(request, _("Vos choix sont enregistrés."))
    elif asked(request) != GO_ON:
        messages.success(request, _("Rien n’a changé."))
    if asked(request) == GO_ON:
        names = list(_steps(offers.state_of(uai=uai, year=year)))
        step = names[names.index(step) + 1] if step in names[:-1] else step
    return redirect(f"profiling:{step}", uai=uai, year=year)
