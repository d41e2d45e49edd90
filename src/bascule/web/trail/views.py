"""The journal, for a school and for the data protection officer."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from bascule.accounts import people, policy
from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.accounts.tokens import about as about_token
from bascule.accounts.visitors import visitors_of
from bascule.exchange.papers.csv import sheet
from bascule.journal.access import Criteria, find, note
from bascule.journal.acts import find_acts
from bascule.journal.models import Access
from bascule.schools.directory import list_schools
from bascule.students import lookup
from bascule.web.access import authority, school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.trail import lines
from bascule.web.trail.forms import USUAL, SchoolTrailForm, SearchForm
from bascule.web.trail.lines import Line

#: Lines of a sheet at most: what a spreadsheet opens without pain.
_MOST = 50_000
#: Persons that a name may stand for.
_PERSONS = 20

_COLUMNS = (
    "N°", "Date", "Heure", "Ce qui s’est passé", "Code", "Qui", "Identifiant", "UAI", "Établissement", "Objet",
    "Code de l’objet", "Motif", "Adresse", "Précisions",
)  # fmt: skip


@school(Permission.TRAIL_SCHOOL)
def in_school(request: PageRequest, uai: str) -> HttpResponse:
    """Show who looked at what in the school."""
    form = SchoolTrailForm(request.GET, visitors=visitors_of(uai=uai))
    criteria = _in_school(form) if form.is_valid() else None
    page: lines.Slice[Access] = lines.Slice([], None)
    if criteria is not None:
        page = lines.sliced(_finder([uai]), replace(criteria, before_id=_before(request)))
    may_name = policy.may(actor_on(request), Permission.PUPILS_READ, uai=uai)
    pupils = lines.pupils_of(page.rows) if may_name else set()
    context = {
        "uai": uai,
        "form": form,
        "lines": lines.of_accesses(
            page.rows, pupils=lookup.names_of(uai=uai, pupil_ids=pupils) if pupils else None
        ),
        **_around(request, page.next_id),
    }
    return render(request, "trail/school.html", context)


@authority(Permission.TRAIL_SEARCH)
def search(request: PageRequest) -> HttpResponse:
    """Search the whole journal; the search is written in it."""
    is_asked = "du" in request.GET
    form = _search_form(request, is_asked=is_asked)
    found: list[Line] = []
    next_id = None
    if is_asked and form.is_valid():
        criteria, uais = _searched(form), _places(request, form)
        _note_search(request, "trail.search", form, criteria)
        found, next_id = _page(form, uais, replace(criteria, before_id=_before(request)))
    context = {
        "form": form,
        "is_asked": is_asked,
        "lines": found,
        "is_of_acts": is_asked and form.is_valid() and form.is_of_acts,
        **_around(request, next_id),
    }
    return render(request, "trail/search.html", context)


@authority(Permission.TRAIL_SEARCH)
def export(request: PageRequest) -> HttpResponse:
    """Give what a search finds as a sheet; what was taken is written in the journal."""
    form = _search_form(request, is_asked=True)
    if not form.is_valid():
        return HttpResponseRedirect(f"{reverse('trail:search')}?{request.GET.urlencode()}")
    criteria, uais = _searched(form), _places(request, form)
    found = _every(form, uais, criteria)
    _note_search(request, "trail.export", form, criteria, count=len(found))
    content = sheet(_COLUMNS, (_cells(line) for line in found))
    name = f"journal_{timezone.localtime():%Y%m%d-%H%M}.csv"
    return HttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _in_school(form: SchoolTrailForm) -> Criteria:
    asked = form.cleaned_data
    since, until = form.period()
    who, pupil = asked["qui"], asked["eleve"]
    about = [f"student/{int(pupil)}"] if pupil else []
    if who[:1] == "t":
        # Software reads no record: of both, nothing is found.
        about = [about_token(int(who[1:]))] if not about else [""]
    return Criteria(
        since=since,
        until=until,
        kinds=(asked["quoi"],) if asked["quoi"] else (),
        person_ids=(int(who[1:]),) if who[:1] == "p" else (),
        about=tuple(about),
    )


def _search_form(request: PageRequest, *, is_asked: bool) -> SearchForm:
    since = timezone.localdate() - USUAL
    return SearchForm(
        request.GET if is_asked else None,
        schools=list_schools(),
        initial={"du": f"{since:%d/%m/%Y}", "genre": "acces"},
    )


def _searched(form: SearchForm) -> Criteria:
    asked = form.cleaned_data
    since, until = form.period()
    persons = (
        people.find(query=asked["qui"], uais=None, today=timezone.localdate(), most=_PERSONS)
        if asked["qui"]
        else []
    )
    criteria = Criteria(
        since=since,
        until=until,
        kinds=(asked["quoi"],) if asked["quoi"] else (),
        about=(f"student/{int(asked['eleve'])}",) if asked["eleve"] else (),
    )
    if not asked["qui"]:
        return criteria
    if persons and not form.is_of_acts:
        return replace(criteria, person_ids=tuple(one.pk for one in persons))
    # The name of a token, or a login that nobody has.
    return replace(criteria, actors=tuple(one.login for one in persons) or (asked["qui"],))


def _places(request: PageRequest, form: SearchForm) -> list[str]:
    """Give the schools that are searched, and the authority's own lines."""
    chosen = form.cleaned_data["etablissement"]
    if chosen:
        return [chosen]
    return list(request.reach)


def _finder(uais: Sequence[str]) -> "lines.Find[Access]":
    return lambda criteria, most: find(uais=uais, criteria=criteria, most=most)


def _page(
    form: SearchForm, uais: Sequence[str], criteria: Criteria
) -> tuple[list[Line], int | None]:
    if form.is_of_acts:
        acts = lines.sliced(
            lambda wanted, most: find_acts(uais=uais, criteria=wanted, most=most), criteria
        )
        return lines.of_acts(acts.rows), acts.next_id
    accesses = lines.sliced(_finder(uais), criteria)
    return lines.of_accesses(accesses.rows), accesses.next_id


def _every(form: SearchForm, uais: Sequence[str], criteria: Criteria) -> list[Line]:
    if form.is_of_acts:
        acts = lines.every(
            lambda wanted, most: find_acts(uais=uais, criteria=wanted, most=most),
            criteria,
            most=_MOST,
        )
        return lines.of_acts(list(acts))
    return lines.of_accesses(list(lines.every(_finder(uais), criteria, most=_MOST)))


def _note_search(
    request: PageRequest, kind: str, form: SearchForm, criteria: Criteria, **more: object
) -> None:
    """Write down who searched for what: numbers and codes, never what was typed for a name."""
    asked = form.cleaned_data
    facts: dict[str, Any] = {
        "of": "acts" if form.is_of_acts else "accesses",
        "from": asked["du"].isoformat(),
        "to": asked["au"].isoformat() if asked["au"] else "",
        "kind": asked["quoi"],
        "persons": list(criteria.person_ids),
        "by_name": bool(asked["qui"]),
        "about": list(criteria.about),
        "before": _before(request),
        **more,
    }
    note(
        kind=kind,
        visitor=actor_on(request).visitor,
        at=timezone.now(),
        uai=asked["etablissement"] or AUTHORITY,
        facts={name: value for name, value in facts.items() if value not in ("", None, [], False)},
    )


def _before(request: PageRequest) -> int | None:
    asked = request.GET.get("avant", "")
    return int(asked) if asked.isdecimal() and len(asked) < 19 else None  # noqa: PLR2004 - digits of a number


def _around(request: PageRequest, next_id: int | None) -> dict[str, Any]:
    """Give the ways out of a page of lines: older ones, the latest, all of them."""
    kept = _without(request.GET, ("avant",))
    return {
        "older": _with(kept, avant=str(next_id)) if next_id is not None else "",
        "latest": kept.urlencode() if "avant" in request.GET else "",
        "query": kept.urlencode(),
        "is_below": "avant" in request.GET,
        "is_filtered": any(value for _name, value in kept.items()),
    }


def _without(query: QueryDict, names: Iterable[str]) -> QueryDict:
    kept = query.copy()
    for name in names:
        kept.pop(name, None)
    return kept


def _with(query: QueryDict, **values: str) -> str:
    added = query.copy()
    for name, value in values.items():
        added[name] = value
    return added.urlencode()


def _cells(line: Line) -> Sequence[object]:
    local = timezone.localtime(line.at)
    return (
        line.id, f"{local:%d/%m/%Y}", f"{local:%H:%M:%S}", line.what, line.kind, line.who, line.login, line.uai,
        line.place, line.thing, line.about, line.purpose, line.address, line.facts,
    )  # fmt: skip
