"""The commands of the pages for those who call, as they are written, in a clean folder, before one sandbox."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.serving import PATIENCE, wait_until

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
#: Gives what commands print; they must end well.
Run = Callable[[str], str]


def blocks(page: str) -> list[str]:
    """Give what a page has one type, or keep in a program, in order."""
    text = (HOWTO / page).read_text("utf-8")
    return re.findall(r"^```(?:sh|python)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@contextmanager
def two_terminals(home: Path, opening: str) -> Iterator[Run]:
    """Type what opens the sandbox in one terminal, which ends by Ctrl-C; give the other."""
    home.mkdir()
    told = home / "sandbox.txt"
    where: dict[str, Any] = {
        "cwd": home,
        "env": {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": os.environ["PYTHONPATH"],
            "HOME": str(home),
        },
        "text": True,
    }

    def run(text: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own commands
            ["bash", "-euc", text],  # noqa: S607
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            **where,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return str(done.stdout)

    with told.open("w") as said:
        sandbox = subprocess.Popen(  # noqa: S603 - our own command
            ["bash", "-euc", f"exec {opening}"],  # noqa: S607
            stdout=said,
            stderr=said,
            **where,
        )
    try:
        wait_until(lambda: "Ctrl-C" in told.read_text("utf-8") or sandbox.poll() is not None)
        assert sandbox.poll() is None, told.read_text("utf-8")
        yield run
    finally:
        sandbox.send_signal(signal.SIGINT)
        assert sandbox.wait(PATIENCE) == 0


@pytest.mark.slow
def test_the_commands_of_the_callers_pages_do_what_they_say(home: Path) -> None:
    opening, *calls = blocks("call-the-api.md")

    with two_terminals(home, opening) as run:
        see_calls(run("\n".join(calls)))
        see_presses(run, home)


def see_calls(printed: str) -> None:
    """See what the calls of the first page answered, one behind the other."""
    found, decoder = list[dict[str, Any]](), json.JSONDecoder()
    while printed := printed.lstrip():
        one, end = decoder.raw_decode(printed)
        found.append(one)
        printed = printed[end:]
    me, none, sent, applied, notes, second, planned, confirmed, *others = found
    exported, groups, placed, pupils = others

    assert (me["school"]["uai"], none) == ("0990001N", {"imports": []})
    assert (sent["run"], applied["run"], applied["state"]) == (1, 1, "applied")
    # A file that is not named as it should be, and nothing else.
    assert {one["code"] for one in notes["findings"]} == {"INF_FICHI_A_02"}
    assert (second["run"], planned["state"]) == (2, "planned")
    assert (confirmed["state"], confirmed["counts"]["pupils_created"]) == ("applied", 1)
    assert [one["kind"] for one in exported["files"]] == ["eleves"]
    assert (groups["flow"], placed["state"]) == ("groups", "applied")
    assert len(pupils["pupils"]) == applied["counts"]["pupils_created"] + 1
    assert any(one["groups"] for one in pupils["pupils"])


def see_presses(run: Run, home: Path) -> None:
    """See what an office's presses say, and what the library does."""
    office, library = blocks("press-a-button.md")
    pressed, again = run(office), run(office.splitlines()[-1])
    (home / "essai.py").write_text(library, encoding="utf-8")

    assert "1 ajoutés, 23 inchangés" in pressed
    assert "Nom de fichier qui n’a pas la forme officielle." in pressed
    assert "5 fichiers écrits" in pressed
    assert len([*(home / "reception").iterdir()]) == 5
    assert "Rien de nouveau à envoyer." in again
    assert run("python3 essai.py").startswith("applied https://127.0.0.1:")
