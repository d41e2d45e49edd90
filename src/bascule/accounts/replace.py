"""Replace a colleague's key in her school, without the authority: two persons answer for her, together.

Each of the two proves herself with a code of her own, at that very moment. All that the colleague held
ends, and one way in is given: a key of the school's drawer, which her own password and the slip make
good; or a code of activation. The second lets whoever holds it choose a password too, so that one of
the two must then be somebody who manages the accounts of the school.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from django.db import transaction
from django.db.models import QuerySet

from bascule.accounts import activation, codes, sessions, tries
from bascule.accounts.actor import held as held_right
from bascule.accounts.keys import fleet, one_time
from bascule.accounts.keys.moves import HELD, Move
from bascule.accounts.keys.one_time import CodeRefusedError
from bascule.accounts.models import Key, Person, Right
from bascule.accounts.profiles import AUTHORITY, Permission
from bascule.accounts.rights import rights_in, standing_of
from bascule.errors import NotThereError, RefusedError
from bascule.journal import access
from bascule.journal.access import Visitor
from bascule.journal.act import act

REPLACE_ACT = "key.replace"


class Reason(Enum):
    """Why a key is replaced, and what becomes of it."""

    LOST = ("lost", "Perdue ou volée", Move.LOSE)
    BROKEN = ("broken", "En panne ou abîmée", Move.REPLACE)

    def __init__(self, code: str, label: str, move: Move) -> None:
        self.code = code
        self.label = label
        self.move = move


#: What cannot be lost as an object is.
_NOT_LOST = (Key.Kind.PAPER, Key.Kind.CERTIFICATE)


class NotOfSchoolError(NotThereError):
    """The person holds no right in force in the school.

    Args:
        person_id (int): the person.
    """

    code = "replace.not-of-school"

    def __init__(self, person_id: int) -> None:
        super().__init__("Cette personne n’a pas de droit dans cet établissement.")
        self.person_id = person_id


class ReplacementRefusedError(RefusedError):
    """The key of this person is not replaced in this way.

    Args:
        sentence (str): French, why and what to do.
    """

    code = "replace.refused"


class SamePersonError(RefusedError):
    """The two persons are one, or one of them is the colleague herself."""

    code = "replace.same-person"

    def __init__(self) -> None:
        super().__init__(
            "Il faut deux personnes différentes, et aucune n’est celle dont on remplace la clé : appelez un autre"
            " collègue."
        )


class VoucherRefusedError(RefusedError):
    """One of the two did not prove herself, or may not replace keys.

    Args:
        rank (int): 1 for the first, 2 for the second.
        why (str): French, what to do; a whole sentence.
    """

    code = "replace.voucher"

    def __init__(self, rank: int, why: str) -> None:
        who = "Première personne" if rank == 1 else "Seconde personne"
        super().__init__(f"{who} : {why}")
        self.rank = rank


class NotInReserveError(RefusedError):
    """The drawer of the school has no such key.

    Args:
        serial (str): what was typed.
    """

    code = "replace.not-in-reserve"

    def __init__(self, serial: str) -> None:
        super().__init__(
            f"La clé « {serial} » n’est pas dans la réserve de l’établissement : vérifiez le numéro gravé au dos, ou"
            " choisissez le code d’activation."
        )
        self.serial = serial


@dataclass(frozen=True, slots=True)
class Voucher:
    """Somebody who answers for the colleague.

    Attributes:
        login: her login, as typed.
        code: a code of her own, as typed.
    """

    login: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Replaced:
    """What came of it.

    Attributes:
        person: the colleague.
        key: the key of the drawer that she was given; None if she gets a code of activation.
        code: what makes it good, shown this once.
        ended_count: keys that open nothing any more.
    """

    person: Person
    key: Key | None
    code: str = field(repr=False)
    ended_count: int = 0


def colleague(*, uai: str, person_id: int, today: date) -> Person:
    """Find somebody whose key may be replaced in a school.

    Args:
        uai (str): the school.
        person_id (int): the person.
        today (date): the day, where the authority is.

    Returns:
        Person: the person.

    Raises:
        NotOfSchoolError: if she holds no right in force there.
        ReplacementRefusedError: if it is for the authority to do.
    """
    person = next(
        (right.person for right in _in_force(uai, today) if right.person_id == person_id), None
    )
    if person is None:
        raise NotOfSchoolError(person_id)
    if person.state != Person.State.ACTIVE:
        raise ReplacementRefusedError(
            "Ce compte n’est pas actif : la personne l’active d’abord avec sa lettre, ou vous demandez une nouvelle"
            " lettre."
        )
    if any(uai == AUTHORITY for uai, _ in standing_of(person_id=person_id, today=today)):
        raise ReplacementRefusedError(
            "Cette personne agit aussi pour le rectorat : sa clé se remplace au rectorat. Appelez l’assistance."
        )
    return person


def reserve_of(*, uai: str) -> Sequence[Key]:
    """List the keys of a school's drawer.

    Args:
        uai (str): the school.

    Returns:
        Sequence[Key]: by serial number.
    """
    return list(_reserve(uai).order_by("serial"))


def keys_held(*, person_id: int) -> Sequence[Key]:
    """List the keys of a person that a replacement would end.

    Args:
        person_id (int): the person.

    Returns:
        Sequence[Key]: oldest first.
    """
    return list(Key.objects.filter(person_id=person_id, state__in=HELD).order_by("id"))


def given_key(*, uai: str, person_id: int, code: str, today: date) -> Key:
    """Find the key that a colleague was given, by the code that is on the screen of who gave it.

    Args:
        uai (str): the school.
        person_id (int): the colleague.
        code (str): the code.
        today (date): the day, where the authority is.

    Returns:
        Key: the key, not yet activated.

    Raises:
        NotOfSchoolError: if she is not of the school, or has no key of this code.
    """
    colleague(uai=uai, person_id=person_id, today=today)
    for key in Key.objects.filter(person_id=person_id, state=Key.State.HANDED):
        if codes.is_code(code, bytes(key.activation_digest)):
            return key
    raise NotOfSchoolError(person_id)


def replace_locally(
    *,
    uai: str,
    person_id: int,
    serial: str,
    reason: Reason,
    first: Voucher,
    second: Voucher,
    at: datetime,
    today: date,
    address: str | None = None,
) -> Replaced:
    """Replace the key of a colleague.

    Args:
        uai (str): the school.
        person_id (int): the colleague.
        serial (str): the key of the drawer; blank for a code of activation.
        reason (Reason): why.
        first (Voucher): who asks.
        second (Voucher): who answers with her.
        at (datetime): now.
        today (date): the day, where the authority is.
        address (str | None): where the request came from.

    Returns:
        Replaced: what she is given.

    """
    person = colleague(uai=uai, person_id=person_id, today=today)
    vouchers = _both(uai, today, person, first, second, is_open=not serial)
    if serial:
        _from_reserve(_reserve(uai), serial)
    for rank, (voucher, given) in enumerate(zip(vouchers, (first, second), strict=True), 1):
        _prove(rank, voucher, given.code, at, address)
    signed = " + ".join(voucher.login for voucher in vouchers)
    with act(uai=uai, kind=REPLACE_ACT, actor=signed, at=at) as opened:
        person = Person.objects.select_for_update(no_key=True).get(pk=person_id)
        ended = _end_all(person, reason, signed, at)
        sessions.end_sessions(person_id=person.pk)
        if serial:
            key = _from_reserve(_reserve(uai).select_for_update(no_key=True), serial)
            code = fleet.give_to(key, person, uai=uai, actor=signed, at=at, today=today)
        else:
            key, code = None, activation.issue_activation_code(person=person, at=at)
        opened.facts |= {
            "person": person.login,
            "reason": reason.code,
            "ended": [old.pk for old in ended],
            "given": key.serial if key else "activation",
        }
    return Replaced(person, key, code, len(ended))


def _both(
    uai: str, today: date, person: Person, first: Voucher, second: Voucher, *, is_open: bool
) -> tuple[Person, Person]:
    """Find the two persons; nothing is tried of their codes before both may do it."""
    found = [_voucher(rank, one.login, uai, today) for rank, one in ((1, first), (2, second))]
    if len({person.pk, *(who.pk for who, _ in found)}) <= len(found):
        raise SamePersonError
    if is_open and not any(
        held_right(right).gives(Permission.STAFF) for _, rights in found for right in rights
    ):
        raise ReplacementRefusedError(
            "Un code d’activation permet aussi de changer le mot de passe : l’une des deux personnes doit être le chef"
            " d’établissement. À défaut, donnez une clé de la réserve, ou appelez l’assistance."
        )
    return found[0][0], found[1][0]


def _voucher(rank: int, login: str, uai: str, today: date) -> tuple[Person, list[Right]]:
    """Find one of the two, with what she holds there."""
    typed = login.strip().casefold()
    rights = [right for right in _in_force(uai, today) if right.person.login == typed]
    able = [right for right in rights if held_right(right).gives(Permission.KEYS_LOCAL)]
    if not able or able[0].person.state != Person.State.ACTIVE:
        raise VoucherRefusedError(
            rank, f"le compte « {typed[:60]} » ne peut pas remplacer de clé dans cet établissement."
        )
    return able[0].person, rights


def _prove(rank: int, person: Person, code: str, at: datetime, address: str | None) -> None:
    """Take a code of hers; a failure is counted like one at sign-in, and kept."""
    tries.refuse_crowd(address, at)
    refusal = ""
    with transaction.atomic():
        locked = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        until = tries.locked_until(locked, at)
        if until is None:
            try:
                one_time.verify_code(person_id=person.pk, code=code, at=at)
            except CodeRefusedError as fault:
                refusal = fault.sentence
                until = tries.count_failure(locked, at)
                locked.save(update_fields=["failed_count", "locked_until"])
                tries.count_address(address, at)
                access.note(
                    kind="key.vouch-failed",
                    visitor=Visitor(person.login, person.pk, address),
                    at=at,
                )
        if until is not None:
            refusal = (
                f"ce compte est bloqué jusqu’à {tries.clock_time(until)}, car trop d’essais de suite ont échoué."
                " Appelez un autre collègue."
            )
    if refusal:
        raise VoucherRefusedError(rank, refusal[:1].lower() + refusal[1:])


def _end_all(person: Person, reason: Reason, signed: str, at: datetime) -> list[Key]:
    held = list(
        Key.objects.select_for_update(no_key=True)
        .filter(person=person, state__in=HELD)
        .order_by("id")
    )
    for key in held:
        move = Move.REPLACE if key.kind in _NOT_LOST else reason.move
        fleet.carry_out(key, move, actor=signed, at=at, detail=reason.label)
    return held


def _from_reserve(keys: "QuerySet[Key]", serial: str) -> Key:
    key = keys.filter(serial=serial.strip()).first()
    if key is None:
        raise NotInReserveError(serial)
    return key


def _reserve(uai: str) -> "QuerySet[Key]":
    return Key.objects.filter(reserve=uai, state=Key.State.STOCK, kind__in=fleet.OBJECTS)


def _in_force(uai: str, today: date) -> list[Right]:
    return [right for right in rights_in(uai=uai, today=today) if right.starts_on <= today]
