"""The *bascule STS*: last year's structures are taken over, and the school says whether it uses Sconet."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts.profiles import Permission
from bascule.journal.milestones import Milestone, reached
from bascule.schools.structures import carry_structures, say_sconet, structures_of
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.structures.forms import SconetForm


@school(Permission.STRUCTURES, writes_year=True)
def carry(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Ask the question, show what will be taken over, and do it; afterwards only the question is asked."""
    done = reached(uai, year=year)[uai].get(Milestone.STRUCTURES_CARRIED)
    answer = request.school_year.uses_sconet if request.school_year else None
    typed = request.POST if request.method == "POST" else None
    form = SconetForm(typed, initial={"uses_sconet": SconetForm.said(answer)})
    if request.method == "POST" and form.is_valid():
        signed: dict[str, Any] = {"actor": actor_on(request).login, "at": timezone.now()}
        uses_sconet = form.answer()
        if done:
            say_sconet(uai=uai, year=year, uses_sconet=uses_sconet, **signed)
            messages.success(request, _("Votre réponse est enregistrée."))
        else:
            taken = carry_structures(uai=uai, year=year, uses_sconet=uses_sconet, **signed)
            messages.success(
                request,
                _("Bascule STS faite. Divisions reprises : %(divisions)s ; groupes : %(groups)s.")
                % {"divisions": taken.divisions, "groups": taken.groups},
            )
        return redirect("structures:list", uai=uai, year=year)
    before = [] if done else structures_of(uai=uai, year=year - 1)
    shown = {
        "uai": uai,
        "year": year,
        "form": form,
        "done": done,
        "before": before,
        "last_year": year - 1,
        "divisions": [row for row in before if row.kind == row.Kind.DIVISION],
        "groups": [row for row in before if row.kind == row.Kind.GROUP],
    }
    return render(request, "structures/carry.html", shown)
