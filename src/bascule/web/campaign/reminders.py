"""Write to the schools of a selection: the text, the very messages, then the sending."""

from django.contrib import messages as told
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from bascule.accounts import policy
from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.campaign import reminders
from bascule.campaign.board import Board
from bascule.campaign.letters import FIELDS, Letter, keep_letter, letter_of
from bascule.campaign.reminders import Message
from bascule.errors import RefusedError
from bascule.web.access import authority
from bascule.web.campaign.forms import LetterForm, filters_of
from bascule.web.campaign.views import selection, years_followed
from bascule.web.gate import PageRequest, actor_on

#: Messages shown on the page, whatever is sent.
_SHOWN = 200


@authority(Permission.CAMPAIGN)
def remind(request: PageRequest, campaign: str, year: int) -> HttpResponse:
    """Show what each school of the selection would receive, and send it."""
    if year < years_followed(campaign)[0]:
        return redirect("campaign:board", campaign, year)
    board = selection(request, campaign, year)
    kept = letter_of(board.campaign)
    form = LetterForm(request.POST or None, initial={"subject": kept.subject, "body": kept.body})
    found: list[Message] = []
    try:
        if form.is_bound and form.is_valid():
            kept = Letter(form.cleaned_data["subject"], form.cleaned_data["body"])
        if not form.errors:
            step = filters_of(request.GET).step
            found = reminders.preview(board=board, letter=kept, step=step)
        if found and "envoyer" in request.POST:
            if request.POST.get("vu") == kept.digest:
                return _send(request, board, found, kept, keeps=form.cleaned_data["keeps"])
            told.warning(request, _("Le texte a changé : relisez les messages, puis envoyez-les."))
    except RefusedError as refusal:
        if form.is_bound:
            form.add_error(None, refusal.sentence)
        else:
            told.warning(request, refusal.sentence)
    ready = [one for one in found if one.is_ready]
    others = [one for one in found if not one.is_ready]
    query = request.GET.urlencode()
    here = reverse("campaign:remind", args=[campaign, year])
    context = {
        "campaign": board.campaign,
        "year": year,
        "form": form,
        "seen": kept.digest,
        "ready": len(ready),
        "shown": ready[:_SHOWN],
        "more": max(len(ready) - _SHOWN, 0),
        "others": others[:_SHOWN],
        "more_others": max(len(others) - _SHOWN, 0),
        "mute": sum(not one.addresses and not one.is_of_authority for one in found),
        "may_open_accounts": policy.may(actor_on(request), Permission.HEADS, uai=AUTHORITY),
        "fields": list(FIELDS.items()),
        "here": f"{here}?{query}" if query else here,
        "query": query,
    }
    return render(request, "campaign/remind.html", context)


def _send(
    request: PageRequest, board: Board, found: list[Message], letter: Letter, *, keeps: bool
) -> HttpResponse:
    actor, now = actor_on(request).login, timezone.now()
    with transaction.atomic():
        if keeps:
            keep_letter(campaign=board.campaign, letter=letter, actor=actor, at=now)
        count = reminders.send(board=board, messages=found, actor=actor, at=now)
    text = ngettext(
        "%(count)s établissement est relancé : son message part dans la minute.",
        "%(count)s établissements sont relancés : leurs messages partent dans les minutes qui viennent.",
        count,
    )
    told.success(request, text % {"count": count})
    query = request.GET.urlencode()
    here = reverse("campaign:board", args=[board.campaign.code, board.year])
    return redirect(f"{here}?{query}" if query else here)
