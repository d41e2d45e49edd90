"""What the kit keeps from one run to the next: the key that signs, the certificate that the software must trust."""

import os
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from bascule.errors import RefusedError

_KEY: Final = "signature.key"
_LIFE: Final = timedelta(days=730)
_LENGTH: Final = 32


class UnusableKitKeyError(RefusedError):
    """The key that signs cannot be read.

    Args:
        path (Path): where it is.
    """

    code = "kit.key-unusable"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"La clé qui signe les rapports, {path}, est illisible. Supprimez-la : une autre sera faite, dont"
            " l’autorité devra connaître l’empreinte."
        )


def signing_key(folder: Path) -> bytes:
    """Give the key that signs reports, made at the first call.

    Args:
        folder (Path): where the kit keeps what it keeps.

    Returns:
        bytes: 32 bytes, secret.

    Raises:
        UnusableKitKeyError: if it cannot be read.
    """
    path = folder / _KEY
    if not path.exists():
        _keep(path, Ed25519PrivateKey.generate().private_bytes_raw().hex().encode())
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        key = b""
    if len(key) != _LENGTH:
        raise UnusableKitKeyError(path)
    return key


def certificate(folder: Path, name: str, *, at: datetime) -> tuple[Path, Path]:
    """Give a certificate for this machine, and its key, made at the first call.

    Whoever believes it believes this machine and nothing else: it vouches for no other certificate.

    Args:
        folder (Path): where the kit keeps what it keeps.
        name (str): name of the files.
        at (datetime): now, as the machine says it.

    Returns:
        tuple[Path, Path]: the certificate and its key, in PEM.
    """
    path, key_path = folder / f"{name}.pem", folder / f"{name}.key"
    if path.exists() and key_path.exists() and _is_good(path, at):
        return path, key_path
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"bascule, bac à sable ({name})")])
    here = [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + _LIFE)
        .add_extension(x509.SubjectAlternativeName(here), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(made.public_bytes(pem))
    key_path.unlink(missing_ok=True)
    _keep(key_path, key.private_bytes(pem, form, serialization.NoEncryption()))
    return path, key_path


def _is_good(path: Path, at: datetime) -> bool:
    try:
        read = x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError:
        return False
    return read.not_valid_after_utc > at + timedelta(days=1)


def _keep(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
