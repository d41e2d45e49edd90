"""The people of a school with what they hold there, the state of their keys, and when they last came."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from bascule.accounts.models import Key, Person, Right
from bascule.accounts.people import display, find, sort_key
from bascule.accounts.profiles import AUTHORITY
from bascule.accounts.rights import live, rights_in
from bascule.store.policies import open_schools

#: What a list says of somebody's keys: the first of these that one of them is in.
_KEY_STATES = (
    Key.State.ACTIVE, Key.State.SUSPENDED, Key.State.HANDED, Key.State.LOST, Key.State.EXPIRED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a school, as the list of its people shows her.

    Attributes:
        person: the account.
        rights: her rights in this school, in force or to come.
        key_state: the state of her best key; None for no key.
        last_sign_in_at: when she last used a key; None for never.
        is_blocked: whether too many wrong codes keep her out.
    """

    person: Person
    rights: tuple[Right, ...]
    key_state: Key.State | None
    last_sign_in_at: datetime | None
    is_blocked: bool

    @property
    def name(self) -> str:
        """Return the name as screens show it."""
        return display(self.person)


def members_of(*, uai: str, today: date, at: datetime) -> list[Member]:
    """List the people of a school with their rights there.

    Args:
        uai (str): the school.
        today (date): the day, where the authority is.
        at (datetime): now.

    Returns:
        list[Member]: whoever has a right in force or to come, by name.
    """
    return as_members(rights_in(uai=uai, today=today), at=at)


def found_as(*, query: str, uais: Iterable[str], today: date, at: datetime) -> list[Member]:
    """Find people by the beginnings of their names or login, with all their rights: for the console.

    Args:
        query (str): one or several words.
        uais (Iterable[str]): the directory.
        today (date): the day, where the authority is.
        at (datetime): now.

    Returns:
        list[Member]: by name; those without rights too.
    """
    people = find(query=query, uais=None, today=today)
    with transaction.atomic():
        open_schools(AUTHORITY, *uais)
        held = Right.objects.filter(live(today), person__in=people).select_related("person")
        members = {one.person.pk: one for one in as_members(held.order_by("uai", "id"), at=at)}
    return [members.get(person.pk) or _member(person, (), (), at) for person in people]


def former_of(*, uai: str, today: date) -> list[Person]:
    """List whoever had rights in a school and has none left.

    Args:
        uai (str): the school.
        today (date): the day, where the authority is.

    Returns:
        list[Person]: by name.
    """
    with transaction.atomic():
        open_schools(uai)
        every = Right.objects.filter(uai=uai)
        ids = set(every.values_list("person_id", flat=True))
        ids -= set(every.filter(live(today)).values_list("person_id", flat=True))
    return sorted(Person.objects.filter(pk__in=ids), key=sort_key)


def as_members(rights: Iterable[Right], *, at: datetime) -> list[Member]:
    """Gather rights by person, with what is known of their keys.

    Args:
        rights (Iterable[Right]): rights, with their persons.
        at (datetime): now.

    Returns:
        list[Member]: one a person, by name.
    """
    return as_members_by({"": rights}, at=at).get("", [])


def as_members_by(
    places: Mapping[str, Iterable[Right]], *, at: datetime
) -> dict[str, list[Member]]:
    """Gather rights by person in several places at once.

    Args:
        places (Mapping[str, Iterable[Right]]): rights of each place, with their persons.
        at (datetime): now.

    Returns:
        dict[str, list[Member]]: in each place, one a person, by name.
    """
    held: dict[str, dict[int, list[Right]]] = {}
    for place, rights in places.items():
        for right in rights:
            held.setdefault(place, {}).setdefault(right.person_id, []).append(right)
    keys = _keys_of({person_id for found in held.values() for person_id in found})
    return {
        place: sorted(
            (_member(own[0].person, own, keys.get(pk, ()), at) for pk, own in found.items()),
            key=lambda member: sort_key(member.person),
        )
        for place, found in held.items()
    }


def member_of(*, person: Person, uai: str, today: date, at: datetime) -> Member:
    """Show one person of a school.

    Args:
        person (Person): the account.
        uai (str): the school.
        today (date): the day, where the authority is.
        at (datetime): now.

    Returns:
        Member: with no right if none is left.
    """
    with transaction.atomic():
        open_schools(uai)
        own = list(
            Right.objects.filter(live(today), uai=uai, person=person)
            .select_related("granted_by")
            .order_by("id")
        )
    return _member(person, own, _keys_of({person.pk}).get(person.pk, ()), at)


def _keys_of(person_ids: set[int]) -> dict[int, list[tuple[Key.State, datetime | None]]]:
    """Give the state and the last use of the keys of people."""
    found: dict[int, list[tuple[Key.State, datetime | None]]] = {}
    rows = Key.objects.filter(person_id__in=person_ids)
    for person_id, state, used_at in rows.values_list("person_id", "state", "last_used_at"):
        found.setdefault(person_id or 0, []).append((Key.State(state), used_at))
    return found


def _member(
    person: Person,
    rights: Iterable[Right],
    keys: Sequence[tuple[Key.State, datetime | None]],
    at: datetime,
) -> Member:
    states = {state for state, _ in keys}
    used = [used_at for _, used_at in keys if used_at is not None]
    return Member(
        person=person,
        rights=tuple(rights),
        key_state=next((state for state in _KEY_STATES if state in states), None),
        last_sign_in_at=max(used, default=None),
        is_blocked=person.locked_until is not None and person.locked_until > at,
    )
