"""The keys whose signature of a report the authority believes."""

import re
from datetime import datetime
from typing import Final

from bascule.errors import NotThereError, RefusedError
from bascule.journal.act import AUTHORITY, act
from bascule.qualification.models import TrustedKey
from bascule.qualification.register import KEY_ACTS, LONGEST_EDITOR

_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")


class UnusableFingerprintError(RefusedError):
    """What was given is no fingerprint, or nobody is named."""

    code = "software.key-unusable"

    def __init__(self) -> None:
        super().__init__(
            "Donnez l’empreinte entière de la clé, soit 64 chiffres et lettres de a à f, et le nom de qui la détient."
        )


class AlreadyTrustedError(RefusedError):
    """The key is believed already."""

    code = "software.key-known"

    def __init__(self) -> None:
        super().__init__("Cette clé est déjà reconnue : il n’y a rien à faire.")


class UnknownKeyError(NotThereError):
    """No such key is believed."""

    code = "software.key-unknown"

    def __init__(self) -> None:
        super().__init__(
            "Aucune clé reconnue n’a cette empreinte : choisissez-en une de la liste des clés."
        )


def trusted_keys() -> list[TrustedKey]:
    """List the keys, those that are believed first.

    Returns:
        list[TrustedKey]: the removed ones too.
    """
    return sorted(
        TrustedKey.objects.order_by("-pk"), key=lambda one: (one.removed_at is not None, one.holder)
    )


def trusted_key(*, fingerprint: str) -> TrustedKey:
    """Read a key that is believed.

    Args:
        fingerprint (str): of the key.

    Returns:
        TrustedKey: the key.

    Raises:
        UnknownKeyError: if it is not believed.
    """
    row = TrustedKey.objects.filter(fingerprint=_tight(fingerprint), removed_at=None).first()
    if row is None:
        raise UnknownKeyError
    return row


def is_trusted(fingerprint: str) -> bool:
    """Tell whether a key is believed.

    Args:
        fingerprint (str): of the key.

    Returns:
        bool: true when it is.
    """
    return TrustedKey.objects.filter(fingerprint=fingerprint, removed_at=None).exists()


def trust_key(*, fingerprint: str, holder: str, actor: str, at: datetime) -> TrustedKey:
    """Believe a key from now on.

    Args:
        fingerprint (str): of the key; blanks and colons do not count.
        holder (str): whose it is.
        actor (str): who says so.
        at (datetime): when.

    Returns:
        TrustedKey: the key.

    Raises:
        UnusableFingerprintError: if it is no fingerprint, or nobody is named.
        AlreadyTrustedError: if it is believed.
    """
    tight, name = _tight(fingerprint), " ".join(holder.split())
    if not _FINGERPRINT.fullmatch(tight) or not 0 < len(name) <= LONGEST_EDITOR:
        raise UnusableFingerprintError
    with act(uai=AUTHORITY, kind=KEY_ACTS[0], actor=actor, at=at) as opened:
        if is_trusted(tight):
            raise AlreadyTrustedError
        opened.facts |= {"key": tight, "holder": name}
        return TrustedKey.objects.create(
            fingerprint=tight, holder=name, added_at=at, added_by=actor
        )


def distrust_key(*, fingerprint: str, actor: str, at: datetime) -> TrustedKey:
    """Believe a key no more; what was qualified by it stays, until it is withdrawn.

    Args:
        fingerprint (str): of the key.
        actor (str): who says so.
        at (datetime): when.

    Returns:
        TrustedKey: the key.

    Raises:
        UnknownKeyError: if it is not believed.
    """
    with act(uai=AUTHORITY, kind=KEY_ACTS[1], actor=actor, at=at) as opened:
        row = trusted_key(fingerprint=fingerprint)
        row.removed_at, row.removed_by = at, actor
        row.save(update_fields=["removed_at", "removed_by"])
        opened.facts |= {"key": row.fingerprint, "holder": row.holder}
    return row


def _tight(fingerprint: str) -> str:
    return re.sub(r"[\s:]", "", fingerprint).lower()
