"""One move of one key, within an act: what each verb that changes keys is made of.

It says what the table of `moves` refuses, and what a key must be to go from hand to hand.
"""

from datetime import date, datetime
from typing import Final

from bascule.accounts import codes, sessions
from bascule.accounts.keys import register
from bascule.accounts.keys.moves import ENDED, HANDED, UNHELD, Move
from bascule.accounts.models import Key, Person
from bascule.accounts.rights import rights_in
from bascule.errors import NotThereError, RefusedError
from bascule.journal.act import AUTHORITY

#: Groups of four characters of an activation code.
CODE_GROUPS: Final = 3
#: Kinds of what one holds in the hand.
OBJECTS: Final = (Key.Kind.HOTP, Key.Kind.TOTP)


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


def kind_of(move: Move) -> str:
    """Give the kind of the act of a move.

    Args:
        move (Move): the move.

    Returns:
        str: as the journal knows it.
    """
    return f"key.{move.code}"
