import ast
import re
from importlib import resources
from pathlib import Path

from bascule.config import env

SOURCES = Path(str(resources.files("bascule")))
PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
READERS = {"text", "flag", "folder", "integer", "secret", "time_zone"}
#: The only module that looks into the environment; and the one that names Django's settings for it.
#: The kit reads nothing there: it empties it before its sandbox opens.
ALLOWED = {"config/env.py", "config/main.py", "cli/kit.py"}


def read_variables() -> dict[str, str]:
    """Give the variables that the program reads, each with its reader."""
    found: dict[str, str] = {}
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            given = node.args[0]
            if (
                name in READERS
                and isinstance(given, ast.Constant)
                and str(given.value).startswith("BASCULE_")
            ):
                found[str(given.value)] = name
    return found


def rows() -> dict[str, str]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    matches = (re.fullmatch(r"\| `(BASCULE_\w+)` \| (.*) \| .+ \|", line) for line in lines)
    return {match[1]: match[2] for match in matches if match}


def test_each_setting_that_is_read_is_on_the_page_and_no_other() -> None:
    assert set(rows()) == set(read_variables())


def test_the_page_says_which_settings_are_secrets() -> None:
    secrets = {name for name, reader in read_variables().items() if reader == "secret"}

    assert {name for name, said in rows().items() if said.startswith("*secret*")} == secrets


def test_all_readers_are_known_here() -> None:
    # Those that take the name of a variable; another one would hide settings from this page.
    public = {
        name
        for name, found in vars(env).items()
        if callable(found) and getattr(found, "__module__", "") == env.__name__ and name.islower()
    }

    assert public == READERS | {"home"}


def test_the_environment_is_read_in_one_place() -> None:
    readers = {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if re.search(r"os\.environ|getenv", path.read_text(encoding="utf-8"))
    }

    assert readers <= ALLOWED
