"""Common data of a year: read, verified, changed."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.preparation.facts import facts_in
from bascule.preparation.steps import State, steps
from bascule.schools.common_data import (
    WORDS,
    UnusableTextError,
    WrongCalendarError,
    read_common,
    save_common,
    verify_common,
)
from bascule.schools.models import SchoolYear
from bascule.schools.open_year import WrongBoundsError
from bascule.values.steps import Step
from bascule.web.access import school
from bascule.web.common_data.forms import CommonForm, SpanFormSet, spans_of
from bascule.web.gate import PageRequest, actor_on


@school(Permission.PREPARE)
def read(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show the address, the head and the calendar, and whether they were verified."""
    found = read_common(uai=uai, year=year)
    facts = facts_in(uai=uai, year=year, at=timezone.now())
    state = next(one for one in steps(facts) if one.step is Step.COMMON)
    is_open = request.school_year is not None and (
        request.school_year.state != SchoolYear.State.CLOSED
    )
    may_write = is_open and policy.may(actor_on(request), Permission.COMMON_DATA, uai=uai)
    shown = {
        "uai": uai,
        "year": year,
        "found": found,
        "texts": found.texts,
        "missing": [_(WORDS[tag]) for tag in found.missing],
        "state": state,
        "sentence": state.sentence.said(_),
        "is_done": state.state is State.DONE,
        "may_write": may_write,
    }
    return render(request, "common_data/read.html", shown)


@school(Permission.COMMON_DATA, writes_year=True)
@require_POST
def verify(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Say that they were read and are right."""
    verify_common(uai=uai, year=year, actor=actor_on(request).login, at=timezone.now())
    messages.success(request, _("Les données communes sont vérifiées."))
    return redirect("common:read", uai=uai, year=year)


@school(Permission.COMMON_DATA, writes_year=True)
def edit(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Change them."""
    found = read_common(uai=uai, year=year)
    typed = request.POST if request.method == "POST" else None
    own = ("starts_on", "ends_on", "teachers_start_on", "teachers_end_on")
    form = CommonForm(
        typed, initial={**found.texts, **{name: getattr(found, name) for name in own}}
    )
    lines = {
        name: SpanFormSet(
            typed, prefix=name, initial=[asdict(span) for span in getattr(found, name)]
        )
        for name in ("periods", "closings")
    }
    if (
        request.method == "POST"
        and form.is_valid()
        and all(one.is_valid() for one in lines.values())
    ):
        try:
            save_common(
                uai=uai,
                year=year,
                typed=form.typed(spans_of(lines["periods"]), spans_of(lines["closings"])),
                actor=actor_on(request).login,
                at=timezone.now(),
            )
        except (UnusableTextError, WrongCalendarError, WrongBoundsError) as refusal:
            _refuse(form, refusal)
        else:
            messages.success(request, _("Les données communes sont enregistrées."))
            return redirect("common:read", uai=uai, year=year)
    shown: dict[str, Any] = {"uai": uai, "year": year, "form": form, **lines}
    return render(request, "common_data/edit.html", shown)


def _refuse(form: CommonForm, refusal: RefusedError) -> None:
    beside = refusal.field if isinstance(refusal, UnusableTextError) else None
    if isinstance(refusal, WrongBoundsError):
        beside = "starts_on"
    form.add_error(beside if beside in form.fields else None, refusal.sentence)
