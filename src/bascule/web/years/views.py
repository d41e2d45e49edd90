"""The years of the schools, the balance of their pupils, the closing."""

from collections import Counter
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.preparation import openings
from bascule.preparation.accounting import Balance, balances, unknown_pupils
from bascule.preparation.closing import ClosingPlan, close_years, plan_closing, reopen_year
from bascule.schools.models import School, SchoolYear
from bascule.schools.open_year import years_of
from bascule.values import school_year
from bascule.web.access import authority, school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.years.forms import CloseForm
from bascule.web.years.openings import schools_of

State = SchoolYear.State


@authority(Permission.YEARS)
def years(request: PageRequest) -> HttpResponse:
    """List the years of the schools by state, and the presses."""
    uais = schools_of(request)
    counts: dict[int, Counter[str]] = {}
    for row in years_of(*uais):
        counts.setdefault(row.year, Counter())[row.state] += 1
    current = [year for year, states in counts.items() if states[State.CURRENT]]
    under_way = max(current, default=school_year.school_year_of(timezone.localdate()))
    context = {
        "rows": [
            {"year": year, "cells": [states[state] for state in State]}
            for year, states in sorted(counts.items(), reverse=True)
        ],
        "states": list(State),
        "under_way": under_way,
        "next": under_way + 1,
        "openings": openings.list_openings(),
    }
    return render(request, "years/list.html", context)


@authority(Permission.YEARS)
def balance(request: PageRequest, first: int) -> HttpResponse:
    """Show the balance of a year, school by school, and what closes it."""
    return _balance(request, first, CloseForm())


@authority(Permission.YEARS)
@require_POST
def close(request: PageRequest, first: int) -> HttpResponse:
    """Close a year for schools."""
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _balance(request, first, form)
    ready = [one for one in plan_closing(uais=schools_of(request), year=first) if one.is_ready]
    is_for_all = form.cleaned_data["scope"] == "tous"
    wanted = [one.uai for one in ready if is_for_all or not one.balance.unknown]
    if not wanted:
        form.add_error("scope", _("Aucun établissement ne peut être clos ainsi."))
        return _balance(request, first, form)
    try:
        closed = close_years(
            uais=wanted,
            year=first,
            unknown=form.cleaned_data["unknown"] if is_for_all else None,
            actor=actor_on(request).login,
            at=timezone.now(),
        )
    except RefusedError as refusal:
        form.refuse(refusal)
        return _balance(request, first, form)
    said = ngettext(
        "L’année est close pour %(count)s établissement.",
        "L’année est close pour %(count)s établissements.",
        len(closed),
    )
    messages.success(request, said % {"count": len(closed)})
    return redirect("years:balance", first=first)


@authority(Permission.YEARS)
@require_POST
def reopen(request: PageRequest, first: int) -> HttpResponse:
    """Undo the closing of a year for one school."""
    uai = request.POST.get("uai", "")
    reopen_year(uai=uai, year=first, actor=actor_on(request).login, at=timezone.now())
    messages.success(request, _("La clôture est annulée pour %s.") % uai)
    return redirect("years:balance", first=first)


@school(Permission.PREPARE)
def of_school(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show a school the balance of its pupils, and name those of whom nothing is known."""
    found = balances(uais=[uai], year=year)[uai]
    sees_names = policy.may(actor_on(request), Permission.PUPILS_READ, uai=uai)
    has_next = any(row.year == year + 1 for row in years_of(uai))
    # Before the first file everybody is unknown: there is nothing to look for yet.
    has_file = bool(found.promoted or found.repeating or found.newcomers)
    context = {
        "uai": uai,
        "year": year,
        "next": year + 1,
        "balance": found,
        "has_next": has_next,
        "has_file": has_file,
        "sees_names": sees_names,
        "unknown": unknown_pupils(uai=uai, year=year) if sees_names and has_file else [],
    }
    return render(request, "years/school.html", context)


def _balance(request: PageRequest, first: int, form: CloseForm) -> HttpResponse:
    uais = schools_of(request)
    plans = [one for one in plan_closing(uais=uais, year=first) if one.has_year]
    names = dict(School.objects.filter(pk__in=uais).values_list("uai", "name"))
    ready = [one for one in plans if one.is_ready]
    context = {
        "first": first,
        "next": first + 1,
        "form": form,
        "rows": [{"plan": one, "name": names.get(one.uai, "")} for one in plans],
        "total": _sum(plans),
        "ready": ready,
        "complete": [one for one in ready if not one.balance.unknown],
        "unknown": _sum(ready).unknown,
    }
    return render(request, "years/balance.html", context)


def _sum(plans: Sequence[ClosingPlan]) -> Balance:
    return sum((one.balance for one in plans), Balance())
