"""The imports of a school."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from bascule.accounts.profiles import Permission
from bascule.exchange import reports, runs as verbs
from bascule.exchange.reports import Form
from bascule.journal import access as trail
from bascule.web.access import school
from bascule.web.exchanges.steps import page_of, run_of
from bascule.web.gate import PageRequest, actor_on


@school(Permission.IMPORT)
def runs(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """List the imports of a year, latest first."""
    found = verbs.list_runs(uai=uai, year=year)
    return render(request, "exchanges/runs.html", {"uai": uai, "year": year, "runs": found})


@school(Permission.IMPORT)
def run(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Lead to the step at which an import stands."""
    return redirect(page_of(run_of(uai, year, run_id)))


@school(Permission.IMPORT)
def paper(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Give the official report of an import, as PDF."""
    run_of(uai, year, run_id)
    content = reports.report(run_id=run_id, uai=uai, form=Form.PDF)
    name = f"compte-rendu_{uai}_{year}-{year + 1}_{run_id}.pdf"
    return _taken(request, uai, run_id, "compte-rendu", name, content, "application/pdf")


#: The file of the refused lines, in each of its forms.
_REFUSED = {
    "xlsx": (
        Form.REFUSED_XLSX,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "csv": (Form.REFUSED_CSV, "text/csv; charset=utf-8"),
    "xml": (Form.REFUSED_XML, "application/xml"),
}


@school(Permission.IMPORT)
def refused(request: PageRequest, uai: str, year: int, run_id: int, form: str) -> HttpResponse:
    """Give the lines that were set aside, to be corrected."""
    run_of(uai, year, run_id)
    if form not in _REFUSED:
        raise Http404
    kind, content_type = _REFUSED[form]
    content = reports.report(run_id=run_id, uai=uai, form=kind)
    name = f"fiches-a-corriger_{uai}_{year}-{year + 1}_{run_id}.{form}"
    return _taken(request, uai, run_id, "fiches-a-corriger", name, content, content_type)


def _taken(
    request: PageRequest,
    uai: str,
    run_id: int,
    paper: str,
    name: str,
    content: bytes,
    content_type: str,
) -> HttpResponse:
    """Give a file, and note who took it."""
    trail.note(
        kind="paper.taken",
        visitor=actor_on(request).visitor,
        at=timezone.now(),
        uai=uai,
        about=f"run/{run_id}",
        facts={"paper": paper},
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
