"""How the accents of a deposit are read: each way is shown on its own names, and one is chosen."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.exchange import accents as verbs
from bascule.exchange.journey import NotWaitingError
from bascule.web.access import school
from bascule.web.exchanges.forms import AccentsForm
from bascule.web.exchanges.steps import frame, page_of, run_of
from bascule.web.gate import PageRequest


@school(Permission.IMPORT, writes_year=True)
def accents(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Show names as each way of writing accents reads them, and let one be chosen while nothing is written."""
    run = run_of(uai, year, run_id)
    found = verbs.readings(run=run)
    if not found:
        return redirect(page_of(run))
    form = AccentsForm(request.POST if request.method == "POST" else None, readings=found)
    if form.is_bound and form.is_valid():
        try:
            run = verbs.read_as(run_id=run_id, uai=uai, encoding=form.cleaned_data["ecriture"])
        except NotWaitingError as refusal:
            messages.warning(request, refusal.sentence)
            return redirect(page_of(run))
        except RefusedError as refusal:
            form.add_error("ecriture", refusal.sentence)
        else:
            messages.success(request, _("C’est noté : le fichier est relu ainsi."))
            return redirect(page_of(run))
    return render(request, "exchanges/accents.html", {**frame(request, run, 1), "form": form})
