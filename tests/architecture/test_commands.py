"""Each word of `bascule` has a module behind it, and each module of commands a word."""

import importlib
import inspect
from importlib import resources
from pathlib import Path

import pytest
import typer

from bascule.config.main import COMMANDS

FOLDER = Path(str(resources.files("bascule.cli")))


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_exists(name: str) -> None:
    entry = COMMANDS[name]

    found = getattr(importlib.import_module(entry.module), entry.attribute)

    assert isinstance(found, typer.Typer) or inspect.isfunction(found)
    assert entry.help.endswith(".")


def test_each_module_of_commands_can_be_typed() -> None:
    named = {entry.module for entry in COMMANDS.values()}
    texts = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py")}

    for name, text in texts.items():
        # A command, or words that another module puts under one of its own.
        module, is_put_under = f"bascule.cli.{name}", f"add_typer({name}.app"
        is_named = module in named or any(is_put_under in other for other in texts.values())
        assert "typer.Typer(" not in text or is_named, module
