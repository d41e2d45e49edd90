"""The sign-in, step by step."""

from django.http import HttpResponse
from django.shortcuts import render

from bascule.web.access import public
from bascule.web.gate import PageRequest


@public
def password(request: PageRequest) -> HttpResponse:
    """Ask for login and password."""
    return render(request, "signin/password.html")
