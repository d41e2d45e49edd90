"""The list of heads, school by school, and their letters."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from bascule.accounts import heads as verbs
from bascule.accounts.heads import SchoolHeads
from bascule.accounts.models import Person
from bascule.accounts.profiles import Permission
from bascule.values import civil_identity
from bascule.web.access import authority
from bascule.web.gate import PageRequest, actor_on
from bascule.web.staff.account import pdf
from bascule.web.staff.people import row_of


@authority(Permission.HEADS)
def heads(request: PageRequest) -> HttpResponse:
    """List the schools with their heads, those without any first."""
    now, today = timezone.now(), timezone.localdate()
    query = request.GET.get("q", "").strip()[:100]
    found = verbs.list_heads(uais=request.reach, today=today, at=now)
    every = [member for row in found for member in row.heads]
    waiting = {one.person.pk for one in every if one.person.state == Person.State.INVITED}
    shown = {
        "query": query,
        "rows": [
            {
                "uai": row.uai,
                "name": row.name,
                "heads": [row_of(member, today) for member in row.heads],
            }
            for row in found
            if _answers(row, query)
        ],
        "count": len(found),
        "empty_count": sum(not row.heads for row in found),
        "waiting_count": len(waiting),
    }
    return render(request, "heads/list.html", shown)


@authority(Permission.HEADS)
@require_POST
def letters(request: PageRequest) -> HttpResponse:
    """Make the letters of all heads who have not activated their account."""
    content = verbs.letters_of_heads(
        uais=request.reach,
        actor=actor_on(request).login,
        at=timezone.now(),
        today=timezone.localdate(),
    )
    return pdf(content, "lettres-activation.pdf")


def _answers(row: SchoolHeads, query: str) -> bool:
    names = " ".join(f"{member.name} {member.person.login}" for member in row.heads)
    words = civil_identity.key(f"{row.uai} {row.name} {names}").split()
    wanted = civil_identity.key(query).split()
    return all(any(word.startswith(one) for word in words) for one in wanted)
