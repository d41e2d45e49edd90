"""The steps of an import after its deposit; each page is found again by its URL, and leads to the one of now."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.exchange import comparison, reports, runs as verbs, spare as spares
from bascule.exchange.accents import encoding_of, words_of
from bascule.exchange.journey import (
    WAITING,
    NotWaitingError,
    PlanOutdatedError,
    is_outdated,
    replan,
)
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import rest_of
from bascule.exchange.switch_off import is_left_behind
from bascule.exchange.told import is_asked
from bascule.web.access import school
from bascule.web.exchanges.acknowledged import acknowledged
from bascule.web.exchanges.forms import ComparisonForm, LeaversForm, import_words, nature_of
from bascule.web.gate import PageRequest, actor_on

State = ImportRun.State

#: The page that shows a run in each of its states.
_PAGES = {
    State.UNTOLD: "exchanges:columns",
    State.RECEIVED: "exchanges:check",
    State.PLANNED: "exchanges:compare",
    State.HELD: "exchanges:compare",
}
#: The steps, in order.
_STEPS = (
    gettext_lazy("Déposer"),
    gettext_lazy("Contrôler"),
    gettext_lazy("Comparer"),
    gettext_lazy("Confirmer"),
    gettext_lazy("Résultat"),
)
#: The page asks again after so many seconds, by the age of the deposit.
_PATIENCE = ((5, 1), (20, 2))
_LONG = 5


def page_of(run: ImportRun) -> str:
    """Give the URL of the step at which a run stands.

    Args:
        run (ImportRun): the run.

    Returns:
        str: a path.
    """
    name = _PAGES.get(State(run.state), "exchanges:result")
    return reverse(name, args=(run.uai, run.year, run.pk))


def run_of(uai: str, year: int, run_id: int) -> ImportRun:
    """Find an import of a year.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        run_id (int): the run.

    Returns:
        ImportRun: the run.

    Raises:
        UnknownRunError: if the school has no such import in that year.
    """
    run = verbs.get_run(run_id=run_id, uai=uai)
    if run.year != year:
        raise verbs.UnknownRunError(run.pk, run.uai)
    return run


@school(Permission.IMPORT)
def check(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Show that the file is being read, until it is."""
    run = run_of(uai, year, run_id)
    if run.state != State.RECEIVED:
        answer = redirect(page_of(run))
        if request.headers.get("HX-Request"):
            # The page asked by itself: it goes on as a whole.
            answer = HttpResponse(headers={"HX-Redirect": page_of(run)})  # type: ignore[assignment]
        return answer
    age = (timezone.now() - run.received_at) / timedelta(seconds=1)
    wait = next((seconds for below, seconds in _PATIENCE if age < below), _LONG)
    context = {**frame(request, run, 2), "wait": wait, "names": verbs.file_names(run=run)}
    name = (
        "exchanges/check_live.html" if request.headers.get("HX-Request") else "exchanges/check.html"
    )
    return render(request, name, context)


@school(Permission.IMPORT)
def compare(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Show what confirming would do: nothing is written yet."""
    run = run_of(uai, year, run_id)
    if run.state not in (State.PLANNED, State.HELD):
        return redirect(page_of(run))
    context = {
        **frame(request, run, 3),
        **_compared(request, run),
        "may": _may(request, run),
        "is_outdated": is_outdated(run),
    }
    return render(request, "exchanges/compare.html", context)


@school(Permission.IMPORT, writes_year=True)
def spare(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Leave some changes of the file out, or take them up again; the comparison comes back as it was asked for."""
    run = run_of(uai, year, run_id)
    here = page_of(run)
    if request.method != "POST":
        return redirect(here)
    if "recomparer" in request.POST:
        replan(run_id, uai=uai, at=timezone.now())
        return redirect(here)
    choice, is_taken_up = _chosen(request)
    if choice is None:
        messages.warning(request, _("Cochez au moins une fiche."))
    else:
        verb = spares.take_up if is_taken_up else spares.spare
        try:
            count = verb(run_id=run_id, uai=uai, choice=choice, at=timezone.now())
        except NotWaitingError as refusal:
            messages.warning(request, refusal.sentence)
        else:
            said = (
                ngettext("%(count)s fiche est reprise.", "%(count)s fiches sont reprises.", count)
                if is_taken_up
                else ngettext(
                    "%(count)s fiche est laissée de côté : rien n’y change.",
                    "%(count)s fiches sont laissées de côté : rien n’y change.",
                    count,
                )
            )
            messages.success(request, said % {"count": count})
    asked = urlencode({name: request.POST[name] for name in _ASKED if request.POST.get(name)})
    return redirect(f"{here}?{asked}" if asked and run.state in _PAGES else here)


#: What the URL of a comparison says.
_ASKED = ("nature", "champ", "q", "page")


def _chosen(request: PageRequest) -> tuple[spares.Choice | None, bool]:
    """Read which changes are meant: those of a button, of the ticked records, or all that the page shows."""
    typed = request.POST
    what, _sign, which = typed.get("quoi", "").partition(":")
    is_taken_up = what.startswith("reprendre")
    if what in {"laisser", "reprendre"} and which:
        record, _sign, field = which.partition(":")
        return spares.Choice(records=(record,), field=field), is_taken_up
    if what == "semblables":
        field, _sign, mark = which.rpartition(":")
        return spares.Choice(field=field, mark=mark, filters=_filters(typed)), False
    if what in {"laisser-tout", "reprendre-tout"}:
        return spares.Choice(filters=_filters(typed)), is_taken_up
    ticked = tuple(typed.getlist("fiche"))
    return (spares.Choice(records=ticked) if ticked else None), is_taken_up


@school(Permission.IMPORT_CONFIRM, writes_year=True)
def confirm(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Write what was compared, once."""
    run = run_of(uai, year, run_id)
    if run.state not in (State.PLANNED, State.HELD):
        return redirect(page_of(run))
    may, expected = _may(request, run), verbs.leavers_of(run)
    typed = request.POST if request.method == "POST" and run.state == State.HELD else None
    form = LeaversForm(typed, expected=expected)
    if request.method == "POST" and (
        run.state == State.PLANNED or (may["release"] and form.is_valid())
    ):
        leavers = expected if run.state == State.HELD else None
        return _approved(request, run, leavers=leavers)
    context = {**frame(request, run, 4), "form": form, "expected": expected, "may": may}
    return render(request, "exchanges/confirm.html", context)


@school(Permission.IMPORT_RELEASE_WIDE, writes_year=True)
def release(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Let the authority confirm what a head may not."""
    run = run_of(uai, year, run_id)
    if run.state != State.HELD:
        return redirect(page_of(run))
    if request.method == "POST":
        return _approved(request, run, as_authority=True)
    return render(request, "exchanges/release.html", frame(request, run, 4))


@school(Permission.IMPORT, writes_year=True)
def decline(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Give an import up; nothing of it was written."""
    run = run_of(uai, year, run_id)
    if request.method == "POST":
        try:
            verbs.decline(run_id=run_id, uai=uai)
        except NotWaitingError as refusal:
            messages.warning(request, refusal.sentence)
        else:
            messages.success(request, _("L’import est abandonné. Rien n’a été écrit."))
            return redirect("exchanges:runs", uai, year)
    return redirect(page_of(run))


@school(Permission.IMPORT)
def result(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Show what an import did, or why it did nothing."""
    run = run_of(uai, year, run_id)
    if State(run.state) in _PAGES:
        return redirect(page_of(run))
    detail = verbs.read_detail(run_id=run_id, uai=uai)
    undo_until = run.applied_at and run.applied_at + timedelta(days=verbs.UNDO_DAYS)
    context = {
        **frame(request, run, 5),
        "names": detail.file_names,
        "report": reports.read_report(detail),
        "refused_forms": ("xlsx", "csv", "xml"),
        "may": _may(request, run),
        "prepares": is_left_behind(run.flow),
        "leaves": rest_of(run),
        "undo_until": undo_until,
        "is_recent": undo_until is not None and timezone.now() < undo_until,
    }
    return render(request, "exchanges/result.html", context)


@school(Permission.IMPORT_CONFIRM, writes_year=True)
def undo(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Show what undoing would do, then undo."""
    run = run_of(uai, year, run_id)
    try:
        if request.method == "POST":
            done = verbs.undo(
                run_id=run_id, uai=uai, actor=actor_on(request).login, at=timezone.now()
            )
            messages.success(
                request, _("L’import est annulé : les dossiers sont revenus à leur état d’avant.")
            )
            for name in done.kept[:_NAMED]:
                messages.info(
                    request, _("Gardé tel que vous l’avez modifié : %(name)s.") % {"name": name}
                )
            return redirect(page_of(done.run))
        seen = verbs.preview_undo(
            run_id=run_id, uai=uai, actor=actor_on(request).login, at=timezone.now()
        )
    except verbs.CannotUndoError as refusal:
        messages.warning(request, refusal.sentence)
        return redirect(page_of(run))
    return render(request, "exchanges/undo.html", {**frame(request, run, 5), "seen": seen})


@school(Permission.IMPORT_CONFIRM, writes_year=True)
def restore(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Take an undoing back."""
    run = run_of(uai, year, run_id)
    if request.method == "POST":
        try:
            done = verbs.restore(
                run_id=run_id, uai=uai, actor=actor_on(request).login, at=timezone.now()
            )
        except verbs.CannotUndoError as refusal:
            messages.warning(request, refusal.sentence)
        else:
            messages.success(request, _("L’import est rétabli."))
            run = done.run
    return redirect(page_of(run))


#: Names told at most in messages.
_NAMED = 5


def _approved(request: PageRequest, run: ImportRun, **how: Any) -> HttpResponse:
    try:
        verbs.approve(
            run_id=run.pk,
            uai=run.uai,
            actor=actor_on(request).login,
            at=timezone.now(),
            # The plan of the page that was looked at, whatever was made since.
            plan_hash=request.POST.get("plan", "") or "0" * verbs.SHORTEST_HASH,
            **how,
        )
    except PlanOutdatedError as refusal:
        messages.warning(request, refusal.sentence)
    except NotWaitingError:
        # Pressed twice, or in two windows: what was asked for is done.
        pass
    return redirect("exchanges:run", run.uai, run.year, run.pk)


def _compared(request: PageRequest, run: ImportRun) -> dict[str, Any]:
    asked = request.GET
    filters = _filters(asked)
    found = comparison.compare(run_id=run.pk, uai=run.uai, filters=filters)
    form = ComparisonForm(asked)
    form.offer(found)
    return {
        "found": found,
        "filters": form,
        "here": request.path,
        "asked": {name: asked[name] for name in _ASKED if asked.get(name)},
        "is_filtered": bool(filters.nature or filters.field or filters.text),
        "shows_spared": filters.nature is comparison.Nature.SPARED,
        "spared_url": f"?{urlencode({'nature': comparison.Nature.SPARED.value})}",
        "pages": Paginator(range(found.count), comparison.PAGE).get_page(filters.page),
    }


def _filters(asked: Mapping[str, str]) -> comparison.Filters:
    page = asked.get("page", "")
    return comparison.Filters(
        nature=nature_of(asked.get("nature", "")),
        field=asked.get("champ", ""),
        text=asked.get("q", ""),
        page=int(page) if page.isdecimal() and 0 < int(page) < _MOST_PAGES else 1,
    )


_MOST_PAGES = 10_000


def _may(request: PageRequest, run: ImportRun) -> dict[str, bool]:
    def holds(permission: Permission) -> bool:
        return policy.may(actor_on(request), permission, uai=run.uai)

    needs_authority = any(guard.get("needs_authority") for guard in run.guards)
    return {
        "confirm": holds(Permission.IMPORT_CONFIRM),
        "mend": holds(Permission.PUPILS_WRITE),
        "release": holds(Permission.IMPORT_RELEASE) and not needs_authority,
        "release_wide": holds(Permission.IMPORT_RELEASE_WIDE),
        "needs_authority": needs_authority,
    }


def frame(request: PageRequest, run: ImportRun, step: int) -> dict[str, Any]:
    """Give what stands on every step.

    Args:
        request (PageRequest): the request.
        run (ImportRun): the run.
        step (int): the step, from 1.

    Returns:
        dict[str, Any]: for its template.
    """
    made_on = run.heading.get("made_on")
    return {
        "uai": run.uai,
        "year": run.year,
        "run": run,
        "step": step,
        "steps": _STEPS,
        "counts": run.counts,
        "button": import_words(run.counts),
        "leavers": verbs.leavers_of(run),
        "asks_columns": is_asked(run),
        "made_on": date.fromisoformat(made_on) if made_on else None,
        "accents": words_of(encoding) if (encoding := encoding_of(run=run)) else "",
        "is_waiting": run.state in WAITING,
        "acknowledgements": acknowledged(run),
    }
