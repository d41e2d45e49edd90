"""Sign in: a password, then a key. Each verb is one step; what fails is counted, noted and kept.

A refusal is raised once its transaction has ended well: a failure that is not kept would be no failure.
Between the steps the session remembers who is half signed in (`pending`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from bascule.accounts import passwords, pending, sessions, tries
from bascule.accounts.keys import certificates, held, one_time, passkeys
from bascule.accounts.keys.one_time import CodeRefusedError
from bascule.accounts.keys.passkeys import PasskeyRefusedError
from bascule.accounts.models import Key, Person, UnknownLoginTries
from bascule.accounts.pending import Pending, Stage
from bascule.accounts.sessions import Kept
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


class NotFreshError(RefusedError):
    """A first key cannot be added on a password alone."""

    code = "key.not-first"

    def __init__(self) -> None:
        super().__init__(
            "Un mot de passe seul ne permet pas d’ajouter une clé. Demandez un code d’activation à votre"
            " chef d’établissement."
        )


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a step comes from.

    Attributes:
        address: the address of the request.
        agent: what the browser says it is.
        origin: where the site was reached (`https://host`).
        subject: of the client certificate, as the front server says; blank for none.
    """

    address: str | None = None
    agent: str = ""
    origin: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is in.

    Attributes:
        person: who.
        key: what she proved it with.
        kept: the form that waits for her; None for none.
        follow: where she wanted to go; blank for nowhere.
    """

    person: Person
    key: Key
    kept: Kept | None
    follow: str


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
        person = Person.objects.select_for_update().filter(login=pending.written(login)).first()
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

    return _prove(session, verify, at, browser)


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
        _note("key.resync", person, at, browser, key=key.pk)
        return key

    return _prove(session, _unless_locked(verify, at), at, browser)


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

    return _prove(session, _unless_locked(verify, at), at, browser)


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
    return _prove(session, _unless_locked(lambda _: key, at), at, browser)


def activate_handed(
    session: SessionBase, *, slip: str, first: str, second: str, at: datetime, browser: Browser
) -> SignedIn:
    """Take the second step by activating a key that was handed over.

    Args:
        session (SessionBase): of `give_password`.
        slip (str): the activation code of the slip.
        first (str): a code of the key.
        second (str): the code right after; blank if there is only one.
        at (datetime): now.
        browser (Browser): where from.

    Returns:
        SignedIn: who is in; the key is active.

    Raises:
        PendingOverError: if too long has passed since the password.
        SlipRefusedError: if slip and codes do not go together.
        LockedError: if too many tries failed.
        CrowdedAddressError: if too many tries failed from there.
    """

    def verify(person: Person) -> Key:
        return one_time.activate_handed(
            person_id=person.pk, slip=slip, first=first, second=second, actor=person.login, at=at
        )

    return _prove(session, _unless_locked(verify, at), at, browser)


def add_first_application(
    session: SessionBase, *, label: str, code: str, at: datetime, browser: Browser
) -> SignedIn:
    """Set up an application as the first key of somebody freshly activated, who is then in.

    Args:
        session (SessionBase): of `give_password`, or of an activation; it kept the seed.
        label (str): how she calls it.
        code (str): what it shows.
        at (datetime): now.
        browser (Browser): where from.

    Returns:
        SignedIn: who is in.

    Raises:
        PendingOverError: if too long has passed since the password.
        NotFreshError: if she has or had a key.
        WrongCodeError: if the code is not of the seed shown.
        SeedGoneError: if the seed shown is not kept any more.
    """

    def verify(person: Person) -> Key:
        _require_fresh(person, at)
        return one_time.add_application(
            person_id=person.pk,
            label=label,
            seed=one_time.kept_seed(session, person_id=person.pk),
            code=code,
            actor=person.login,
            at=at,
        )

    return _prove(session, _unless_locked(verify, at), at, browser)


def add_first_passkey(
    session: SessionBase, *, answer: str, label: str, at: datetime, browser: Browser
) -> SignedIn:
    """Set up a passkey as the first key of somebody freshly activated, who is then in.

    Args:
        session (SessionBase): of `give_password`, or of an activation; it kept the challenge.
        answer (str): JSON of what the browser gave.
        label (str): how she calls it.
        at (datetime): now.
        browser (Browser): where from.

    Returns:
        SignedIn: who is in.

    Raises:
        PendingOverError: if too long has passed since the password.
        NotFreshError: if she has or had a key.
        PasskeyRefusedError: if the answer is not to the challenge.
    """

    def verify(person: Person) -> Key:
        _require_fresh(person, at)
        return passkeys.enrol(
            session,
            person_id=person.pk,
            answer=answer,
            origin=browser.origin,
            label=label,
            actor=person.login,
            at=at,
        )

    return _prove(session, _unless_locked(verify, at), at, browser)


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
        person = Person.objects.select_for_update().filter(login=pending.written(login)).first()
        key = _key_on_paper(person, password, code, at)
        if person is not None and key is not None:
            return _finish(session, person, key, at, browser, follow="")
        tries.count_address(browser.address, at)
        _note("signin.failed", person, at, browser, step="paper")
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
        _note("signin.failed", person, at, browser, step="password", reason="locked")
        return tries.LockedError(until)
    if not passwords.check(person, password):
        return _fail(counted, at, browser, WrongPasswordError(), step="password")
    if person is None or person.state != Person.State.ACTIVE:
        _note("signin.failed", person, at, browser, step="password", reason="disabled")
        return DisabledError()
    # It may have been kept anew. The count stays until a key is given too.
    person.save(update_fields=["password"])
    return None


def _prove(
    session: SessionBase, verify: Callable[[Person], Key], at: datetime, browser: Browser
) -> SignedIn:
    """Take the step of the key: what fails is counted, whoever proves herself is in."""
    waiting = pending.required(session, at=at)
    tries.refuse_crowd(browser.address, at)
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=waiting.person.pk)
        try:
            key = verify(person)
        except (CodeRefusedError, PasskeyRefusedError, tries.LockedError) as refused:
            refusal = _fail(person, at, browser, refused, step="key")
        else:
            return _finish(session, person, key, at, browser, follow=waiting.follow)
    raise refusal


def _unless_locked(verify: Callable[[Person], Key], at: datetime) -> Callable[[Person], Key]:
    def checked(person: Person) -> Key:
        until = tries.locked_until(person, at)
        if until is not None:
            raise tries.LockedError(until)
        return verify(person)

    return checked


def _fail(
    row: Person | UnknownLoginTries,
    at: datetime,
    browser: Browser,
    refusal: RefusedError,
    *,
    step: str,
) -> RefusedError:
    """Count a failure of an account and of an address, note it, and give what to say."""
    person = row if isinstance(row, Person) else None
    was_locked = tries.locked_until(row, at) is not None
    until = tries.locked_until(row, at) if was_locked else tries.count_failure(row, at)
    row.save()
    tries.count_address(browser.address, at)
    _note("signin.failed", person, at, browser, step=step, reason=refusal.code)
    if until is None:
        return refusal
    if not was_locked:
        _note("signin.locked", person, at, browser, until=until.isoformat())
    return tries.LockedError(until)


def _finish(
    session: SessionBase,
    person: Person,
    key: Key,
    at: datetime,
    browser: Browser,
    *,
    follow: str,
) -> SignedIn:
    person.failed_count, person.locked_until, person.activation_ends_at = 0, None, None
    person.save(update_fields=["password", "failed_count", "locked_until", "activation_ends_at"])
    _note("signin.done", person, at, browser, key=key.pk, kind=key.kind)
    kept = sessions.begin(
        session,
        person=person,
        key_id=key.pk,
        at=at,
        address=browser.address,
        agent=browser.agent,
    )
    return SignedIn(person, key, kept, follow)


def _key_on_paper(person: Person | None, password: str, code: str, at: datetime) -> Key | None:
    is_right = passwords.check(person, password)
    if person is None or not is_right or person.state != Person.State.ACTIVE:
        return None
    try:
        return one_time.verify_code(person_id=person.pk, code=code, at=at, kinds=(Key.Kind.PAPER,))
    except CodeRefusedError:
        return None


def _require_fresh(person: Person, at: datetime) -> None:
    if pending.stage_after(person, at) is not Stage.FIRST_KEY:
        raise NotFreshError


def _note(
    event: str, person: Person | None, at: datetime, browser: Browser, **facts: object
) -> None:
    # Of a login that nobody has nothing is written: it may be a password typed in the wrong field.
    visitor = Visitor(
        person.login if person else "", person.pk if person else None, browser.address
    )
    access.note(kind=event, visitor=visitor, at=at, facts=facts)
