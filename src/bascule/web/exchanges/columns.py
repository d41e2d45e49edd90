"""A table whose columns nobody told yet: each is shown with values, and with what it is taken for."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts.profiles import Permission
from bascule.errors import RefusedError
from bascule.exchange import told
from bascule.exchange.journey import NotWaitingError
from bascule.web.access import school
from bascule.web.exchanges.forms import ColumnsForm, RowForm
from bascule.web.exchanges.steps import frame, page_of, run_of
from bascule.web.gate import PageRequest, actor_on

#: Of the line of the headings.
_DIGITS = 4


@school(Permission.IMPORT, writes_year=True)
def columns(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Ask what the columns of a table are, or let what was said be changed while nothing is written."""
    run = run_of(uai, year, run_id)
    if not told.is_asked(run):
        return redirect(page_of(run))
    typed = request.POST if request.method == "POST" else request.GET
    line = typed.get("ligne", "")
    found = told.read_table(
        run=run, line=int(line) if line.isdecimal() and len(line) < _DIGITS else None
    )
    form = ColumnsForm(request.POST if request.method == "POST" else None, columns=found.columns)
    if form.is_bound and form.is_valid():
        try:
            run = told.tell(
                run_id=run_id,
                uai=uai,
                columns=form.said(),
                actor=actor_on(request).login,
                at=timezone.now(),
                line=found.line,
            )
        except NotWaitingError as refusal:
            messages.warning(request, refusal.sentence)
            return redirect("exchanges:run", uai, year, run_id)
        except RefusedError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(
                request,
                _(
                    "C’est noté : le prochain tableau qui a les mêmes intitulés sera lu de la même façon."
                ),
            )
            return redirect(page_of(run))
    rows = RowForm(rows=found.rows, line=found.line)
    context = {**frame(request, run, 1), "form": form, "table": found, "rows": rows}
    return render(request, "exchanges/columns.html", context)
