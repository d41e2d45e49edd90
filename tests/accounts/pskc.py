"""Makes PSKC files as a maker of keys would: encryption and MAC by `cryptography`, none of it by the reader.

python -m tests.accounts.pskc     writes the golden files of `tests/accounts/seeds` anew
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

FOLDER = Path(__file__).parent / "seeds"

PASSPHRASE = "quatre saules gris"  # noqa: S105 - of fictional files
TRANSPORT_KEY = bytes(range(16, 48))
MAC_KEY = bytes(range(200, 220))
SALT = bytes(range(8))
ITERATIONS = 2000

_XENC = "http://www.w3.org/2001/04/xmlenc#"
_SPACES = (
    'xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
    f' xmlns:xenc="{_XENC}" xmlns:xenc11="http://www.w3.org/2009/xmlenc11#"'
    ' xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#"'
)
_PROFILE = "urn:ietf:params:xml:ns:keyprov:pskc:"


@dataclass(frozen=True)
class Token:
    """One key, as its maker describes it; `extra` goes into its `Key` element as it is."""

    serial: str
    secret: bytes
    profile: str = "hotp"
    digits: int = 6
    counter: int | None = 0
    interval: int | None = None
    suite: str = ""
    extra: str = ""


@dataclass(frozen=True)
class Lock:
    """How values are encrypted: a passphrase derives the key, or it is given as it is."""

    passphrase: str = ""
    key: bytes = b""
    cipher: str = "aes128-cbc"
    has_mac: bool = True

    @property
    def secret(self) -> bytes:
        if not self.passphrase:
            return self.key
        return hashlib.pbkdf2_hmac("sha1", self.passphrase.encode(), SALT, ITERATIONS, 16)


def token(number: int, **given: object) -> Token:
    """Give a key with a serial number and a seed of its own."""
    secret = hashlib.sha1(f"key {number}".encode()).digest()  # noqa: S324 - only to have twenty bytes
    return Token(**{"serial": f"2600{number:06}", "secret": secret} | given)  # type: ignore[arg-type]


def pskc(*tokens: Token, lock: Lock | None = None, head: str = "") -> bytes:
    """Write a file; `head` stands before its root."""
    packages = "".join(_package(one, lock) for one in tokens)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{head}'
        f'<KeyContainer Version="1.0" {_SPACES}>\n{_encryption(lock) if lock else ""}{packages}</KeyContainer>\n'
    ).encode()


def encrypted(value: bytes, lock: Lock, vector: bytes = bytes(range(16))) -> bytes:
    """Encrypt a value: AES in CBC with PKCS#7, the vector first; or AES key wrap."""
    if lock.cipher.startswith("kw-"):
        return aes_key_wrap(lock.secret, value)
    size = 16 - len(value) % 16
    encryptor = Cipher(algorithms.AES(lock.secret), modes.CBC(vector)).encryptor()
    return vector + encryptor.update(value + bytes([size]) * size) + encryptor.finalize()


def _encryption(lock: Lock) -> str:
    name = "<ds:KeyName>Cle de transport 2026</ds:KeyName>"
    if lock.passphrase:
        name = (
            "<xenc11:DerivedKey>"
            '<xenc11:KeyDerivationMethod Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2">'
            f"<pkcs5:PBKDF2-params><Salt><Specified>{_text(SALT)}</Specified></Salt>"
            f"<IterationCount>{ITERATIONS}</IterationCount><KeyLength>16</KeyLength></pkcs5:PBKDF2-params>"
            "</xenc11:KeyDerivationMethod><xenc11:MasterKeyName>Phrase 2026</xenc11:MasterKeyName>"
            "</xenc11:DerivedKey>"
        )
    mac = ""
    if lock.has_mac:
        mac = (
            '<MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"><MACKey>'
            f"{_cipher(MAC_KEY, lock)}</MACKey></MACMethod>\n"
        )
    return f"<EncryptionKey>{name}</EncryptionKey>\n{mac}"


def _package(one: Token, lock: Lock | None) -> str:
    counter = (
        f"<Counter><PlainValue>{one.counter}</PlainValue></Counter>"
        if one.counter is not None
        else ""
    )
    interval = (
        f"<TimeInterval><PlainValue>{one.interval}</PlainValue></TimeInterval>"
        if one.interval
        else ""
    )
    suite = f"<Suite>{one.suite}</Suite>" if one.suite else ""
    return (
        "<KeyPackage>\n"
        f" <DeviceInfo><Manufacturer>Fabrique Fictive</Manufacturer><SerialNo>{one.serial}</SerialNo></DeviceInfo>\n"
        f' <Key Id="{one.serial}" Algorithm="{_PROFILE}{one.profile}">\n'
        f'  <AlgorithmParameters>{suite}<ResponseFormat Length="{one.digits}" Encoding="DECIMAL"/>'
        "</AlgorithmParameters>\n"
        f"  <Data><Secret>{_value(one.secret, lock)}</Secret>{counter}{interval}</Data>\n"
        f"  {one.extra}\n </Key>\n</KeyPackage>\n"
    )  # fmt: skip


def _value(secret: bytes, lock: Lock | None) -> str:
    if lock is None:
        return f"<PlainValue>{_text(secret)}</PlainValue>"
    mac = ""
    if lock.has_mac:
        sealed = encrypted(secret, lock)
        mac = f"<ValueMAC>{_text(hmac.digest(MAC_KEY, sealed, 'sha1'))}</ValueMAC>"
    return f"<EncryptedValue>{_cipher(secret, lock)}</EncryptedValue>{mac}"


def _cipher(value: bytes, lock: Lock) -> str:
    return (
        f'<xenc:EncryptionMethod Algorithm="{_XENC}{lock.cipher}"/>'
        f"<xenc:CipherData><xenc:CipherValue>{_text(encrypted(value, lock))}</xenc:CipherValue></xenc:CipherData>"
    )


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def golden_files() -> dict[str, bytes]:
    """Give the golden PSKC files by name."""
    policy = (
        "<Policy><ExpiryDate>2031-12-31T00:00:00Z</ExpiryDate><KeyUsage>OTP</KeyUsage></Policy>"
    )
    three = (
        token(1, extra=policy),
        token(2, digits=8, counter=41),
        token(3, profile="totp", counter=None, interval=60, suite="HMAC-SHA256"),
    )
    return {
        "plain.pskcxml": pskc(*three),
        "passphrase.pskcxml": pskc(*three, lock=Lock(passphrase=PASSPHRASE)),
        "transport-key.pskcxml": pskc(*three, lock=Lock(key=TRANSPORT_KEY, cipher="aes256-cbc")),
    }


if __name__ == "__main__":
    for name, content in golden_files().items():
        (FOLDER / name).write_bytes(content)
