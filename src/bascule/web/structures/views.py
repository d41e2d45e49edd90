"""Divisions and groups of a year: read, validated, and the last change undone."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.preparation import structures as verbs
from bascule.preparation.facts import facts_in
from bascule.preparation.steps import State, steps, what_structures_lack
from bascule.schools.models import SchoolYear, Structure
from bascule.schools.structures import mefs_retained, structures_of
from bascule.values.steps import Step
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on


@school(Permission.PREPARE)
def structures(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """List divisions and groups with their headcounts."""
    actor, now = actor_on(request), timezone.now()
    facts = facts_in(uai=uai, year=year, at=now)
    states = {one.step: one for one in steps(facts)}
    rows = structures_of(uai=uai, year=year)
    pupils = verbs.pupils_by_division(uai=uai, year=year)
    labels = mefs_retained(uai=uai, year=year)
    lacking = what_structures_lack(facts)
    is_open = request.school_year is not None and (
        request.school_year.state != SchoolYear.State.CLOSED
    )
    may_write = is_open and policy.may(actor, Permission.STRUCTURES, uai=uai)
    of_kind: dict[Structure.Kind, list[dict[str, Any]]] = {
        kind: [
            {
                "row": row,
                "mefs": [(mef, labels.get(mef, "")) for mef in row.mefs],
                "pupils": pupils[row.code],
            }
            for row in rows
            if row.kind == kind
        ]
        for kind in Structure.Kind
    }
    divisions = of_kind[Structure.Kind.DIVISION]
    shown = {
        "uai": uai,
        "year": year,
        "divisions": divisions,
        "groups": of_kind[Structure.Kind.GROUP],
        "planned_total": sum(one["row"].planned_count or 0 for one in divisions) or None,
        "pupils_total": sum(one["pupils"] for one in divisions),
        "lacking": lacking.said(_) if lacking and facts.retained else "",
        "state": states[Step.STRUCTURES],
        "sentence": states[Step.STRUCTURES].sentence.said(_),
        "is_done": states[Step.STRUCTURES].state is State.DONE,
        "is_carried": states[Step.CARRIED].state is State.DONE,
        "may_write": may_write,
        "may_undo": may_write and verbs.may_undo(uai=uai, year=year, actor=actor.login),
    }
    return render(request, "structures/list.html", shown)


@school(Permission.STRUCTURES, writes_year=True)
@require_POST
def validate(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Validate them as they are."""
    verbs.validate_structures(uai=uai, year=year, actor=actor_on(request).login, at=timezone.now())
    messages.success(request, _("Les divisions et les groupes sont validés."))
    return redirect("structures:list", uai=uai, year=year)


@school(Permission.STRUCTURES, writes_year=True)
@require_POST
def undo(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Undo one's own last change."""
    verbs.undo_structures(uai=uai, year=year, actor=actor_on(request).login, at=timezone.now())
    messages.success(request, _("Votre dernière modification est annulée."))
    return redirect("structures:list", uai=uai, year=year)
