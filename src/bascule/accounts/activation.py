"""The first door: a code on a letter, a password, a first key. And the way back when a password is lost.

The code is on paper and in nobody's mail. What is kept of it is a digest; it is good once, for thirty
days. Until a first key is there, `activation_ends_at` says that the account is freshly activated.
"""

from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from bascule.accounts import codes, passwords, pending, sessions, tries
from bascule.accounts.keys import held
from bascule.accounts.models import Person
from bascule.accounts.pending import Pending, Stage
from bascule.errors import RefusedError
from bascule.journal import access
from bascule.journal.access import Visitor
from bascule.journal.act import act

#: How long a code is good.
LIFE = timedelta(days=30)

REISSUE_ACT = "account.reissue"

_GROUPS = 5


class ActivationRefusedError(RefusedError):
    """Login and code do not go together; nothing says which one is wrong."""

    code = "activation.refused"

    def __init__(self) -> None:
        super().__init__(
            "Cet identifiant et ce code ne vont pas ensemble, ou le code a servi ou expiré. Relisez votre"
            " lettre. Si cela échoue encore, demandez une nouvelle lettre à votre chef d’établissement."
        )


class DisabledPersonError(RefusedError):
    """The account is disabled: it is enabled first.

    Args:
        person_id (int): whose.
    """

    code = "account.disabled"

    def __init__(self, person_id: int) -> None:
        super().__init__("Ce compte est désactivé. Réactivez-le avant de lui donner un code.")
        self.person_id = person_id


def issue_activation_code(*, person: Person, at: datetime) -> str:
    """Make the code of a letter; the code before it is good no more. The act is the caller's.

    Args:
        person (Person): for whom; her row is saved.
        at (datetime): when.

    Returns:
        str: five groups of four letters and digits: this is the only time that it is seen.
    """
    code = codes.new_code(groups=_GROUPS)
    person.activation_digest, person.activation_ends_at = codes.digest_of(code), at + LIFE
    person.save(update_fields=["activation_digest", "activation_ends_at"])
    return code


def reissue(*, person_id: int, uai: str, actor: str, at: datetime) -> str:
    """Give a new code to somebody who lost her password; the old one opens nothing any more.

    Her keys stay as they are: with one of them in hand, she will need it. Whether whoever asks may is
    decided by the verb or the page that calls.

    Args:
        person_id (int): for whom.
        uai (str): the school in whose chain it is written, or `AUTHORITY`.
        actor (str): who signs.
        at (datetime): when.

    Returns:
        str: the code, to print on a letter.

    Raises:
        DisabledPersonError: if the account is disabled.
    """
    with act(uai=uai, kind=REISSUE_ACT, actor=actor, at=at) as opened:
        person = Person.objects.select_for_update(no_key=True).get(pk=person_id)
        if person.state == Person.State.DISABLED:
            raise DisabledPersonError(person_id)
        passwords.set_aside(person)
        person.state = Person.State.INVITED
        person.failed_count, person.locked_until = 0, None
        person.save()
        sessions.end_sessions(person_id=person_id)
        opened.facts["person"] = person.login
        return issue_activation_code(person=person, at=at)


def give_code(
    session: SessionBase, *, login: str, code: str, at: datetime, address: str | None
) -> Person:
    """Begin an activation: login and code of the letter.

    Args:
        session (SessionBase): it remembers her until she has chosen a password.
        login (str): what was typed.
        code (str): what was typed.
        at (datetime): now.
        address (str | None): where the request came from.

    Returns:
        Person: whose letter it is.

    Raises:
        ActivationRefusedError: if they do not go together, or the code was used or is too old.
        CrowdedAddressError: if too many tries failed from there.
    """
    tries.refuse_crowd(address, at)
    with transaction.atomic():
        person = Person.objects.filter(login=pending.written(login)).first()
        if person is None or not _is_good(person, code, at):
            tries.count_address(address, at)
            login, person_id = (person.login, person.pk) if person else ("", None)
            access.note(kind="activation.failed", visitor=Visitor(login, person_id, address), at=at)
            person = None
    if person is None:
        raise ActivationRefusedError
    pending.begin(session, person=person, stage=Stage.ACTIVATION, at=at)
    return person


def choose_password(
    session: SessionBase, *, password: str, at: datetime, address: str | None
) -> Pending:
    """Choose the password, which uses up the code.

    Args:
        session (SessionBase): of `give_code`.
        password (str): the password.
        at (datetime): now.
        address (str | None): where the request came from.

    Returns:
        Pending: the person, whose next step is a key.

    Raises:
        PendingOverError: if too long has passed since the code.
        ActivationRefusedError: if the code was used or replaced meanwhile.
        WeakPasswordError: if the password would be guessed.
    """
    waiting = pending.required(session, at=at, stage=Stage.ACTIVATION)
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(pk=waiting.person.pk)
        if not person.activation_digest or person.state == Person.State.DISABLED:
            raise ActivationRefusedError
        passwords.set_new(person, password)
        person.state, person.activation_digest = Person.State.ACTIVE, b""
        person.failed_count, person.locked_until = 0, None
        if held.has_a_key(person_id=person.pk):
            # She lost her password, not her key: it is asked for, and no other is taken.
            person.activation_ends_at = None
        person.save()
        access.note(
            kind="account.activated", visitor=Visitor(person.login, person.pk, address), at=at
        )
    return pending.begin(session, person=person, stage=pending.stage_after(person, at), at=at)


def _is_good(person: Person, code: str, at: datetime) -> bool:
    return (
        codes.is_code(code, bytes(person.activation_digest))
        and person.state != Person.State.DISABLED
        and person.activation_ends_at is not None
        and at < person.activation_ends_at
    )
