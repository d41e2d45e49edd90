"""Heads of schools, whose rights the authority gives and takes back. `heads_table` does it by the hundred."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from bascule.accounts import members, people, rights
from bascule.accounts.actor import Actor
from bascule.accounts.letters import make_letters
from bascule.accounts.members import Member
from bascule.accounts.models import Person, Right
from bascule.accounts.people import DisabledPersonError, Newcomer, UnknownPersonError
from bascule.accounts.profiles import AUTHORITY, Permission, Profile
from bascule.accounts.rights import live
from bascule.errors import RefusedError
from bascule.journal.act import OpenAct, act
from bascule.schools.directory import known_school
from bascule.schools.models import School
from bascule.store.policies import open_schools


class NotCoveredError(RefusedError):
    """The right of whoever asks does not cover the school.

    Args:
        uai (str): the school.
    """

    code = "heads.not-covered"

    def __init__(self, uai: str) -> None:
        super().__init__(
            f"L’établissement {uai} n’est pas dans votre périmètre : adressez-vous à la DEEP."
        )
        self.uai = uai


class AlreadyHeadError(RefusedError):
    """The person is already head of the school on those days.

    Args:
        login (str): the person.
        uai (str): the school.
    """

    code = "heads.already-head"

    def __init__(self, login: str, uai: str) -> None:
        super().__init__(f"{login} est déjà chef de l’établissement {uai} : il n’y a rien à faire.")
        self.login, self.uai = login, uai


class NotAHeadsRightError(RefusedError):
    """The right is not one of a head.

    Args:
        right_id (int): the right.
    """

    code = "heads.not-a-heads-right"

    def __init__(self, right_id: int) -> None:
        super().__init__(
            "Ce droit n’est pas celui d’un chef d’établissement : demandez au chef de le retirer."
        )
        self.right_id = right_id


class BackwardsError(RefusedError):
    """The last day comes before the first, or is past."""

    code = "heads.backwards"

    def __init__(self) -> None:
        super().__init__(
            "La fin vient avant le début, ou est déjà passée : corrigez les dates. Pour arrêter un"
            " droit aujourd’hui, retirez-le."
        )


@dataclass(frozen=True, slots=True)
class SchoolHeads:
    """A school and its heads.

    Attributes:
        uai: the school.
        name: its name.
        heads: whoever is or will be its head, by name.
    """

    uai: str
    name: str
    heads: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class HeadOf:
    """A head, as her page shows her.

    Attributes:
        member: her account and keys.
        rights: her rights as head in the schools that whoever asks covers.
        names: the names of these schools.
    """

    member: Member
    rights: tuple[Right, ...]
    names: Mapping[str, str]

    @property
    def person(self) -> Person:
        """Return the account."""
        return self.member.person

    @property
    def uai(self) -> str:
        """Return the school in whose chain what is done to her account is written."""
        return self.rights[0].uai


def find_head(*, person_id: int, uais: Iterable[str], today: date, at: datetime) -> HeadOf:
    """Find the head of a school.

    Args:
        person_id (int): the account.
        uais (Iterable[str]): the schools that whoever asks covers.
        today (date): the day, where the authority is.
        at (datetime): now.

    Returns:
        HeadOf: the head.

    Raises:
        UnknownPersonError: if she is head of none of them, now or later.
    """
    wanted = [uai for uai in uais if uai != AUTHORITY]
    with transaction.atomic():
        open_schools(*wanted)
        found = head_rights(wanted, today, person_id)
    if not found:
        raise UnknownPersonError(person_id)
    (member,) = members.as_members(found, at=at)
    names = School.objects.filter(pk__in={right.uai for right in found})
    return HeadOf(member, tuple(found), dict(names.values_list("uai", "name")))


def list_heads(*, uais: Iterable[str], today: date, at: datetime) -> list[SchoolHeads]:
    """List the heads of schools, those without any first.

    Args:
        uais (Iterable[str]): the schools.
        today (date): the day, where the authority is.
        at (datetime): now.

    Returns:
        list[SchoolHeads]: then by number.
    """
    wanted = [uai for uai in uais if uai != AUTHORITY]
    names = dict(School.objects.filter(pk__in=wanted).values_list("uai", "name"))
    with transaction.atomic():
        open_schools(*wanted)
        found = head_rights(wanted, today)
    by_school: dict[str, list[Right]] = {}
    for right in found:
        by_school.setdefault(right.uai, []).append(right)
    listed = members.as_members_by(by_school, at=at)
    rows = [SchoolHeads(uai, names.get(uai, ""), tuple(listed.get(uai, ()))) for uai in wanted]
    return sorted(rows, key=lambda row: (bool(row.heads), row.uai))


def add_head(
    *,
    agent: Actor,
    uai: str,
    newcomer: Newcomer,
    starts_on: date,
    ends_on: date | None,
    at: datetime,
    today: date,
) -> Person:
    """Make somebody head of a school: a new account, or the one she has.

    Args:
        agent (Actor): who does.
        uai (str): the school.
        newcomer (Newcomer): whom.
        starts_on (date): first day.
        ends_on (date | None): last day, included; None for no end.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        Person: the account.

    Raises:
        BackwardsError: if the end is before the start, or past.
        AlreadyHeadError: if she is head there on the first of those days.
        DisabledPersonError: if her account is disabled.
    """
    school = known_school(uai)
    _check_covered(agent, school.uai)
    if ends_on is not None and ends_on < max(starts_on, today):
        raise BackwardsError
    with act(uai=school.uai, kind=rights.GIVE_ACT, actor=agent.login, at=at) as opened:
        names = {"family_name": newcomer.family_name, "first_name": newcomer.first_name}
        if newcomer.known_id is None:
            person = people.enter(
                opened,
                **names,
                email=newcomer.email,
                actor=agent.login,
                at=at,
                is_homonym=newcomer.is_homonym,
            )
        else:
            person = people.chosen(**names, person_id=newcomer.known_id)
            if person.state == Person.State.DISABLED:
                raise DisabledPersonError(person.pk)
            if _held_on(head_rights([school.uai], today, person.pk), starts_on):
                raise AlreadyHeadError(person.login, school.uai)
            void_letter(person)
        rights.enter(
            opened,
            person=person,
            profile=Profile.HEAD,
            starts_on=starts_on,
            ends_on=ends_on,
            at=at,
            granted_by_id=agent.person_id,
        )
    return person


def change_end(
    *, agent: Actor, uai: str, right_id: int, ends_on: date | None, at: datetime, today: date
) -> Right:
    """Give the right of a head another last day.

    Args:
        agent (Actor): who does.
        uai (str): the school.
        right_id (int): the right.
        ends_on (date | None): last day, included; None for no end.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        Right: the right.

    Raises:
        UnknownRightError: if the school has no such right in force or to come.
        NotAHeadsRightError: if it is not a head's.
        BackwardsError: if the end is before the start, or past.
    """
    _check_covered(agent, uai)
    with act(uai=uai, kind=rights.END_ACT, actor=agent.login, at=at) as opened:
        right = (
            Right.objects.select_for_update(of=("self",), no_key=True)
            .select_related("person")
            .filter(live(today), uai=uai, pk=right_id)
            .first()
        )
        if right is None:
            raise rights.UnknownRightError(right_id)
        if right.profile != Profile.HEAD.code:
            raise NotAHeadsRightError(right_id)
        if ends_on is not None and ends_on < max(right.starts_on, today):
            raise BackwardsError
        move_end(opened, right, ends_on=ends_on, at=at, granted_by_id=agent.person_id)
    return right


def withdraw_head(*, agent: Actor, uai: str, right_id: int, at: datetime) -> Right:
    """Withdraw the right of a head, at once. What she delegated stays until its end, or is taken back.

    Args:
        agent (Actor): who does.
        uai (str): the school.
        right_id (int): the right.
        at (datetime): when, with its time zone.

    Returns:
        Right: the right, withdrawn.

    Raises:
        NotAHeadsRightError: if it is not a head's.
    """
    _check_covered(agent, uai)
    with transaction.atomic():
        right = rights.withdraw(right_id=right_id, uai=uai, actor=agent.login, at=at)
        if right.profile != Profile.HEAD.code:
            raise NotAHeadsRightError(right_id)
    return right


def letters_of_heads(*, uais: Iterable[str], actor: str, at: datetime, today: date) -> bytes:
    """Make the letters of all heads who have not activated their account: a page each.

    Args:
        uais (Iterable[str]): the schools.
        actor (str): who signs.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        bytes: PDF. Letters made before open nothing any more.
    """
    wanted = sorted(uai for uai in uais if uai != AUTHORITY)
    with transaction.atomic():
        open_schools(*wanted)
        waiting: dict[str, list[Person]] = {}
        for right in head_rights(wanted, today):
            if right.person.state == Person.State.INVITED:
                waiting.setdefault(right.uai, []).append(right.person)
        return make_letters(people_in=waiting, actor=actor, at=at, today=today)


def head_rights(uais: Sequence[str], today: date, person_id: int | None = None) -> list[Right]:
    """Give the rights of heads in schools that are opened, in force or to come.

    Args:
        uais (Sequence[str]): the schools.
        today (date): the day, where the authority is.
        person_id (int | None): of this person only.

    Returns:
        list[Right]: by school, then by name, with their persons.
    """
    found = Right.objects.filter(
        live(today), uai__in=uais, profile=Profile.HEAD.code, permission=""
    )
    if person_id is not None:
        found = found.filter(person_id=person_id)
    return list(
        found.select_related("person", "granted_by").order_by(
            "uai", "person__family_name", "person__first_name", "id"
        )
    )


def _check_covered(agent: Actor, uai: str) -> None:
    if not agent.holds(Permission.HEADS, uai):
        raise NotCoveredError(uai)


def void_letter(person: Person) -> None:
    """Void a letter that another school may hold: it would open the new one too.

    Args:
        person (Person): who is about to become a head.
    """
    if person.state == Person.State.INVITED and person.activation_digest:
        person.activation_digest, person.activation_ends_at = b"", None
        person.save(update_fields=["activation_digest", "activation_ends_at"])


def move_end(
    opened: OpenAct,
    right: Right,
    *,
    ends_on: date | None,
    at: datetime,
    granted_by_id: int | None,
) -> None:
    """Give the right of a head another last day within an act, and say so in its facts.

    Args:
        opened (OpenAct): the act.
        right (Right): the right, with its person.
        ends_on (date | None): last day, included; None for no end.
        at (datetime): when.
        granted_by_id (int | None): who does; None for the console.
    """
    rights.move_end(opened, right=right, ends_on=ends_on, at=at, granted_by_id=granted_by_id)
    opened.facts |= {
        "person": right.person.login,
        "profile": right.profile,
        "to": ends_on.isoformat() if ends_on else "",
    }


def _held_on(held: Iterable[Right], day: date) -> bool:
    return any(
        right.starts_on <= day and (right.ends_on is None or right.ends_on >= day) for right in held
    )
