"""The first step of an import: the file is chosen, and kept before anything else is done with it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.exchange.gate import OtherSoftwareError, WrongSchoolError, WrongYearError
from bascule.exchange.receive import NothingLeftError, deposit as keep, deposit_rest
from bascule.exchange.switch_off import is_gep_stopped
from bascule.schools.open_year import years_of
from bascule.web.access import school
from bascule.web.exchanges.forms import DepositForm
from bascule.web.exchanges.software import software_word
from bascule.web.exchanges.steps import run_of
from bascule.web.gate import PageRequest, actor_on
from bascule.web.steps import Way, way_after


@school(Permission.IMPORT, writes_year=True)
def deposit(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Take a file; what is not for this school and year is refused with where it goes."""
    is_sent = request.method == "POST"
    form = DepositForm(request.POST, request.FILES) if is_sent else DepositForm()
    elsewhere: tuple[str, int] | None = None
    way: Way | None = None
    if is_sent and form.is_valid():
        try:
            received = keep(
                files=form.chosen(),
                uai=uai,
                year=year,
                actor=actor_on(request).login,
                at=timezone.now(),
                changes_software=form.cleaned_data["changes_software"],
                is_partial=form.cleaned_data["is_partial"],
                asks=True,
            )
        except RefusedError as refusal:
            about_software = isinstance(refusal, OtherSoftwareError)
            where = "deposited" if form.cleaned_data["deposited"] else "folder"
            form.add_error("changes_software" if about_software else where, refusal.sentence)
            elsewhere = _elsewhere(request, refusal, uai, year)
            way = way_after(refusal, actor=actor_on(request))
        else:
            if received.is_repeat:
                messages.info(request, _("Ce fichier est déjà intégré : il n’y a rien à faire."))
            return redirect("exchanges:run", uai, received.run.year, received.run.pk)
    context = {
        "uai": uai,
        "year": year,
        "form": form,
        "elsewhere": elsewhere,
        "way": way,
        "software_word": software_word(uai, year),
        "offers_gep": not is_gep_stopped(uai=uai),
    }
    return render(request, "exchanges/deposit.html", context, status=200)


@school(Permission.IMPORT, writes_year=True)
def rest(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Take what an import left in its files."""
    run = run_of(uai, year, run_id)
    if request.method == "POST":
        try:
            run = deposit_rest(run=run, actor=actor_on(request).login, at=timezone.now()).run
        except NothingLeftError as refusal:
            messages.warning(request, refusal.sentence)
    return redirect("exchanges:run", uai, year, run.pk)


def _elsewhere(
    request: PageRequest, refusal: RefusedError, uai: str, year: int
) -> tuple[str, int] | None:
    """Give the school and year that the file is for, where the person may deposit there."""
    if isinstance(refusal, WrongSchoolError):
        wanted = (refusal.found, year)
    elif isinstance(refusal, WrongYearError):
        wanted = (uai, refusal.found)
    else:
        return None
    if not policy.may(actor_on(request), Permission.IMPORT, uai=wanted[0]):
        return None
    return wanted if wanted[1] in {row.year for row in years_of(wanted[0])} else None
