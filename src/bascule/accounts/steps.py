"""What the steps of a sign-in do alike: count what fails, note it, and let in whoever proved herself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from bascule.accounts import pending, sessions, tries
from bascule.accounts.keys.one_time import CodeRefusedError
from bascule.accounts.keys.passkeys import PasskeyRefusedError
from bascule.accounts.models import Key, Person, UnknownLoginTries
from bascule.accounts.sessions import Kept
from bascule.errors import RefusedError
from bascule.journal import access
from bascule.journal.access import Visitor


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


def prove(
    session: SessionBase, verify: Callable[[Person], Key], at: datetime, browser: Browser
) -> SignedIn:
    """Take the step of the key: what fails is counted, whoever proves herself is in.

    Args:
        session (SessionBase): of the step before.
        verify (Callable[[Person], Key]): gives the key that proves it, or refuses; the person is locked
            for update meanwhile.
        at (datetime): now.
        browser (Browser): where from.

    Returns:
        SignedIn: who is in.

    Raises:
        PendingOverError: if too long has passed since the step before.
        CrowdedAddressError: if too many tries failed from there.
        RefusedError: what `verify` raised, or that the account is locked.
    """
    waiting = pending.required(session, at=at)
    tries.refuse_crowd(browser.address, at)
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(pk=waiting.person.pk)
        try:
            key = verify(person)
        except (CodeRefusedError, PasskeyRefusedError, tries.LockedError) as refused:
            refusal = fail(person, at, browser, refused, step="key")
        else:
            return finish(session, person, key, at, browser, follow=waiting.follow)
    raise refusal


def unless_locked(verify: Callable[[Person], Key], at: datetime) -> Callable[[Person], Key]:
    """Keep a locked account from being proved by what could be found by trying.

    Args:
        verify (Callable[[Person], Key]): gives the key that proves it.
        at (datetime): now.

    Returns:
        Callable[[Person], Key]: the same, that refuses while the account is locked.
    """

    def checked(person: Person) -> Key:
        until = tries.locked_until(person, at)
        if until is not None:
            raise tries.LockedError(until)
        return verify(person)

    return checked


def fail(
    row: Person | UnknownLoginTries,
    at: datetime,
    browser: Browser,
    refusal: RefusedError,
    *,
    step: str,
) -> RefusedError:
    """Count a failure of an account and of an address, and note it.

    Args:
        row (Person | UnknownLoginTries): whose, locked for update.
        at (datetime): now.
        browser (Browser): where from.
        refusal (RefusedError): what was wrong.
        step (str): `password` or `key`.

    Returns:
        RefusedError: what to say: that, or that the account is locked from now on.
    """
    person = row if isinstance(row, Person) else None
    was_locked = tries.locked_until(row, at) is not None
    until = tries.locked_until(row, at) if was_locked else tries.count_failure(row, at)
    row.save()
    tries.count_address(browser.address, at)
    note("signin.failed", person, at, browser, step=step, reason=refusal.code)
    if until is None:
        return refusal
    if not was_locked:
        note("signin.locked", person, at, browser, until=until.isoformat())
    return tries.LockedError(until)


def finish(
    session: SessionBase,
    person: Person,
    key: Key,
    at: datetime,
    browser: Browser,
    *,
    follow: str,
) -> SignedIn:
    """Let somebody in.

    Args:
        session (SessionBase): the session of the request, which is given another number.
        person (Person): who, locked for update.
        key (Key): what she proved it with.
        at (datetime): now.
        browser (Browser): where from.
        follow (str): where she wanted to go.

    Returns:
        SignedIn: who is in.
    """
    person.failed_count, person.locked_until, person.activation_ends_at = 0, None, None
    person.save(update_fields=["password", "failed_count", "locked_until", "activation_ends_at"])
    note("signin.done", person, at, browser, key=key.pk, kind=key.kind)
    kept = sessions.begin(
        session,
        person=person,
        key_id=key.pk,
        at=at,
        address=browser.address,
        agent=browser.agent,
    )
    return SignedIn(person, key, kept, follow)


def note(
    event: str, person: Person | None, at: datetime, browser: Browser, **facts: object
) -> None:
    """Write a line into the journal of accesses.

    Args:
        event (str): the kind of the line.
        person (Person | None): who; None for a login that nobody has.
        at (datetime): now.
        browser (Browser): where from.
        **facts (object): codes and numbers.
    """
    # Of a login that nobody has nothing is written: it may be a password typed in the wrong field.
    visitor = Visitor(
        person.login if person else "", person.pk if person else None, browser.address
    )
    access.note(kind=event, visitor=visitor, at=at, facts=facts)
