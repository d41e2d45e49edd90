"""A pupil's record."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.journal import access as trail
from bascule.students import lookup
from bascule.web.access import school
from bascule.web.gate import PageRequest, actor_on


@school(Permission.PUPILS_READ)
def record(request: PageRequest, uai: str, year: int, pupil_id: int) -> HttpResponse:
    """Show a record, and note who read it and why."""
    actor = actor_on(request)
    found = lookup.read_pupil(uai=uai, year=year, pupil_id=pupil_id)
    trail.note(
        kind="record.read",
        visitor=actor.visitor,
        at=timezone.now(),
        uai=uai,
        about=f"student/{pupil_id}",
        purpose="session d’assistance" if actor.only_looks_at(uai) else "gestion de l’élève",
    )
    context: dict[str, Any] = {
        "uai": uai,
        "year": year,
        "record": found,
        "sees_contacts": policy.may(actor, Permission.CONTACTS_READ, uai=uai),
        "sees_sensitive": policy.may(actor, Permission.SENSITIVE_READ, uai=uai),
    }
    return render(request, "pupils/record.html", context)
