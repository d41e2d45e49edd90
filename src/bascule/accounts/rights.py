"""Give and withdraw rights: one act each, in the chain of the school where the right holds."""

from collections.abc import Callable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from bascule.accounts.models import Person, Right
from bascule.accounts.profiles import Permission, Profile
from bascule.errors import NotThereError
from bascule.journal.act import OpenAct, act
from bascule.store.policies import confine, open_schools, put_back

GIVE_ACT, WITHDRAW_ACT, END_ACT = "right.give", "right.withdraw", "right.end"


class UnknownRightError(NotThereError):
    """The school has no such right in force.

    Args:
        right_id (int): its number.
    """

    code = "right.unknown"

    def __init__(self, right_id: int) -> None:
        super().__init__(
            "Ce droit n’existe plus : il a été retiré, ou n’est pas de cet établissement."
        )
        self.right_id = right_id


def give(
    *,
    person: Person,
    profile: Profile,
    uai: str,
    starts_on: date,
    ends_on: date | None,
    actor: str,
    at: datetime,
    permission: Permission | None = None,
    department: str = "",
    granted_by_id: int | None = None,
) -> Right:
    """Give a right. Whether whoever gives it may is decided by the verb that calls.

    Args:
        person (Person): to whom.
        profile (Profile): the trade.
        uai (str): the school, or `AUTHORITY`.
        starts_on (date): first day.
        ends_on (date | None): last day, included; None for no end.
        actor (str): who signs.
        at (datetime): when.
        permission (Permission | None): the one permission delegated; None for all of the profile.
        department (str): for the authority, the only département (`077`); blank for all.
        granted_by_id (int | None): the person who gives it; None for the authority's own hand.

    Returns:
        Right: the right.
    """
    with act(uai=uai, kind=GIVE_ACT, actor=actor, at=at) as opened:
        return enter(
            opened,
            person=person,
            profile=profile,
            starts_on=starts_on,
            ends_on=ends_on,
            at=at,
            permission=permission,
            department=department,
            granted_by_id=granted_by_id,
        )


def enter(
    opened: OpenAct,
    *,
    person: Person,
    profile: Profile,
    starts_on: date,
    ends_on: date | None,
    at: datetime,
    permission: Permission | None = None,
    department: str = "",
    granted_by_id: int | None = None,
) -> Right:
    """Write a right within an act that does more than this.

    Args:
        opened (OpenAct): the act, in the chain of the school of the right.
        person (Person): to whom.
        profile (Profile): the trade.
        starts_on (date): first day.
        ends_on (date | None): last day, included; None for no end.
        at (datetime): when.
        permission (Permission | None): the one permission delegated; None for all of the profile.
        department (str): for the authority, the only département; blank for all.
        granted_by_id (int | None): the person who gives it; None for the authority's own hand.

    Returns:
        Right: the right.
    """
    opened.facts |= {
        "person": person.login,
        "profile": profile.code,
        "permission": permission.code if permission else "",
        "department": department,
        "from": starts_on.isoformat(),
        "to": ends_on.isoformat() if ends_on else "",
    }
    return Right.objects.create(
        uai=opened.uai,
        person=person,
        profile=profile.code,
        permission=permission.code if permission else "",
        department=department,
        starts_on=starts_on,
        ends_on=ends_on,
        granted_by_id=granted_by_id,
        granted_at=at,
    )


def move_end(
    opened: OpenAct,
    *,
    right: Right,
    ends_on: date | None,
    at: datetime,
    starts_on: date | None = None,
    granted_by_id: int | None = None,
) -> None:
    """Give a right in force another end, within an act; whoever does answers for it from now on.

    Args:
        opened (OpenAct): the act, in the chain of the school of the right.
        right (Right): the right, read under the lock of the act.
        ends_on (date | None): its last day, included; None for no end.
        at (datetime): when.
        starts_on (date | None): an earlier first day; None to keep it.
        granted_by_id (int | None): the person who does; None for the authority's own hand.
    """
    right.ends_on, right.act_id = ends_on, opened.id
    right.starts_on = starts_on or right.starts_on
    right.granted_by_id, right.granted_at = granted_by_id, at
    right.save(update_fields=["starts_on", "ends_on", "granted_by", "granted_at", "act_id"])


def withdraw(*, right_id: int, uai: str, actor: str, at: datetime) -> Right:
    """Withdraw a right, at once: the next request does without it.

    Args:
        right_id (int): the right.
        uai (str): its school, or `AUTHORITY`.
        actor (str): who signs.
        at (datetime): when.

    Returns:
        Right: the right, withdrawn.

    Raises:
        UnknownRightError: if the school has no such right, or it was withdrawn already.
    """
    with act(uai=uai, kind=WITHDRAW_ACT, actor=actor, at=at) as opened:
        right = (
            Right.objects.select_for_update(of=("self",), no_key=True)
            .select_related("person")
            .filter(pk=right_id, uai=uai, withdrawn_at__isnull=True)
            .first()
        )
        if right is None:
            raise UnknownRightError(right_id)
        right.withdrawn_at, right.act_id = at, opened.id
        right.save(update_fields=["withdrawn_at", "act_id"])
        opened.facts |= {
            "person": right.person.login,
            "profile": right.profile,
            "permission": right.permission,
        }
        return right


def in_words(right: Right, say: Callable[[str], str] = str) -> str:
    """Name a right as pages and papers do.

    Args:
        right (Right): the right.
        say (Callable[[str], str]): puts a French word into the language of the page.

    Returns:
        str: the trade, with its département; or what is delegated.
    """
    if right.permission:
        return say(Permission.of(right.permission).label)
    trade = say(Profile.of(right.profile).label)
    words = f"{trade[:1].upper()}{trade[1:]}"
    return (
        f"{words}, département {right.department.removeprefix('0')}" if right.department else words
    )


def standing_of(*, person_id: int, today: date) -> frozenset[tuple[str, Profile]]:
    """Tell where a person holds rights in force or to come, seen from any school. Never shown.

    Args:
        person_id (int): the person.
        today (date): the day, where the authority is.

    Returns:
        frozenset[tuple[str, Profile]]: schools or `AUTHORITY`, each with a trade.
    """
    with put_back():
        confine(person_id=person_id)
        found = Right.objects.filter(live(today), person_id=person_id)
        return frozenset(
            (uai, Profile.of(code)) for uai, code in found.values_list("uai", "profile")
        )


def live(today: date) -> Q:
    """Say which rights are in force or to come.

    Args:
        today (date): the day, where the authority is.

    Returns:
        Q: neither withdrawn nor ended.
    """
    return Q(Q(ends_on__isnull=True) | Q(ends_on__gte=today), withdrawn_at__isnull=True)


def rights_in(*, uai: str, today: date) -> list[Right]:
    """List the rights of a school that are in force or to come.

    Args:
        uai (str): the school, or `AUTHORITY`.
        today (date): the day, where the authority is.

    Returns:
        list[Right]: with their persons, by name.
    """
    with transaction.atomic():
        open_schools(uai)
        return list(
            Right.objects.filter(live(today), uai=uai)
            .select_related("person", "granted_by")
            .order_by("person__family_name", "person__first_name", "id")
        )


def rights_of(*, person_id: int) -> list[Right]:
    """List all the rights that a person ever had, the latest first. She may always see them.

    Args:
        person_id (int): the person, to whom the transaction is confined.

    Returns:
        list[Right]: the rights.
    """
    return list(
        Right.objects.filter(person_id=person_id).select_related("granted_by").order_by("-id")
    )
