"""What a school received of nomenclatures, what that changes, and the pupils of closed MEF."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.nomenclatures import lookup
from bascule.nomenclatures.release import LEVEL_LENGTH, last_release
from bascule.preparation import descent, offers, profiling, successors
from bascule.preparation.usage import pupils_in, usage_of
from bascule.schools.models import SchoolYear
from bascule.store.policies import open_schools
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on


@school(Permission.PREPARE)
def received(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show the releases received, and what the last one changes."""
    found = descent.changes(uai=uai, year=year)
    last = last_release(year=year)
    state = offers.state_of(uai=uai, year=year)
    levels = {code[:LEVEL_LENGTH] for code in state.mefs}
    near = {code: label for code, label in found.added.items() if code[:LEVEL_LENGTH] in levels}
    is_writable = _is_writable(request)
    shown = {
        "uai": uai,
        "year": year,
        "receipts": descent.receipts_of(uai=uai, year=year),
        "waiting": last
        if last and (found.receipt is None or found.receipt.release_id != last.pk)
        else None,
        "found": found,
        "near": near,
        "far_count": len(found.added) - len(near),
        "moves": successors.moves(uai=uai, year=year),
        "state": state,
        "standing": descent.standings(uai, year=year)[uai],
        "may_write": is_writable and policy.may(actor_on(request), Permission.PROFILE, uai=uai),
    }
    return render(request, "profiling/received.html", shown)


@school(Permission.PROFILE, writes_year=True)
@require_POST
def receive(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Bring the last release down."""
    receipt, is_new = descent.receive(
        uai=uai, year=year, actor=actor_on(request).login, at=timezone.now()
    )
    number = receipt.release.number
    text = (
        _("Les nomenclatures n° %(number)s sont reçues. Relisez le profilage, puis validez-le.")
        if is_new
        else _("Vous aviez déjà les nomenclatures n° %(number)s : rien n’a changé.")
    )
    messages.success(request, text % {"number": number})
    return redirect("profiling:received", uai=uai, year=year)


@school(Permission.PROFILE, writes_year=True)
def move(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Move the pupils and divisions of a MEF to another."""
    sent = request.POST if request.method == "POST" else request.GET
    old, new = sent.get("de", "")[:11], sent.get("vers", "")[:11]
    refusal = ""
    if request.method == "POST":
        try:
            done = successors.move_to_successor(
                uai=uai, year=year, old=old, new=new, actor=actor_on(request).login,
                at=timezone.now(),
            )  # fmt: skip
        except RefusedError as refused:
            refusal = refused.sentence
        else:
            text = ngettext(
                "%(count)s élève est passé de %(old)s à %(new)s.",
                "%(count)s élèves sont passés de %(old)s à %(new)s.",
                done.pupil_count,
            ) % {"count": done.pupil_count, "old": old, "new": new}
            messages.success(request, f"{text} {_('Vous pouvez annuler ci-dessous.')}")
            return redirect("profiling:received", uai=uai, year=year)
    offered = [
        offer
        for offer in offers.offered_mefs(uai=uai, year=year)
        if not offer.is_closed and offer.code != old
    ]
    same = [offer for offer in offered if offer.level == old[:LEVEL_LENGTH] or offer.is_selected]
    with transaction.atomic():
        open_schools(uai)
        usage = usage_of(uai=uai, year=year, mefs=[old])[old]
    shown = {
        "uai": uai,
        "year": year,
        "old": old,
        "old_label": _label(old),
        "new": new,
        "offers": same,
        "usage": usage,
        "pupils": _pupils(request, uai, [usage]),
        "refusal": refusal,
    }
    return render(request, "profiling/move.html", shown)


@school(Permission.PROFILE, writes_year=True)
@require_POST
def undo_move(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Take a move back."""
    given = request.POST.get("acte", "")
    act_id = int(given) if given.isdecimal() and len(given) < 19 else 0  # noqa: PLR2004
    done = successors.undo_move(
        uai=uai, year=year, act_id=act_id, actor=actor_on(request).login, at=timezone.now()
    )
    messages.success(request, _("Le déplacement est annulé."))
    kept = [*_named(request, uai, done.kept_pupils), *done.kept_structures]
    if kept:
        text = _("Modifiés depuis, laissés tels quels : %(kept)s.")
        messages.warning(request, text % {"kept": ", ".join(kept)})
    return redirect("profiling:received", uai=uai, year=year)


def _is_writable(request: PageRequest) -> bool:
    row = request.school_year
    return row is not None and row.state != SchoolYear.State.CLOSED


def _label(mef: str) -> str:
    return lookup.labels("mef").get(mef, "")


def _pupils(request: PageRequest, uai: str, usages: Any) -> list[str]:
    """Name the pupils, to who may see them."""
    if not policy.may(actor_on(request), Permission.PUPILS_READ, uai=uai):
        return []
    return pupils_in(uai=uai, usages=usages)


def _named(request: PageRequest, uai: str, names: tuple[str, ...]) -> list[str]:
    if policy.may(actor_on(request), Permission.PUPILS_READ, uai=uai):
        return list(names)
    count = len(names)
    return (
        [ngettext("%(count)s élève", "%(count)s élèves", count) % {"count": count}] if count else []
    )


def consequences(request: PageRequest, uai: str, error: profiling.MefInUseError) -> dict[str, Any]:
    """Say what a MEF to be taken out has.

    Args:
        request (PageRequest): who asks.
        uai (str): the school.
        error (profiling.MefInUseError): the refusal.

    Returns:
        dict[str, Any]: what the page of consequences shows.
    """
    return {
        "usages": [
            {"usage": one, "label": _label(one.mef), "pupils": _pupils(request, uai, [one])}
            for one in error.usages
        ],
        "back": reverse("profiling:home", args=[uai, request.resolver_match.kwargs["year"]])
        if request.resolver_match
        else "",
    }
