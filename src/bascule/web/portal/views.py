"""The portal page."""

from django.http import HttpResponse
from django.shortcuts import render

from bascule.web.access import signed_in
from bascule.web.gate import PageRequest


@signed_in
def portal(request: PageRequest) -> HttpResponse:
    """Show what waits for me, then what I may open."""
    return render(request, "portal/portal.html")
