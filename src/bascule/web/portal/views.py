"""The portal: what waits for me first, then what I may open, the news, and help."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bascule.accounts.actor import Actor
from bascule.campaign.waiting import waiting_for
from bascule.helpdesk import news
from bascule.schools.directory import school_names
from bascule.web.access import signed_in
from bascule.web.gate import PageRequest, actor_on


@signed_in
def portal(request: PageRequest) -> HttpResponse:
    """Show what waits for me, then what I may open; `?ecole=` takes another of my schools."""
    actor, now = actor_on(request), timezone.now()
    chosen = request.GET.get("ecole", "")
    if chosen in {right.uai for right in actor.rights}:
        request.session["school"] = chosen
    names = school_names()
    waiting = waiting_for(actor, schools=sorted(names), at=now)
    context = {
        "waiting": [(one, _called(actor, one.uai, names)) for one in waiting],
        "news": news.current(today=timezone.localdate(now)),
        "help_phone": settings.BASCULE_HELP_PHONE,
        "help_hours": settings.BASCULE_HELP_HOURS,
        "is_of_authority": actor.is_of_authority_alone,
    }
    return render(request, "portal/portal.html", context)


def _called(actor: Actor, uai: str, names: Mapping[str, str]) -> str:
    """Name a school; with its number to whoever follows many, and where two of hers have the same name."""
    name = names.get(uai, "")
    own = [names.get(one) for one in {right.uai for right in actor.rights}]
    return name if own.count(name) == 1 else f"{name}, {uai}"
