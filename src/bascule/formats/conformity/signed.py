"""The report of conformity as a file: written with a signature, read and verified."""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bascule.formats.conformity.refusals import (
    AlteredConformityError,
    CutConformityError,
    NotConformityError,
    OtherConformityVersionError,
)
from bascule.formats.conformity.report import Report, as_content, canonical, of_content

FORMAT: Final = "bascule-conformity"
VERSION: Final = 1
#: Bytes that no report weighs.
MOST_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SignedReport:
    """A report whose signature was verified.

    Attributes:
        report: what it says.
        fingerprint: of the key that signed it: whoever reads it says which keys are believed.
    """

    report: Report
    fingerprint: str


def fingerprint_of(public_key: bytes) -> str:
    """Give what people compare of a key.

    Args:
        public_key (bytes): 32 bytes.

    Returns:
        str: SHA-256 of the key, 64 hexadecimal digits.
    """
    return hashlib.sha256(public_key).hexdigest()


def write(report: Report, key: bytes) -> bytes:
    """Write a report, signed.

    Args:
        report (Report): the report.
        key (bytes): private key Ed25519, 32 bytes.

    Returns:
        bytes: JSON in UTF-8.
    """
    private = Ed25519PrivateKey.from_private_bytes(key)
    public = private.public_key().public_bytes_raw()
    content = as_content(report)
    envelope = {
        "format": FORMAT,
        "version": VERSION,
        "key": base64.b64encode(public).decode(),
        "fingerprint": fingerprint_of(public),
        "signature": base64.b64encode(private.sign(_signed(content))).decode(),
        "report": content,
    }
    return json.dumps(envelope, ensure_ascii=False, indent=1).encode() + b"\n"


def read(content: bytes) -> SignedReport:
    """Read a report, and verify that it is what was signed.

    Args:
        content (bytes): the file.

    Returns:
        SignedReport: the report, and the fingerprint of the key that signed it. Whether that key is believed is
            for whoever reads it to say.

    Raises:
        OtherConformityVersionError: if it is written in a way that is not known.
        NotConformityError: if it is no report of conformity.
        AlteredConformityError: if it is no longer what was signed.
    """
    envelope = _envelope(content)
    if envelope.get("version") != VERSION:
        raise OtherConformityVersionError(str(envelope.get("version")))
    try:
        public = base64.b64decode(envelope["key"], validate=True)
        signature = base64.b64decode(envelope["signature"], validate=True)
        said = envelope["report"]
        verified = Ed25519PublicKey.from_public_bytes(public)
        verified.verify(signature, _signed(said))
        if envelope["fingerprint"] != fingerprint_of(public):
            raise AlteredConformityError
        return SignedReport(of_content(said), fingerprint_of(public))
    except InvalidSignature:
        raise AlteredConformityError from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NotConformityError from None


def _signed(content: Any) -> bytes:
    """Give what is signed: the way of writing, then the report."""
    return f"{FORMAT}/{VERSION}\n".encode() + canonical(content)


def _envelope(content: bytes) -> dict[str, Any]:
    if len(content) > MOST_BYTES:
        raise NotConformityError
    try:
        text = content.decode("utf-8-sig")
        envelope = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as fault:
        # One that ends as it should is not cut, whatever else is wrong with it.
        if FORMAT in fault.doc[:200] and not fault.doc.rstrip().endswith("}\n}"):
            raise CutConformityError from None
        raise NotConformityError from None
    except (ValueError, RecursionError):
        raise NotConformityError from None
    if not isinstance(envelope, dict) or envelope.get("format") != FORMAT:
        raise NotConformityError
    return envelope


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that says one thing twice: readers would not agree on what was signed."""
    said = dict(pairs)
    if len(said) != len(pairs):
        raise ValueError
    return said
