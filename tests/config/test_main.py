import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest
import typer
from tests.bases import SECRET_KEY, Base

from bascule.config import main as entry
from bascule.errors import RefusedError, TransientError
from bascule.store import embedded

RUN = "import sys; from bascule.config.main import main; sys.exit(main())"
PLAYED = "played_commands"


class NotTodayError(RefusedError):
    code: ClassVar[str] = "not-today"


def refuse(*, as_json: bool = typer.Option(False, "--json")) -> None:  # noqa: FBT003
    raise NotTodayError("Revenez demain.")


def fail(*, as_json: bool = typer.Option(False, "--json")) -> None:  # noqa: FBT003
    pupil = "ZZCANARI"
    raise ValueError(pupil)


def wait() -> None:
    raise TransientError("Réessayez dans un instant.")


def interrupt() -> None:
    raise KeyboardInterrupt


def answer(number: int = typer.Option(), name: str = typer.Argument()) -> None:
    typer.echo(f"{name} {number}")


@pytest.fixture(autouse=True)
def played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Put commands of our own in the table, and a home under them."""
    module = ModuleType(PLAYED)
    for command in (refuse, fail, wait, interrupt, answer):
        setattr(module, command.__name__, command)
        place = entry.Entry(PLAYED, command.__name__, "Pour essai.", needs_django=False)
        monkeypatch.setitem(entry.COMMANDS, command.__name__, place)
    monkeypatch.setitem(sys.modules, PLAYED, module)
    monkeypatch.setenv("BASCULE_HOME", str(tmp_path / "home"))
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def start(*arguments: str, **variables: str) -> "subprocess.Popen[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BASCULE_")}
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", RUN, *arguments],
        env={**clean, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A suite run in the background ignores interruptions, and what it starts inherits that.
        preexec_fn=_hear_interruptions,  # noqa: PLW1509 - no thread is started before
    )


def _hear_interruptions() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_the_overview_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code = entry.main(["--help"])

    said = capsys.readouterr().out
    assert code == entry.DONE
    assert [name for name in entry.COMMANDS if f"\n  {name} " not in said] == []


def test_nothing_asked_shows_the_overview_and_does_not_pass_for_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = entry.main([])

    assert code == entry.REFUSED
    assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["check", "no-such-file"]])
def test_neither_django_nor_the_driver_is_imported_to_help_or_to_check(
    arguments: list[str],
) -> None:
    script = (
        "import sys; from bascule.config.main import main; main(sys.argv[1:]);"
        "sys.exit(bool({'django', 'psycopg'} & set(sys.modules)))"
    )

    run = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script, *arguments], check=False, capture_output=True
    )

    assert run.returncode == 0


def test_a_command_that_does_its_work_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    code = entry.main(["answer", "all", "--number", "42"])

    assert code == entry.DONE
    assert capsys.readouterr().out == "all 42\n"


def test_a_misspelt_command_is_refused_with_the_nearest_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = entry.main(["imprt"])

    assert code == entry.REFUSED
    assert "« import »" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["answer", "all"], "--number manque."),
        (["answer", "--number", "1"], "NAME manque."),
        (["answer", "all", "--number", "x"], "--number attend un nombre entier."),
        (["answer", "all", "--nombre", "1"], "L’option --nombre n’existe pas."),
        (["answer", "all", "--number"], "L’option --number n’est pas suivie de ce qu’elle attend."),
        (["answer", "a", "b", "--number", "1"], "La commande n’est pas écrite comme attendu."),
    ],
)
def test_a_misused_command_is_refused_in_french(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    code = entry.main(arguments)

    assert code == entry.REFUSED
    assert capsys.readouterr().err == f"{said} « bascule answer --help » l’explique.\n"


def test_a_refusal_is_a_sentence_on_the_error_output(capsys: pytest.CaptureFixture[str]) -> None:
    code = entry.main(["refuse"])

    said = capsys.readouterr()
    assert code == entry.REFUSED
    assert (said.out, said.err) == ("", "Revenez demain.\n")


def test_a_refusal_is_an_object_when_json_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    code = entry.main(["refuse", "--json"])

    said = json.loads(capsys.readouterr().out)
    assert code == entry.REFUSED
    assert said == {"refused": "not-today", "sentence": "Revenez demain."}


def test_a_fault_gives_a_reference_and_keeps_its_place_without_its_message(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = entry.main(["fail"])

    said = capsys.readouterr()
    (trace,) = (tmp_path / "home" / "log").iterdir()
    assert code == entry.FAULT
    assert f"référence {trace.stem} " in said.err
    assert "Traceback" not in said.err
    assert "in fail" in trace.read_text()
    assert "builtins.ValueError" in trace.read_text()
    assert "ZZCANARI" not in trace.read_text().replace('pupil = "ZZCANARI"', "")
    assert trace.stat().st_mode & 0o777 == 0o600


def test_a_fault_is_an_object_when_json_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    code = entry.main(["fail", "--json"])

    said = json.loads(capsys.readouterr().out)
    assert code == entry.FAULT
    assert said["fault"] in said["sentence"]


def test_a_fault_that_may_pass_says_so_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    code = entry.main(["wait"])

    assert code == entry.FAULT
    assert capsys.readouterr().err == "Réessayez dans un instant.\n"


def test_an_interrupt_ends_with_130_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    code = entry.main(["interrupt"])

    said = capsys.readouterr()
    assert code == entry.INTERRUPTED
    assert (said.out, said.err) == ("", "")


def test_the_help_of_a_command_is_in_french(capsys: pytest.CaptureFixture[str]) -> None:
    code = entry.main(["answer", "--help"])

    said = capsys.readouterr().out
    assert code == entry.DONE
    assert "Pour essai." in said
    assert "[obligatoire]" in said
    assert "Show this message" not in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, entry.TERMINATED), (signal.SIGINT, entry.INTERRUPTED)]
)
def test_a_stopped_command_stops_its_server(home: Path, number: int, code: int) -> None:
    sleeping = "import time; print('up', flush=True); time.sleep(60)"
    with start(
        "manage", "shell", "--no-imports", "-c", sleeping, BASCULE_HOME=str(home)
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "up\n"

        process.send_signal(number)
        _, said = process.communicate(timeout=30)

    assert process.returncode == code
    assert said == ""
    assert not list(embedded.socket_folder(home).iterdir())


@pytest.mark.slow
def test_migrate_brings_an_outside_base_up_to_date(
    base: Base, base_environment: dict[str, str]
) -> None:
    with base.look() as administrator:
        administrator.execute("DROP SCHEMA public CASCADE")
        administrator.execute("CREATE SCHEMA public AUTHORIZATION pg_database_owner")

    said = [start("migrate", "--json", **base_environment).communicate()[0] for _ in range(2)]

    first, second = (json.loads(text)["applied"] for text in said)
    assert first
    assert second == []


@pytest.mark.parametrize(
    ("missing", "code", "reason"),
    [
        ("BASCULE_OWNER_DATABASE_URL", entry.REFUSED, "owner-missing"),
        ("BASCULE_SECRET_KEY", entry.REFUSED, "setting-missing"),
    ],
)
def test_migrate_refuses_by_name_what_is_not_set(
    base_environment: dict[str, str], missing: str, code: int, reason: str
) -> None:
    del base_environment[missing]

    process = start("migrate", "--json", **base_environment)
    said = json.loads(process.communicate()[0])

    assert process.returncode == code
    assert said["refused"] == reason
    assert missing in said["sentence"]


def test_an_unreachable_base_is_told_in_a_sentence(tmp_path: Path) -> None:
    started = time.monotonic()
    address = f"postgresql://someone@/base?host={tmp_path}"
    process = start(
        "migrate",
        BASCULE_DATABASE_URL=address,
        BASCULE_OWNER_DATABASE_URL=address,
        BASCULE_SECRET_KEY=SECRET_KEY,
    )
    _, said = process.communicate()

    assert process.returncode == entry.FAULT
    assert said.startswith("La base de données ne répond pas")
    assert time.monotonic() - started < 30
