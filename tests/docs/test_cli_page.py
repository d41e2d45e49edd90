from pathlib import Path
from typing import Any

import pytest
from tests.docs.cli_page import commands, page, parameters

from bascule.config.main import COMMANDS, main

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
#: Django's own: it passes `--help` on.
DJANGOS = "bascule manage"
ALL = dict(commands())
OURS = {name: command for name, command in ALL.items() if name != DJANGOS}
#: What typer says in English when nobody says it in French.
ENGLISH = ("Show this message", "[required]", "[default", "─ Commands", "[env var", "Aborted")


def test_the_page_is_what_the_commands_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "write it again: python -m tests.docs.cli_page > docs/cli.md"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_on_the_page(name: str) -> None:
    assert f"\n## `bascule {name}`\n" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", OURS)
def test_each_command_helps_in_french(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main([*name.split()[1:], "--help"])

    said = capsys.readouterr().out
    assert code == 0
    assert "Affiche cette aide." in said
    assert [word for word in ENGLISH if word in said] == []


@pytest.mark.parametrize(("name", "command"), OURS.items(), ids=OURS)
def test_each_command_says_what_it_does(name: str, command: Any) -> None:
    assert command.help.endswith((".", ")"))
    assert "Args:" not in command.help


@pytest.mark.parametrize(("name", "command"), OURS.items(), ids=OURS)
def test_each_command_that_prints_has_a_form_for_programs(name: str, command: Any) -> None:
    assert "--json" in {option for parameter in parameters(command) for option in parameter.opts}


@pytest.mark.parametrize("name", OURS)
def test_each_argument_and_option_is_explained(name: str) -> None:
    silent = [parameter.name for parameter in parameters(OURS[name]) if not parameter.help]

    assert silent == []
