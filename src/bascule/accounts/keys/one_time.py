"""One-time keys of a person: a code is checked and taken, a key that ran ahead is brought back, one is added.

What a code stands for is decided by `oath`; here is what makes it good once: the row of the key is
locked while its counter moves, so that of two requests with the same code one succeeds.
"""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime

import pyotp
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from bascule.accounts import codes
from bascule.accounts.keys import fleet, held, oath, paper, register, vault
from bascule.accounts.keys.moves import Move
from bascule.accounts.keys.oath import CodeSource
from bascule.accounts.models import Key
from bascule.errors import RefusedError

#: Bytes of the seed of an application, as the RFC asks.
_SEED_BYTES = 20


class CodeRefusedError(RefusedError):
    """A code does not prove anything; the parent of all that is said of one."""

    code = "code.refused"


class WrongCodeError(CodeRefusedError):
    """The code is of none of the person's keys."""

    code = "code.wrong"

    def __init__(self) -> None:
        super().__init__(
            "Ce code ne convient pas. Vérifiez qu’il est bien de votre clé, puis donnez le code suivant."
        )


class UsedCodeError(CodeRefusedError):
    """The code was good, and was used."""

    code = "code.used"

    def __init__(self) -> None:
        super().__init__(
            "Ce code a déjà servi : chaque code ne sert qu’une fois. Donnez le code suivant."
        )


class KeyAheadError(CodeRefusedError):
    """The button of the key was pressed too often for nothing."""

    code = "code.ahead"

    def __init__(self) -> None:
        super().__init__(
            "Votre clé a pris de l’avance. Donnez deux codes de suite pour l’accorder."
        )


class NotInStepError(CodeRefusedError):
    """Two codes do not bring a key back."""

    code = "code.not-in-step"

    def __init__(self) -> None:
        super().__init__(
            "Ces deux codes ne se suivent pas, ou la clé a trop d’avance. Réessayez une fois avec deux"
            " nouveaux codes. Si cela échoue encore, appelez l’assistance."
        )


class SlipRefusedError(CodeRefusedError):
    """The code on the slip and the code of the key do not go together."""

    code = "slip.refused"

    def __init__(self) -> None:
        super().__init__(
            "Le code de la fiche de remise ou le code de la clé ne convient pas. Relisez la fiche, puis"
            " donnez deux nouveaux codes de la clé."
        )


class SeedGoneError(RefusedError):
    """The application that was being added waited too long."""

    code = "application.gone"

    def __init__(self) -> None:
        super().__init__(
            "Cette page a attendu trop longtemps. Un nouveau code QR est affiché : recommencez."
        )


def verify_code(
    *, person_id: int, code: str, at: datetime, kinds: Sequence[str] = held.CODE_KINDS
) -> Key:
    """Take a code of any of a person's keys: application, key with a button, sheet of paper.

    Args:
        person_id (int): the person.
        code (str): what she typed or pasted.
        at (datetime): now.
        kinds (Sequence[str]): the kinds of keys that are good enough.

    Returns:
        Key: the key; this code is never good again.

    Raises:
        CodeRefusedError: if it is of none, was used, or is of a key that ran ahead.
    """
    typed = oath.without_separators(code)
    with transaction.atomic():
        keys = list(
            held.usable(person_id=person_id, at=at)
            .filter(kind__in=kinds)
            .select_for_update(of=("self",), no_key=True)
        )
        keys = [key for key in keys if key.digits == len(typed)]
        for key in keys:
            if _take(key, typed, at):
                key.last_used_at = at
                key.save(update_fields=["counter", "last_used_at"])
                return key
        raise _refusal(keys, typed, at)


def resynchronise(*, person_id: int, first: str, second: str, actor: str, at: datetime) -> Key:
    """Bring back a key with a button that ran ahead, by two codes in a row.

    Args:
        person_id (int): the person.
        first (str): a code.
        second (str): the code right after.
        actor (str): who signs.
        at (datetime): now.

    Returns:
        Key: the key; both codes are used.

    Raises:
        NotInStepError: if no key of hers is at most `oath.RESYNC_AHEAD` behind such codes.
    """
    one, two = oath.without_separators(first), oath.without_separators(second)
    with transaction.atomic():
        for key in (
            held.usable(person_id=person_id, at=at)
            .filter(kind=Key.Kind.HOTP)
            .select_for_update(of=("self",), no_key=True)
        ):
            found = oath.resynchronise(source_of(key), one, two, expected=key.counter)
            if found is not None:
                register.write(
                    key=key, kind="resynced", actor=actor, at=at, detail=f"+{found - key.counter}"
                )
                key.counter, key.last_used_at = found + 1, at
                key.save(update_fields=["counter", "last_used_at"])
                return key
        raise NotInStepError


def new_seed() -> bytes:
    """Make the seed of an application.

    Returns:
        bytes: 20 bytes.
    """
    return secrets.token_bytes(_SEED_BYTES)


def seed_in(session: SessionBase, *, person_id: int) -> bytes:
    """Give the seed of the application that a person is adding: the same until it is added.

    Args:
        session (SessionBase): it keeps the seed, encrypted.
        person_id (int): whose application.

    Returns:
        bytes: 20 bytes.
    """
    try:
        return kept_seed(session, person_id=person_id)
    except SeedGoneError:
        seed = new_seed()
        sealed = vault.encrypt(seed).decode("ascii")
        session["application"] = {"person": person_id, "seed": sealed}
        return seed


def kept_seed(session: SessionBase, *, person_id: int) -> bytes:
    """Give the seed that a person was shown.

    Args:
        session (SessionBase): it kept the seed.
        person_id (int): whose application.

    Returns:
        bytes: 20 bytes.

    Raises:
        SeedGoneError: if it is not there any more.
    """
    kept = session.get("application")
    if kept is None or kept["person"] != person_id:
        raise SeedGoneError
    return vault.decrypt(kept["seed"].encode("ascii"))


def forget_seed(session: SessionBase) -> None:
    """Forget the seed of an application that was added.

    Args:
        session (SessionBase): it kept the seed.
    """
    session.pop("application", None)


def provisioning_uri(*, seed: bytes, login: str) -> str:
    """Write what the application reads from the QR code.

    Args:
        seed (bytes): its seed.
        login (str): whose it is; the application shows it.

    Returns:
        str: an `otpauth:` address.
    """
    issuer = f"{settings.BASCULE_AUTHORITY_NAME} – Bascule"
    return pyotp.TOTP(_base32(seed)).provisioning_uri(name=login, issuer_name=issuer)


def written_seed(seed: bytes) -> str:
    """Write a seed for whoever types it instead of reading the QR code.

    Args:
        seed (bytes): the seed.

    Returns:
        str: base 32, in groups of four.
    """
    return paper.grouped(_base32(seed))


def add_application(
    *, person_id: int, label: str, seed: bytes, code: str, actor: str, at: datetime
) -> Key:
    """Add an authentication application, once it shows a right code.

    Args:
        person_id (int): whose.
        label (str): how she calls it.
        seed (bytes): the seed that it was given.
        code (str): the code that it shows.
        actor (str): who signs.
        at (datetime): now.

    Returns:
        Key: the key, active; the code is used.

    Raises:
        WrongCodeError: if the code is not of this seed.
        TooManyKeysError: if she has too many keys.
    """
    held.refuse_too_many(person_id=person_id)
    source = CodeSource(seed)
    step = oath.match_totp(source, oath.without_separators(code), at=at, unused=0)
    if step is None:
        raise WrongCodeError
    with transaction.atomic():
        key = Key.objects.create(
            kind=Key.Kind.TOTP,
            state=Key.State.ACTIVE,
            person_id=person_id,
            label=label.strip()[:60],
            seed=vault.encrypt(seed),
            counter=step + 1,
            received_at=at,
            activated_at=at,
            last_used_at=at,
        )
        register.write(key=key, kind=Move.ADD.code, actor=actor, at=at)
    return key


def activate_handed(
    *, person_id: int, slip: str, first: str, second: str, actor: str, at: datetime
) -> Key:
    """Activate a key that was handed over: the code of its slip, and what the key shows.

    Args:
        person_id (int): who holds it.
        slip (str): the activation code of the slip.
        first (str): a code of the key.
        second (str): the code right after; blank if there is only one. A key that was much pressed on
            its way needs two.
        actor (str): who signs.
        at (datetime): now.

    Returns:
        Key: the key, active; its codes are used.

    Raises:
        SlipRefusedError: if slip and codes are not those of one key handed over to her.
    """
    one, two = oath.without_separators(first), oath.without_separators(second)
    with transaction.atomic():
        for key in held.handed(person_id=person_id, at=at).select_for_update(
            of=("self",), no_key=True
        ):
            if not codes.is_code(slip, bytes(key.activation_digest)):
                continue
            used = _first_use(key, one, two, at)
            if used is None:
                continue
            key.counter, key.activated_at, key.last_used_at = used + 1, at, at
            fleet.carry_out(key, Move.ACTIVATE, actor=actor, at=at)
            return key
        raise SlipRefusedError


def source_of(key: Key) -> CodeSource:
    """Give what a key computes its codes from.

    Args:
        key (Key): a one-time key.

    Returns:
        CodeSource: with its seed in clear, for the time of a check.
    """
    return CodeSource(vault.decrypt(key.seed), key.algorithm, key.digits, key.period)


def _take(key: Key, typed: str, at: datetime) -> bool:
    """Move the counter past the code, if it is one of the key."""
    if key.kind == Key.Kind.PAPER:
        return paper.take(key, typed, at=at)
    source = source_of(key)
    if key.kind == Key.Kind.TOTP:
        found = oath.match_totp(source, typed, at=at, unused=key.counter)
    else:
        found = oath.match_hotp(source, typed, expected=key.counter)
    if found is None:
        return False
    key.counter = found + 1
    return True


def _first_use(key: Key, one: str, two: str, at: datetime) -> int | None:
    source = source_of(key)
    if key.kind == Key.Kind.TOTP:
        return oath.match_totp(source, two or one, at=at, unused=key.counter)
    if two:
        return oath.resynchronise(source, one, two, expected=key.counter)
    return oath.match_hotp(source, one, expected=key.counter)


def _refusal(keys: Sequence[Key], typed: str, at: datetime) -> CodeRefusedError:
    """Say what is wrong with a code that is of no key."""
    for key in keys:
        if key.kind == Key.Kind.PAPER:
            if paper.was_used(key, typed):
                return UsedCodeError()
            continue
        source = source_of(key)
        around = source.step(at) if key.kind == Key.Kind.TOTP else None
        if oath.was_used(source, typed, unused=key.counter, around=around):
            return UsedCodeError()
        if around is None and oath.is_ahead(source, typed, expected=key.counter):
            return KeyAheadError()
    return WrongCodeError()


def _base32(seed: bytes) -> str:
    # 20 bytes are 32 letters: no padding.
    return base64.b32encode(seed).decode("ascii")
