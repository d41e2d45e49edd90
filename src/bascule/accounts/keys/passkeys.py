"""Passkeys (WebAuthn): the browser asks the device, the device signs, and the signature is checked here.

They are bound to the first of `BASCULE_HOSTS`: on a copy of the site they sign nothing. A challenge is
kept in the session, for one answer and five minutes.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import webauthn
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, transaction
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from bascule.accounts.keys import held, register
from bascule.accounts.keys.moves import Move
from bascule.accounts.models import Key, Person
from bascule.errors import RefusedError

#: How long a challenge waits for its answer.
PATIENCE = timedelta(minutes=5)

_ENROL, _ENTER = "enrol", "enter"
_MILLISECONDS = int(PATIENCE.total_seconds() * 1000)
#: An answer is a few kilobytes.
_LONGEST = 64 * 1024


class PasskeyRefusedError(RefusedError):
    """What the browser answered proves nothing."""

    code = "passkey.refused"

    def __init__(self) -> None:
        super().__init__(
            "Votre clé d’accès n’a pas été reconnue. Recommencez sur cette page, ou donnez un code."
        )


class PasskeyKnownError(RefusedError):
    """The device holds a passkey that is known already."""

    code = "passkey.known"

    def __init__(self) -> None:
        super().__init__("Cet appareil a déjà une clé d’accès ici. Vous pouvez vous en servir.")


def works_on(host: str) -> bool:
    """Tell whether passkeys work under the name by which the site was reached.

    Args:
        host (str): the host of the request, with or without its port.

    Returns:
        bool: true on the name they are bound to, and on those below it.
    """
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    return name == party() or name.endswith(f".{party()}")


def ask_to_enrol(session: SessionBase, *, person: Person, at: datetime) -> str:
    """Prepare what the browser asks the device for a new passkey.

    Args:
        session (SessionBase): it keeps the challenge.
        person (Person): for whom.
        at (datetime): now.

    Returns:
        str: JSON, for `navigator.credentials.create`.
    """
    options = webauthn.generate_registration_options(
        rp_id=party(),
        rp_name=f"{settings.BASCULE_AUTHORITY_NAME} – Bascule",
        user_id=hashlib.sha256(f"bascule person {person.pk}".encode()).digest(),
        user_name=person.login,
        user_display_name=f"{person.first_name} {person.family_name}",
        timeout=_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_descriptors(person.pk, at),
    )
    _keep(session, _ENROL, person.pk, options.challenge, at)
    return webauthn.options_to_json(options)


def enrol(
    session: SessionBase,
    *,
    person_id: int,
    answer: str,
    origin: str,
    label: str,
    actor: str,
    at: datetime,
) -> Key:
    """Add the passkey that the device made.

    Args:
        session (SessionBase): it kept the challenge, and forgets it.
        person_id (int): whose.
        answer (str): JSON of what the browser gave.
        origin (str): where the site was reached (`https://host`).
        label (str): how she calls it.
        actor (str): who signs.
        at (datetime): now.

    Returns:
        Key: the key, active.

    Raises:
        PasskeyRefusedError: if the answer is not to the challenge, or not from this site.
        PasskeyKnownError: if the passkey is known already.
        TooManyKeysError: if she has too many keys.
    """
    challenge = _taken(session, _ENROL, person_id, at)
    try:
        made = webauthn.verify_registration_response(
            credential=answer[:_LONGEST],
            expected_challenge=challenge,
            expected_rp_id=party(),
            expected_origin=origin,
        )
    except WebAuthnException as fault:
        raise PasskeyRefusedError from fault
    held.refuse_too_many(person_id=person_id)
    try:
        with transaction.atomic():
            key = Key.objects.create(
                kind=Key.Kind.PASSKEY,
                state=Key.State.ACTIVE,
                person_id=person_id,
                label=label.strip()[:60],
                credential_id=made.credential_id,
                public_key=made.credential_public_key,
                counter=made.sign_count,
                received_at=at,
                activated_at=at,
            )
            register.write(key=key, kind=Move.ADD.code, actor=actor, at=at)
    except IntegrityError as fault:
        raise PasskeyKnownError from fault
    return key


def ask_to_enter(session: SessionBase, *, person_id: int, at: datetime) -> str | None:
    """Prepare what the browser asks the device to sign.

    Args:
        session (SessionBase): it keeps the challenge.
        person_id (int): who gave her password.
        at (datetime): now.

    Returns:
        str | None: JSON, for `navigator.credentials.get`; None if she has no passkey.
    """
    descriptors = _descriptors(person_id, at)
    if not descriptors:
        return None
    options = webauthn.generate_authentication_options(
        rp_id=party(),
        timeout=_MILLISECONDS,
        allow_credentials=descriptors,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    _keep(session, _ENTER, person_id, options.challenge, at)
    return webauthn.options_to_json(options)


def take_challenge(session: SessionBase, *, person_id: int, at: datetime) -> bytes:
    """Take the challenge out of the session: it is good for one answer, right or wrong.

    Args:
        session (SessionBase): it kept the challenge.
        person_id (int): who gave her password.
        at (datetime): now.

    Returns:
        bytes: the challenge.

    Raises:
        PasskeyRefusedError: if there is none, or it is too old.
    """
    return _taken(session, _ENTER, person_id, at)


def verify(*, person_id: int, answer: str, challenge: bytes, origin: str, at: datetime) -> Key:
    """Check what the device signed.

    Args:
        person_id (int): who gave her password.
        answer (str): JSON of what the browser gave.
        challenge (bytes): what `take_challenge` gave.
        origin (str): where the site was reached (`https://host`).
        at (datetime): now.

    Returns:
        Key: the passkey.

    Raises:
        PasskeyRefusedError: if it is none of hers, or did not sign this.
    """
    with transaction.atomic():
        try:
            given = webauthn.helpers.parse_authentication_credential_json(answer[:_LONGEST])
            key = (
                held.usable(person_id=person_id, at=at)
                .filter(kind=Key.Kind.PASSKEY, credential_id=given.raw_id)
                .select_for_update(of=("self",), no_key=True)
                .first()
            )
            if key is None:
                raise PasskeyRefusedError
            signed = webauthn.verify_authentication_response(
                credential=given,
                expected_challenge=challenge,
                expected_rp_id=party(),
                expected_origin=origin,
                credential_public_key=bytes(key.public_key or b""),
                credential_current_sign_count=key.counter,
            )
        except WebAuthnException as fault:
            raise PasskeyRefusedError from fault
        key.counter, key.last_used_at = signed.new_sign_count, at
        key.save(update_fields=["counter", "last_used_at"])
        return key


def party() -> str:
    """Give the name to which passkeys are bound.

    Returns:
        str: the first of `BASCULE_HOSTS`.
    """
    return str(settings.BASCULE_HOSTS[0])


def _descriptors(person_id: int, at: datetime) -> list[PublicKeyCredentialDescriptor]:
    keys = held.usable(person_id=person_id, at=at).filter(kind=Key.Kind.PASSKEY)
    return [PublicKeyCredentialDescriptor(id=bytes(key.credential_id or b"")) for key in keys]


def _keep(session: SessionBase, use: str, person_id: int, challenge: bytes, at: datetime) -> None:
    session["passkey"] = {
        "use": use,
        "person": person_id,
        "challenge": bytes_to_base64url(challenge),
        "until": (at + PATIENCE).isoformat(),
    }


def _taken(session: SessionBase, use: str, person_id: int, at: datetime) -> bytes:
    kept: dict[str, Any] | None = session.pop("passkey", None)
    if kept is None or (kept["use"], kept["person"]) != (use, person_id):
        raise PasskeyRefusedError
    if datetime.fromisoformat(kept["until"]) <= at:
        raise PasskeyRefusedError
    return base64url_to_bytes(kept["challenge"])
