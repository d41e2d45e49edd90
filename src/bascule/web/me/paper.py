"""My codes on paper: made on demand, shown once."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bascule.accounts.keys import paper as sheets
from bascule.web.access import signed_in
from bascule.web.gate import PageRequest, actor_on
from bascule.web.me.proof import after_proof


@signed_in
@after_proof
def paper(request: PageRequest) -> HttpResponse:
    """Offer a new sheet; once asked for, show it.

    The answer to the form is the sheet itself: a redirection would have to keep the codes somewhere.
    """
    actor, now = actor_on(request), timezone.now()
    if request.method != "POST":
        left = sheets.left(person_id=actor.person_id)
        return render(request, "me/paper.html", {"left": left, "count": sheets.COUNT})
    codes = sheets.make_sheet(person_id=actor.person_id, actor=actor.login, at=now)
    return render(request, "me/paper_sheet.html", {"codes": codes, "now": now})
