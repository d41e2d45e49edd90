"""What people read is written with the apostrophe of print: the catalogue, refusals, labels, commands, pages.

Told by the elisions of French (`l'`, `qu'`…), in the texts of the code and in those of pages. What the code says
of itself (docstrings, comments) is English; what stands in files and registers is written as they write it.
"""

import ast
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from bascule.exchange.rules.book import RULES

SOURCES = Path(str(resources.files("bascule")))
ELISION = re.compile(
    r"(?<![a-z0-9à-ÿ'])(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|presqu|quelqu|aujourd)'(?=[a-zà-ÿœ«{]|$)",
    re.IGNORECASE,
)
#: Names and places of fictional families, as software writes them into files.
OF_FILES = {
    SOURCES / "generator" / name
    for name in (
        "adults.py",
        "distortions.py",
        "faults_of_persons.py",
        "faults_of_pupils.py",
        "faults_of_years.py",
        "names.py",
        "people.py",
        "places.py",
        "population.py",
    )
}
TEXTS = sorted(
    path
    for kind in ("*.py", "*.html", "*.txt", "*.typ")
    for path in SOURCES.rglob(kind)
    if path not in OF_FILES and "migrations" not in path.parts
)


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """Give the texts of a file that may be shown, each with its line."""
    content = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from enumerate(content.splitlines(), 1)
        return
    tree = ast.parse(content)
    said_of_code = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and node not in said_of_code:
            yield node.lineno, node.value


def straight(text: str) -> bool:
    return ELISION.search(text) is not None


@pytest.mark.parametrize(
    "text", ["L'élève", "jusqu'au", "aujourd'hui", "d'abord", "l'« import »", "n'a", "l'"]
)
def test_a_straight_apostrophe_is_seen(text: str) -> None:
    assert straight(text)


@pytest.mark.parametrize("text", ["L’élève", "the school's own", "uai = 'x'", "it doesn't", "l"])
def test_what_is_not_french_or_is_well_written_is_left_alone(text: str) -> None:
    assert not straight(text)


def test_no_text_that_people_read_has_a_straight_apostrophe() -> None:
    found = [
        f"{path.relative_to(SOURCES)}:{line}: {text.strip()[:80]}"
        for path in TEXTS
        for line, text in texts_of(path)
        if straight(text)
    ]

    assert found == []


def test_the_catalogue_of_findings_has_none() -> None:
    said = [text for rule in RULES for text in (rule.title, rule.remedy, rule.effect.label)]

    assert [text for text in said if straight(text)] == []
