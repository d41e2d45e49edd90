"""Give and withdraw rights: one act each, in the chain of the school where the right holds."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from bascule.accounts.models import Person, Right
from bascule.accounts.profiles import Permission, Profile
from bascule.errors import NotThereError
from bascule.journal.act import act
from bascule.store.policies import open_schools

GIVE_ACT, WITHDRAW_ACT = "right.give", "right.withdraw"


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
        opened.facts |= {
            "person": person.login,
            "profile": profile.code,
            "permission": permission.code if permission else "",
            "department": department,
            "from": starts_on.isoformat(),
            "to": ends_on.isoformat() if ends_on else "",
        }
        return Right.objects.create(
            uai=uai,
            person=person,
            profile=profile.code,
            permission=permission.code if permission else "",
            department=department,
            starts_on=starts_on,
            ends_on=ends_on,
            granted_by_id=granted_by_id,
            granted_at=at,
        )


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
            Right.objects.select_for_update(of=("self",))
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
            Right.objects.filter(
                Q(ends_on__isnull=True) | Q(ends_on__gte=today), uai=uai, withdrawn_at__isnull=True
            )
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
