"""Sign in: a password, then a key. Each verb is one step; what fails is counted, noted and kept.

A refusal is raised once its transaction has ended well: a failure that is not kept would be no failure.
Between the steps the session remembers who is half signed in (`pending`). What all steps do alike is in
`steps`; a key that is set up on the way in, in `first_key`.
"""

from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from bascule.accounts import passwords, pending, steps, tries
from bascule.accounts.keys import certificates, held, one_time, passkeys
from bascule.accounts.keys.one_time import CodeRefusedError
from bascule.accounts.models import Key, Person
from bascule.accounts.pending import Pending
from bascule.accounts.steps import Browser, SignedIn
from bascule.errors import RefusedError
from bascule.journal import access
from bascule.journal.access import Visitor

#: How long whoever signed in may change her keys without giving her password again.
PROOF = timedelta(minutes=15)


class WrongPasswordError(RefusedError):
    """Login or password is wrong; nothing says which one."""

    code = "signin.wrong"

    def __init__(self) -> None:
        super().__init__(
            "L’identifiant ou le mot de passe ne convient pas. Vérifiez les deux, et la touche"
            f" Majuscule. Après {tries.LOCK_AFTER} essais manqués de suite, le compte est bloqué un quart d’heure."
        )


class DisabledError(RefusedError):
    """The password is right, and the account is disabled."""

    code = "signin.disabled"

    def __init__(self) -> None:
        super().__init__(
            "Votre compte est désactivé. Demandez à votre chef d’établissement de le réactiver."
        )


class WrongAllError(RefusedError):
    """Login, password or paper code is wrong; nothing says which one."""

    code = "signin.wrong-all"

    def __init__(self) -> None:
        super().__init__(
            "L’identifiant, le mot de passe ou le code sur papier ne convient pas. Vérifiez les trois,"
            " puis recommencez. Un code déjà utilisé ne sert plus."
        )


def give_password(
    session: SessionBase,
    *,
    login: str,
    password: str,
    at: datetime,
    browser: Browser,
    follow: str = "",
) -> Pending:
    """Take the first step: login and password.

    Args:
        session (SessionBase): it remembers who gave it.
        login (str): what was typed.
        password (str): what was typed.
        at (datetime): now.
        browser (Browser): where from.
        follow (str): where she wants to go.

    Returns:
        Pending: the person, and what comes next.

    Raises:
        WrongPasswordError: if one of them is wrong.
        DisabledError: if both are right and the account is disabled.
        LockedError: if too many tries failed on this login.
        CrowdedAddressError: if too many tries failed from there.
    """
    tries.refuse_crowd(browser.address, at)
    with transaction.atomic():
        person = (
            Person.objects.select_for_update(no_key=True)
            .filter(login=pending.written(login))
            .first()
        )
        refusal = _check_password(person, login, password, at, browser)
    if refusal is not None or person is None:
        raise refusal or WrongPasswordError()
    stage = pending.stage_after(person, at)
    return pending.begin(session, person=person, stage=stage, at=at, follow=follow)


def give_code(session: SessionBase, *, code: str, at: datetime, browser: Browser) -> SignedIn:
    """Take the second step by a code: of an application, of a key with a button, on paper.

    Args:
        session (SessionBase): of `give_password`.
        code (str): what was typed.
        at (datetime): now.
        browser (Browser): where from.

    Returns:
        SignedIn: who is in. The code is never good again.

    Raises:
        PendingOverError: if too long has passed since the password.
        CodeRefusedError: if the code proves nothing.
        LockedError: if too many tries failed; a code on paper is taken all the same.
        CrowdedAddressError: if too many tries failed from there.
    """

    def verify(person: Person) -> Key:
        is_locked = tries.locked_until(person, at) is not None
        kinds = (Key.Kind.PAPER,) if is_locked else held.CODE_KINDS
        return one_time.verify_code(person_id=person.pk, code=code, at=at, kinds=kinds)

    return steps.prove(session, verify, at, browser)


def give_two_codes(
    session: SessionBase, *, first: str, second: str, at: datetime, browser: Browser
) -> SignedIn:
    """Take the second step by two codes in a row, which bring back a key that ran ahead.

    Args:
        session (SessionBase): of `give_password`.
        first (str): a code.
        second (str): the code right after.
        at (datetime): now.
        browser (Browser): where from.

    Returns:
        SignedIn: who is in.

    Raises:
        PendingOverError: if too long has passed since the password.
        NotInStepError: if no key of hers gives such codes.
        LockedError: if too many tries failed.
        CrowdedAddressError: if too many tries failed from there.
    """

    def verify(person: Person) -> Key:
        key = one_time.resynchronise(
            person_id=person.pk, first=first, second=second, actor=person.login, at=at
        )
        steps.note("key.resync", person, at, browser, key=key.pk)
        return key

    return steps.prove(session, steps.unless_locked(verify, at), at, browser)


def give_passkey(session: SessionBase, *, answer: str, at: datetime, browser: Browser) -> SignedIn:
    """Take the second step by a passkey.

    Args:
        session (SessionBase): of `give_password`; it kept the challenge.
        answer (str): JSON of what the browser gave.
        at (datetime): now.
        browser (Browser): where from.

    Returns:
        SignedIn: who is in.

    Raises:
        PendingOverError: if too long has passed since the password.
        PasskeyRefusedError: if it proves nothing.
        LockedError: if too many tries failed.
        CrowdedAddressError: if too many tries failed from there.
    """
    waiting = pending.required(session, at=at)
    challenge = passkeys.take_challenge(session, person_id=waiting.person.pk, at=at)

    def verify(person: Person) -> Key:
        return passkeys.verify(
            person_id=person.pk, answer=answer, challenge=challenge, origin=browser.origin, at=at
        )

    return steps.prove(session, steps.unless_locked(verify, at), at, browser)


def give_certificate(session: SessionBase, *, at: datetime, browser: Browser) -> SignedIn | None:
    """Take the second step by the certificate of the connection, if it is one of the person.

    Args:
        session (SessionBase): of `give_password`.
        at (datetime): now.
        browser (Browser): where from.

    Returns:
        SignedIn | None: who is in; None if the certificate is not hers, and another key is needed.
    """
    waiting = pending.required(session, at=at)
    key = certificates.verify(person_id=waiting.person.pk, subject=browser.subject, at=at)
    if key is None:
        return None
    return steps.prove(session, steps.unless_locked(lambda _: key, at), at, browser)


def enter_while_locked(
    session: SessionBase, *, login: str, password: str, code: str, at: datetime, browser: Browser
) -> SignedIn:
    """Come in although the account is locked: password and a code on paper, in one step.

    Such a code cannot be found by trying. Nothing is said of which of the three was wrong.

    Args:
        session (SessionBase): the session of the request.
        login (str): what was typed.
        password (str): what was typed.
        code (str): a code on paper.
        at (datetime): now.
        browser (Browser): where from.

    Returns:
        SignedIn: who is in; the account is open again.

    Raises:
        WrongAllError: if one of the three is wrong.
        CrowdedAddressError: if too many tries failed from there.
    """
    tries.refuse_crowd(browser.address, at)
    with transaction.atomic():
        person = (
            Person.objects.select_for_update(no_key=True)
            .filter(login=pending.written(login))
            .first()
        )
        key = _key_on_paper(person, password, code, at)
        if person is not None and key is not None:
            return steps.finish(session, person, key, at, browser, follow="")
        tries.count_address(browser.address, at)
        steps.note("signin.failed", person, at, browser, step="paper")
    raise WrongAllError


def declare_lost(session: SessionBase, *, key_id: int, at: datetime, browser: Browser) -> Key:
    """Declare a key lost, by somebody who gave her password and has no key to prove herself.

    Args:
        session (SessionBase): of `give_password`.
        key_id (int): the key.
        at (datetime): now.
        browser (Browser): where from.

    Returns:
        Key: the key, which opens nothing any more; its sessions are over.

    Raises:
        PendingOverError: if too long has passed since the password.
        UnknownKeyError: if she holds no such key.
    """
    person = pending.required(session, at=at).person
    return held.declare_lost(
        person_id=person.pk, key_id=key_id, actor=person.login, at=at, address=browser.address
    )


def prove_again(
    session: SessionBase, *, person_id: int, password: str, at: datetime, address: str | None
) -> None:
    """Give the password once more, before what would let one in for good.

    Args:
        session (SessionBase): of somebody signed in; it remembers that she did.
        person_id (int): who.
        password (str): what was typed.
        at (datetime): now.
        address (str | None): where the request came from.

    Raises:
        WrongCurrentPasswordError: if it is not her password.
        LockedError: if too many tries failed.
    """
    passwords.prove(person_id=person_id, password=password, at=at, address=address)
    session["proved_at"] = at.isoformat()


def has_just_proved(session: SessionBase, *, at: datetime) -> bool:
    """Tell whether somebody signed in, or gave her password again, a moment ago.

    Args:
        session (SessionBase): of somebody signed in.
        at (datetime): now.

    Returns:
        bool: true for a quarter of an hour.
    """
    proved = session.get("proved_at") or session.get("started_at")
    return proved is not None and at - datetime.fromisoformat(proved) < PROOF


def sign_out(session: SessionBase, *, at: datetime, address: str | None) -> None:
    """Sign a browser out.

    Args:
        session (SessionBase): the session of the request.
        at (datetime): now.
        address (str | None): where the request came from.
    """
    person = Person.objects.filter(pk=session.get("person", 0)).first()
    if person is not None:
        access.note(kind="signin.out", visitor=Visitor(person.login, person.pk, address), at=at)
    session.flush()


def _check_password(
    person: Person | None, login: str, password: str, at: datetime, browser: Browser
) -> RefusedError | None:
    """Check a password; somebody and nobody are counted, locked and answered alike."""
    counted = person or tries.tries_on_unknown(pending.written(login), at)
    until = tries.locked_until(counted, at)
    if until is not None:
        tries.count_address(browser.address, at)
        steps.note("signin.failed", person, at, browser, step="password", reason="locked")
        return tries.LockedError(until)
    if not passwords.check(person, password):
        return steps.fail(counted, at, browser, WrongPasswordError(), step="password")
    if person is None or person.state != Person.State.ACTIVE:
        steps.note("signin.failed", person, at, browser, step="password", reason="disabled")
        return DisabledError()
    # It may have been kept anew. The count stays until a key is given too.
    person.save(update_fields=["password"])
    return None


def _key_on_paper(person: Person | None, password: str, code: str, at: datetime) -> Key | None:
    is_right = passwords.check(person, password)
    if person is None or not is_right or person.state != Person.State.ACTIVE:
        return None
    try:
        return one_time.verify_code(person_id=person.pk, code=code, at=at, kinds=(Key.Kind.PAPER,))
    except CodeRefusedError:
        return None
