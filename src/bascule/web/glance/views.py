"""A school's year in a few charts, each with its numbers."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from bascule.accounts.profiles import Permission
from bascule.exchange.anomalies.inbox import open_counts
from bascule.exchange.follow import imports_by_month
from bascule.students import lists
from bascule.students.headcounts import Group, composition, movements
from bascule.values import school_year
from bascule.web.access import school
from bascule.web.components.charts import Chart
from bascule.web.gate import PageRequest


@school(Permission.PUPILS_READ)
def school_at_a_glance(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show how many there are, who came and left, what is to be corrected, what was imported."""
    now, before = composition(uai=uai, year=year), composition(uai=uai, year=year - 1)
    words = {
        **lists.choices(uai=uai, year=year - 1).mefs,
        **lists.choices(uai=uai, year=year).mefs,
    }
    anomalies = open_counts(uai=uai, year=year, today=timezone.localdate())
    years = (school_year.label(year), school_year.label(year - 1))
    # A first year is compared with nothing: a column of noughts would say that there was one.
    compared = years if before.total.pupil_count else years[:1]
    charts = [
        Chart(
            title=_("Élèves par division"),
            head=_("Division"),
            series=compared,
            lines=_compared(
                [now.divisions, before.divisions][: len(compared)], {}, _("sans division")
            ),
            summary=_totals(now.total, before.total, years),
        ),
        Chart(
            title=_("Élèves par formation"),
            head=_("Formation"),
            series=compared,
            lines=_compared([now.mefs, before.mefs][: len(compared)], words, _("sans formation")),
            summary=_totals(now.total, before.total, years),
        ),
        Chart(
            title=_("Arrivées et sorties en cours d’année"),
            head=_("Mois"),
            series=(_("Arrivées"), _("Sorties")),
            lines=[
                (_month(one.month), (one.arrival_count, one.exit_count))
                for one in movements(uai=uai, year=year)
            ],
        ),
        Chart(
            title=_("Anomalies ouvertes"),
            head=_("Niveau"),
            series=(_("Anomalies"),),
            lines=[(_(tab.label), (count,)) for tab, count in anomalies.items()],
        ),
        Chart(
            title=_("Imports de l’année"),
            head=_("Mois"),
            series=(_("Intégrés"), _("Autres")),
            lines=[
                (_month(one.month), (one.applied_count, one.other_count))
                for one in imports_by_month(uai=uai, year=year)
            ],
        ),
    ]
    context = {
        "uai": uai,
        "year": year,
        "total": now.total.pupil_count,
        "total_before": before.total.pupil_count,
        "label_before": years[1],
        "charts": [chart for chart in charts if not chart.is_empty],
    }
    return render(request, "glance/school.html", context)


def _compared(
    years: Sequence[Sequence[Group]], words: Mapping[str, str], without: str
) -> list[tuple[str, tuple[int, ...]]]:
    """Set groups of years side by side, those of one year alone included."""
    counts = [{one.code: one.pupil_count for one in groups} for groups in years]
    codes = sorted({code for found in counts for code in found}, key=lambda code: (not code, code))
    return [
        (words.get(code, code) or without, tuple(found.get(code, 0) for found in counts))
        for code in codes
    ]


def _totals(now: Group, before: Group, years: Sequence[str]) -> str:
    return _("En tout : %(now)s en %(year)s, %(before)s en %(year_before)s.") % {
        "now": now.pupil_count,
        "year": years[0],
        "before": before.pupil_count,
        "year_before": years[1],
    }


def _month(day: date) -> str:
    return formats.date_format(day, "N Y", use_l10n=False)
