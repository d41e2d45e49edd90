"""The tasks of the authority before schools begin: who does them, what proves them, go or no go."""

from importlib.metadata import version

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts import policy
from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.campaign import phase
from bascule.campaign.board import read_lines
from bascule.campaign.campaigns import campaign_of
from bascule.errors import RefusedError
from bascule.web.access import authority
from bascule.web.campaign.views import check_asked
from bascule.web.gate import PageRequest, actor_on
from bascule.web.navigation import ENTRIES


@authority(Permission.SCHOOLS_FOLLOW)
def tasks(request: PageRequest, campaign: str, year: int) -> HttpResponse:
    """Show where the tasks stand."""
    asked = campaign_of(campaign)
    check_asked(request, year)
    uais = [uai for uai in request.reach if uai != AUTHORITY]
    lines, _live = read_lines(uais, year, timezone.now())
    found = phase.read_tasks(
        campaign=asked, year=year, uais=uais, lines=list(lines.values()), version=version("bascule")
    )
    actor = actor_on(request)
    opened = {
        one.url_name
        for one in ENTRIES
        if one.permission and policy.may(actor, one.permission, uai=AUTHORITY)
    }
    context = {
        "campaign": asked,
        "year": year,
        "tasks": [
            (one, reverse(name) if (name := one.declared.url_name) in opened else "")
            for one in found
        ],
        "may_decide": policy.may(actor, Permission.YEARS, uai=AUTHORITY),
        "longest": phase.LONGEST_NOTE,
    }
    return render(request, "campaign/tasks.html", context)


@authority(Permission.YEARS)
@require_POST
def task(request: PageRequest, campaign: str, year: int, task: str) -> HttpResponse:
    """Begin a task, end it, or decide."""
    asked = campaign_of(campaign)
    check_asked(request, year)
    actor, now = actor_on(request).login, timezone.now()
    done, note = request.POST.get("fait", ""), request.POST.get("note", "")
    try:
        if done == "commencer":
            phase.begin(campaign=asked, year=year, code=task, note=note, actor=actor, at=now)
        elif done == "terminer":
            phase.end(campaign=asked, year=year, code=task, note=note, actor=actor, at=now)
        else:
            phase.decide(
                campaign=asked,
                year=year,
                code=task,
                is_go=done == "go",
                reason=note,
                actor=actor,
                at=now,
            )
    except RefusedError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("C’est noté."))
    return redirect("campaign:tasks", campaign, year)
