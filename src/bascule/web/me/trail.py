"""My traces: what the journal keeps of what I did."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render

from bascule.journal.access import Criteria, find_own
from bascule.web.access import signed_in
from bascule.web.gate import PageRequest, actor_on
from bascule.web.trail import lines


@signed_in
def trail(request: PageRequest) -> HttpResponse:
    """List what I did and looked at, latest first."""
    person_id = actor_on(request).person_id
    asked = request.GET.get("avant", "")
    before = int(asked) if asked.isdecimal() and len(asked) < 19 else None  # noqa: PLR2004 - digits of a number
    page = lines.sliced(
        lambda criteria, most: find_own(person_id=person_id, criteria=criteria, most=most),
        replace(Criteria(), before_id=before),
    )
    context = {
        "lines": lines.of_accesses(page.rows),
        "older": f"avant={page.next_id}" if page.next_id is not None else "",
        "is_below": before is not None,
    }
    return render(request, "me/trail.html", context)
