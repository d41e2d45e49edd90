"""Read seeds from PSKC, plain or encrypted. Pure.

Source: RFC 6030 (Portable Symmetric Key Container): section 4 for keys, 6 for encryption and MAC.

`python-pskc` reads and decrypts. What it does not do is done here first: expat reads the file once to
refuse any DOCTYPE, what is too deep or too many, and to learn the line of each key; then the costs
that the file itself asks for are bounded, and values under a cipher without integrity must have a MAC.
"""

import base64
import binascii
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Final
from xml.parsers import expat

from pskc import PSKC
from pskc.exceptions import DecryptionError, KeyDerivationError, PSKCError
from pskc.key import EncryptedValue

from bascule.accounts.keys.seed import (
    ALGORITHMS,
    MOST_SEEDS,
    DuplicateSerialError,
    Kind,
    Place,
    Seed,
    SeedsDoctypeError,
    SeedsPassphraseNeededError,
    TooManySeedsError,
    UnknownAlgorithmError,
    UnknownEncryptionError,
    UnreadableSeedsError,
    UnusableSeedError,
    WrongMacError,
    WrongPassphraseError,
    fault_of,
)

_DEEPEST: Final = 32
_ROOT: Final = "KeyContainer"
_PACKAGES: Final = ("KeyPackage", "Device")
#: Fields of a key that may be encrypted.
_FIELDS: Final = ("secret", "counter", "time_offset", "time_interval", "time_drift")
_KINDS: Final[dict[str, Kind]] = {"hotp": "hotp", "totp": "totp"}
#: A key of this kind is only the code that opens the object.
_PIN: Final = "pin"
#: Ciphers taken, and whether they tell by themselves that a value was changed.
_CIPHERS: Final = {
    "aes128-cbc": False, "aes192-cbc": False, "aes256-cbc": False,
    "kw-aes128": True, "kw-aes192": True, "kw-aes256": True,
}  # fmt: skip
#: What a file may ask of us before we know whether the passphrase is good.
_MOST_ITERATIONS: Final = 2_000_000
_LONGEST_DERIVED: Final = 64
#: What the library lets through when a file is not made as it expects.
_CARELESS: Final = (
    ValueError, TypeError, AttributeError, AssertionError, OverflowError, LookupError,
)  # fmt: skip


def read_pskc(content: bytes, passphrase: str) -> tuple[Seed, ...]:
    """Read seeds.

    Args:
        content (bytes): the file.
        passphrase (str): what decrypts it; blank for nothing.

    Returns:
        tuple[Seed, ...]: in the order of the file.

    Raises:
        DuplicateSerialError: if two keys have the same serial number.
    """
    lines = _Outline(content).lines
    with _careful():
        container = PSKC(io.BytesIO(content))
    keys = list(_keys(container, lines))
    _unlock(container, keys, passphrase)
    seeds: list[Seed] = []
    places: dict[str, Place] = {}
    for place, key in keys:
        seed = _seed(place, key)
        if seed.serial in places:
            raise DuplicateSerialError(place, places[seed.serial])
        places[seed.serial] = place
        seeds.append(seed)
    return tuple(seeds)


class _Outline:
    """The lines where the packages of a file begin; refuses what must not be read further."""

    def __init__(self, content: bytes) -> None:
        self.lines: list[int] = []
        self._depth = 0
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(content, True)  # noqa: FBT003 - expat's signature
        except (expat.ExpatError, LookupError, ValueError) as fault:
            raise UnreadableSeedsError(
                "son XML est incomplet ou abîmé", f"ligne {parser.CurrentLineNumber}"
            ) from fault

    def _refuse_doctype(self, *_: object) -> None:
        raise SeedsDoctypeError(self._parser.CurrentLineNumber)

    def _start(self, name: str, _: dict[str, str]) -> None:
        local, line = name.rpartition(" ")[2], self._parser.CurrentLineNumber
        if not self._depth and local != _ROOT:
            raise UnreadableSeedsError("ce XML n’est pas un fichier PSKC", f"ligne {line}")
        if self._depth == 1 and local in _PACKAGES:
            if len(self.lines) == MOST_SEEDS:
                raise TooManySeedsError(line)
            self.lines.append(line)
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnreadableSeedsError("ses éléments sont trop emboîtés", f"ligne {line}")

    def _end(self, _: str) -> None:
        self._depth -= 1


def _keys(container: PSKC, lines: list[int]) -> Iterator[tuple[Place, Any]]:
    rank = 0
    for device, line in zip(container.devices, lines, strict=False):
        for key in device.keys:
            if _last_word(key.algorithm) == _PIN:
                continue
            rank += 1
            if rank > MOST_SEEDS:
                raise TooManySeedsError(line)
            yield Place(rank, line, str(key.serial or key.id or "")[:60]), key


def _unlock(container: PSKC, keys: list[tuple[Place, Any]], passphrase: str) -> None:
    """Give the container what decrypts its values, once they are known to be decryptable."""
    sealed = [
        (place, value)
        for place, key in keys
        for value in (getattr(key, f"_{name}", None) for name in _FIELDS)
        if isinstance(value, EncryptedValue)
    ]
    if not sealed:
        return
    for place, value in sealed:
        _check_cipher(container, place, value)
    encryption = container.encryption
    if not passphrase:
        raise SeedsPassphraseNeededError(encryption.key_name or "")
    if encryption.derivation.algorithm:
        _derive(encryption, passphrase)
    else:
        encryption.key = _transport_key(passphrase)
    if container.mac.algorithm:
        _try_mac(container)


def _check_cipher(container: PSKC, place: Place, value: EncryptedValue) -> None:
    cipher = _last_word(value.algorithm or container.encryption.algorithm)
    if cipher not in _CIPHERS:
        raise UnknownEncryptionError(f"« {cipher or 'non précisé'} »", str(place))
    if not _CIPHERS[cipher] and not (value.mac_value and container.mac.algorithm):
        raise UnknownEncryptionError("le contrôle d’intégrité (MAC) manque", str(place))


def _try_mac(container: PSKC) -> None:
    """Decrypt the key of the MAC first: it tells a wrong passphrase from a changed file."""
    with _careful():
        try:
            container.mac.generate_mac(b"")
        except DecryptionError as fault:
            if "MAC algorithm" in str(fault):
                raise UnknownEncryptionError("l’algorithme du MAC n’est pas connu") from fault
            raise WrongPassphraseError from fault


def _derive(encryption: Any, passphrase: str) -> None:
    derivation = encryption.derivation
    iterations, length = derivation.pbkdf2_iterations or 0, derivation.pbkdf2_key_length or 0
    if not 0 < iterations <= _MOST_ITERATIONS or not 0 < length <= _LONGEST_DERIVED:
        raise UnknownEncryptionError(
            f"la phrase secrète serait dérivée en {iterations} tours et {length} octets"
        )
    try:
        encryption.derive_key(passphrase)
    except KeyDerivationError as fault:
        raise UnknownEncryptionError(
            "la dérivation de la phrase secrète n’est pas connue"
        ) from fault


def _transport_key(given: str) -> bytes:
    tight = "".join(given.split())
    try:
        return bytes.fromhex(tight)
    except ValueError:
        pass
    try:
        return base64.b64decode(tight, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise WrongPassphraseError from fault


def _seed(place: Place, key: Any) -> Seed:
    kind = _KINDS.get(_last_word(key.algorithm))
    algorithm = _hash_of(key.algorithm_suite)
    if kind is None or algorithm is None:
        said = (key.algorithm or "") if kind is None else key.algorithm_suite
        raise UnknownAlgorithmError(place, said)
    _check_use(place, key)
    with _careful(place):
        try:
            seed = Seed(
                serial=str(key.serial or key.id or "").strip(),
                secret=key.secret or b"",
                kind=kind,
                algorithm=algorithm,
                digits=int(key.response_length or 6),
                period=int(key.time_interval or 30),
                counter=int(key.counter or 0) if kind == "hotp" else 0,
                expires_on=_expiry(key),
                line=place.line,
            )
        except DecryptionError as fault:
            if str(fault).startswith("MAC"):
                raise WrongMacError(place) from fault
            raise WrongPassphraseError from fault
    fault_found = fault_of(seed)
    if fault_found:
        raise UnusableSeedError(place, fault_found)
    return seed


def _check_use(place: Place, key: Any) -> None:
    """Refuse a key that may not be used as we would; RFC 6030, section 5, forbids to guess."""
    policy = key.policy
    if (key.response_encoding or "DECIMAL").upper() != "DECIMAL" or key.response_check:
        raise UnusableSeedError(place, "ses codes ne sont pas de simples chiffres")
    if policy.key_usage and "OTP" not in policy.key_usage:
        raise UnusableSeedError(place, "son emploi n’est pas de donner des codes")
    if policy.pin_usage not in {None, "Local"}:
        raise UnusableSeedError(place, "elle mêle un code secret à ses codes")
    if policy.unknown_policy_elements or policy.number_of_transactions:
        raise UnusableSeedError(
            place, "son emploi est limité d’une façon qui n’est pas prise en charge"
        )


def _expiry(key: Any) -> date | None:
    found = [end.date() for end in (key.policy.expiry_date, key.expiry_date) if end is not None]
    return min(found, default=None)


def _hash_of(suite: str | None) -> str | None:
    """Read `HMAC-SHA256`, `SHA-1`…; blank is SHA1."""
    tight = "".join(one for one in (suite or "").upper() if one.isalnum())
    name = tight.removeprefix("HMAC") or "SHA1"
    return name if name in ALGORITHMS else None


def _last_word(uri: str | None) -> str:
    return (uri or "").replace("#", ":").rpartition(":")[2].rpartition("/")[2].lower()


@contextmanager
def _careful(place: Place | None = None) -> Iterator[None]:
    try:
        yield
    except DecryptionError:
        raise
    except (PSKCError, *_CARELESS) as fault:
        raise UnreadableSeedsError(
            "une valeur n’est pas écrite comme la norme le demande", str(place or "")
        ) from fault
