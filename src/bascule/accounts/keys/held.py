"""The keys that a person holds: listed, removed, declared lost. What she does alone.

What needs the authority or a colleague (hand over, suspend, replace, take back) is in `fleet`.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from bascule.accounts.keys import fleet
from bascule.accounts.keys.moves import HELD, Move
from bascule.accounts.models import Key, Person
from bascule.errors import RefusedError
from bascule.journal import access
from bascule.journal.access import Visitor

#: Kinds that prove by a code typed in the one field.
CODE_KINDS = (Key.Kind.TOTP, Key.Kind.HOTP, Key.Kind.PAPER)
#: Kinds that are good for a way back, and not for every day.
_SPARE = (Key.Kind.PAPER,)
#: Keys that one person holds at most.
MOST = 12


class UnknownKeyError(RefusedError):
    """The person holds no such key.

    Args:
        key_id (int): its number.
    """

    code = "key.unknown"

    def __init__(self, key_id: int) -> None:
        super().__init__("Vous n’avez plus cette clé : voyez la liste à jour sur cette page.")
        self.key_id = key_id


class LastKeyError(RefusedError):
    """It is the only key with which the person can come back.

    Args:
        key_id (int): its number.
    """

    code = "key.last"

    def __init__(self, key_id: int) -> None:
        super().__init__(
            "C’est votre seule clé : sans elle, vous ne pourriez plus entrer. Ajoutez-en d’abord une autre."
        )
        self.key_id = key_id


class ObjectKeyError(RefusedError):
    """The key belongs to the authority: it is given back, not removed.

    Args:
        key_id (int): its number.
    """

    code = "key.object"

    def __init__(self, key_id: int) -> None:
        super().__init__(
            "Cette clé appartient au rectorat. Rendez-la, ou déclarez-la perdue si vous ne l’avez plus."
        )
        self.key_id = key_id


class TooManyKeysError(RefusedError):
    """The person holds as many keys as one may."""

    code = "key.too-many"

    def __init__(self) -> None:
        super().__init__(f"Vous avez déjà {MOST} clés. Retirez-en une qui ne vous sert plus.")


def usable(*, person_id: int, at: datetime) -> QuerySet[Key]:
    """Give the keys by which a person may prove herself now.

    Args:
        person_id (int): the person.
        at (datetime): now.

    Returns:
        QuerySet[Key]: active and not expired, oldest first.
    """
    return _good(person_id, Key.State.ACTIVE, at)


def handed(*, person_id: int, at: datetime) -> QuerySet[Key]:
    """Give the keys that were handed over to a person and wait for their code.

    Args:
        person_id (int): the person.
        at (datetime): now.

    Returns:
        QuerySet[Key]: not expired, oldest first.
    """
    return _good(person_id, Key.State.HANDED, at)


def has_a_key(*, person_id: int) -> bool:
    """Tell whether a person has a key already, even one that is suspended for now.

    Args:
        person_id (int): the person.

    Returns:
        bool: true if she has; a key handed over and not activated is none yet.
    """
    states = (Key.State.ACTIVE, Key.State.SUSPENDED)
    return Key.objects.filter(person_id=person_id, state__in=states).exists()


def in_hand(*, person_id: int) -> Sequence[Key]:
    """List the keys that a person holds, whether they open anything or not.

    Args:
        person_id (int): the person.

    Returns:
        Sequence[Key]: oldest first.
    """
    return list(Key.objects.filter(person_id=person_id, state__in=HELD).order_by("id"))


def refuse_too_many(*, person_id: int) -> None:
    """Refuse one more key to somebody who has enough.

    Args:
        person_id (int): the person.

    Raises:
        TooManyKeysError: if she has `MOST` of them.
    """
    if Key.objects.filter(person_id=person_id, state__in=HELD).count() >= MOST:
        raise TooManyKeysError


def remove(*, person_id: int, key_id: int, actor: str, at: datetime) -> Key:
    """Remove a key of one's own that is no object: an application, a passkey, a sheet of codes.

    Args:
        person_id (int): the person.
        key_id (int): the key.
        actor (str): who signs.
        at (datetime): when.

    Returns:
        Key: the key, withdrawn; its sessions are over.

    Raises:
        UnknownKeyError: if she holds no such key.
        ObjectKeyError: if it is an object, or a certificate.
        LastKeyError: if no other key would let her in.
    """
    with transaction.atomic():
        key = _locked(person_id, key_id)
        if key.serial or key.kind == Key.Kind.CERTIFICATE:
            raise ObjectKeyError(key_id)
        others = usable(person_id=person_id, at=at).exclude(pk=key_id).exclude(kind__in=_SPARE)
        if key.kind not in _SPARE and not others.exists():
            raise LastKeyError(key_id)
        fleet.carry_out(key, Move.WITHDRAW, actor=actor, at=at)
        return key


def declare_lost(
    *, person_id: int, key_id: int, actor: str, at: datetime, address: str | None = None
) -> Key:
    """Declare that a key of one's own is lost or stolen: it opens nothing from now on.

    Args:
        person_id (int): the person.
        key_id (int): the key.
        actor (str): who signs.
        at (datetime): when.
        address (str | None): where the request came from.

    Returns:
        Key: the key, lost; its sessions are over.

    Raises:
        UnknownKeyError: if she holds no such key.
    """
    with transaction.atomic():
        key = _locked(person_id, key_id)
        fleet.carry_out(key, Move.LOSE, actor=actor, at=at)
        access.note(
            kind="key.lost",
            visitor=Visitor(actor, person_id, address),
            at=at,
            facts={"key": key.pk, "kind": key.kind},
        )
        return key


def _good(person_id: int, state: Key.State, at: datetime) -> QuerySet[Key]:
    today = timezone.localdate(at)
    return Key.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=today), person_id=person_id, state=state
    ).order_by("id")


def _locked(person_id: int, key_id: int) -> Key:
    """Take a key for oneself, after its person: two removals at once must not leave none."""
    Person.objects.select_for_update(no_key=True).get(pk=person_id)
    key = (
        Key.objects.select_for_update(no_key=True)
        .filter(pk=key_id, person_id=person_id, state__in=HELD)
        .first()
    )
    if key is None:
        raise UnknownKeyError(key_id)
    return key
