"""The fleet: what the authority does with its keys, from their delivery to their end.

Each verb is one act in the authority's chain and one line of the register. What may be done in which
state is `moves`; what a person does with her own keys is `held` and `one_time`; what two colleagues do
without the authority is `replace`.
"""

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Final

from bascule.accounts import codes, sessions
from bascule.accounts.keys import register, vault
from bascule.accounts.keys.moves import ENDED, HANDED, UNHELD, Move
from bascule.accounts.keys.seed import Seed
from bascule.accounts.keys.seeds import SeedFile
from bascule.accounts.models import Key, Person
from bascule.accounts.rights import rights_in
from bascule.errors import NotThereError, RefusedError
from bascule.journal.act import AUTHORITY, OpenAct, act
from bascule.schools.directory import known_school

#: Groups of four characters of an activation code.
CODE_GROUPS: Final = 3
#: Kinds of what one holds in the hand.
OBJECTS: Final = (Key.Kind.HOTP, Key.Kind.TOTP)
#: Serial numbers told one by one in a refusal.
_SERIALS_TOLD: Final = 5
_BATCH: Final = 1000


class UnknownKeyError(NotThereError):
    """The fleet has no such key.

    Args:
        key_id (int): its number.
    """

    code = "key.unknown"

    def __init__(self, key_id: int) -> None:
        super().__init__("Cette clé n’existe pas dans le parc.")
        self.key_id = key_id


class IllegalMoveError(RefusedError):
    """What is asked cannot be done with the key where it stands.

    Args:
        key (Key): the key.
        move (Move): what is asked.
    """

    code = "key.illegal-move"

    def __init__(self, key: Key, move: Move) -> None:
        super().__init__(
            f"« {move.label} » n’est pas possible : la clé {key.serial or key.pk} est"
            f" « {Key.State(key.state).label} ». Rechargez la page pour voir ce qui peut être fait."
        )
        self.key_id, self.state, self.move = key.pk, key.state, move.code


class NotAnObjectError(RefusedError):
    """The key is no object that one hands over, keeps in stock or gives back.

    Args:
        key (Key): the key.
    """

    code = "key.not-an-object"

    def __init__(self, key: Key) -> None:
        super().__init__(
            f"Une « {register.name_of(key)} » ne se remet ni ne se rend : suspendez-la, déclarez-la perdue ou"
            " retirez-la."
        )
        self.key_id = key.pk


class PastExpiryError(RefusedError):
    """The key is past its last day.

    Args:
        key (Key): the key.
    """

    code = "key.past-expiry"

    def __init__(self, key: Key) -> None:
        super().__init__(
            f"La clé {key.serial} n’est plus valable depuis le {key.expires_on:%d/%m/%Y} : remettez-en une autre,"
            " et retirez celle-ci du parc."
        )
        self.key_id = key.pk


class HolderUnusableError(RefusedError):
    """The person cannot be given a key: no such account, disabled, or not of that school.

    Args:
        sentence (str): French, why and what to do.
    """

    code = "key.holder"


class KnownSerialsError(RefusedError):
    """Keys of a delivery are already in the fleet.

    Args:
        serials (Sequence[str]): their serial numbers.
    """

    code = "key.already-known"

    def __init__(self, serials: Sequence[str]) -> None:
        told = ", ".join(serials[:_SERIALS_TOLD])
        more = f" et {len(serials) - _SERIALS_TOLD} autres" if len(serials) > _SERIALS_TOLD else ""
        count = (
            "Une clé du fichier est"
            if len(serials) == 1
            else f"{len(serials)} clés du fichier sont"
        )
        super().__init__(
            f"{count} déjà dans le parc : {told}{more}. Aucune clé n’a été prise. Le fichier a peut-être déjà été"
            " déposé ; sinon, ôtez-en ces clés."
        )
        self.serials = tuple(serials)


class LostDeliveryError(RefusedError):
    """The delivery that was checked is not there any more, or was checked by somebody else."""

    code = "delivery.gone"

    def __init__(self) -> None:
        super().__init__(
            "La livraison contrôlée n’est plus là : la session a changé entre-temps. Déposez le fichier à nouveau."
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a file of seeds would bring.

    Attributes:
        form: `pskc` or `csv`.
        digest: of the file, in hexadecimal.
        counts: keys by kind.
        first: the lowest serial number.
        last: the highest one.
        expired_count: keys that are already past their last day.
    """

    form: str
    digest: str
    counts: Mapping[str, int]
    first: str
    last: str
    expired_count: int

    @property
    def count(self) -> int:
        """Return how many keys there are."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Handed:
    """A key that has just been handed over.

    Attributes:
        key: the key.
        code: what activates it, with a code of the key; this is the only time that it is known.
    """

    key: Key
    code: str = field(repr=False)


def check_delivery(*, seeds: SeedFile, today: date) -> Delivery:
    """Tell what a file of seeds would bring, and write nothing.

    Args:
        seeds (SeedFile): the file.
        today (date): the day, where the authority is.

    Returns:
        Delivery: its counts.

    Raises:
        KnownSerialsError: if keys of it are already in the fleet.
    """
    _refuse_known(seeds.seeds)
    serials = sorted((one.serial for one in seeds.seeds), key=lambda text: (len(text), text))
    return Delivery(
        form=seeds.form,
        digest=seeds.digest,
        counts=Counter(one.kind for one in seeds.seeds),
        first=serials[0],
        last=serials[-1],
        expired_count=sum(
            one.expires_on is not None and one.expires_on < today for one in seeds.seeds
        ),
    )


def seal_delivery(*, seeds: SeedFile, actor: str) -> str:
    """Encrypt a delivery that was checked, to be kept until it is confirmed.

    Args:
        seeds (SeedFile): the file.
        actor (str): who may confirm it.

    Returns:
        str: nothing that can be read without the key of the seeds.
    """
    content = {
        "actor": actor,
        "form": seeds.form,
        "digest": seeds.digest,
        "seeds": [
            asdict(one) | {"secret": one.secret.hex(), "expires_on": _written(one.expires_on)}
            for one in seeds.seeds
        ],
    }
    return vault.encrypt(zlib.compress(json.dumps(content).encode())).decode("ascii")


def unseal_delivery(*, sealed: str, actor: str) -> SeedFile:
    """Read back a delivery that was kept.

    Args:
        sealed (str): what `seal_delivery` gave; blank for nothing.
        actor (str): who confirms it.

    Returns:
        SeedFile: the file.

    Raises:
        LostDeliveryError: if there is none, or it was checked by somebody else.
    """
    if not sealed:
        raise LostDeliveryError
    try:
        content = json.loads(zlib.decompress(vault.decrypt(sealed.encode("ascii"))))
    except vault.SeedUnreadableError as fault:
        raise LostDeliveryError from fault
    if content["actor"] != actor:
        raise LostDeliveryError
    return SeedFile(
        form=content["form"],
        digest=content["digest"],
        seeds=tuple(_seed_of(one) for one in content["seeds"]),
    )


def receive(*, seeds: SeedFile, actor: str, at: datetime) -> int:
    """Take the keys of a delivery into the stock.

    Args:
        seeds (SeedFile): the file, read whole.
        actor (str): who signs.
        at (datetime): when.

    Returns:
        int: keys received.

    Raises:
        KnownSerialsError: if keys of it are already in the fleet; none is then taken.
    """
    with act(uai=AUTHORITY, kind=_kind(Move.RECEIVE), actor=actor, at=at) as opened:
        _refuse_known(seeds.seeds)
        keys = Key.objects.bulk_create((_key_of(one, at) for one in seeds.seeds), batch_size=_BATCH)
        register.write_all(
            keys, kind=Move.RECEIVE.code, actor=actor, at=at, detail=f"fichier {seeds.digest[:12]}"
        )
        opened.facts |= {"keys": len(keys), "file": seeds.digest, "form": seeds.form}
    return len(keys)


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
    with act(uai=AUTHORITY, kind=_kind(Move.EXPIRE), actor=actor, at=at) as opened:
        keys = list(due.select_for_update(no_key=True).order_by("id"))
        for key in keys:
            carry_out(key, Move.EXPIRE, actor=actor, at=at, detail=f"{key.expires_on:%d/%m/%Y}")
        opened.facts |= {"keys": len(keys), "on": today.isoformat()}
    return len(keys)


def refuse_no_object(key: Key) -> None:
    """Refuse what is no object with a number.

    Args:
        key (Key): the key.

    Raises:
        NotAnObjectError: if it is none.
    """
    if key.kind not in OBJECTS or not key.serial:
        raise NotAnObjectError(key)


def usable_holder(person_id: int, uai: str, today: date) -> Person:
    """Find who will hold a key.

    Args:
        person_id (int): the person.
        uai (str): the school, or `AUTHORITY`, where she must hold a right in force or to come.
        today (date): the day, where the authority is.

    Returns:
        Person: the person.

    Raises:
        HolderUnusableError: if she cannot be given a key.
    """
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise HolderUnusableError("Ce compte n’existe pas : cherchez la personne par son nom.")
    if person.state == Person.State.DISABLED:
        raise HolderUnusableError(
            f"Le compte {person.login} est désactivé : il ne peut pas recevoir de clé. Faites-le d’abord réactiver."
        )
    if all(right.person_id != person.pk for right in rights_in(uai=uai, today=today)):
        where = "au rectorat" if uai == AUTHORITY else f"dans l’établissement {uai}"
        raise HolderUnusableError(
            f"Le compte {person.login} n’a aucun droit {where} : donnez-lui d’abord ce droit, ou choisissez un autre"
            " lieu."
        )
    return person


def give_to(key: Key, person: Person, *, uai: str, actor: str, at: datetime, today: date) -> str:
    """Hand a key over, within an act.

    Args:
        key (Key): the key, locked.
        person (Person): who will hold it.
        uai (str): where.
        actor (str): who signs.
        at (datetime): when.
        today (date): the day, where the authority is.

    Returns:
        str: the code that activates it.

    Raises:
        PastExpiryError: if the key is past its last day.
    """
    refuse_no_object(key)
    if key.expires_on and key.expires_on < today:
        raise PastExpiryError(key)
    code = codes.new_code(groups=CODE_GROUPS)
    key.person, key.handed_at, key.reserve = person, at, ""
    key.activation_digest = codes.digest_of(code)
    carry_out(key, Move.HAND_OVER, actor=actor, at=at, detail=uai)
    return code


def carry_out(key: Key, move: Move, *, actor: str, at: datetime, detail: str = "") -> None:
    """Make one move, within an act: its row, its line of the register, the end of its sessions.

    Args:
        key (Key): the key, locked; what else the move changes is already set.
        move (Move): the move.
        actor (str): who signs.
        at (datetime): when.
        detail (str): what the register says besides.

    Raises:
        IllegalMoveError: if the table does not allow it.
    """
    if not move.may_follow(key.state):
        raise IllegalMoveError(key, move)
    register.write(key=key, kind=move.code, actor=actor, at=at, detail=detail)
    if key.state == Key.State.ACTIVE and key.person_id is not None:
        sessions.end_sessions(person_id=key.person_id, key_id=key.pk)
    key.state = move.after
    if move.after != HANDED:
        key.activation_digest = b""
    if move.after in UNHELD:
        key.person = None
        key.handed_at = key.activated_at = None
    if move.after in ENDED:
        # Whatever else goes wrong, what is not there opens nothing.
        key.seed, key.reserve = b"", ""
    key.save()


def locked_key(key_id: int) -> Key:
    """Take a key for oneself until the transaction ends.

    Args:
        key_id (int): the key.

    Returns:
        Key: the key.

    Raises:
        UnknownKeyError: if there is none.
    """
    key = Key.objects.select_for_update(no_key=True).filter(pk=key_id).first()
    if key is None:
        raise UnknownKeyError(key_id)
    return key


@contextmanager
def _moving(key_id: int, move: Move, actor: str, at: datetime) -> Iterator[tuple[OpenAct, Key]]:
    """Open the act of a move; the table is asked first, so that a refusal says why."""
    with act(uai=AUTHORITY, kind=_kind(move), actor=actor, at=at) as opened:
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


def _kind(move: Move) -> str:
    return f"key.{move.code}"


def _refuse_known(seeds: Iterable[Seed]) -> None:
    given = {(one.kind, one.serial) for one in seeds}
    known = Key.objects.filter(serial__in=[serial for _, serial in given], kind__in=OBJECTS)
    found = sorted(
        serial for kind, serial in known.values_list("kind", "serial") if (kind, serial) in given
    )
    if found:
        raise KnownSerialsError(found)


def _key_of(seed: Seed, at: datetime) -> Key:
    return Key(
        kind=seed.kind,
        state=Key.State.STOCK,
        serial=seed.serial,
        seed=vault.encrypt(seed.secret),
        algorithm=seed.algorithm,
        digits=seed.digits,
        period=seed.period,
        counter=seed.counter,
        received_at=at,
        expires_on=seed.expires_on,
    )


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _seed_of(kept: dict[str, Any]) -> Seed:
    end = kept["expires_on"]
    return Seed(
        **kept
        | {
            "secret": bytes.fromhex(kept["secret"]),
            "expires_on": date.fromisoformat(end) if end else None,
        }
    )
