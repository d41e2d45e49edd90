"""Which refusals the REST interface can give: what its routes name, and what that names in turn.

Read from the code: each top-level definition of the program is followed to those that it names, so what comes out
is at least what can be raised.
"""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path

_SOURCE = Path(str(resources.files("bascule")))
#: A definition: its module and its name.
_Place = tuple[str, str]


@cache
def reached() -> frozenset[_Place]:
    """Give every definition of the program that the routes reach, by module and name."""
    modules = {name: _Module(name, path) for name, path in _modules()}
    waiting = [
        (name, one)
        for name, module in modules.items()
        if name.startswith("bascule.api")
        for one in module.defined
    ]
    found: set[_Place] = set()
    while waiting:
        place = waiting.pop()
        if place in found:
            continue
        found.add(place)
        module = modules[place[0]]
        for node in module.defined[place[1]]:
            waiting += [named for named in module.names_in(node, modules) if named not in found]
    return frozenset(found)


class _Module:
    """A module: what it defines, and where the names that it imports come from."""

    def __init__(self, name: str, path: Path) -> None:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        self.name = name
        self.defined: dict[str, list[ast.AST]] = {}
        self.imported: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                source = node.module or package
                for alias in node.names:
                    self.imported[alias.asname or alias.name] = f"{source}.{alias.name}"
        for node in tree.body:
            for one in _names_of(node):
                self.defined.setdefault(one, []).append(node)

    def names_in(self, node: ast.AST, modules: "dict[str, _Module]") -> Iterator[_Place]:
        for one in ast.walk(node):
            if isinstance(one, ast.Name):
                yield from self._resolve(one.id, modules)
            elif isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
                whole = self.imported.get(one.value.id, "")
                if whole in modules and one.attr in modules[whole].defined:
                    yield whole, one.attr

    def _resolve(self, name: str, modules: "dict[str, _Module]") -> Iterator[_Place]:
        if name in self.defined:
            yield self.name, name
        elif name in self.imported:
            where, _, what = self.imported[name].rpartition(".")
            while where in modules and what not in modules[where].defined:
                # Handed on by a package.
                where, _, what = modules[where].imported.get(what, "").rpartition(".")
            if where in modules:
                yield where, what


def _modules() -> Iterator[tuple[str, Path]]:
    for path in _SOURCE.rglob("*.py"):
        if "migrations" not in path.parts:
            parts = path.relative_to(_SOURCE.parent).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def _names_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            for one in ast.walk(target):
                if isinstance(one, ast.Name):
                    yield one.id
