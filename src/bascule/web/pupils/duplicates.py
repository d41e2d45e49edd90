"""What is there twice, guardians and addresses: side by side, made one, and the way back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.exchange.amend import verbs
from bascule.exchange.merging import NotTheSameError, find_pairs, merge_guardians
from bascule.exchange.places import find_places, merge_addresses
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.pupils.views import may_write


@school(Permission.PUPILS_WRITE, writes_year=True)
def duplicates(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show guardians who look like one person, and places written in several ways; make one of them."""
    if not policy.may(actor_on(request), Permission.CONTACTS_READ, uai=uai):
        raise Http404
    if request.method == "POST":
        try:
            act_id = _merged(request, uai, year)
        except NotTheSameError as refusal:
            messages.warning(request, refusal.sentence)
            return redirect("pupils:duplicates", uai, year)
        answer = redirect("pupils:duplicates", uai, year)
        answer.headers["Location"] += f"?fait={act_id}"
        return answer
    done = request.GET.get("fait", "")
    context = {
        "uai": uai,
        "year": year,
        "pairs": find_pairs(uai=uai),
        "places": find_places(uai=uai),
        "may_write": may_write(request, uai),
        "done": done if done.isdecimal() else "",
    }
    return render(request, "pupils/duplicates.html", context)


def _merged(request: PageRequest, uai: str, year: int) -> int:
    """Make one of what was chosen: records of a guardian, or ways of writing an address."""
    keep = request.POST.get("garder", "")
    guardian, places = request.POST.get("fusionner", ""), request.POST.getlist("adresse")
    if not all(number.isdecimal() for number in (keep, *places, *filter(None, (guardian,)))):
        raise Http404
    signed: dict[str, Any] = {"actor": actor_on(request).login, "at": timezone.now()}
    if places:
        return merge_addresses(
            uai=uai, year=year, keep_id=int(keep), merge_ids=[*map(int, places)], **signed
        )
    if not guardian:
        raise Http404
    return merge_guardians(uai=uai, year=year, keep_id=int(keep), merge_id=int(guardian), **signed)


@school(Permission.PUPILS_WRITE, writes_year=True)
@require_POST
def separate(request: PageRequest, uai: str, year: int, act_id: int) -> HttpResponse:
    """Undo a merging."""
    try:
        verbs.undo(uai=uai, act_id=act_id, actor=actor_on(request).login, at=timezone.now())
    except verbs.CannotUndoAmendmentError as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("C’est annulé : tout est comme avant."))
    return redirect("pupils:duplicates", uai, year)
