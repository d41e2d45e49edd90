"""The pages of a press: what it would do, how far it is, what is asked of it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_noop
from procrastinate.contrib.django import app

from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.errors import RefusedError
from bascule.preparation import openings
from bascule.preparation.models import SchoolOpening, YearOpening
from bascule.preparation.opening import Readiness, plan_opening
from bascule.web.access import authority
from bascule.web.gate import PageRequest, actor_on
from bascule.web.years.forms import OpenForm

Line = SchoolOpening.State

#: Seconds between two looks at a press under way, for who asked to follow it.
_PACE = 3

_READINESS = {
    Readiness.READY: "info",
    Readiness.OPEN: "success",
    Readiness.BLOCKED: "danger",
}
TONES = {
    Line.TO_DO: "neutral",
    Line.DONE: "success",
    Line.FAILED: "danger",
    Line.BLOCKED: "warning",
    Line.UNDONE: "info",
}


#: How the schools of each state are counted.
_COUNTED = {
    Line.TO_DO: gettext_noop("Établissements à faire"),
    Line.DONE: gettext_noop("Établissements ouverts"),
    Line.FAILED: gettext_noop("Établissements en échec"),
    Line.BLOCKED: gettext_noop("Établissements bloqués"),
    Line.UNDONE: gettext_noop("Établissements où elle est annulée"),
}

#: What may be asked of a press: the verb, its options, and what is said once it is done.
_ASKED: dict[str, tuple[Callable[..., YearOpening], dict[str, Any], str]] = {
    "stop": (
        openings.request_stop,
        {},
        gettext_noop("L’arrêt est demandé : l’établissement commencé se termine d’abord."),
    ),
    "resume": (openings.resume, {}, gettext_noop("L’ouverture reprend.")),
    "skip": (
        openings.resume,
        {"keeps_going": True},
        gettext_noop("L’ouverture reprend, en passant les établissements qui ne le peuvent pas."),
    ),
    "undo": (openings.request_undo, {}, gettext_noop("L’annulation est lancée.")),
}


@authority(Permission.YEARS)
def plan(request: PageRequest, first: int) -> HttpResponse:
    """Show what opening a year would do; press."""
    found = plan_opening(uais=schools_of(request), year=first)
    ready = [one for one in found if one.readiness is Readiness.READY]
    form = OpenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            pressed = openings.press(
                uais=[one.uai for one in ready],
                year=first,
                keeps_going=form.cleaned_data["keeps_going"] == "oui",
                actor=actor_on(request).login,
                at=timezone.now(),
            )
        except RefusedError as refusal:
            form.refuse(refusal)
        else:
            _leave_to_a_worker(pressed)
            messages.success(
                request,
                _("L’ouverture est lancée. Vous pouvez quitter cette page : elle continue."),
            )
            return redirect(f"{reverse('years:opening', args=[pressed.pk])}?suivre=1")
    rows = [{"plan": one, "tone": _READINESS[one.readiness]} for one in found]
    context = {
        "first": first,
        "form": form,
        "rows": rows,
        "ready": ready,
        "staying": sum(one.moves.staying for one in ready),
        "left": sum(one.moves.left for one in ready),
        "blocked": [one for one in found if one.readiness is Readiness.BLOCKED],
        "open": [one for one in found if one.readiness is Readiness.OPEN],
    }
    return render(request, "years/plan.html", context)


@authority(Permission.YEARS)
def opening(request: PageRequest, number: int) -> HttpResponse:
    """Show how far a press is, and what may be asked of it."""
    detail = openings.read_opening(number=number)
    one, counts = detail.opening, detail.counts
    left = sum(counts.get(state, 0) for state in (Line.TO_DO, Line.FAILED, Line.BLOCKED))
    context = {
        "detail": detail,
        "opening": one,
        "pace": _PACE if detail.is_at_work and request.GET.get("suivre") else 0,
        "counts": [(_(_COUNTED[state]), counts[state]) for state in Line if state in counts],
        "failures": [
            {"line": line, "name": detail.names.get(line.uai, ""), "tone": TONES[Line(line.state)]}
            for line in detail.lines
            if line.sentence
        ],
        "lines": [
            {"line": line, "name": detail.names.get(line.uai, ""), "tone": TONES[Line(line.state)]}
            for line in detail.lines
        ],
        "may_stop": detail.is_at_work,
        # What died, or was stopped, is taken up by whoever asks.
        "may_resume": not detail.is_held and bool(left) and one.state != YearOpening.State.UNDONE,
        "may_undo": _may_undo(detail),
    }
    return render(request, "years/opening.html", context)


@authority(Permission.YEARS)
def ask(request: PageRequest, number: int) -> HttpResponse:
    """Stop, resume or undo a press; undoing is confirmed here."""
    if request.method != "POST":
        return _confirm_undo(request, number)
    asked = request.POST.get("ask", "")
    if asked not in _ASKED:
        raise Http404
    verb, options, said = _ASKED[asked]
    found = verb(number=number, actor=actor_on(request).login, at=timezone.now(), **options)
    here = reverse("years:opening", args=[number])
    if asked != "stop":
        _leave_to_a_worker(found)
        here += "?suivre=1"
    messages.success(request, _(said))
    return redirect(here)


def _confirm_undo(request: PageRequest, number: int) -> HttpResponse:
    detail, here = openings.read_opening(number=number), reverse("years:opening", args=[number])
    if not _may_undo(detail):
        return redirect(here)
    context = {"opening": detail.opening, "done": detail.counts[Line.DONE], "here": here}
    return render(request, "years/undo.html", context)


def _may_undo(detail: openings.OpeningDetail) -> bool:
    return not detail.is_at_work and bool(detail.counts.get(Line.DONE))


def schools_of(request: PageRequest) -> list[str]:
    """List the schools that the page's permission opens, without the authority itself.

    Args:
        request (PageRequest): the request.

    Returns:
        list[str]: their numbers.
    """
    return [uai for uai in request.reach if uai != AUTHORITY]


def _leave_to_a_worker(found: YearOpening) -> None:
    """Ask for the job that does it, in the transaction of the request: both, or none."""
    app.configure_task("years.open", lock="years.open").defer(number=found.pk)
