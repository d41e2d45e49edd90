"""My rights: what I may do, where, until when, and who gave it to me."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts import people
from bascule.accounts.models import Right
from bascule.accounts.profiles import AUTHORITY, Profile
from bascule.accounts.rights import in_words, rights_of
from bascule.schools.models import School
from bascule.web.access import signed_in
from bascule.web.gate import PageRequest, actor_on
from bascule.web.staff.people import SOON


@signed_in
def rights(request: PageRequest) -> HttpResponse:
    """List my rights, those I had folded away."""
    today = timezone.localdate()
    actor = actor_on(request)
    found = rights_of(person_id=actor.person_id)
    names = dict(
        School.objects.filter(pk__in={right.uai for right in found}).values_list("uai", "name")
    )
    rows = [_row(right, names, today) for right in found]
    shown = {
        "current": [row for row in rows if not row["is_over"]],
        "past": [row for row in rows if row["is_over"]],
        "is_of_authority": actor.is_of_authority_alone,
    }
    return render(request, "me/rights.html", shown)


def _row(right: Right, names: dict[str, str], today: date) -> dict[str, Any]:
    is_over = right.withdrawn_at is not None or (
        right.ends_on is not None and right.ends_on < today
    )
    trade = Profile.of(right.profile)
    return {
        "words": in_words(right, _),
        "is_delegated": bool(right.permission),
        "opens": [] if right.permission else sorted(_(one.label) for one in trade.permissions),
        "where": _("Rectorat") if right.uai == AUTHORITY else names.get(right.uai, right.uai),
        "uai": "" if right.uai == AUTHORITY else right.uai,
        "starts_on": right.starts_on,
        "is_to_come": right.starts_on > today,
        "ends_on": right.ends_on,
        "ends_soon": right.ends_on is not None and right.ends_on <= today + SOON,
        "withdrawn_at": right.withdrawn_at,
        "by": people.display(right.granted_by) if right.granted_by else "",
        "is_over": is_over,
    }
