"""What the authority gives by its own hand, with a command: its first agents, and whatever else is needed.

No right bounds whoever has the command; what makes no sense is refused all the same.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from bascule.accounts import activation, people, rights
from bascule.accounts.models import Person, Right
from bascule.accounts.people import DisabledPersonError, Newcomer
from bascule.accounts.profiles import AUTHORITY, Profile
from bascule.accounts.rights import live
from bascule.errors import RefusedError
from bascule.journal.act import act
from bascule.schools.directory import known_school

#: Trades that are given; the others are a delegation and a support session.
TRADES = tuple(one for one in Profile if one not in {Profile.DELEGATE, Profile.SUPPORT})

_DEPARTMENT = re.compile(r"[0-9][0-9AB][0-9AB]")


class WrongPlaceError(RefusedError):
    """The trade is not exercised there.

    Args:
        profile (Profile): the trade.
    """

    code = "right.wrong-place"

    def __init__(self, profile: Profile) -> None:
        where = (
            "au rectorat : ne donnez pas d’établissement"
            if profile.is_of_authority
            else "dans un établissement : donnez son numéro, et pas de département"
        )
        super().__init__(f"Le métier « {profile.label} » s’exerce {where}.")
        self.profile = profile


class WrongDepartmentError(RefusedError):
    """The code of a département has three characters.

    Args:
        department (str): as given.
    """

    code = "right.wrong-department"

    def __init__(self, department: str) -> None:
        super().__init__(
            f"« {department} » n’est pas un département : vérifiez-le, trois caractères sont attendus, par"
            " exemple 077 ou 02A."
        )
        self.department = department


class PastEndError(RefusedError):
    """The last day is past."""

    code = "right.past-end"

    def __init__(self) -> None:
        super().__init__("Le dernier jour est déjà passé : donnez une date à venir, ou aucune.")


@dataclass(frozen=True, slots=True)
class Opened:
    """An account that was just made.

    Attributes:
        person: the account.
        right: its first right.
        code: the activation code, seen this once.
    """

    person: Person
    right: Right
    code: str = field(repr=False)


def open_account(
    *,
    newcomer: Newcomer,
    profile: Profile,
    uai: str,
    department: str,
    ends_on: date | None,
    actor: str,
    at: datetime,
    today: date,
) -> Opened:
    """Make an account with its first right and its activation code, or nothing of it.

    Args:
        newcomer (Newcomer): whom.
        profile (Profile): the trade.
        uai (str): the school; blank for the authority.
        department (str): the only département of a right of the authority; blank for all.
        ends_on (date | None): last day, included; None for no end.
        actor (str): who signs.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        Opened: the account.
    """
    with transaction.atomic():
        where = _placed(profile, uai, department, ends_on, today)
        person = people.create(
            family_name=newcomer.family_name,
            first_name=newcomer.first_name,
            email=newcomer.email,
            is_homonym=newcomer.is_homonym,
            uai=where,
            actor=actor,
            at=at,
        )
        right = give(
            login=person.login,
            profile=profile,
            uai=uai,
            department=department,
            ends_on=ends_on,
            actor=actor,
            at=at,
            today=today,
        )
        code = activation.reissue(person_id=person.pk, uai=where, actor=actor, at=at)
        person.refresh_from_db()
    return Opened(person, right, code)


def give(
    *,
    login: str,
    profile: Profile,
    uai: str,
    department: str,
    ends_on: date | None,
    actor: str,
    at: datetime,
    today: date,
) -> Right:
    """Give a trade to an account, from today; to one that has it there, give it another end.

    Args:
        login (str): the account.
        profile (Profile): the trade.
        uai (str): the school; blank for the authority.
        department (str): the only département of a right of the authority; blank for all.
        ends_on (date | None): last day, included; None for no end.
        actor (str): who signs.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        Right: the right.

    Raises:
        DisabledPersonError: if the account is disabled.
    """
    person = people.person_by_login(login)
    if person.state == Person.State.DISABLED:
        raise DisabledPersonError(person.pk)
    where = _placed(profile, uai, department, ends_on, today)
    with act(uai=where, kind=rights.GIVE_ACT, actor=actor, at=at) as opened:
        known = (
            Right.objects.select_for_update(of=("self",))
            .select_related("person")
            .filter(
                live(today),
                uai=where,
                person=person,
                profile=profile.code,
                permission="",
                department=department,
                starts_on__lte=today,
            )
            .first()
        )
        if known is not None:
            rights.move_end(opened, right=known, ends_on=ends_on, at=at)
            opened.facts |= {
                "person": person.login,
                "profile": profile.code,
                "to": ends_on.isoformat() if ends_on else "",
            }
            return known
        return rights.enter(
            opened,
            person=person,
            profile=profile,
            starts_on=today,
            ends_on=ends_on,
            at=at,
            department=department,
        )


def _placed(profile: Profile, uai: str, department: str, ends_on: date | None, today: date) -> str:
    """Give the place of a right, once it makes sense."""
    if profile.is_of_authority == bool(uai) or (uai and department):
        raise WrongPlaceError(profile)
    if department and not _DEPARTMENT.fullmatch(department):
        raise WrongDepartmentError(department)
    if ends_on is not None and ends_on < today:
        raise PastEndError
    return known_school(uai).uai if uai else AUTHORITY
