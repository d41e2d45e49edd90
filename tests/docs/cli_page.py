"""Write `docs/cli.md` from the commands themselves.

python -m tests.docs.cli_page > docs/cli.md
"""

import enum
import os
import sys
from collections.abc import Iterator
from typing import Any

from bascule.config.main import COMMANDS, Entry, _load

_HEAD = """\
# The `bascule` command

Generated from the commands: `python -m tests.docs.cli_page > docs/cli.md` (with `src` on the path).
The sentences are those of `bascule COMMAND --help`; what a person reads is in French.

Exit codes: 0 done, 1 fault, 2 refused, 130 interrupted. A refusal is one sentence, and nothing was written.
With `--json`, the result, the refusal or the fault is one JSON value on the standard output.
"""


def page() -> str:
    """Give the page, ready to be written."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bascule.config.settings")
    parts = [_HEAD, *(_command(name, entry) for name, entry in COMMANDS.items())]
    return "\n".join(parts)


def commands() -> Iterator[tuple[str, Any]]:
    """Give each command that can be typed, sub-commands included, with its full name."""
    for name, entry in COMMANDS.items():
        yield from _family(f"bascule {name}", _load(entry))


def parameters(command: Any) -> list[Any]:
    """Give the arguments and options of a command, but for `--help`."""
    return [parameter for parameter in command.params if parameter.name != "help"]


def _family(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if not inner:
        yield name, command
        return
    for own_name, child in inner.items():
        yield from _family(f"{name} {own_name}", child)


def _command(name: str, entry: Entry) -> str:
    family = dict(_family(f"bascule {name}", _load(entry)))
    lines = [f"## `bascule {name}`", "", entry.help, ""]
    for full_name, command in family.items():
        if len(family) > 1:
            lines += [f"### `{full_name}`", ""]
        if command.help and command.help != entry.help:
            lines += [command.help, ""]
        lines += ["```", _usage(full_name, command), "```", ""]
        lines += _table(command)
    return "\n".join(lines)


def _usage(name: str, command: Any) -> str:
    words = [name]
    for parameter in parameters(command):
        word = _word(parameter)
        words.append(word if parameter.required else f"[{word}]")
    if command.context_settings.get("allow_extra_args"):
        words.append("…")
    return " ".join(words)


def _word(parameter: Any) -> str:
    is_option = parameter.opts[0].startswith("-")
    value = (parameter.metavar or parameter.name.upper()).strip("[]…")
    if isinstance(parameter.default, enum.Enum):
        value = "|".join(choice.value for choice in type(parameter.default))
    if not is_option:
        return f"{value}…" if parameter.nargs == -1 else value
    longest = max(parameter.opts, key=len)
    if parameter.is_flag:
        return longest
    return f"{longest} {value}{'…' if parameter.multiple else ''}"


def _table(command: Any) -> list[str]:
    rows = []
    for parameter in parameters(command):
        names = ", ".join(sorted(parameter.opts, key=len)) if parameter.opts[0][0] == "-" else ""
        shown = f"`{names or _word(parameter)}`"
        default = parameter.default
        said = default.value if isinstance(default, enum.Enum) else default
        added = f" *(défaut : {said})*" if said not in {None, False, ""} and said != () else ""
        rows.append(f"| {shown} | {parameter.help or ''}{added} |")
    return ["| | |", "|---|---|", *rows, ""] if rows else []


if __name__ == "__main__":
    sys.stdout.write(page())
