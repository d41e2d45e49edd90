"""Seeds at rest: unreadable without the keys, readable after a rotation, and how a key is missed."""

import base64
from pathlib import Path

import pytest
from django.test import override_settings
from django.utils import timezone
from tests.bases import SEED_KEY, Base

from bascule.accounts.keys import vault
from bascule.accounts.models import Key
from bascule.journal.act import AUTHORITY
from bascule.journal.verify import verify_chain

SEED = b"12345678901234567890"
NEW_KEY = base64.b64encode(bytes(range(32))).decode()


def stored_key(seed: bytes = SEED) -> Key:
    return Key.objects.create(
        kind=Key.Kind.HOTP,
        state=Key.State.STOCK,
        seed=vault.encrypt(seed),
        received_at=timezone.now(),
    )


def test_a_seed_is_not_in_the_base(base: Base) -> None:
    stored_key()

    with base.look() as administrator:
        (kept,) = administrator.execute("SELECT seed FROM accounts_key").fetchone() or (b"",)

    for written in (SEED, SEED.hex().encode(), base64.b64encode(SEED), base64.b32encode(SEED)):
        assert written not in kept
    assert vault.decrypt(kept) == SEED


def test_two_keys_of_the_same_seed_are_not_seen_to_be_the_same(base: Base) -> None:
    assert bytes(stored_key().seed) != bytes(stored_key().seed)


def test_after_a_rotation_the_old_key_opens_nothing(base: Base) -> None:
    keys = [stored_key(), stored_key(b"another seed of 24 bytes")]

    with override_settings(BASCULE_SEED_KEYS=(NEW_KEY, SEED_KEY)):
        assert vault.decrypt(keys[0].seed) == SEED
        assert vault.rotate(actor="exploitation", at=timezone.now()) == 2

    for key in keys:
        key.refresh_from_db()
    with pytest.raises(vault.SeedUnreadableError):
        vault.decrypt(keys[0].seed)
    with override_settings(BASCULE_SEED_KEYS=(NEW_KEY,)):
        assert vault.decrypt(keys[0].seed) == SEED
        assert vault.decrypt(keys[1].seed) == b"another seed of 24 bytes"
    assert verify_chain(uai=AUTHORITY).count == 1


def test_a_rotation_that_cannot_read_a_seed_changes_none(base: Base) -> None:
    kept = bytes(stored_key().seed)
    with override_settings(BASCULE_SEED_KEYS=(NEW_KEY,)):
        stored_key()

    with pytest.raises(vault.SeedUnreadableError):
        vault.rotate(actor="exploitation", at=timezone.now())

    assert bytes(Key.objects.order_by("id")[0].seed) == kept


def test_a_seed_that_was_tampered_with_is_refused() -> None:
    with override_settings(BASCULE_SEED_KEYS=(SEED_KEY,)):
        kept = bytearray(vault.encrypt(SEED))
        kept[30] ^= 1

        with pytest.raises(vault.SeedUnreadableError):
            vault.decrypt(bytes(kept))


def test_a_missing_key_refuses_on_any_base_but_the_embedded_one(tmp_path: Path) -> None:
    with (
        override_settings(BASCULE_SEED_KEYS=(), BASCULE_EMBEDDED=False, BASCULE_HOME=tmp_path),
        pytest.raises(vault.SeedKeyMissingError) as refusal,
    ):
        vault.require_key()

    assert "BASCULE_SEED_KEYS" in refusal.value.sentence
    assert not list(tmp_path.iterdir())


def test_the_embedded_base_makes_its_key_once_and_keeps_it_to_itself(tmp_path: Path) -> None:
    with override_settings(BASCULE_SEED_KEYS=(), BASCULE_EMBEDDED=True, BASCULE_HOME=tmp_path):
        kept = vault.encrypt(SEED)

        assert vault.decrypt(kept) == SEED
    assert (tmp_path / "secrets" / "seeds.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "written", [NEW_KEY, NEW_KEY.rstrip("="), base64.urlsafe_b64encode(b"\xff" * 32).decode()]
)
def test_a_key_is_taken_in_either_base_64(written: str) -> None:
    with override_settings(BASCULE_SEED_KEYS=(written,)):
        vault.require_key()


@pytest.mark.parametrize(
    "wrong", ["secret", "é" * 44, base64.b64encode(bytes(16)).decode(), "!" * 44]
)
def test_what_is_no_key_is_refused_without_being_repeated(wrong: str) -> None:
    with (
        override_settings(BASCULE_SEED_KEYS=(NEW_KEY, wrong)),
        pytest.raises(vault.SeedKeyInvalidError) as refusal,
    ):
        vault.require_key()

    assert refusal.value.rank == 2
    assert wrong not in refusal.value.sentence
