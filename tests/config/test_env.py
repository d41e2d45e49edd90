from collections.abc import Callable
from pathlib import Path

import pytest

from bascule.config import env

NAME = "BASCULE_TRIAL"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    monkeypatch.delenv(f"{NAME}_FILE", raising=False)


@pytest.mark.parametrize("read", [env.text, env.integer, env.secret])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_variable_without_default_that_is_not_set_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[str], object], value: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv(NAME, value)

    with pytest.raises(env.MissingSettingError) as refusal:
        read(NAME)

    assert refusal.value.name == NAME
    assert NAME in refusal.value.sentence


def test_what_is_not_set_takes_its_default() -> None:
    read = (
        env.text(NAME, default="here"),
        env.integer(NAME, default=0),
        env.secret(NAME, default=""),
        env.flag(NAME, default=True),
        env.flag(NAME, default=False),
        env.time_zone(NAME, default="Europe/Paris"),
    )

    assert read == ("here", 0, "", True, False, "Europe/Paris")


def test_blanks_around_a_value_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, " 12 ")

    assert (env.text(NAME), env.integer(NAME), env.secret(NAME)) == ("12", 12, "12")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("oui", True), ("TRUE", True), ("1", True), ("non", False), ("0", False)],
)
def test_a_flag_reads_yes_and_no(
    monkeypatch: pytest.MonkeyPatch, value: str, *, expected: bool
) -> None:
    monkeypatch.setenv(NAME, value)

    assert env.flag(NAME, default=not expected) is expected


@pytest.mark.parametrize(
    "read",
    [
        lambda: env.flag(NAME, default=True),
        lambda: env.integer(NAME, default=1),
        lambda: env.time_zone(NAME, default="UTC"),
    ],
    ids=["flag", "integer", "time zone"],
)
@pytest.mark.parametrize("value", ["1.5", "peut-être", "../../etc/passwd"])
def test_an_impossible_value_is_refused_by_name_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], value: str
) -> None:
    monkeypatch.setenv(NAME, value)

    with pytest.raises(env.InvalidSettingError) as refusal:
        read()

    assert NAME in refusal.value.sentence
    assert value not in refusal.value.sentence


def test_a_secret_is_read_from_the_file_that_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "key"))

    assert env.secret(NAME) == "from the file"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe\x00"])
def test_a_file_without_a_secret_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "key"))

    with pytest.raises(env.InvalidSettingError) as refusal:
        env.secret(NAME, default="")

    assert refusal.value.name == f"{NAME}_FILE"


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("one")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "key"))
    monkeypatch.setenv(NAME, "another")

    with pytest.raises(env.InvalidSettingError):
        env.secret(NAME)


def test_the_home_is_absolute_wherever_one_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BASCULE_HOME", raising=False)

    assert env.home() == tmp_path / "var"
