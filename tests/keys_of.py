"""Keys for the people of the tests, and what they show: the other half of each, as it lies in a hand.

`totp_key(person).code()` is what the application shows now; `hotp_key(person).press()` is what the next
press of the button shows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from bascule.accounts import codes
from bascule.accounts.keys import paper, vault
from bascule.accounts.keys.oath import CodeSource
from bascule.accounts.models import Key, Person

#: The code on the slip of a key handed over.
SLIP = "ACDE-FGHJ-KMNP"


@dataclass
class TotpKey:
    """An authentication application in somebody's pocket."""

    key: Key
    source: CodeSource

    def code(self, *, at: datetime | None = None, steps: int = 0) -> str:
        """Read the code shown at an instant, or some steps after it."""
        moment = (at or timezone.now()) + timedelta(seconds=steps * self.source.period)
        return self.source.code(self.source.step(moment))


@dataclass
class HotpKey:
    """A key with a button."""

    key: Key
    source: CodeSource
    presses: int = 0

    def press(self, *, for_nothing: int = 0) -> str:
        """Press the button, and read the code; after having pressed it for nothing."""
        self.presses += for_nothing + 1
        return self.source.code(self.presses - 1)


def totp_key(person: Person, *, seed: bytes = b"seed of twenty bytes") -> TotpKey:
    key = _key(person, Key.Kind.TOTP, seed, Key.State.ACTIVE)
    return TotpKey(key, CodeSource(seed))


def hotp_key(
    person: Person,
    *,
    seed: bytes = b"seed of twenty bytes",
    state: str = Key.State.ACTIVE,
    serial: str = "",
) -> HotpKey:
    key = _key(person, Key.Kind.HOTP, seed, state, serial or f"OTP-{person.pk:06}")
    return HotpKey(key, CodeSource(seed))


def paper_codes(person: Person) -> list[str]:
    return paper.make_sheet(person_id=person.pk, actor=person.login, at=timezone.now())


def _key(person: Person, kind: str, seed: bytes, state: str, serial: str = "") -> Key:
    return Key.objects.create(
        kind=kind,
        state=state,
        person=person,
        serial=serial,
        seed=vault.encrypt(seed),
        received_at=timezone.now(),
        activation_digest=codes.digest_of(SLIP) if state == Key.State.HANDED else b"",
    )
