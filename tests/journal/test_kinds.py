"""Every kind that the program writes into the journal has its French words."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path

from bascule.journal.kinds import ACCESSES, ACTS, choices, words

SOURCES = Path(str(resources.files("bascule")))
#: Verbs that write a line of the journal, by the argument that names its kind.
WRITERS = {"act", "note"}


def names_of(tree: ast.Module) -> dict[str, str]:
    """Give the texts that a module's constants name."""
    found: dict[str, str] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            pairs = (
                zip(target.elts, getattr(node.value, "elts", []), strict=False)
                if isinstance(target, ast.Tuple)
                else [(target, node.value)]
            )
            found |= {
                name.id: value.value
                for name, value in pairs
                if isinstance(name, ast.Name)
                and isinstance(value, ast.Constant)
                and isinstance(value.value, str)
            }
    return found


@cache
def kinds_written() -> frozenset[tuple[str, str]]:
    """Give each kind that the code names, with the verb that writes it."""
    return frozenset(_kinds_written())


def _kinds_written() -> Iterator[tuple[str, str]]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES.rglob("*.py")]
    constants = {name: value for tree in trees for name, value in names_of(tree).items()}
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    for call in calls:
        verb = getattr(call.func, "attr", getattr(call.func, "id", ""))
        given = [word.value for word in call.keywords if word.arg == "kind"]
        pieces = ast.walk(given[0]) if given and verb in WRITERS else ()
        yield from ((verb, text) for piece in pieces if (text := text_of(piece, constants)))


def text_of(piece: ast.AST, constants: dict[str, str]) -> str:
    if isinstance(piece, ast.Constant) and isinstance(piece.value, str):
        return piece.value
    return constants.get(piece.id, "") if isinstance(piece, ast.Name) else ""


def test_each_act_has_words() -> None:
    written = {kind for verb, kind in kinds_written() if verb == "act"}

    assert "import.apply" in written
    assert written <= set(ACTS)


def test_each_access_has_words() -> None:
    written = {kind for verb, kind in kinds_written() if verb == "note"}

    assert "door.closed" in written
    assert written <= set(ACCESSES)


def test_a_kind_without_words_is_shown_by_its_code() -> None:
    assert words("new.kind") == "new.kind"


def test_words_are_chosen_from_in_their_order() -> None:
    assert choices(["right.withdraw", "right.give"]) == [
        ("right.give", "droit donné"),
        ("right.withdraw", "droit retiré"),
    ]
