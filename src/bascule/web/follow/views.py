"""The schools of the authority."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts import policy
from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.campaign.campaigns import CAMPAIGNS
from bascule.errors import RefusedError
from bascule.exchange import runs, switch_off
from bascule.schools.directory import known_school, list_schools
from bascule.schools.models import SchoolYear
from bascule.schools.open_year import years_of
from bascule.values import school_year
from bascule.values.civil_identity import key as plain
from bascule.web.access import authority
from bascule.web.components.filters import page_asked
from bascule.web.follow.forms import SchoolsForm, StageForm
from bascule.web.gate import PageRequest, actor_on

#: Schools on a page.
_PAGE = 100


@authority(Permission.SCHOOLS_FOLLOW)
def schools(request: PageRequest) -> HttpResponse:
    """List the schools, their years and their last import."""
    reach = set(_schools(request))
    form = SchoolsForm(request.GET, departments=sorted({uai[:3] for uai in reach}))
    form.is_valid()
    department = form.cleaned_data.get("departement", "")
    words = plain(form.cleaned_data.get("q", "")).split()
    found = [
        one
        for one in list_schools()
        if one.uai in reach
        and one.uai.startswith(department)
        and all(word in plain(f"{one.name} {one.uai}") for word in words)
    ]
    pages = Paginator(found, _PAGE).get_page(page_asked(request.GET))
    shown = [one.uai for one in pages]
    years: dict[str, list[SchoolYear]] = {}
    for year in years_of(*shown):
        years.setdefault(year.uai, []).append(year)
    last = runs.last_runs(uais=shown)
    campaign = next(iter(CAMPAIGNS.values()))
    context = {
        "found": [
            {"school": one, "years": years.get(one.uai, []), "run": last.get(one.uai)}
            for one in pages
        ],
        "pages": pages,
        "count": len(found),
        "form": form,
        "here": request.path,
        "is_filtered": bool(department or words),
        "campaign": campaign.code,
        "year": campaign.year_on(timezone.localdate()),
    }
    return render(request, "follow/schools.html", context)


@authority(Permission.SCHOOLS_FOLLOW)
def gep(request: PageRequest) -> HttpResponse:
    """List the schools: who stopped GEP, and how far the others are."""
    uais = _schools(request)
    year = school_year.school_year_of(timezone.localdate())
    standing = switch_off.standing_of(uais=uais, year=year)
    form = StageForm(request.GET)
    wanted = form.cleaned_data["etat"] if form.is_valid() else ""
    rows = [
        {"name": school.name, "standing": standing[school.uai]}
        for school in list_schools()
        if school.uai in standing and wanted in ("", standing[school.uai].stage)
    ]
    context = {
        "pages": Paginator(rows, _PAGE).get_page(page_asked(request.GET)),
        "all": len(standing),
        "form": form,
        "here": request.path,
        "is_filtered": bool(wanted),
        "year": year,
        "stopped": sum(one.stop is not None for one in standing.values()),
        "may_restore": policy.may(actor_on(request), Permission.IMPORT_RELEASE_WIDE, uai=AUTHORITY),
    }
    return render(request, "follow/gep.html", context)


@authority(Permission.IMPORT_RELEASE_WIDE)
def restore_gep(request: PageRequest, school_uai: str) -> HttpResponse:
    """Take the end of GEP of a school back, once it was confirmed: its files are received again."""
    if school_uai not in _schools(request):
        raise Http404
    if request.method != "POST":
        year = school_year.school_year_of(timezone.localdate())
        stop = switch_off.standing_of(uais=[school_uai], year=year)[school_uai].stop
        context = {"school": known_school(school_uai), "stop": stop}
        return render(request, "follow/restore_gep.html", context)
    try:
        stop = switch_off.restore_gep(
            uai=school_uai, actor=actor_on(request).login, at=timezone.now()
        )
    except RefusedError as refusal:
        messages.warning(request, refusal.sentence)
    else:
        said = _(
            "L’arrêt de GEP %(number)s est annulé : l’établissement peut le signer de nouveau."
        )
        messages.success(request, said % {"number": stop.shown_number})
    return redirect("follow:gep")


def _schools(request: PageRequest) -> list[str]:
    """List the schools that the page's permission opens, without the authority itself."""
    return [uai for uai in request.reach if uai != AUTHORITY]
