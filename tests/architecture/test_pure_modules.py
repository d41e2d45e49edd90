"""Pure modules decide, and know no framework: whatever their imports import, they are imported alone."""

import json
import pkgutil
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

import pytest

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
SOURCES = Path(str(resources.files("bascule")))
#: What a pure module may not bring along; a clock and a network have no name that one could look for.
FRAMEWORKS = ("django", "ninja", "procrastinate", "psycopg", "socket")

#: Import each module in turn, and tell which frameworks came with the first that brought any.
_PROGRAM = """
import importlib, json, sys
frameworks, names = json.loads(sys.argv[1])
for name in names:
    importlib.import_module(name)
    found = [framework for framework in frameworks if framework in sys.modules]
    if found:
        sys.exit(f"{name} brings {found}")
print(len(names))
"""


def pure_modules() -> list[str]:
    """Give every module under what the import linter is told is pure."""
    linter = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["importlinter"]
    contract = next(c for c in linter["contracts"] if c["name"].startswith("Pure modules"))
    found: set[str] = set()
    for name in contract["source_modules"]:
        found.add(name)
        folder = SOURCES.joinpath(*name.split(".")[1:])
        walked = pkgutil.walk_packages([str(folder)], prefix=f"{name}.")
        found |= {module.name for module in walked}
    return sorted(found)


def imported_alone(names: list[str], frameworks: tuple[str, ...]) -> str:
    run = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _PROGRAM, json.dumps([frameworks, names])],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return run.stdout.strip() if run.returncode == 0 else run.stderr.strip()


def test_the_rules_and_the_formats_are_among_the_pure() -> None:
    names = pure_modules()

    assert "bascule.exchange.rules.guardians" in names
    assert "bascule.formats.envelope" in names
    assert "bascule.exchange.import_pipeline.plan" in names


def test_no_pure_module_brings_a_framework_along() -> None:
    names = pure_modules()

    # Sheets of corrected lines are written by a library that knows of the network and is not asked for it.
    assert imported_alone(names, FRAMEWORKS[:-1]) == str(len(names))


@pytest.mark.parametrize(
    "name", ["bascule.values.ine", "bascule.findings", "bascule.exchange.rules.book"]
)
def test_what_decides_does_not_even_know_of_the_network(name: str) -> None:
    assert imported_alone([name], FRAMEWORKS) == "1"


def test_a_module_that_brings_a_framework_is_found() -> None:
    assert imported_alone(
        ["bascule.values.uai", "bascule.store.locks"], FRAMEWORKS[:-1]
    ).startswith("bascule.store.locks brings")


@pytest.mark.parametrize("layer", ["errors.py", "findings.py", "values", "formats"])
def test_the_lowest_layers_do_not_read_the_clock(layer: str) -> None:
    paths = SOURCES.joinpath(layer)
    files = [paths] if paths.is_file() else list(paths.rglob("*.py"))

    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert ".now(" not in text, path
        assert ".today(" not in text, path
        assert "import time" not in text, path
