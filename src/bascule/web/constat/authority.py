"""The constat of a year as the authority leads it: open, follow, change the days, reopen for a school, close."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts import policy
from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.constat import rounds, sheets, sign
from bascule.constat.standing import Standing, State, rolled_up, standing
from bascule.errors import RefusedError
from bascule.exchange.papers.table import TableForm
from bascule.figures.dimensions import BY_CODE
from bascule.schools.directory import list_schools
from bascule.values import school_year
from bascule.values.civil_identity import key as plain
from bascule.web.access import authority
from bascule.web.components.charts import Chart
from bascule.web.components.filters import page_asked
from bascule.web.components.taken import file_taken
from bascule.web.constat.forms import DaysForm, OpenForm, ReopenForm, SchoolsForm
from bascule.web.gate import PageRequest, actor_on

_PAGE = 100
#: How long a constat usually lasts.
_USUAL = timedelta(days=14)
_FIRST_DAYS = ("observed_on", "opens_on")
_DAYS_OF = (*_FIRST_DAYS, "closes_on")


@authority(Permission.AGGREGATES)
def home(request: PageRequest) -> HttpResponse:
    """Show how many schools signed, who is late, and where each stands."""
    asked = school_year.parse(request.GET.get("annee", ""))
    return _home(request, asked or school_year.school_year_of(timezone.localdate()))


@authority(Permission.AGGREGATES)
def sheet(request: PageRequest, year: int, form: str) -> HttpResponse:
    """Give the list as a table, filtered as it is shown."""
    if form not in {*TableForm}:
        raise Http404
    now = timezone.now()
    uais = [uai for uai in request.reach if uai != AUTHORITY]
    _form, shown = _listed(request, standing(uais=uais, year=year, at=now))
    content = sheets.write_standings(
        shown, year=year, form=TableForm(form), author=actor_on(request).name, at=now
    )
    return file_taken(
        request,
        uai=AUTHORITY,
        about=f"constat/{year}",
        paper="constat-list",
        name=f"constat_{school_year.label(year)}_{timezone.localtime(now):%Y%m%d-%H%M}.{form}",
        content=content,
    )


@authority(Permission.CENSUS_LEAD)
@require_POST
def open_round(request: PageRequest, year: int) -> HttpResponse:
    """Open the constat of a year."""
    form = OpenForm(request.POST)
    if form.is_valid():
        try:
            rounds.open_round(
                year=year, actor=actor_on(request).login, at=timezone.now(), **form.cleaned_data
            )
        except RefusedError as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, _("Le constat est ouvert : chaque établissement le voit."))
            return _back(year)
    return _home(request, year, open_form=form)


@authority(Permission.CENSUS_LEAD)
@require_POST
def prolong(request: PageRequest, year: int) -> HttpResponse:
    """Change the days of the constat; one that was closed is open again."""
    # As it was shown: were a day dropped since a head signed meanwhile, it would look changed.
    form = DaysForm(request.POST, is_signed=request.POST.keys().isdisjoint(_FIRST_DAYS))
    if form.is_valid():
        try:
            rounds.change_days(
                year=year, actor=actor_on(request).login, at=timezone.now(), **form.cleaned_data
            )
        except RefusedError as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(
                request, _("Les dates sont changées pour tous : chaque établissement les voit.")
            )
            return _back(year)
    return _home(request, year, days_form=form)


@authority(Permission.CENSUS_LEAD)
def close(request: PageRequest, year: int) -> HttpResponse:
    """Close the constat, once it was confirmed: nobody signs any more."""
    if request.method != "POST":
        opened = rounds.round_of(year=year)
        if opened is None or opened.closed_at is not None:
            return _back(year)
        uais = [uai for uai in request.reach if uai != AUTHORITY]
        found = standing(uais=uais, year=year, at=timezone.now()).values()
        unsigned = sum(one.state is not State.SIGNED for one in found)
        context = {"unsigned": unsigned, "here": _back(year).url}
        return render(request, "constat/close.html", context)
    try:
        rounds.close_round(year=year, actor=actor_on(request).login, at=timezone.now())
    except RefusedError as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(
            request,
            _(
                "Le constat est clos. Vous pouvez le rouvrir plus bas, en donnant un autre dernier jour."
            ),
        )
    return _back(year)


@authority(Permission.CENSUS_LEAD)
def reopen(request: PageRequest, year: int, school_uai: str) -> HttpResponse:
    """Take a signature back, with a reason that the school reads."""
    if school_uai not in request.reach:
        raise Http404
    found = standing(uais=[school_uai], year=year, at=timezone.now()).get(school_uai)
    if found is None or found.state is not State.SIGNED:
        messages.warning(request, _("Ce constat n’est pas signé : il n’y a rien à rouvrir."))
        return _back(year)
    form = ReopenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            sign.reopen(
                uai=school_uai, year=year, actor=actor_on(request).login, at=timezone.now(), **form.cleaned_data
            )  # fmt: skip
        except RefusedError as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(
                request, _("Le constat est rouvert : l’ancienne signature est gardée.")
            )
            return _back(year)
    name = next((one.name for one in list_schools() if one.uai == school_uai), school_uai)
    context = {"year": year, "found": found, "name": name, "form": form}
    return render(request, "constat/reopen.html", context)


def _home(
    request: PageRequest,
    year: int,
    *,
    open_form: OpenForm | None = None,
    days_form: DaysForm | None = None,
) -> HttpResponse:
    now = timezone.now()
    uais = [uai for uai in request.reach if uai != AUTHORITY]
    found = standing(uais=uais, year=year, at=now)
    departments = _departments(found)
    rolled = rolled_up(found.values())
    form, shown = _listed(request, found)
    query = request.GET.copy()
    query.pop("page", None)
    opened, actor = rounds.round_of(year=year), actor_on(request)
    if opened and days_form is None:
        days_form = DaysForm(
            initial={name: f"{getattr(opened, name):%d/%m/%Y}" for name in _DAYS_OF},
            is_signed=_is_signed(found.values()),
        )
    context: dict[str, Any] = {
        "year": year,
        "round": opened,
        "may_lead": policy.may(actor, Permission.CENSUS_LEAD, uai=AUTHORITY),
        "may_follow": policy.may(actor, Permission.SCHOOLS_FOLLOW, uai=AUTHORITY),
        "states": [(state, state.label) for state in State],
        "rolled": [
            (departments.get(one.department, ""), one, [one.states[state] for state in State])
            for one in rolled
        ],
        "all": rolled[-1] if rolled else None,
        "chart": _chart(rolled[-1].states) if found else None,
        "form": form,
        "is_filtered": any(form.cleaned_data.values()),
        "query": query.urlencode(),
        "here": request.path,
        "count": len(shown),
        "pages": Paginator(shown, _PAGE).get_page(page_asked(request.GET)),
        "open_form": open_form or OpenForm(initial=_usual_days(year, timezone.localdate(now))),
        "days_form": days_form,
    }
    return render(request, "constat/authority.html", context)


def _departments(found: Iterable[str]) -> Mapping[str, str]:
    return BY_CODE["departement"].words(sorted({uai[:3] for uai in found}))


def _listed(
    request: PageRequest, found: Mapping[str, Standing]
) -> tuple[SchoolsForm, list[tuple[str, Standing]]]:
    """List the schools that the address asks for, with their names."""
    names = {one.uai: one.name for one in list_schools() if one.uai in found}
    form = SchoolsForm(request.GET, departments=list(_departments(found).items()))
    form.is_valid()
    rows = [(names.get(one.uai, ""), one) for one in found.values()]
    return form, _wanted(rows, form.cleaned_data)


def _is_signed(found: Iterable[Standing]) -> bool:
    return any(one.state is State.SIGNED for one in found)


def _wanted(
    rows: Sequence[tuple[str, Standing]], wanted: dict[str, Any]
) -> list[tuple[str, Standing]]:
    state, words = wanted.get("etat", ""), plain(wanted.get("q", "")).split()
    department = wanted.get("departement", "")
    return [
        (name, one)
        for name, one in rows
        if one.uai.startswith(department)
        and (not state or (one.late_since is not None if state == "retard" else one.state == state))
        and all(word in plain(f"{name} {one.uai}") for word in words)
    ]


def _chart(states: dict[State, int]) -> Chart:
    return Chart(
        title=_("Où en sont les établissements"),
        head=_("État"),
        series=(_("établissements"),),
        lines=[(_(state.label), (states[state],)) for state in State],
    )


def _usual_days(year: int, today: date) -> dict[str, str]:
    first = max(today, school_year.starts_on(year))
    return {
        "observed_on": f"{first:%d/%m/%Y}",
        "opens_on": f"{first:%d/%m/%Y}",
        "closes_on": f"{first + _USUAL:%d/%m/%Y}",
    }


def _back(year: int) -> HttpResponseRedirect:
    return redirect(f"{reverse('constat:home')}?annee={year}")
