"""Check a certificate: a page for whoever was given one, which says as little as it can."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from bascule.accounts.tries import CrowdedAddressError
from bascule.certificates import check as verbs
from bascule.web import errors
from bascule.web.access import public
from bascule.web.gate import PageRequest, address_of

#: Longer than any code, dashes and blanks included.
_LONGEST = 40


@public
def ask(request: PageRequest) -> HttpResponse:
    """Take a code that was typed, and lead to what it is worth."""
    typed = request.GET.get("code", "").strip().replace("/", "")[:_LONGEST]
    if typed:
        return redirect("papers:check", typed)
    return render(request, "papers/check.html", {})


@public
def check(request: PageRequest, code: str) -> HttpResponse:
    """Say what a certificate is worth."""
    try:
        found = verbs.check(typed=code, address=address_of(request), at=timezone.now())
    except CrowdedAddressError as refusal:
        return errors.too_many(request, refusal, until=refusal.until)
    except verbs.UnknownCodeError as refusal:
        # Not raised further: the try is counted, and a fault would take it back.
        context = {"refusal": refusal, "typed": code[:_LONGEST]}
        return render(request, "papers/check.html", context, status=404)
    return render(request, "papers/check.html", {"found": found, "standing": found.standing.value})
