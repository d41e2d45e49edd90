"""Write `docs/messages.md`: every refusal and guard that a person may meet, read from the code itself.

    python -m tests.docs.refusals_page > docs/messages.md

A refusal says in one text what happened, why, and what to do: where the sentence is made is where it is
read, so the page cannot say something else than the program. What is filled in is shown as `…`.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path

from bascule.exchange.rules.book import RULES

SOURCE = Path(str(resources.files("bascule")))
FILLED = "…"
#: Packages whose refusals are for whoever runs the program, or writes software: no school reads them.
OF_OPERATORS = ("api", "cli", "config", "generator", "kit", "ops", "store")
_ROOTS = ("bascule.errors.RefusedError", "bascule.errors.NotThereError")

#: What tells somebody what to do: an imperative, or who does it.
_NO_ORDER = (
    "avez",
    "aurez",
    "assez",
    "chez",
    "pouvez",
    "devez",
    "savez",
    "voulez",
    "serez",
    "allez",
    "pourrez",
)
_IMPERATIVE = re.compile(rf"\b(?!(?:{'|'.join(_NO_ORDER)})\b)[a-zà-ÿ]+ez\b", re.IGNORECASE)
_ORDERS = re.compile(
    r"\b(?:Dites|Faites|faites|Refaites|refaites|rien à|rien de nouveau|seul le rectorat|doit d’abord"
    r"|un seul|[Vv]ous pouvez|qui est attendu ici|Rien n’est à|l’active d’abord|y répond)\b",
)
_WORDS = re.compile(r"[A-Za-zÀ-ÿ’]{2,}")

_HEAD = """\
# What people are told

<!-- Written by `python -m tests.docs.refusals_page > docs/messages.md`. Do not edit: change the sentence. -->

Every refusal has a stable code, shown with its sentence on pages, by commands and by the REST interface; the help desk
asks for it. The sentence says what happened and why, then what to do. `…` stands for what is filled in.
The findings of imports, each with its remedy, are in [findings](findings.md).
"""

_GUARDS = """\
A guard holds an import that was read, and nothing is written: whoever may looks,
then confirms or gives it up (`run.held`).
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal of the program.

    Attributes:
        module: the module that declares it.
        name: of its class.
        code: stable code.
        sentences: what it says, in each of its forms.
        is_not_there: whether a page says "not found" instead, with what to do.
    """

    module: str
    name: str
    code: str
    sentences: tuple[str, ...]
    is_not_there: bool = False

    @property
    def is_of_operators(self) -> bool:
        """Tell whether no school reads it."""
        return self.module.split(".")[1] in OF_OPERATORS


@dataclass
class _Class:
    node: ast.ClassDef
    module: str
    bases: tuple[str, ...]
    said: list[str] = field(default_factory=list)


@cache
def refusals() -> tuple[Refusal, ...]:
    """Read every refusal, by code.

    Returns:
        tuple[Refusal, ...]: those that are raised; what only others derive from says nothing.
    """
    classes = {name: one for name, one in _classes() if name not in _ROOTS}
    found = []
    for name, one in classes.items():
        if not _comes_from(name, classes, _ROOTS):
            continue
        own = _of_class(one.node)
        # What whoever raises it says, where the class hands it on as it is.
        said = one.said if own is None else own
        sentences = tuple(dict.fromkeys(filter(_is_sentence, said)))
        is_not_there = _comes_from(name, classes, _ROOTS[1:])
        found.append(
            Refusal(one.module, one.node.name, _code(name, classes), sentences, is_not_there)
        )
    return tuple(sorted(found, key=lambda one: (one.code, one.name)))


def is_whole(sentence: str) -> bool:
    """Tell whether a text is a sentence that can be judged: not a piece of one, nor one whose end is filled in."""
    return sentence[0].isupper() and not sentence.rstrip(" .").endswith(FILLED)


def has_order(sentence: str) -> bool:
    """Tell whether a sentence says what to do."""
    return bool(_IMPERATIVE.search(sentence) or _ORDERS.search(sentence))


def statement_of(sentence: str) -> str:
    """Give what a sentence says before it says what to do: what happened, and why."""
    clauses = re.split(r"(?<=[.:;,])\s", sentence)
    said = [clause for clause in clauses if not has_order(clause)]
    return " ".join(said)


def _classes() -> Iterator[tuple[str, _Class]]:
    """Give every class of errors by its module and name: two modules may have one of the same name."""
    found: dict[str, _Class] = {}
    made: list[tuple[str, ast.Call]] = []
    for path in sorted(SOURCE.rglob("*.py")):
        made += _read(path, found)
    for name, call in made:
        if name in found:
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            found[name].said += [text for one in given for text in _texts(one, {})]
    yield from found.items()


def _read(path: Path, found: dict[str, _Class]) -> Iterator[tuple[str, ast.Call]]:
    """Read the classes of errors of a module, and give what makes one, of whichever module."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    module = ".".join(("bascule", *parts)).removesuffix(".__init__")
    names: dict[str, str] = {}
    declared: list[ast.ClassDef] = []
    calls: list[tuple[str, ast.Call]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.ImportFrom():
                names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
            case ast.ClassDef() if node.name.endswith("Error"):
                declared.append(node)
            case ast.Call() if (name := _dotted(node.func)).endswith("Error"):
                calls.append((name, node))
    names |= {node.name: f"{module}.{node.name}" for node in declared}
    for node in declared:
        bases = tuple(_whole(_dotted(base), names) for base in node.bases)
        found[names[node.name]] = _Class(node, module, bases)
    return ((_whole(name, names), call) for name, call in calls)


def _dotted(node: ast.expr) -> str:
    """Give a name as it is written; a blank for what is more than a name."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute(value=ast.Name(id=above)):
            return f"{above}.{node.attr}"
    return ""


def _whole(name: str, names: Mapping[str, str]) -> str:
    first, dot, rest = name.partition(".")
    return f"{names.get(first, first)}{dot}{rest}"


def _comes_from(name: str, classes: Mapping[str, _Class], roots: tuple[str, ...]) -> bool:
    if name in roots:
        return True
    bases = classes[name].bases if name in classes else ()
    return any(_comes_from(base, classes, roots) for base in bases)


def _code(name: str, classes: Mapping[str, _Class]) -> str:
    for statement in classes[name].node.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "code":
            return str(ast.literal_eval(statement.value))
    return next(
        (_code(base, classes) for base in classes[name].bases if base in classes), "refused"
    )


def _of_class(node: ast.ClassDef) -> list[str] | None:
    """Give what a class gives to the one above; None where it hands on what it was given."""
    made = next(
        (one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"),
        None,
    )
    if made is None:
        return None
    known: dict[str, list[str]] = {}
    given: list[ast.expr] = []
    for one in ast.walk(made):
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
            known.setdefault(one.targets[0].id, []).extend(_texts(one.value, known))
        if isinstance(one, ast.Call) and ast.unparse(one.func) == "super().__init__":
            given += [*one.args, *(keyword.value for keyword in one.keywords)]
    is_handed_on = any(
        isinstance(one, ast.Name) and one.id not in known and "sentence" in one.id for one in given
    )
    return None if is_handed_on else [text for one in given for text in _texts(one, known)]


def _texts(node: ast.AST, known: Mapping[str, list[str]]) -> list[str]:
    """Give the texts that an expression may make."""
    match node:
        case ast.Constant(value=str(text)):
            found = [text]
        case ast.IfExp():
            found = _texts(node.body, known) + _texts(node.orelse, known)
        case ast.Name():
            found = known.get(node.id, [])
        case ast.BinOp(op=ast.Mod()):
            found = [re.sub(r"%\(\w+\)s|%s", FILLED, text) for text in _texts(node.left, known)]
        case ast.BinOp() | ast.JoinedStr():
            parts = node.values if isinstance(node, ast.JoinedStr) else [node.left, node.right]
            found = _joined(parts, known)
        case ast.FormattedValue():
            found = _texts(node.value, known)
        case ast.Call() if ast.unparse(node.func) in {"_", "gettext", "Sentence"}:
            found = _texts(node.args[0], known)
        case _:
            found = []
    return found


def _joined(parts: Sequence[ast.AST], known: Mapping[str, list[str]]) -> list[str]:
    """Give every text that parts make together; what no text is known of is filled in."""
    texts = [""]
    for part in parts:
        pieces = _texts(part, known) or [FILLED]
        texts = [text + piece for text in texts for piece in pieces]
    return texts


def _is_sentence(text: str) -> bool:
    return len(_WORDS.findall(text)) > 2


def guards() -> list[tuple[str, str]]:
    """Read what holds an import: the code of each guard and what it says.

    Returns:
        list[tuple[str, str]]: in the order of the code.
    """
    path = SOURCE / "exchange" / "import_pipeline" / "guards.py"
    return [
        (str(ast.literal_eval(node.args[0])), text)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Guard"
        for text in _texts(node.args[1], {})
    ]


def page() -> str:
    """Write the page."""
    lines = [_HEAD]
    for title, of_operators in (
        ("For schools and the authority", False),
        ("For whoever runs it", True),
    ):
        lines += [f"## {title}\n", "| code | what is said |", "|---|---|"]
        for one in refusals():
            if one.is_of_operators is of_operators and one.sentences:
                said = "<br>".join(text.replace("|", "\\|") for text in one.sentences)
                lines.append(f"| `{one.code}` | {said} |")
        lines.append("")
    lines += ["## Guards\n", _GUARDS, "| code | what is said |", "|---|---|"]
    lines += [f"| `{code}` | {sentence} |" for code, sentence in guards()]
    lines += [
        "",
        "## Findings\n",
        f"The {len(RULES)} rules of imports each say what is wrong and what to do: see [findings](findings.md).",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
