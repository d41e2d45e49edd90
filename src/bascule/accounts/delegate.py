"""What a head gives in her school: a trade, or one right at a time, to a date; and what she takes back.

She gives no more than she holds there, nothing that is not delegable, nothing to herself, and no
delegation without an end. A delegation ends by itself: rights are read with the day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from bascule.accounts import people, rights
from bascule.accounts.actor import Actor, HeldRight, held
from bascule.accounts.models import Person, Right
from bascule.accounts.offers import latest_end, rights_of_head
from bascule.accounts.people import DisabledPersonError, Newcomer
from bascule.accounts.profiles import Permission, Profile
from bascule.accounts.rights import live
from bascule.errors import RefusedError
from bascule.journal.act import OpenAct, act

DELEGATE_ACT = "right.delegate"

#: The trades that a head gives; hers is given by the authority.
GIVEN_PROFILES = (Profile.SECRETARY, Profile.TEACHER)

_DAY = timedelta(days=1)


class NotDelegableError(RefusedError):
    """The permission stays in the hand of the head, or is of the authority.

    Args:
        permission (Permission): the permission.
    """

    code = "delegation.not-delegable"

    def __init__(self, permission: Permission) -> None:
        super().__init__(f"« {permission.label} » ne se délègue pas : décochez cette ligne.")
        self.permission = permission


class NotHeldError(RefusedError):
    """A head gives no more than she holds in the school, on the days she holds it.

    Args:
        permission (Permission | None): the permission; None when she manages no account there.
    """

    code = "delegation.not-held"

    def __init__(self, permission: Permission | None) -> None:
        what = f"« {permission.label} »" if permission else "le droit de gérer les comptes"
        super().__init__(
            f"Vous n’avez pas {what} dans cet établissement : vous ne pouvez pas le donner. Demandez à qui l’a."
        )
        self.permission = permission


class ToOneselfError(RefusedError):
    """Nobody gives a right to herself."""

    code = "delegation.to-oneself"

    def __init__(self) -> None:
        super().__init__(
            "Vous ne pouvez pas vous donner de droits à vous-même : demandez-les au rectorat."
        )


class NothingChosenError(RefusedError):
    """No right was chosen."""

    code = "delegation.nothing-chosen"

    def __init__(self) -> None:
        super().__init__("Aucun droit n’est coché. Cochez au moins un droit à déléguer.")


class EndMissingError(RefusedError):
    """A delegation has an end.

    Args:
        latest_on (date): the latest it may be.
    """

    code = "delegation.end-missing"

    def __init__(self, latest_on: date) -> None:
        super().__init__(
            "Une délégation a toujours une date de fin : indiquez-la, au plus tard le"
            f" {latest_on:%d/%m/%Y}."
        )
        self.latest_on = latest_on


class EndTooLateError(RefusedError):
    """The end is after what the head may give.

    Args:
        latest_on (date): the latest it may be.
    """

    code = "delegation.end-too-late"

    def __init__(self, latest_on: date) -> None:
        super().__init__(
            f"La date de fin est trop lointaine : choisissez le {latest_on:%d/%m/%Y} au plus tard. Vous pourrez"
            " prolonger ensuite."
        )
        self.latest_on = latest_on


class PastDayError(RefusedError):
    """The days are already past, or the end comes before the start."""

    code = "delegation.past"

    def __init__(self) -> None:
        super().__init__(
            "Un droit commence aujourd’hui au plus tôt, et finit après son début : corrigez les dates."
        )


class ApartError(RefusedError):
    """The same delegation is held on other days, with a gap between: one right has one period.

    Args:
        permission (Permission): the permission.
        starts_on (date): the first day of the one that is held.
        ends_on (date): its last day.
    """

    code = "delegation.apart"

    def __init__(self, permission: Permission, starts_on: date, ends_on: date) -> None:
        super().__init__(
            f"« {permission.label} » est déjà délégué du {starts_on:%d/%m/%Y} au {ends_on:%d/%m/%Y} :"
            " choisissez des dates qui s’y rattachent, ou retirez d’abord ce droit."
        )
        self.permission, self.starts_on, self.ends_on = permission, starts_on, ends_on


class NotOfHeadError(RefusedError):
    """The trade is given, and taken back, by the authority.

    Args:
        profile (Profile): the trade.
    """

    code = "delegation.profile-of-authority"

    def __init__(self, profile: Profile) -> None:
        super().__init__(
            f"Le profil « {profile.label} » est donné et retiré par le rectorat : adressez-vous à lui."
        )
        self.profile = profile


@dataclass(frozen=True, slots=True)
class Delegated:
    """What became of each permission asked.

    Attributes:
        given: newly given.
        extended: held already, now for longer.
        unchanged: held already, for as long or longer.
    """

    given: tuple[Permission, ...]
    extended: tuple[Permission, ...]
    unchanged: tuple[Permission, ...]


def delegate(
    *,
    head: Actor,
    uai: str,
    person: Person,
    permissions: Iterable[Permission],
    ends_on: date | None,
    at: datetime,
    today: date,
    starts_on: date | None = None,
) -> Delegated:
    """Give rights one by one to somebody of a school, to a date. What she holds is extended, not doubled.

    Args:
        head (Actor): who gives.
        uai (str): the school.
        person (Person): to whom.
        permissions (Iterable[Permission]): what.
        ends_on (date | None): last day, included; it may not be left out.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.
        starts_on (date | None): first day; None for today.

    Returns:
        Delegated: what became of each.

    Raises:
        NothingChosenError: if no permission is asked.
        EndMissingError: if there is no end.
    """
    asked = tuple(dict.fromkeys(permissions))
    if not asked:
        raise NothingChosenError
    first_day = starts_on or today
    _check_days(first_day, ends_on, today)
    with act(uai=uai, kind=DELEGATE_ACT, actor=head.login, at=at) as opened:
        own = _rights_of_head(head, uai, today)
        _check_person(head, person)
        if ends_on is None:
            raise EndMissingError(latest_end(own, today=today))
        for permission in asked:
            _check_permission(own, permission, ends_on, today)
        outcome = _enter_each(
            opened,
            head=head,
            person=person,
            asked=asked,
            days=(first_day, ends_on),
            at=at,
            today=today,
        )
        opened.facts |= {
            "person": person.login,
            "profile": Profile.DELEGATE.code,
            "permission": ",".join(one.code for one in (*outcome.given, *outcome.extended)),
            "from": first_day.isoformat(),
            "to": ends_on.isoformat(),
        }
    return outcome


def give_profile(
    *,
    head: Actor,
    uai: str,
    person: Person,
    profile: Profile,
    ends_on: date | None,
    at: datetime,
    today: date,
) -> Right:
    """Give a trade of the school, from today; to somebody who has it, give it another end.

    Args:
        head (Actor): who gives.
        uai (str): the school.
        person (Person): to whom.
        profile (Profile): secretary or teacher.
        ends_on (date | None): last day, included; None for no end.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        Right: the right.

    Raises:
        NotOfHeadError: if the trade is not one that a head gives.
    """
    if profile not in GIVEN_PROFILES:
        raise NotOfHeadError(profile)
    _check_days(today, ends_on, today)
    with act(uai=uai, kind=rights.GIVE_ACT, actor=head.login, at=at) as opened:
        own = _rights_of_head(head, uai, today)
        _check_person(head, person)
        for permission in profile.permissions:
            _holding(own, permission)
        known = _live_of(opened, person, today).filter(profile=profile.code, permission="").first()
        if known is None:
            return rights.enter(
                opened,
                person=person,
                profile=profile,
                starts_on=today,
                ends_on=ends_on,
                at=at,
                granted_by_id=head.person_id,
            )
        rights.move_end(
            opened,
            right=known,
            starts_on=min(known.starts_on, today),
            ends_on=ends_on,
            at=at,
            granted_by_id=head.person_id,
        )
        return known


def withdraw(*, head: Actor, uai: str, right_id: int, at: datetime, today: date) -> Right:
    """Take back a delegation or a trade that a head gives, whoever gave it; the next request does without.

    Args:
        head (Actor): who takes back.
        uai (str): the school.
        right_id (int): the right.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        Right: the right, withdrawn.

    Raises:
        NotOfHeadError: if it is a head's.
    """
    with transaction.atomic():
        right = rights.withdraw(right_id=right_id, uai=uai, actor=head.login, at=at)
        _rights_of_head(head, uai, today)
        profile = Profile.of(right.profile)
        if profile not in (*GIVEN_PROFILES, Profile.DELEGATE):
            raise NotOfHeadError(profile)
    return right


def take_on(
    *,
    head: Actor,
    uai: str,
    newcomer: Newcomer,
    profile: Profile | None,
    permissions: Sequence[Permission],
    ends_on: date | None,
    at: datetime,
    today: date,
) -> Person:
    """Enter somebody into a school: a new account or the one she has, with a trade, rights, or both.

    Args:
        head (Actor): who does.
        uai (str): the school.
        newcomer (Newcomer): whom.
        profile (Profile | None): the trade; None for none.
        permissions (Sequence[Permission]): rights given one by one besides.
        ends_on (date | None): last day of all of it; needed if rights are given one by one.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        Person: the account.

    Raises:
        NothingChosenError: if it would open nothing.
    """
    if profile is None and not permissions:
        raise NothingChosenError
    given: dict[str, Any] = {
        "head": head, "uai": uai, "ends_on": ends_on, "at": at, "today": today,
    }  # fmt: skip
    with transaction.atomic():
        person = people.account_of(newcomer, uai=uai, actor=head.login, at=at, today=today)
        if profile is not None:
            give_profile(person=person, profile=profile, **given)
        if permissions:
            delegate(person=person, permissions=permissions, **given)
    return person


def _rights_of_head(head: Actor, uai: str, today: date) -> list[HeldRight]:
    """Read her rights again, under the lock of the school: they may be withdrawn since she asked."""
    own = rights_of_head(person_id=head.person_id, uai=uai, today=today)
    if not own:
        raise NotHeldError(None)
    return own


def _holding(own: Iterable[HeldRight], permission: Permission) -> list[HeldRight]:
    giving = [right for right in own if right.gives(permission)]
    if not giving:
        raise NotHeldError(permission)
    return giving


def _check_person(head: Actor, person: Person) -> None:
    if person.pk == head.person_id:
        raise ToOneselfError
    if person.state == Person.State.DISABLED:
        raise DisabledPersonError(person.pk)


def _check_permission(
    own: Iterable[HeldRight], permission: Permission, ends_on: date, today: date
) -> None:
    if not permission.is_delegable:
        raise NotDelegableError(permission)
    latest_on = latest_end(_holding(own, permission), today=today)
    if ends_on > latest_on:
        raise EndTooLateError(latest_on)


def _check_days(starts_on: date, ends_on: date | None, today: date) -> None:
    if starts_on < today or (ends_on is not None and ends_on < starts_on):
        raise PastDayError


def _live_of(opened: OpenAct, person: Person, today: date) -> QuerySet[Right]:
    return Right.objects.select_for_update(no_key=True).filter(
        live(today), uai=opened.uai, person=person
    )


def _enter_each(
    opened: OpenAct,
    *,
    head: Actor,
    person: Person,
    asked: Iterable[Permission],
    days: tuple[date, date],
    at: datetime,
    today: date,
) -> Delegated:
    theirs = list(_live_of(opened, person, today))
    done: dict[str, list[Permission]] = {"given": [], "extended": [], "unchanged": []}
    signed: dict[str, Any] = {"at": at, "granted_by_id": head.person_id}
    for permission in asked:
        known = next((right for right in theirs if right.permission == permission.code), None)
        if any(_covers(right, permission, days) for right in theirs):
            done["unchanged"].append(permission)
        elif known is None:
            rights.enter(
                opened,
                person=person,
                profile=Profile.DELEGATE,
                permission=permission,
                starts_on=days[0],
                ends_on=days[1],
                **signed,
            )
            done["given"].append(permission)
        else:
            _extend(opened, known, permission, days, signed)
            done["extended"].append(permission)
    return Delegated(**{name: tuple(found) for name, found in done.items()})


def _covers(right: Right, permission: Permission, days: tuple[date, date]) -> bool:
    is_long_enough = right.ends_on is None or right.ends_on >= days[1]
    return held(right).gives(permission) and right.starts_on <= days[0] and is_long_enough


def _extend(
    opened: OpenAct,
    known: Right,
    permission: Permission,
    days: tuple[date, date],
    signed: dict[str, Any],
) -> None:
    # A delegation has an end.
    known_end = known.ends_on or days[1]
    if known.starts_on > days[1] + _DAY or days[0] > known_end + _DAY:
        raise ApartError(permission, known.starts_on, known_end)
    rights.move_end(
        opened,
        right=known,
        starts_on=min(known.starts_on, days[0]),
        ends_on=max(known_end, days[1]),
        **signed,
    )
