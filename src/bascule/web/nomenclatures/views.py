"""National tables, what is diffused of them, releases, and who received them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.nomenclatures import lookup, release
from bascule.nomenclatures.entries import small_table_of
from bascule.nomenclatures.release import LEVEL_LENGTH
from bascule.preparation import descent
from bascule.preparation.descent import Standing
from bascule.schools.directory import list_schools
from bascule.schools.models import School, SchoolYear
from bascule.schools.open_year import years_of
from bascule.store.queue import ask_once
from bascule.values import civil_identity, school_year
from bascule.web.access import authority
from bascule.web.components.picker import SEARCH, Picker, asked
from bascule.web.gate import PageRequest, actor_on

_FIRST_YEAR, _LAST_YEAR = 1990, 2100
#: Schools on a page.
_PAGE = 100
#: Lines of a list that a preview shows.
_MOST = 200
_ALL, _MISSING, _DONE = "", "sans", "avec"


#: What the blocks of a release are called, but for the small tables.
_BLOCKS: Mapping[str, Promise] = {
    "MEF": gettext_lazy("MEF"),
    "MATIERE": gettext_lazy("Matières"),
    "PROGRAMME": gettext_lazy("Lignes de programme"),
    "OPTION_OBLIGATOIRE": gettext_lazy("Options obligatoires"),
    release.SUCCESSORS: gettext_lazy("MEF fermés et leurs remplaçants"),
}


@dataclass(frozen=True, slots=True)
class _Offer:
    """A MEF in the list of what is diffused."""

    code: str
    label: str
    is_new: bool
    has_programme: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """A school in the list of who received what."""

    school: School
    standing: Standing
    has_last: bool

    def answers(self, words: list[str]) -> bool:
        """Tell whether a search finds it."""
        text = civil_identity.key(f"{self.school.uai} {self.school.name}")
        return all(word in text for word in words)


@authority(Permission.NOMENCLATURES)
def home(request: PageRequest) -> HttpResponse:
    """Show the national tables and the releases of each year."""
    opened = sorted({row.year for row in _years(request)}, reverse=True)
    years = opened or [school_year.school_year_of(timezone.localdate())]
    shown = {
        "tables": lookup.tables(),
        "years": [
            {
                "year": year,
                "releases": release.releases(year=year),
                "last": release.last_release(year=year),
            }
            for year in years
        ],
    }
    return render(request, "nomenclatures/home.html", shown)


@authority(Permission.NOMENCLATURES)
def diffusion(request: PageRequest, year: int) -> HttpResponse:
    """Choose the MEF that a year diffuses."""
    _check(year)
    known = release.diffusion(year=year)
    last = release.last_release(year=year) or release.last_release(year=year - 1)
    took = (
        release.taking_pupils(release.entries_of(release=last, blocks=("MEF",))) if last else None
    )
    offers = [
        _Offer(
            one.code,
            one.label,
            took is not None and one.code not in took and one.is_diffused,
            one.has_programme,
        )
        for one in known
    ]
    picker = Picker(
        request,
        offers,
        chosen={one.code for one in known if one.is_diffused},
        titles=lookup.labels("dispositif_formation"),
        key_length=LEVEL_LENGTH,
    )
    level = request.POST.get("dispositif", "")[:LEVEL_LENGTH]
    if request.method == "POST" and (asked(request) != SEARCH or level):
        decided: dict[str, Any] = {"included": picker.added, "excluded": picker.removed}
        if level:
            whole = [one.code for one in known if one.level == level]
            is_in = request.POST.get("tout") == "1"
            # What was decided one by one follows the whole.
            decided = {"included" if is_in else "excluded": [level], "undecided": whole}
        try:
            count = release.decide(
                year=year, actor=actor_on(request).login, at=timezone.now(), **decided
            )
        except RefusedError as refusal:
            messages.error(request, refusal.sentence)
        else:
            _say_decided(request, count)
        return redirect("nomenclatures:diffusion", year=year)
    levels: dict[str, list[bool]] = {}
    for one in known:
        levels.setdefault(one.level, []).append(one.is_diffused)
    titles = lookup.labels("dispositif_formation")
    shown = {
        "year": year,
        "picker": picker,
        "is_searching": bool(picker.query or picker.group or picker.is_pending),
        "levels": [
            {"code": code, "title": titles.get(code, ""), "in": sum(each), "of": len(each)}
            for code, each in sorted(levels.items())
        ],
    }
    return render(request, "nomenclatures/diffusion.html", shown)


@authority(Permission.NOMENCLATURES)
def draft(request: PageRequest, year: int) -> HttpResponse:
    """Show what would be published, and set which MEF stand for those that close."""
    _check(year)
    refusal, typed = "", {}
    if request.method == "POST":
        typed = {
            name.removeprefix("remplacant_"): request.POST.get(name, "").strip()
            for name in request.POST
            if name.startswith("remplacant_")
        }
        before = release.draft(year=year).successors
        changed = {code: new for code, new in typed.items() if new != before.get(code, "")}
        try:
            count = release.decide(
                year=year, successors=changed, actor=actor_on(request).login, at=timezone.now()
            )
        except RefusedError as refused:
            refusal = refused.sentence
        else:
            _say_decided(request, count)
            return redirect("nomenclatures:draft", year=year)
    found = release.draft(year=year)
    labels = lookup.labels("mef")
    closed = list(found.closed.items())
    titles = {one.name: one.title for one in lookup.tables()}
    shown = {
        "year": year,
        "draft": found,
        "refusal": refusal,
        "added": list(found.added.items())[:_MOST],
        "added_more": max(len(found.added) - _MOST, 0),
        "closed": [
            {
                "code": code,
                "label": label,
                "successor": typed.get(code, found.successors.get(code, "")),
                "successor_label": labels.get(found.successors.get(code, ""), ""),
            }
            for code, label in closed[:_MOST]
        ],
        "closed_more": max(len(closed) - _MOST, 0),
        "counts": [
            (_BLOCKS.get(block) or titles.get(small_table_of(block), block), count)
            for block, count in found.counts.items()
            if count.added or count.changed or count.removed
        ],
    }
    return render(request, "nomenclatures/draft.html", shown)


@authority(Permission.NOMENCLATURES)
@require_POST
def publish(request: PageRequest, year: int) -> HttpResponse:
    """Publish what a year diffuses."""
    _check(year)
    try:
        made = release.publish(year=year, actor=actor_on(request).login, at=timezone.now())
    except RefusedError as refusal:
        messages.error(request, refusal.sentence)
        return redirect("nomenclatures:draft", year=year)
    text = _("La diffusion n° %(number)s est publiée. Remettez-la aux établissements.")
    messages.success(request, text % {"number": made.number})
    return redirect("nomenclatures:receipts", year=year)


@authority(Permission.NOMENCLATURES)
def receipts(request: PageRequest, year: int) -> HttpResponse:
    """Show which schools received what."""
    _check(year)
    last = release.last_release(year=year)
    uais = _open_in(request, year)
    standings = descent.standings(*uais, year=year)
    number = last.number if last else 0
    rows = [
        _Row(school, standing, bool(number) and standing.number == number)
        for school in list_schools()
        if (standing := standings.get(school.uai)) is not None
    ]
    query, state = request.GET.get("q", "").strip()[:100], request.GET.get("etat", _ALL)
    words = civil_identity.key(query).split()
    found = [
        row
        for row in rows
        if row.answers(words) and state in (_ALL, _DONE if row.has_last else _MISSING)
    ]
    shown = {
        "year": year,
        "last": last,
        "query": query,
        "state": state,
        "count": len(rows),
        "done_count": sum(row.has_last for row in rows),
        "validated_count": sum(row.standing.is_validated for row in rows),
        "found_count": len(found),
        "page": Paginator(found, _PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "nomenclatures/receipts.html", shown)


@authority(Permission.NOMENCLATURES)
@require_POST
def deliver(request: PageRequest, year: int) -> HttpResponse:
    """Ask for the delivery of the last release to one school, or to all those that lack it."""
    _check(year)
    last, login = release.last_release(year=year), actor_on(request).login
    if last is None:
        raise release.NoReleaseError(year)
    uais = _open_in(request, year)
    wanted = request.POST.get("uai", "")
    if wanted and wanted not in uais:
        raise Http404
    standings = descent.standings(*uais, year=year)
    lacking = [
        uai for uai in ([wanted] if wanted else uais) if standings[uai].number != last.number
    ]
    for uai in lacking:
        ask_once(
            "nomenclatures.deliver", lock=uai, about=str(year), uai=uai, year=year, actor=login
        )
    text = ngettext(
        "La remise est demandée pour %(count)s établissement : elle se fait dans les minutes qui viennent.",
        "La remise est demandée pour %(count)s établissements : elle se fait dans les minutes qui viennent.",
        len(lacking),
    )
    messages.success(request, text % {"count": len(lacking)})
    return redirect("nomenclatures:receipts", year=year)


def _check(year: int) -> None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise Http404


def _years(request: PageRequest) -> list[SchoolYear]:
    return [row for row in years_of(*request.reach) if row.state != SchoolYear.State.CLOSED]


def _open_in(request: PageRequest, year: int) -> list[str]:
    return [row.uai for row in _years(request) if row.year == year]


def _say_decided(request: PageRequest, count: int) -> None:
    text = ngettext("%(count)s choix est enregistré.", "%(count)s choix sont enregistrés.", count)
    messages.success(request, text % {"count": count} if count else _("Rien n’a changé."))
