"""A device that holds passkeys, made of software: it answers as a browser would, honestly or not."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

_USER_PRESENT, _USER_VERIFIED, _HAS_CREDENTIAL = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One passkey, and how the device lies about it if it does."""

    origin: str = "http://localhost"
    party: str = "localhost"
    signatures: int = 0
    secret: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def enrol(self, options: str, **lies: Any) -> str:
        """Answer `navigator.credentials.create`."""
        asked = json.loads(options)
        numbers = self.secret.public_key().public_numbers()
        public = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        )
        data = (
            self._data(_USER_PRESENT | _USER_VERIFIED | _HAS_CREDENTIAL)
            + bytes(16)
            + len(self.credential_id).to_bytes(2)
            + self.credential_id
            + public
        )
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"], lies)
        return self._answer(clientDataJSON=client, attestationObject=attestation)

    def enter(self, options: str, **lies: Any) -> str:
        """Answer `navigator.credentials.get`."""
        asked = json.loads(options)
        self.signatures += 1
        data = self._data(_USER_PRESENT | _USER_VERIFIED)
        client = self._client("webauthn.get", asked["challenge"], lies)
        signature = self.secret.sign(
            data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256())
        )
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, flags: int) -> bytes:
        digest = hashlib.sha256(self.party.encode()).digest()
        return digest + bytes([flags]) + self.signatures.to_bytes(4)

    def _client(self, kind: str, challenge: str, lies: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin} | lies
        return json.dumps(said).encode()

    def _answer(self, **response: bytes) -> str:
        name = bytes_to_base64url(self.credential_id)
        written = {key: bytes_to_base64url(value) for key, value in response.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": written})
