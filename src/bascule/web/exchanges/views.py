"""The imports of a school."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bascule.accounts.profiles import Permission
from bascule.exchange import reports, runs as verbs
from bascule.exchange.models import ImportRun
from bascule.exchange.reports import Form
from bascule.journal import access as trail
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on


@school(Permission.IMPORT)
def runs(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """List the imports of a year, latest first."""
    found = verbs.list_runs(uai=uai, year=year)
    return render(request, "exchanges/runs.html", {"uai": uai, "year": year, "runs": found})


@school(Permission.IMPORT)
def run(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Show what one import did, or would do."""
    detail = verbs.read_detail(run_id=run_id, uai=uai)
    _of_year(detail.run, year)
    counts = detail.run.counts
    tallies = [
        (kind, [counts.get(f"{kind}_{what}", 0) for what in ("read", "created", "changed", "unchanged", "rejected")])
        for kind in ("pupils", "persons")
    ]  # fmt: skip
    context = {"uai": uai, "year": year, "detail": detail, "run": detail.run, "tallies": tallies}
    return render(request, "exchanges/run.html", context)


@school(Permission.IMPORT)
def paper(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Give the official report of an import, as PDF."""
    _of_year(verbs.get_run(run_id=run_id, uai=uai), year)
    content = reports.report(run_id=run_id, uai=uai, form=Form.PDF)
    trail.note(
        kind="paper.taken",
        visitor=actor_on(request).visitor,
        at=timezone.now(),
        uai=uai,
        about=f"run/{run_id}",
        facts={"paper": "compte-rendu"},
    )
    name = f"compte-rendu_{uai}_{year}-{year + 1}_{run_id}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _of_year(found: ImportRun, year: int) -> None:
    if found.year != year:
        raise verbs.UnknownRunError(found.pk, found.uai)
