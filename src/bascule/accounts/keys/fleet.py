"""The fleet: what the authority does with its keys, from their delivery to their end.

Each verb is one act in the authority's chain and one line of the register. What may be done in which
state is `moves`; what a person does with her own keys is `held` and `one_time`; what two colleagues do
without the authority is `replace`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from bascule.accounts import codes
from bascule.accounts.keys.carry import (
    CODE_GROUPS,
    OBJECTS,
    HolderUnusableError,
    IllegalMoveError,
    NotAnObjectError,
    PastExpiryError,
    UnknownKeyError,
    carry_out,
    give_to,
    kind_of,
    locked_key,
    refuse_no_object,
    usable_holder,
)
from bascule.accounts.keys.delivery import (
    Delivery,
    KnownSerialsError,
    LostDeliveryError,
    check_delivery,
    receive,
    seal_delivery,
    unseal_delivery,
)
from bascule.accounts.keys.moves import Move
from bascule.accounts.models import Key
from bascule.journal.act import AUTHORITY, OpenAct, act
from bascule.schools.directory import known_school

#: The face of the fleet, deliveries and single moves with it.
__all__ = [
    "CODE_GROUPS",
    "OBJECTS",
    "Delivery",
    "Handed",
    "HolderUnusableError",
    "IllegalMoveError",
    "KnownSerialsError",
    "LostDeliveryError",
    "NotAnObjectError",
    "PastExpiryError",
    "UnknownKeyError",
    "carry_out",
    "check_delivery",
    "declare_lost",
    "expire",
    "give_to",
    "hand_over",
    "locked_key",
    "receive",
    "refuse_no_object",
    "renew_code",
    "reserve",
    "restock",
    "resume",
    "return_key",
    "seal_delivery",
    "suspend",
    "unseal_delivery",
    "usable_holder",
    "withdraw",
]


@dataclass(frozen=True, slots=True)
class Handed:
    """A key that has just been handed over.

    Attributes:
        key: the key.
        code: what activates it, with a code of the key; this is the only time that it is known.
    """

    key: Key
    code: str = field(repr=False)


def reserve(*, key_id: int, uai: str, actor: str, at: datetime) -> Key:
    """Put a key of the stock into the drawer of a school, or take it back from there.

    Args:
        key_id (int): the key.
        uai (str): the school; blank for the authority's own stock.
        actor (str): who signs.
        at (datetime): when.

    Returns:
        Key: the key.
    """
    school = known_school(uai).uai if uai else ""
    with _moving(key_id, Move.RESERVE, actor, at) as (opened, key):
        refuse_no_object(key)
        opened.facts["school"], key.reserve = school, school
        carry_out(key, Move.RESERVE, actor=actor, at=at, detail=school or "rectorat")
    return key


def hand_over(
    *, key_id: int, person_id: int, uai: str, actor: str, at: datetime, today: date
) -> Handed:
    """Hand a key of the stock over to a person, with a code that activates it.

    Args:
        key_id (int): the key.
        person_id (int): who will hold it.
        uai (str): the school for which it is handed over, or `AUTHORITY`.
        actor (str): who signs.
        at (datetime): when.
        today (date): the day, where the authority is.

    Returns:
        Handed: the key and the code, of which only a digest is kept.
    """
    person = usable_holder(person_id, uai, today)
    with _moving(key_id, Move.HAND_OVER, actor, at) as (opened, key):
        code = give_to(key, person, uai=uai, actor=actor, at=at, today=today)
        opened.facts |= {"person": person.login, "school": uai}
    return Handed(key, code)


def renew_code(*, key_id: int, actor: str, at: datetime) -> Handed:
    """Make another activation code for a key that was handed over; the one before is good no more.

    Args:
        key_id (int): the key.
        actor (str): who signs.
        at (datetime): when.

    Returns:
        Handed: the key and its new code.
    """
    with _moving(key_id, Move.RENEW_CODE, actor, at) as (_, key):
        code = codes.new_code(groups=CODE_GROUPS)
        key.activation_digest = codes.digest_of(code)
        carry_out(key, Move.RENEW_CODE, actor=actor, at=at)
    return Handed(key, code)


def suspend(*, key_id: int, actor: str, at: datetime, reason: str = "") -> Key:
    """Keep a key from opening anything for a while; its sessions are over.

    Args:
        key_id (int): the key.
        actor (str): who signs.
        at (datetime): when.
        reason (str): French; blank for none.

    Returns:
        Key: the key.
    """
    return _move(key_id, Move.SUSPEND, actor, at, reason)


def resume(*, key_id: int, actor: str, at: datetime, reason: str = "") -> Key:
    """Let a suspended key open again.

    Args:
        key_id (int): the key.
        actor (str): who signs.
        at (datetime): when.
        reason (str): French; blank for none.

    Returns:
        Key: the key.
    """
    return _move(key_id, Move.RESUME, actor, at, reason)


def declare_lost(*, key_id: int, actor: str, at: datetime, reason: str = "") -> Key:
    """Declare a key lost or stolen: it never opens anything again, and its sessions are over.

    Args:
        key_id (int): the key.
        actor (str): who signs.
        at (datetime): when.
        reason (str): French; blank for none.

    Returns:
        Key: the key.
    """
    return _move(key_id, Move.LOSE, actor, at, reason)


def return_key(*, key_id: int, actor: str, at: datetime, reason: str = "") -> Key:
    """Take a key back from whoever held it.

    Its seed and its counter stay: it may go back to the stock and be handed over again.

    Args:
        key_id (int): the key.
        actor (str): who signs.
        at (datetime): when.
        reason (str): French; blank for none.

    Returns:
        Key: the key, which nobody holds.
    """
    return _move(key_id, Move.RETURN, actor, at, reason)


def restock(*, key_id: int, actor: str, at: datetime, reason: str = "") -> Key:
    """Put a key that was returned back into the stock.

    Its counter is kept. Whoever had it may have pressed its button since: two codes in a row, at its next
    activation, make up for that.

    Args:
        key_id (int): the key.
        actor (str): who signs.
        at (datetime): when.
        reason (str): French; blank for none.

    Returns:
        Key: the key.
    """
    return _move(key_id, Move.RESTOCK, actor, at, reason)


def withdraw(*, key_id: int, actor: str, at: datetime, reason: str = "") -> Key:
    """Take a key out of the fleet for good.

    Args:
        key_id (int): the key.
        actor (str): who signs.
        at (datetime): when.
        reason (str): French; blank for none.

    Returns:
        Key: the key.
    """
    return _move(key_id, Move.WITHDRAW, actor, at, reason)


def expire(*, actor: str, at: datetime, today: date) -> int:
    """End the keys that are past their last day.

    Args:
        actor (str): who signs.
        at (datetime): when.
        today (date): the day, where the authority is.

    Returns:
        int: keys ended.
    """
    due = Key.objects.filter(expires_on__lt=today, state__in=Move.EXPIRE.before)
    if not due.exists():
        return 0
    with act(uai=AUTHORITY, kind=kind_of(Move.EXPIRE), actor=actor, at=at) as opened:
        keys = list(due.select_for_update(no_key=True).order_by("id"))
        for key in keys:
            carry_out(key, Move.EXPIRE, actor=actor, at=at, detail=f"{key.expires_on:%d/%m/%Y}")
        opened.facts |= {"keys": len(keys), "on": today.isoformat()}
    return len(keys)


@contextmanager
def _moving(key_id: int, move: Move, actor: str, at: datetime) -> Iterator[tuple[OpenAct, Key]]:
    """Open the act of a move; the table is asked first, so that a refusal says why."""
    with act(uai=AUTHORITY, kind=kind_of(move), actor=actor, at=at) as opened:
        key = locked_key(key_id)
        if not move.may_follow(key.state):
            raise IllegalMoveError(key, move)
        opened.facts |= {"key": key.pk, "serial": key.serial, "from": key.state, "to": move.after}
        if key.person is not None:
            opened.facts["person"] = key.person.login
        yield opened, key


def _move(key_id: int, move: Move, actor: str, at: datetime, detail: str) -> Key:
    with _moving(key_id, move, actor, at) as (_, key):
        if move in {Move.RETURN, Move.RESTOCK}:
            refuse_no_object(key)
        carry_out(key, move, actor=actor, at=at, detail=" ".join(detail.split()))
    return key
