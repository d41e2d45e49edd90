"""A key set up on the way in: one that was handed over, or the first one of somebody freshly activated.

Each verb is the last step of a sign-in. A password alone never adds a key: the slip of the key, or the
letter of the account, comes with it.
"""

from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase

from bascule.accounts import pending, steps
from bascule.accounts.keys import one_time, passkeys
from bascule.accounts.models import Key, Person
from bascule.accounts.pending import Stage
from bascule.accounts.steps import Browser, SignedIn
from bascule.errors import RefusedError


class NotFreshError(RefusedError):
    """A first key cannot be added on a password alone."""

    code = "key.not-first"

    def __init__(self) -> None:
        super().__init__(
            "Un mot de passe seul ne permet pas d’ajouter une clé. Demandez un code d’activation à votre"
            " chef d’établissement."
        )


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

    return steps.prove(session, steps.unless_locked(verify, at), at, browser)


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

    return steps.prove(session, steps.unless_locked(verify, at), at, browser)


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

    return steps.prove(session, steps.unless_locked(verify, at), at, browser)


def _require_fresh(person: Person, at: datetime) -> None:
    if pending.stage_after(person, at) is not Stage.FIRST_KEY:
        raise NotFreshError
