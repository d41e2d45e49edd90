"""Guardians who are there twice: side by side, merged, and the way back."""

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
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on
from bascule.web.pupils.views import may_write


@school(Permission.PUPILS_WRITE, writes_year=True)
def duplicates(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show guardians who look like one person; merge two of them."""
    if not policy.may(actor_on(request), Permission.CONTACTS_READ, uai=uai):
        raise Http404
    if request.method == "POST":
        keep, merge = request.POST.get("garder", ""), request.POST.get("fusionner", "")
        if not (keep.isdecimal() and merge.isdecimal()):
            raise Http404
        try:
            act_id = merge_guardians(
                uai=uai,
                year=year,
                keep_id=int(keep),
                merge_id=int(merge),
                actor=actor_on(request).login,
                at=timezone.now(),
            )
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
        "may_write": may_write(request, uai),
        "done": done if done.isdecimal() else "",
    }
    return render(request, "pupils/duplicates.html", context)


@school(Permission.PUPILS_WRITE, writes_year=True)
@require_POST
def separate(request: PageRequest, uai: str, year: int, act_id: int) -> HttpResponse:
    """Undo a merging."""
    try:
        verbs.undo(uai=uai, act_id=act_id, actor=actor_on(request).login, at=timezone.now())
    except verbs.CannotUndoAmendmentError as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("Les deux fiches sont de nouveau là."))
    return redirect("pupils:duplicates", uai, year)
