"""Seeds of keys, encrypted: the base alone opens nothing. It decides with which keys, and rotates them.

The keys are those of the setting `BASCULE_SEED_KEYS`, newest first: the first encrypts, all decrypt.
The embedded base has one of its own, made at the first need and kept beside its other secrets.
"""

import base64
import binascii
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from bascule.accounts.models import Key
from bascule.errors import RefusedError
from bascule.journal.act import AUTHORITY, act
from bascule.store import embedded

ROTATE_ACT = "keys.rotate"

_SECRET = "seeds.key"  # noqa: S105 - the name of a file
_KEY_BYTES = 32


class SeedKeyMissingError(RefusedError):
    """Nothing says how seeds are encrypted."""

    code = "seed-key.missing"

    def __init__(self) -> None:
        super().__init__(
            "Le réglage BASCULE_SEED_KEYS manque : il protège les graines des clés. Donnez-lui 32 octets"
            " au hasard, écrits en base 64, les mêmes sur toutes les machines."
        )


class SeedKeyInvalidError(RefusedError):
    """A key of the setting cannot be one. It is not repeated.

    Args:
        rank (int): which one of the list, from 1.
    """

    code = "seed-key.invalid"

    def __init__(self, rank: int) -> None:
        super().__init__(
            f"La clé n° {rank} de BASCULE_SEED_KEYS ne convient pas : 32 octets écrits en base 64"
            " sont attendus : corrigez ce réglage."
        )
        self.rank = rank


class SeedUnreadableError(RefusedError):
    """A seed was encrypted by a key that is no longer given."""

    code = "seed.unreadable"

    def __init__(self) -> None:
        super().__init__(
            "La graine d’une clé ne peut pas être lue. Remettez dans BASCULE_SEED_KEYS la clé qui l’a"
            " chiffrée, après la clé actuelle."
        )


def require_key() -> None:
    """Make sure that seeds can be encrypted: whoever serves pages asks at its start.

    Raises:
        SeedKeyMissingError: if no key is given and the base is not the embedded one.
        SeedKeyInvalidError: if one of those given is not a key.
    """
    _vault()


def encrypt(seed: bytes) -> bytes:
    """Encrypt a seed with the newest key.

    Args:
        seed (bytes): the seed.

    Returns:
        bytes: what is kept.
    """
    return _vault().encrypt(seed)


def decrypt(kept: bytes | memoryview) -> bytes:
    """Read a seed back, whichever of the keys encrypted it.

    Args:
        kept (bytes | memoryview): what `encrypt` gave, as the base holds it.

    Returns:
        bytes: the seed.

    Raises:
        SeedUnreadableError: if none of the keys did, or it was tampered with.
    """
    try:
        return _vault().decrypt(bytes(kept))
    except InvalidToken as fault:
        raise SeedUnreadableError from fault


def rotate(*, actor: str, at: datetime) -> int:
    """Encrypt all seeds anew with the newest key; after that, older keys may be taken out.

    Args:
        actor (str): who signs.
        at (datetime): when.

    Returns:
        int: seeds encrypted anew.

    Raises:
        SeedUnreadableError: if one of them cannot be read; none is then changed.
    """
    vault = _vault()
    with act(uai=AUTHORITY, kind=ROTATE_ACT, actor=actor, at=at) as opened:
        keys = list(Key.objects.select_for_update(no_key=True).exclude(seed=b"").order_by("id"))
        try:
            for key in keys:
                key.seed = vault.rotate(bytes(key.seed))
        except InvalidToken as fault:
            raise SeedUnreadableError from fault
        Key.objects.bulk_update(keys, ["seed"], batch_size=500)
        opened.facts["seeds"] = len(keys)
    return len(keys)


def _vault() -> MultiFernet:
    return MultiFernet([_fernet(rank, key) for rank, key in enumerate(_keys(), 1)])


def _keys() -> tuple[str, ...]:
    given: tuple[str, ...] = settings.BASCULE_SEED_KEYS
    if given:
        return given
    if not settings.BASCULE_EMBEDDED:
        raise SeedKeyMissingError
    home: Path = settings.BASCULE_HOME
    return (embedded.secret(home, _SECRET),)


def _fernet(rank: int, key: str) -> Fernet:
    # `openssl rand -base64 32` writes + and /, and the padding may have been lost on the way.
    text = key.rstrip("=").translate(str.maketrans("+/", "-_"))
    try:
        raw = base64.b64decode(f"{text}=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise SeedKeyInvalidError(rank) from None
    if len(raw) != _KEY_BYTES:
        raise SeedKeyInvalidError(rank)
    return Fernet(base64.urlsafe_b64encode(raw))
