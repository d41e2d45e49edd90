"""What a head may give in her school, to whom, how far, and why not the rest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from bascule.accounts.actor import Actor, HeldRight, held
from bascule.accounts.models import Person, Right
from bascule.accounts.profiles import Permission, Profile
from bascule.accounts.rights import live
from bascule.store.policies import open_schools
from bascule.values.words import said as _

#: What may be done in a school, as the portal groups it.
APPLICATIONS: tuple[tuple[str, tuple[Permission, ...]], ...] = (
    (
        _("Base élèves"),
        (
            Permission.PUPILS_READ,
            Permission.CONTACTS_READ,
            Permission.SENSITIVE_READ,
            Permission.PUPILS_WRITE,
            Permission.CENSUS_SIGN,
        ),
    ),
    (
        _("Imports et exports"),
        (
            Permission.IMPORT,
            Permission.IMPORT_CONFIRM,
            Permission.IMPORT_RELEASE,
            Permission.EXPORT,
        ),
    ),
    (
        _("Préparation de l’année"),
        (Permission.PREPARE, Permission.COMMON_DATA, Permission.PROFILE, Permission.STRUCTURES),
    ),
    (
        _("Indemnités"),
        (Permission.ALLOWANCES_ENTER, Permission.ALLOWANCES_VALIDATE, Permission.OWN_SERVICE),
    ),
    (
        _("Comptes et sécurité"),
        (
            Permission.STAFF,
            Permission.KEYS_LOCAL,
            Permission.TOKENS,
            Permission.TRAIL_SCHOOL,
            Permission.SUPPORT_ANSWER,
        ),
    ),
)

_END_OF_SCHOOL_YEAR = (8, 31)


def end_of_school_year(today: date) -> date:
    """Give the last day of the school year.

    Args:
        today (date): the day, where the authority is.

    Returns:
        date: the next 31 August.
    """
    ends = date(today.year, *_END_OF_SCHOOL_YEAR)
    return ends if ends >= today else ends.replace(year=ends.year + 1)


@dataclass(frozen=True, slots=True)
class Offer:
    """One permission, as the form to delegate shows it.

    Attributes:
        permission: the permission.
        obstacle: French, why it cannot be given; blank if it can.
        delegated_to: last day of the delegation she has already; None for none.
    """

    permission: Permission
    obstacle: str
    delegated_to: date | None


def offers(
    *, head: Actor, uai: str, person: Person | None, today: date
) -> list[tuple[str, list[Offer]]]:
    """Tell what a head may delegate to somebody, application by application, and why not the rest.

    Args:
        head (Actor): who would give.
        uai (str): the school.
        person (Person | None): to whom; None for somebody who is yet to be entered.
        today (date): the day, where the authority is.

    Returns:
        list[tuple[str, list[Offer]]]: each application with its permissions.
    """
    with transaction.atomic():
        open_schools(uai)
        own = rights_of_head(person_id=head.person_id, uai=uai, today=today)
        theirs = list(Right.objects.filter(live(today), uai=uai, person=person)) if person else []
    return [
        (name, [_offer(permission, own, theirs) for permission in permissions])
        for name, permissions in APPLICATIONS
    ]


def latest_end(own: Iterable[HeldRight], *, today: date) -> date:
    """Tell how far a delegation may go: a school year beyond this one, and not past the head's own right.

    Args:
        own (Iterable[HeldRight]): the rights by which she manages the accounts of the school.
        today (date): the day, where the authority is.

    Returns:
        date: the latest last day.
    """
    this_year = end_of_school_year(today)
    furthest = this_year.replace(year=this_year.year + 1)
    return max(
        (min(furthest, right.ends_on or furthest) for right in own),
        default=furthest,
    )


def usual_end(*, head: Actor, uai: str, today: date) -> date:
    """Propose a last day for what a head gives: that of the school year, or of her own right.

    Args:
        head (Actor): who would give.
        uai (str): the school.
        today (date): the day, where the authority is.

    Returns:
        date: the last day.
    """
    own = [right for right in head.rights if right.covers(uai) and right.gives(Permission.STAFF)]
    return min(end_of_school_year(today), latest_end(own, today=today))


def rights_of_head(*, person_id: int, uai: str, today: date) -> list[HeldRight]:
    """Give the rights in force by which somebody manages the accounts of a school, which is opened.

    Args:
        person_id (int): who.
        uai (str): the school.
        today (date): the day, where the authority is.

    Returns:
        list[HeldRight]: none for somebody who does not.
    """
    found = Right.objects.filter(live(today), uai=uai, person_id=person_id, starts_on__lte=today)
    return [right for right in map(held, found) if right.gives(Permission.STAFF)]


def _offer(permission: Permission, own: Iterable[HeldRight], theirs: Iterable[Right]) -> Offer:
    same = [right for right in theirs if right.permission == permission.code]
    obstacle = ""
    if not permission.is_delegable:
        obstacle = (
            _("reste au chef d’établissement")
            if permission in Profile.HEAD.permissions
            else _("est donné par le rectorat")
        )
    elif not any(right.gives(permission) for right in own):
        obstacle = _("vous n’avez pas ce droit")
    else:
        trade = next((right for right in theirs if _is_for_good(right, permission)), None)
        if trade is not None:
            obstacle = f"déjà donné par son profil ({Profile.of(trade.profile).label})"
    return Offer(permission, obstacle, same[0].ends_on if same else None)


def _is_for_good(right: Right, permission: Permission) -> bool:
    """Tell whether a trade without an end gives a permission: a delegation would add nothing."""
    return not right.permission and right.ends_on is None and held(right).gives(permission)
