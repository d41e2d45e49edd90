"""What a school reads of the academic base: whether both agree, what each night did, who is kept back."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.bea import resend as resending
from bascule.bea.board import PAGE, Lines, blocked, read_lines, read_transfer, transfers
from bascule.bea.reconcile import reconcile
from bascule.constat.standing import signed_divisions, standing
from bascule.errors import RefusedError
from bascule.web.access import school
from bascule.web.bea.forms import LinesForm, ResendForm, filters_of
from bascule.web.components.filters import page_asked
from bascule.web.gate import PageRequest, actor_on


@school(Permission.PUPILS_READ)
def board(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show the three counts, who differs and why, and the nights."""
    return _board(request, uai, year, ResendForm(initial={"jour": date(year, 1, 1)}))


@school(Permission.IMPORT_CONFIRM, writes_year=True)
@require_POST
def resend(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Ask that the pupils of a day go up again tonight."""
    form = ResendForm(request.POST)
    if form.is_valid():
        day = form.cleaned_data["jour"]
        try:
            resending.ask_resend(
                uai=uai, year=year, day=day, actor=actor_on(request).login, at=timezone.now()
            )
        except RefusedError as refusal:
            form.add_error("jour", refusal.sentence)
        else:
            messages.success(request, _("C’est demandé : ils partiront la nuit prochaine."))
            return redirect("bea:board", uai, year)
    return _board(request, uai, year, form)


@school(Permission.IMPORT_CONFIRM, writes_year=True)
@require_POST
def cancel_resend(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Take back what was asked of the next night."""
    try:
        resending.cancel_resend(
            uai=uai, year=year, actor=actor_on(request).login, at=timezone.now()
        )
    except RefusedError as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("Le renvoi est annulé."))
    return redirect("bea:board", uai, year)


@school(Permission.PUPILS_READ)
def kept_back(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """List the pupils whom the last night did not take, and what puts each right."""
    found = blocked(uai=uai, year=year, filters=filters_of(request.GET, page_asked(request.GET)))
    context = {
        **_lines(request, uai, year, found, with_outcome=False),
        "may_mend": policy.may(actor_on(request), Permission.PUPILS_WRITE, uai=uai),
    }
    return render(request, "bea/kept_back.html", context)


@school(Permission.PUPILS_READ)
def transfer(request: PageRequest, uai: str, year: int, transfer_id: int) -> HttpResponse:
    """Show the acknowledgement of a night, line by line."""
    sent = read_transfer(uai=uai, year=year, transfer_id=transfer_id)
    found = read_lines(transfer=sent, filters=filters_of(request.GET, page_asked(request.GET)))
    context = {**_lines(request, uai, year, found, with_outcome=True), "transfer": sent}
    return render(request, "bea/transfer.html", context)


def _board(request: PageRequest, uai: str, year: int, form: ResendForm) -> HttpResponse:
    found = reconcile(uai=uai, year=year, trusts_night=True)
    nights = transfers(uai=uai, year=year)
    waiting = resending.waiting_resend(uai=uai, year=year)
    now = timezone.now()
    signed = signed_divisions(uai=uai, year=year)
    context = {
        "uai": uai,
        "year": year,
        "found": found,
        "constat": standing(uais=[uai], year=year, at=now).get(uai),
        "divisions": [(one, signed.get(one.code, 0)) for one in found.divisions],
        "pages": Paginator(found.gaps, PAGE).get_page(page_asked(request.GET)),
        "nights": nights,
        "form": form,
        "waiting": waiting,
        "may_resend": policy.may(actor_on(request), Permission.IMPORT_CONFIRM, uai=uai),
    }
    return render(request, "bea/board.html", context)


def _lines(
    request: PageRequest, uai: str, year: int, found: Lines, *, with_outcome: bool
) -> dict[str, Any]:
    """Give the lists of lines what they share."""
    return {
        "uai": uai,
        "year": year,
        "found": found,
        "filters": LinesForm(request.GET, lines=found, with_outcome=with_outcome),
        "is_filtered": any(request.GET.get(name) for name in ("suite", "motif", "division", "q")),
        "here": request.path,
        "pages": Paginator(range(found.count), PAGE).get_page(page_asked(request.GET)),
    }
