"""`bascule keys`: what it takes, lists and says, and how it ends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from tests.accounts.pskc import PASSPHRASE, Lock, pskc, token
from tests.bases import SEED_KEY, Base

from bascule.accounts.keys import vault
from bascule.accounts.models import Key, KeyEvent
from bascule.config.main import DONE, REFUSED, main

NEWER_KEY = "YW5vdGhlciBrZXksIG9ubHkgZm9yIHRlc3RzISEhISE="

Ask = Callable[..., Any]


@pytest.fixture
def ask(base: Base, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Give `bascule keys … --json`: the exit code and what was printed."""

    def asked(*arguments: str) -> tuple[int, Any]:
        code = main(["keys", *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return asked


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "delivery.pskcxml"
    path.write_bytes(pskc(token(1), token(2), token(3, profile="totp", interval=60)))
    return path


def test_a_delivery_enters_the_stock_and_is_listed(ask: Ask, file: Path) -> None:
    code, taken = ask("import", str(file))
    _, listed = ask("list", "--state", "stock", "--kind", "hotp")

    assert code == DONE
    assert taken["keys"] == 3
    assert taken["kinds"] == {"hotp": 2, "totp": 1}
    assert (taken["first"], taken["last"]) == ("2600000001", "2600000003")
    assert [key["serial"] for key in listed] == ["2600000001", "2600000002"]
    assert {key["state"] for key in listed} == {"stock"}
    assert KeyEvent.objects.filter(kind="received").count() == 3


def test_a_delivery_can_be_checked_only(ask: Ask, file: Path) -> None:
    code, found = ask("import", str(file), "--check")

    assert (code, found["received"]) == (DONE, False)
    assert not Key.objects.exists()


def test_an_encrypted_delivery_takes_its_passphrase_from_a_file(
    ask: Ask, file: Path, tmp_path: Path
) -> None:
    file.write_bytes(pskc(token(1), lock=Lock(passphrase=PASSPHRASE)))
    secret = tmp_path / "secret.txt"
    secret.write_text(f"{PASSPHRASE}\n", encoding="utf-8")

    without = ask("import", str(file))
    with_it = ask("import", str(file), "--passphrase-file", str(secret))

    assert without[0] == REFUSED
    assert without[1]["refused"] == "seeds.passphrase-needed"
    assert with_it[0] == DONE


def test_a_delivery_is_not_taken_twice(ask: Ask, file: Path) -> None:
    ask("import", str(file))

    code, refusal = ask("import", str(file))

    assert code == REFUSED
    assert refusal["refused"] == "key.already-known"
    assert Key.objects.count() == 3


def test_wrong_lines_are_told(ask: Ask, file: Path) -> None:
    file.write_text(f"serial;seed\n1;{'ab' * 20}\n2;!!\n", encoding="utf-8")

    code, refusal = ask("import", str(file))

    assert (code, refusal["refused"]) == (REFUSED, "seeds.wrong-lines")
    assert "ligne 3" in refusal["sentence"]


@pytest.mark.parametrize(
    "arguments", [("--state", "nonsense"), ("--kind", "nonsense"), ("--school", "0990001N")]
)
def test_a_filter_that_means_nothing_is_refused(ask: Ask, arguments: tuple[str, ...]) -> None:
    assert ask("list", *arguments)[0] == REFUSED


def test_seeds_are_encrypted_anew_and_the_older_key_may_go(ask: Ask, file: Path) -> None:
    ask("import", str(file))

    with override_settings(BASCULE_SEED_KEYS=(NEWER_KEY, SEED_KEY)):
        code, done = ask("rotate")
    with override_settings(BASCULE_SEED_KEYS=(NEWER_KEY,)):
        kept = [vault.decrypt(key.seed) for key in Key.objects.order_by("serial")]

    assert (code, done) == (DONE, {"seeds": 3})
    assert kept == [token(number).secret for number in (1, 2, 3)]


def test_what_people_read_is_in_french(
    base: Base, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = [main(["keys", *words]) for words in (["import", str(file)], ["list"], ["rotate"])]

    said = capsys.readouterr().out
    assert codes == [DONE] * 3
    assert "Clés entrées en stock : 3, de 2600000001 à 2600000003." in said
    assert "2600000003  clé OTP (à l’heure), en stock" in said
    assert "Graines chiffrées à nouveau : 3." in said
