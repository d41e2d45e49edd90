"""The list of the people of a school, and what was done to their accounts and rights."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from bascule.accounts import given, members, people as known
from bascule.accounts.members import Member
from bascule.accounts.models import Right
from bascule.accounts.profiles import Permission
from bascule.accounts.rights import in_words
from bascule.web.access import school
from bascule.web.gate import PageRequest

#: A right that ends within this time is pointed at.
SOON = timedelta(days=30)
#: Delegations that a line of the list names one by one.
_MOST_NAMED = 3


@school(Permission.STAFF)
def people(request: PageRequest, uai: str) -> HttpResponse:
    """List the people of the school, with what they may do there and until when."""
    now, today = timezone.now(), timezone.localdate()
    query = request.GET.get("q", "").strip()[:100]
    found = members.members_of(uai=uai, today=today, at=now)
    count = len(found)
    if query:
        wanted = {one.pk for one in known.find(query=query, uais=[uai], today=today, most=count)}
        found = [member for member in found if member.person.pk in wanted]
    shown = {
        "uai": uai,
        "query": query,
        "count": count,
        "rows": [row_of(member, today) for member in found],
        "former": [] if query else members.former_of(uai=uai, today=today),
    }
    return render(request, "staff/people.html", shown)


@school(Permission.STAFF)
def history(request: PageRequest, uai: str) -> HttpResponse:
    """Tell what was done to accounts and rights, latest first."""
    before = request.GET.get("avant", "")
    before_id = int(before) if before.isdecimal() and len(before) < 19 else None  # noqa: PLR2004
    events = given.history(uai=uai, before_id=before_id)
    next_id = events[-1].id if len(events) == given.PAGE else None
    shown = {"uai": uai, "events": events, "next_id": next_id, "is_later": before_id is not None}
    return render(request, "staff/history.html", shown)


def row_of(member: Member, today: date) -> dict[str, Any]:
    """Give somebody as a line of the list.

    Args:
        member (Member): who.
        today (date): the day.

    Returns:
        dict[str, Any]: what the line shows.
    """
    trades = [right_of(right, today) for right in member.rights if not right.permission]
    delegated = [right_of(right, today) for right in member.rights if right.permission]
    return {
        "person": member.person,
        "name": member.name,
        "state": member.person.state,
        "is_blocked": member.is_blocked,
        "trades": trades,
        "delegated": delegated[:_MOST_NAMED],
        "more_count": max(len(delegated) - _MOST_NAMED, 0),
        "ends_soon": min(
            (one["ends_on"] for one in (*trades, *delegated) if one["ends_soon"]), default=None
        ),
        "key": _(member.key_state.label) if member.key_state else "",
        "key_tone": "success" if member.key_state == "active" else "warning",
        "last_sign_in_at": member.last_sign_in_at,
    }


def right_of(right: Right, today: date) -> dict[str, Any]:
    """Give a right in words.

    Args:
        right (Right): the right.
        today (date): the day.

    Returns:
        dict[str, Any]: what pages show of it.
    """
    return {
        "id": right.pk,
        "words": in_words(right, _),
        "is_delegated": bool(right.permission),
        "starts_on": right.starts_on,
        "ends_on": right.ends_on,
        "is_to_come": right.starts_on > today,
        "ends_soon": right.ends_on is not None and right.ends_on <= today + SOON,
        "by": known.display(right.granted_by) if right.granted_by else "",
        "profile": right.profile,
    }
