"""Where the INE of a school's pupils stand, and whose a number is."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.ine.finding import find
from bascule.ine.standing import PupilNumber, Stand, resolve, standing
from bascule.values import civil_identity
from bascule.web.access import authority, school
from bascule.web.components.filters import page_asked
from bascule.web.gate import PageRequest, actor_on
from bascule.web.identities.forms import PupilsForm

#: Pupils on a page.
_PAGE = 50
_LONGEST = 100


@school(Permission.PUPILS_READ)
def standing_of_school(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """Show who has no INE and why, and what came since the last export."""
    found = standing(uai=uai, year=year)
    state, division = request.GET.get("etat", ""), request.GET.get("division", "")
    words = civil_identity.key(request.GET.get("q", "")[:100]).split()
    rows = [
        one
        for one in found.pupils
        if _is_wanted(one, state)
        and division in ("", one.division)
        and all(word in civil_identity.key(one.name) for word in words)
    ]
    context = {
        "uai": uai,
        "year": year,
        "found": found,
        "with_count": sum(1 for one in found.pupils if one.number),
        "without_count": len(found.without),
        "counts": [(one, found.counts.get(one, 0)) for one in Stand if found.counts.get(one, 0)],
        "filters": PupilsForm(
            request.GET, divisions=sorted({one.division for one in found.pupils if one.division})
        ),
        "is_filtered": bool(state or division or words),
        "here": request.path,
        "count": len(rows),
        "pages": Paginator(rows, _PAGE).get_page(page_asked(request.GET)),
        "may_export": policy.may(actor_on(request), Permission.EXPORT, uai=uai),
    }
    return render(request, "identities/school.html", context)


@authority(Permission.IDENTITIES)
def find_number(request: PageRequest) -> HttpResponse:
    """Tell what the directory knows of a number, in force or retired; or of who bears a name."""
    text = request.GET.get("ine", "").strip()[:_LONGEST]
    actor = actor_on(request)
    is_number = any(letter.isdecimal() for letter in text) and len(text.split()) == 1
    context = {
        "text": text,
        "found": resolve(text) if is_number else None,
        "persons": []
        if is_number or not text
        else find(text=text, visitor=actor.visitor, at=timezone.now()),
    }
    return render(request, "identities/number.html", context)


def _is_wanted(one: PupilNumber, state: str) -> bool:
    if state in set(Stand):
        return one.stand == state
    return state == "tous" or not one.number
