"""Who asks, for the time of a request: a person with the rights in force, and what they reach."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q

from bascule.accounts.models import Person, Right, SupportSession
from bascule.accounts.profiles import AUTHORITY, Permission, Profile
from bascule.journal.access import Visitor
from bascule.store.policies import confine


@dataclass(frozen=True, slots=True)
class HeldRight:
    """One right in force.

    Attributes:
        profile: the trade.
        permission: the one permission delegated; None for all of the profile.
        uai: the school, or `AUTHORITY`.
        department: the only département of a right of the authority; blank for all.
        ends_on: last day; None for no end.
    """

    profile: Profile
    permission: Permission | None
    uai: str
    department: str = ""
    ends_on: date | None = None

    def gives(self, permission: Permission) -> bool:
        """Tell whether this right gives a permission.

        Args:
            permission (Permission): the permission.

        Returns:
            bool: true if it does.
        """
        if self.permission is not None:
            # A row that delegates what is not delegable, however it came there, opens nothing.
            return self.permission is permission and permission.is_delegable
        return permission in self.profile.permissions

    def covers(self, uai: str) -> bool:
        """Tell whether this right holds in a school.

        Args:
            uai (str): the school, or `AUTHORITY`.

        Returns:
            bool: true if it does.
        """
        if self.uai != AUTHORITY:
            return self.uai == uai
        return not self.department or uai == AUTHORITY or uai.startswith(self.department)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who asks something, with the rights in force at that instant.

    Attributes:
        person_id: the person.
        login: what signs her acts.
        name: how pages call her.
        rights: what she holds now.
        address: where the request came from; None for none.
        support_id: the support session through which she looks; None for none.
    """

    person_id: int
    login: str
    name: str
    rights: tuple[HeldRight, ...]
    address: str | None = None
    support_id: int | None = None

    @property
    def visitor(self) -> Visitor:
        """Return her as the journal of accesses writes her."""
        return Visitor(self.login, self.person_id, self.address)

    @property
    def is_of_authority_alone(self) -> bool:
        """Tell whether she works at the authority, and in no school."""
        return bool(self.rights) and all(one.uai == AUTHORITY for one in self.rights)

    def holds(self, permission: Permission, uai: str) -> bool:
        """Tell whether a right in force gives a permission in a school.

        Args:
            permission (Permission): the permission.
            uai (str): the school, or `AUTHORITY`.

        Returns:
            bool: true if one does.
        """
        return any(right.gives(permission) and right.covers(uai) for right in self.rights)

    def only_looks_at(self, uai: str) -> bool:
        """Tell whether it is a support session that shows her the school.

        Args:
            uai (str): the school.

        Returns:
            bool: true if she may change nothing there.
        """
        return any(right.profile is Profile.SUPPORT and right.uai == uai for right in self.rights)

    def reach(self, directory: Iterable[str], permission: Permission | None = None) -> list[str]:
        """List the schools that a permission, or any, opens to her.

        Args:
            directory (Iterable[str]): all schools.
            permission (Permission | None): the permission; None for any right at all.

        Returns:
            list[str]: schools, and `AUTHORITY` first if she acts for it.
        """
        held = [right for right in self.rights if permission is None or right.gives(permission)]
        own = {right.uai for right in held}
        wide = [right for right in held if right.uai == AUTHORITY]
        return [
            *([AUTHORITY] if wide else []),
            *(uai for uai in directory if uai in own or any(right.covers(uai) for right in wide)),
        ]


def actor_of(
    person: Person,
    *,
    today: date,
    address: str | None = None,
    support: SupportSession | None = None,
) -> Actor:
    """Give a person's rights in force; leaves the transaction confined to what she alone may see.

    Args:
        person (Person): the person, active.
        today (date): the day, where the authority is.
        address (str | None): where the request came from.
        support (SupportSession | None): the support session through which she looks.

    Returns:
        Actor: who asks.
    """
    with transaction.atomic():
        confine(person_id=person.pk)
        found = Right.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=today),
            person=person,
            starts_on__lte=today,
            withdrawn_at__isnull=True,
        ).order_by("id")
        rights = [held(right) for right in found]
    # An agent who is no longer one looks at nothing, whatever a school accepted.
    if support is not None and not any(
        right.gives(Permission.SUPPORT_ASK) and right.covers(support.uai) for right in rights
    ):
        support = None
    if support is not None:
        rights.append(HeldRight(Profile.SUPPORT, None, support.uai))
    return Actor(
        person_id=person.pk,
        login=person.login,
        name=f"{person.first_name} {person.family_name}",
        rights=tuple(rights),
        address=address,
        support_id=support.pk if support else None,
    )


def held(right: Right) -> HeldRight:
    """Give a row as the policies read it.

    Args:
        right (Right): the row.

    Returns:
        HeldRight: the right.
    """
    return HeldRight(
        profile=Profile.of(right.profile),
        permission=Permission.of(right.permission) if right.permission else None,
        uai=right.uai,
        department=right.department,
        ends_on=right.ends_on,
    )
