"""Touch an account: correct it, put its holder out and let her back in.

Whoever manages an account could enter in its holder's name. So a head touches only accounts that open
nothing but schools where she manages the accounts, and no head's; the authority touches those of the
schools it covers, and no agent's.
"""

from datetime import date, datetime

from bascule.accounts import sessions
from bascule.accounts.actor import Actor
from bascule.accounts.models import Person
from bascule.accounts.people import person_in, usable_email, usable_names
from bascule.accounts.profiles import AUTHORITY, Permission, Profile
from bascule.accounts.rights import standing_of
from bascule.errors import RefusedError
from bascule.journal.act import act

CHANGE_ACT, DISABLE_ACT = "person.change", "person.disable"
ENABLE_ACT, UNBLOCK_ACT = "person.enable", "person.unblock"


class OtherHandsError(RefusedError):
    """The account also opens what whoever asks does not manage.

    Args:
        person_id (int): the account.
    """

    code = "person.other-hands"

    def __init__(self, person_id: int) -> None:
        super().__init__(
            "Ce compte est celui d’un chef d’établissement, ou a aussi des droits ailleurs : seul le"
            " rectorat peut y toucher. Vous pouvez toujours retirer les droits que vous avez donnés."
        )
        self.person_id = person_id


class OwnAccountError(RefusedError):
    """Nobody puts herself out."""

    code = "person.own-account"

    def __init__(self) -> None:
        super().__init__(
            "Vous ne pouvez pas désactiver votre propre compte : demandez au rectorat."
        )


def may_manage(*, manager: Actor, person: Person, today: date) -> bool:
    """Tell whether somebody may touch an account itself: its names, its letter, its state.

    Args:
        manager (Actor): who asks.
        person (Person): the account.
        today (date): the day, where the authority is.

    Returns:
        bool: true if she manages the accounts wherever it has rights. Those of heads are managed by
            the authority, and its own by nobody but its own hand.
    """
    return all(
        uai != AUTHORITY
        and (
            manager.holds(Permission.HEADS, uai)
            or (manager.holds(Permission.STAFF, uai) and profile is not Profile.HEAD)
        )
        for uai, profile in standing_of(person_id=person.pk, today=today)
    )


def managed(*, manager: Actor, person_id: int, uai: str, today: date) -> Person:
    """Give an account that somebody may touch, and hold it until the transaction ends.

    Args:
        manager (Actor): who asks.
        person_id (int): the account.
        uai (str): the school where it is asked for.
        today (date): the day, where the authority is.

    Returns:
        Person: the account.

    Raises:
        OtherHandsError: if it has rights elsewhere.
    """
    person_in(person_id=person_id, uai=uai)
    person = Person.objects.select_for_update(no_key=True).get(pk=person_id)
    if not may_manage(manager=manager, person=person, today=today):
        raise OtherHandsError(person_id)
    return person


def change(
    *,
    manager: Actor,
    person_id: int,
    uai: str,
    family_name: str,
    first_name: str,
    email: str,
    at: datetime,
    today: date,
) -> Person:
    """Correct the names or the e-mail address of somebody; the login stays.

    Args:
        manager (Actor): who does.
        person_id (int): the account.
        uai (str): the school in whose chain it is written.
        family_name (str): in any case.
        first_name (str): in any case.
        email (str): blank for none.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        Person: the account.
    """
    names, email = usable_names(family_name, first_name), usable_email(email)
    with act(uai=uai, kind=CHANGE_ACT, actor=manager.login, at=at) as opened:
        person = managed(manager=manager, person_id=person_id, uai=uai, today=today)
        person.family_name, person.first_name = names
        person.email = email
        person.save(update_fields=["family_name", "first_name", "email"])
        opened.facts |= {"person": person.login}
    return person


def disable(*, manager: Actor, person_id: int, uai: str, at: datetime, today: date) -> Person:
    """Put somebody out, at once: her sessions end, her rights stay written and open nothing.

    Args:
        manager (Actor): who does.
        person_id (int): the account.
        uai (str): the school in whose chain it is written.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        Person: the account.

    Raises:
        OwnAccountError: if it is her own.
    """
    if manager.person_id == person_id:
        raise OwnAccountError
    with act(uai=uai, kind=DISABLE_ACT, actor=manager.login, at=at) as opened:
        person = managed(manager=manager, person_id=person_id, uai=uai, today=today)
        person.state = Person.State.DISABLED
        # The letter of somebody who was put out must not let her back in.
        person.activation_digest, person.activation_ends_at = b"", None
        person.save(update_fields=["state", "activation_digest", "activation_ends_at"])
        ended = sessions.end_sessions(person_id=person_id)
        opened.facts |= {"person": person.login, "sessions": ended}
    return person


def enable(*, manager: Actor, person_id: int, uai: str, at: datetime, today: date) -> Person:
    """Let somebody back in, with the rights that are still in force.

    Args:
        manager (Actor): who does.
        person_id (int): the account.
        uai (str): the school in whose chain it is written.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        Person: the account; to be activated if it never was.
    """
    with act(uai=uai, kind=ENABLE_ACT, actor=manager.login, at=at) as opened:
        person = managed(manager=manager, person_id=person_id, uai=uai, today=today)
        if person.state == Person.State.DISABLED:
            person.state = Person.State.ACTIVE if person.password else Person.State.INVITED
            person.save(update_fields=["state"])
        opened.facts |= {"person": person.login}
    return person


def unblock(*, manager: Actor, person_id: int, uai: str, at: datetime, today: date) -> Person:
    """Let somebody try again after too many wrong codes.

    Args:
        manager (Actor): who does.
        person_id (int): the account.
        uai (str): the school in whose chain it is written.
        at (datetime): when, with its time zone.
        today (date): the day, where the authority is.

    Returns:
        Person: the account.
    """
    with act(uai=uai, kind=UNBLOCK_ACT, actor=manager.login, at=at) as opened:
        person = managed(manager=manager, person_id=person_id, uai=uai, today=today)
        person.failed_count, person.locked_until = 0, None
        person.save(update_fields=["failed_count", "locked_until"])
        opened.facts |= {"person": person.login}
    return person
