"""The imports of a school."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from bascule.accounts.profiles import Permission
from bascule.exchange import reports, runs as verbs
from bascule.exchange.reports import Form
from bascule.web.access import school
from bascule.web.components.taken import file_taken
from bascule.web.exchanges.section import parts
from bascule.web.exchanges.software import software_word
from bascule.web.exchanges.steps import page_of, run_of
from bascule.web.gate import PageRequest


@school(Permission.IMPORT)
def runs(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """List the imports of a year, latest first."""
    found = verbs.list_runs(uai=uai, year=year)
    context = {
        "uai": uai,
        "year": year,
        "parts": parts(request, uai, year),
        "software_word": software_word(uai, year),
        "runs": found,
    }
    return render(request, "exchanges/runs.html", context)


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
    return file_taken(
        request, uai=uai, about=f"run/{run_id}", paper="compte-rendu", name=name, content=content
    )


#: The file of the refused lines, in each of its forms.
_REFUSED = {
    "xlsx": Form.REFUSED_XLSX,
    "csv": Form.REFUSED_CSV,
    "xml": Form.REFUSED_XML,
}


@school(Permission.IMPORT)
def refused(request: PageRequest, uai: str, year: int, run_id: int, form: str) -> HttpResponse:
    """Give the lines that were set aside, to be corrected."""
    run_of(uai, year, run_id)
    if form not in _REFUSED:
        raise Http404
    content = reports.report(run_id=run_id, uai=uai, form=_REFUSED[form])
    name = f"fiches-a-corriger_{uai}_{year}-{year + 1}_{run_id}.{form}"
    return file_taken(
        request,
        uai=uai,
        about=f"run/{run_id}",
        paper="fiches-a-corriger",
        name=name,
        content=content,
    )
