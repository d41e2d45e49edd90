"""The nights of the authority: what runs by itself, how each night went, and doing one again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.bea import nights as verbs
from bascule.bea.follow import PAGE, health, list_nights, schools_of, show_night
from bascule.bea.models import Transfer
from bascule.errors import RefusedError
from bascule.journal import retention
from bascule.ops import backups, purge
from bascule.ops.agenda import agenda
from bascule.web.access import authority
from bascule.web.components.lasting import in_years
from bascule.web.gate import PageRequest, actor_on

#: Digits of a number of ours.
_DIGITS = 16


@authority(Permission.NIGHTS)
def home(request: PageRequest) -> HttpResponse:
    """Show what is wrong, the last nights, and what runs by itself."""
    now = timezone.now()
    before = _number(request.GET.get("avant", ""))
    # One more tells whether there are others.
    found = list_nights(most=PAGE + 1, before=before)
    context = {
        "health": health(at=now),
        "nights": found[:PAGE],
        "older": found[PAGE - 1].night.pk if len(found) > PAGE else None,
        "is_first": before is None,
        "agenda": agenda(at=now),
        "copies": backups.state(at=now),
        "kept": _kept(),
        "purged": purge.last_report(),
    }
    return render(request, "bea/nights.html", context)


def _kept() -> list[dict[str, object]]:
    """Give how long each kind is kept, and how many went the last time."""
    report = purge.last_report()
    gone = report.counts if report else {}
    return [
        {"rule": kind.rule, "time": in_years(days), "gone": gone.get(kind.value)}
        for kind, days in retention.durations().items()
    ]


@authority(Permission.NIGHTS)
def night(request: PageRequest, night_id: int) -> HttpResponse:
    """Show a night, school by school."""
    state = request.GET.get("etat", "")
    state = state if state in Transfer.State else ""
    reach = [uai for uai in request.reach if uai != AUTHORITY]
    context = {
        "shown": show_night(number=night_id),
        "schools": schools_of(number=night_id, state=state, uais=reach),
        "states": Transfer.State.choices,
        "state": state,
    }
    return render(request, "bea/night.html", context)


@authority(Permission.NIGHTS)
@require_POST
def ask(request: PageRequest) -> HttpResponse:
    """Ask for a night now: of all, of one school, or one done again."""
    uai, replays = request.POST.get("uai", "")[:8], _number(request.POST.get("rejouer", ""))
    now = timezone.now()
    try:
        made = verbs.ask(
            day=timezone.localdate(now),
            actor=actor_on(request).login,
            at=now,
            uais=[uai] if uai else None,
            replays=replays,
        )
    except RefusedError as refusal:
        messages.error(request, refusal.sentence)
        return redirect("bea:nights")
    text = _("La nuit n° %(number)s est demandée : elle passe dès qu’aucune autre n’est en cours.")
    messages.success(request, text % {"number": made.pk})
    return redirect("bea:night", made.pk)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < _DIGITS else None
