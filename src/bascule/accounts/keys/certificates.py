"""Client certificates: the front server verifies one and passes its subject on; here it is whose.

Nothing is believed of a header unless the settings name it: whoever asks may write any header.
"""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.core.checks import CheckMessage, Error, register as registered
from django.db import IntegrityError, transaction

from bascule.accounts.keys import held, register
from bascule.accounts.keys.moves import Move
from bascule.accounts.models import Key
from bascule.errors import RefusedError


class SubjectTakenError(RefusedError):
    """The certificate opens another account already."""

    code = "certificate.taken"

    def __init__(self) -> None:
        super().__init__(
            "Ce certificat ouvre déjà un compte. Retirez d’abord cette clé à la personne qui la détient."
        )


def subject_in(headers: Mapping[str, str]) -> str:
    """Read the subject that the front server passes on.

    Args:
        headers (Mapping[str, str]): those of the request.

    Returns:
        str: the subject; blank if there is none, or the settings name no header.
    """
    name: str = settings.BASCULE_CERTIFICATE_HEADER
    return (headers.get(name) or "").strip() if name else ""


def verify(*, person_id: int, subject: str, at: datetime) -> Key | None:
    """Find the certificate of a person by its subject.

    Args:
        person_id (int): the person.
        subject (str): what `subject_in` gave.
        at (datetime): now.

    Returns:
        Key | None: her key; None if the certificate is not one of hers.
    """
    if not subject:
        return None
    found = held.usable(person_id=person_id, at=at).filter(
        kind=Key.Kind.CERTIFICATE, subject=subject
    )
    with transaction.atomic():
        key = found.select_for_update(of=("self",), no_key=True).first()
        if key is not None:
            key.last_used_at = at
            key.save(update_fields=["last_used_at"])
    return key


def grant(*, person_id: int, subject: str, label: str, actor: str, at: datetime) -> Key:
    """Let a certificate open the account of a person.

    Args:
        person_id (int): whose.
        subject (str): its subject, exactly as the front server writes it.
        label (str): how one calls it.
        actor (str): who signs.
        at (datetime): when.

    Returns:
        Key: the key, active.

    Raises:
        SubjectTakenError: if it opens an account already.
    """
    try:
        with transaction.atomic():
            key = Key.objects.create(
                kind=Key.Kind.CERTIFICATE,
                state=Key.State.ACTIVE,
                person_id=person_id,
                subject=subject.strip(),
                label=label.strip()[:60],
                received_at=at,
                activated_at=at,
            )
            register.write(key=key, kind=Move.ADD.code, actor=actor, at=at)
    except IntegrityError as fault:
        raise SubjectTakenError from fault
    return key


@registered()
def check_front_server(**_: object) -> list[CheckMessage]:
    """Refuse to believe a header where no server stands in front: anybody could write it."""
    if settings.BASCULE_CERTIFICATE_HEADER and not settings.BASCULE_PROXY_COUNT:
        return [
            Error(
                "BASCULE_CERTIFICATE_HEADER is set, and BASCULE_PROXY_COUNT says that no server is in front.",
                hint="Set BASCULE_PROXY_COUNT to the number of servers that stand in front of this one.",
                id="bascule.E002",
            )
        ]
    return []
