"""A school's constat: what is counted, what is in the way, the head's signature, the paper."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from bascule.accounts import policy, signing
from bascule.accounts.profiles import Permission
from bascule.constat import sign as verbs
from bascule.constat.check import NotConcernedError, Obstacle, Situation, situation
from bascule.constat.counting import read
from bascule.constat.forgetting import forgotten_at
from bascule.constat.paper import constat_paper
from bascule.constat.tables import Row, rows_by
from bascule.errors import RefusedError
from bascule.exchange.runs import waiting_runs
from bascule.web.access import school
from bascule.web.components.charts import Chart
from bascule.web.components.taken import file_taken
from bascule.web.constat.forms import SignForm
from bascule.web.gate import PageRequest, actor_on, address_of

#: Records kept back that a head may explain one by one.
_MOST = 100


@school(Permission.PUPILS_READ)
def read_constat(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show what is counted, what is in the way, and what was signed."""
    try:
        found = situation(uai=uai, year=year, today=timezone.localdate())
    except NotConcernedError:
        # Before the authority opens one, the menu leads here all the same.
        return render(request, "constat/none.html", {"uai": uai, "year": year})
    return render(request, "constat/school.html", _context(request, uai, year, found))


@school(Permission.CENSUS_SIGN, writes_year=True)
@sensitive_post_parameters("code")
def sign(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Let the head sign, with a code of her key."""
    found = situation(uai=uai, year=year, today=timezone.localdate())
    if found.obstacles or len(found.to_explain) > _MOST:
        for one in found.obstacles:
            messages.warning(request, _(one.label))
        return redirect("constat:school", uai, year)
    form = SignForm(request.POST if request.method == "POST" else None, to_explain=found.to_explain)
    if request.method == "POST" and form.is_valid():
        actor = actor_on(request)
        now = timezone.now()
        try:
            signing.prove_with_key(
                person_id=actor.person_id,
                code=form.cleaned_data["code"],
                at=now,
                address=address_of(request),
            )
        except RefusedError as refused:
            form.add_error("code", refused.sentence)
        else:
            try:
                signed = verbs.sign(
                    uai=uai,
                    year=year,
                    signatory=actor.name,
                    explanations=form.explanations(),
                    actor=actor.login,
                    at=now,
                )
            except RefusedError as refused:
                form.add_error(None, refused.sentence)
            else:
                said = _("Le constat est signé. Le document %(number)s est prêt.")
                messages.success(request, said % {"number": signed.shown_number})
                return redirect("constat:school", uai, year)
    context = _context(request, uai, year, found) | {"form": form}
    return render(request, "constat/sign.html", context)


@school(Permission.PUPILS_READ)
def paper(request: PageRequest, uai: str, year: int, number: int) -> HttpResponse:
    """Give a signed constat, as PDF."""
    name, content = constat_paper(uai=uai, year=year, number=number)
    return file_taken(
        request, uai=uai, about=f"constat/{number}", paper="constat", name=name, content=content
    )


def _context(request: PageRequest, uai: str, year: int, found: Situation) -> dict[str, Any]:
    counts = read(found.signature.cells) if found.signature else found.counts
    lines = {name: rows_by(counts, name) for name in ("mef", "division", "regime")}
    total = [sum(getattr(row, name) for row in lines["mef"]) for name in ("boys", "girls", "total")]
    to_do = tuple(one for one in found.obstacles if one is not Obstacle.SIGNED)
    return {
        "uai": uai,
        "year": year,
        "found": found,
        "forgotten_at": found.signature and forgotten_at(found.signature),
        "obstacles": [one.label for one in to_do],
        "is_ready": not found.obstacles,
        "is_too_many": len(found.to_explain) > _MOST,
        "most": _MOST,
        "tables": [
            (_("Par formation"), _("Formation (MEF)"), lines["mef"]),
            (_("Par division"), _("Division"), lines["division"]),
            (_("Par régime"), _("Régime"), lines["regime"]),
        ],
        "total": total,
        "school_count": len(found.school),
        "base_count": len(found.base),
        "chart": _chart(lines["mef"]),
        "imports": () if found.signature else waiting_runs(uais=[uai]),
        "may_sign": policy.may(actor_on(request), Permission.CENSUS_SIGN, uai=uai),
    }


def _chart(lines: list[Row]) -> Chart | None:
    chart = Chart(
        title=_("Élèves par formation"),
        head=_("Formation (MEF)"),
        series=(_("garçons"), _("filles")),
        lines=[(row.words or _("sans formation"), (row.boys, row.girls)) for row in lines],
    )
    return None if chart.is_empty else chart
