"""The schools of the authority."""

from django.http import HttpResponse
from django.shortcuts import render

from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.exchange import runs
from bascule.schools.directory import list_schools
from bascule.schools.models import SchoolYear
from bascule.schools.open_year import years_of
from bascule.students.headcounts import headcounts_of
from bascule.web.access import authority
from bascule.web.gate import PageRequest


@authority(Permission.SCHOOLS_FOLLOW)
def schools(request: PageRequest) -> HttpResponse:
    """List the schools, their years and their last import."""
    uais = _schools(request)
    years: dict[str, list[SchoolYear]] = {}
    for year in years_of(*uais):
        years.setdefault(year.uai, []).append(year)
    last = runs.last_runs(uais=uais)
    found = [
        {"school": school, "years": years.get(school.uai, []), "run": last.get(school.uai)}
        for school in list_schools()
        if school.uai in set(uais)
    ]
    return render(request, "follow/schools.html", {"found": found})


@authority(Permission.AGGREGATES)
def headcounts(request: PageRequest) -> HttpResponse:
    """Count pupils by school, without a name."""
    found = headcounts_of(uais=_schools(request))
    context = {"found": found, "total": sum(row.pupil_count for row in found)}
    return render(request, "follow/headcounts.html", context)


def _schools(request: PageRequest) -> list[str]:
    """List the schools that the page's permission opens, without the authority itself."""
    return [uai for uai in request.reach if uai != AUTHORITY]
