"""Headcounts on screen: the authority's, and those of one school with the pupils behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts import policy
from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.figures import exports
from bascule.figures.dimensions import BY_CODE
from bascule.figures.forecast import forecasts
from bascule.figures.pivot import YEARS, Asked, Head, Line, Measure, Pivot, pivot
from bascule.figures.presets import PRESETS
from bascule.nomenclatures import lookup
from bascule.values import school_year
from bascule.web.access import authority, school
from bascule.web.components.charts import Chart
from bascule.web.components.filters import page_asked
from bascule.web.components.taken import file_taken
from bascule.web.figures.asked import AskedForm, SchoolAskedForm, asked_of
from bascule.web.gate import PageRequest, actor_on

#: Rows on a page, and lines of a chart.
_PAGE, _DRAWN = 100, 30
#: Series of a chart, at most.
_SERIES = 2
#: Characters of an address.
_LONGEST_CHOICE = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """A row as a page shows it: each count with where it leads; blank for nowhere."""

    head: Head
    href: str
    cells: list[tuple[int, str]]
    total: int
    total_href: str
    #: Under years: this one less the one before.
    change: int


@authority(Permission.AGGREGATES)
def home(request: PageRequest) -> HttpResponse:
    """Count the pupils of schools, in rows and columns, without a name."""
    today = timezone.localdate()
    year = school_year.school_year_of(today)
    asked, shown = asked_of(request.GET, year=year, today=today, rows="niveau", columns="sexe")
    uais = _within(request, asked)
    with lookup.read_once():
        form = AskedForm(shown, uais=uais, year=year)
        table = _context(request, asked, uais)
    context = table | {
        "form": form,
        "is_filtered": bool(request.GET),
        "query": shown.urlencode(),
        "presets": list(PRESETS.values()),
        "may_have_exact": policy.may(actor_on(request), Permission.CENSUS_LEAD, uai=AUTHORITY),
    }
    return render(request, "figures/home.html", context)


@authority(Permission.AGGREGATES)
def forecast(request: PageRequest) -> HttpResponse:
    """Compare what schools forecast with the pupils who are there."""
    today = timezone.localdate()
    year = school_year.parse(request.GET.get("annee", "")) or school_year.school_year_of(today)
    by = "etablissement" if request.GET.get("par") == "etablissement" else "niveau"
    uais = [uai for uai in request.reach if uai != AUTHORITY]
    found = forecasts(year=year, day=today, by=by, uais=uais)
    chart = Chart(
        title=_("Prévus et présents"),
        head=_(BY_CODE[by].label),
        series=(_("prévus"), _("présents")),
        lines=[(_(one.head.words) or _("non renseigné"), (one.planned, one.real)) for one in found],
    )
    planned, real = sum(one.planned for one in found), sum(one.real for one in found)
    context = {
        "year": year,
        "by": by,
        "head": _(BY_CODE[by].label),
        "pages": Paginator(found, _PAGE).get_page(page_asked(request.GET)),
        "planned": planned,
        "real": real,
        "change": real - planned,
        "without": sum(one.without for one in found),
        "chart": None if chart.is_empty or len(found) > _DRAWN else chart,
    }
    return render(request, "figures/forecast.html", context)


@authority(Permission.AGGREGATES)
@require_POST
def export_table(request: PageRequest) -> HttpResponse:
    """Give a table as a file: exact for who leads, protected for anybody else and for outside."""
    today = timezone.localdate()
    given = QueryDict(request.POST.get("choix", "")[:_LONGEST_CHOICE])
    asked, _shown = asked_of(
        given, year=school_year.school_year_of(today), today=today, rows="niveau", columns="sexe"
    )
    actor = actor_on(request)
    is_exact = request.POST.get("usage") == "interne" and policy.may(
        actor, Permission.CENSUS_LEAD, uai=AUTHORITY
    )
    wanted = request.POST.get("forme", "")
    form = next((one for one in exports.Form if one.value == wanted), exports.Form.CSV)
    uais, preset = _within(request, asked), request.POST.get("tableau", "")
    sheet = (
        exports.sheet_of_preset(code=preset, year=asked.year, day=asked.day, uais=uais)
        if preset
        else exports.sheet_of_pivot(asked=asked, uais=uais)
    )
    written = exports.export(
        sheet=sheet, form=form, is_protected=not is_exact, actor=actor.login, at=timezone.now()
    )
    return file_taken(
        request,
        uai=AUTHORITY,
        about=f"effectifs/{sheet.shape}"[:60],
        paper="effectifs",
        name=written.name,
        content=written.content,
    )


@school(Permission.PUPILS_READ)
def of_school(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Count the pupils of a school as the academic base has them, each figure leading to its pupils."""
    given = request.GET.copy()
    given["annee"] = str(year)
    asked, shown = asked_of(
        given, year=year, today=timezone.localdate(), rows="mef", columns="sexe"
    )
    with lookup.read_once():
        form = SchoolAskedForm(shown, uais=[uai], year=year)
        table = _context(request, asked, [uai])
    context = table | {
        "uai": uai,
        "year": year,
        "form": form,
        "is_filtered": bool(request.GET),
    }
    return render(request, "figures/school.html", context)


def _within(request: PageRequest, asked: Asked) -> list[str]:
    """List the schools in sight; one alone when the address asks for it."""
    reach = [uai for uai in request.reach if uai != AUTHORITY]
    one = asked.filters.get("etablissement", ())
    return list(one) if len(one) == 1 and one[0] in reach else reach


def _context(request: PageRequest, asked: Asked, uais: Sequence[str]) -> dict[str, Any]:
    found = pivot(asked=asked, uais=uais)
    page = Paginator(found.lines, _PAGE).get_page(page_asked(request.GET))
    leads = _Leads(request, found, uais)
    has_years = asked.columns == YEARS
    return {
        "found": found,
        "title": _title(found),
        "head": _(found.rows.label),
        "rows": [leads.row(line) for line in page],
        "totals": [(count, "") for count in found.totals],
        "change": found.totals[0] - found.totals[1] if has_years and found.totals else 0,
        "has_years": has_years,
        "pages": page,
        "chart": _chart(found),
        "is_period": asked.measure is not Measure.PRESENT,
        "here": request.path,
    }


class _Leads:
    """Where rows and figures lead: to the same table closer, or to the pupils of a school."""

    def __init__(self, request: PageRequest, found: Pivot, uais: Sequence[str]) -> None:
        self._found, self._given = found, request.GET
        asked = found.asked
        self._pupils, self._filters = "", {"presence": "presents"}
        wanted = {
            code: kept
            for code, kept in asked.filters.items()
            if code not in ("etablissement", "departement")
        }
        if (
            len(uais) == 1
            and asked.measure is Measure.PRESENT
            and all(len(kept) == 1 and BY_CODE[code].of_pupils for code, kept in wanted.items())
            and policy.may(actor_on(request), Permission.PUPILS_READ, uai=uais[0])
        ):
            self._pupils = reverse("pupils:list", args=[uais[0], asked.year])
            self._filters |= {BY_CODE[code].of_pupils: kept[0] for code, kept in wanted.items()}

    def row(self, line: Line) -> Row:
        columns = self._found.columns
        code = line.head.code
        heads = self._found.heads
        is_years = self._found.asked.columns == YEARS
        return Row(
            line.head,
            self._closer(code),
            [
                (count, self._of(code, {columns.of_pupils: head.code}) if columns else "")
                for count, head in zip(line.counts, heads, strict=bool(heads))
            ],
            line.total,
            "" if is_years else self._of(code, {}),
            line.counts[0] - line.counts[1] if is_years and len(line.counts) > 1 else 0,
        )

    def _closer(self, code: str) -> str:
        """Lead from a school's row to the same school alone, by MEF."""
        if self._found.rows.code != "etablissement":
            return ""
        given = self._given.copy()
        given.setlist("etablissement", [code])
        given["lignes"] = "mef"
        given.setdefault("colonnes", self._found.asked.columns)
        given.pop("page", None)
        return f"?{given.urlencode()}"

    def _of(self, code: str, others: dict[str, str]) -> str:
        filters = {self._found.rows.of_pupils: code, **others}
        if not self._pupils or not all(name and value for name, value in filters.items()):
            return ""
        return f"{self._pupils}?{urlencode(self._filters | filters)}"


def _title(found: Pivot) -> str:
    asked = found.asked
    words = {"what": capfirst(_(asked.measure.label)), "rows": _(found.rows.label).lower()}
    if asked.columns == YEARS:
        return _("%(what)s, par %(rows)s, d’une année à l’autre") % words
    if found.columns is None:
        return _("%(what)s, par %(rows)s") % words
    return _("%(what)s, par %(rows)s et %(columns)s") % {
        **words,
        "columns": _(found.columns.label).lower(),
    }


def _chart(found: Pivot) -> Chart | None:
    """Draw what can be looked at: few rows, one or two columns."""
    if len(found.lines) > _DRAWN or len(found.heads) > _SERIES:
        return None
    chart = Chart(
        title=_title(found),
        head=_(found.rows.label),
        series=tuple(_(head.words) for head in found.heads) or (_("élèves"),),
        lines=[
            (_(line.head.words) or _("non renseigné"), line.counts or (line.total,))
            for line in found.lines
        ],
    )
    return None if chart.is_empty else chart
