"""Write an XML exchange file from a stream of records, after its description.

The inverse of `xml_reader`. What the description does not know stops the writing: nothing is lost in silence.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Final, NamedTuple, TypeAlias

from bascule.formats.description import ANY_TAG, Block, Container, Document
from bascule.formats.record import Fields, Record

Mend: TypeAlias = Callable[[Record], Record]


class ReplacedCharacter(NamedTuple):
    """A character that the encoding lacks, written as a question mark.

    Attributes:
        tag: element of the record.
        rank: rank of the record among those of its tag in the written file, from 1.
        field: path of the leaf in the record, or of the attribute.
        character: the character that was lost.
        position: its place in the text, from 1.
    """

    tag: str
    rank: int
    field: str
    character: str
    position: int


#: Stands for what XML forbids until it is encoded: no encoding has it.
_LOST: Final = "\ud800"
_FORBIDDEN: Final = {
    place: _LOST
    for place in (*range(0x20), *range(0x80, 0xA0), 0xFFFE, 0xFFFF)
    if chr(place) not in "\t\n\r"
}
_IN_TEXT: Final = {**_FORBIDDEN, 13: "&#13;", 38: "&amp;", 60: "&lt;", 62: "&gt;"}
_IN_ATTRIBUTE: Final = {**_IN_TEXT, 9: "&#9;", 10: "&#10;", 34: "&quot;"}


class _Plan:
    """How a block is written: the strings around each child, in the official order."""

    __slots__ = ("attributes", "children", "close", "indent", "tag")

    def __init__(self, block: Block, depth: int) -> None:
        self.tag = block.tag
        self.indent = "  " * depth
        self.close = f"{self.indent}</{block.tag}>\n"
        self.attributes = [(name, f"@{name}") for name in block.attributes]
        inner = "  " * (depth + 1)
        self.children = [
            (child.tag, "", "", _Plan(child, depth + 1))
            if isinstance(child, Block)
            else (child.tag, f"{inner}<{child.tag}>", f"</{child.tag}>\n", None)
            for child in block.children
        ]


class _Step(NamedTuple):
    """One thing to do on the way through a document: enter, give a kind of record, or leave."""

    enters: Container | None = None
    gives: str = ""
    plan: _Plan | None = None


def write(
    document: Document,
    records: Iterable[Record],
    out: BinaryIO,
    encoding: str = "ISO-8859-15",
) -> list[ReplacedCharacter]:
    """Write a stream of records as a file.

    Reading what was written gives the same records.

    Args:
        document (Document): the format.
        records (Iterable[Record]): the header, then the records in the order of the containers;
            their lines and ranks are not looked at.
        out (BinaryIO): where the bytes go, as they come.
        encoding (str): encoding, as the prolog names it: one without byte order mark.

    Returns:
        list[ReplacedCharacter]: the characters that the encoding lacks.

    Raises:
        ValueError: when the records are not a stream of this format: no header first, a record or
            a field it does not describe, containers out of order.
    """
    writer = _Writer(document, out, encoding)
    stream = iter(records)
    header = next(stream, None)
    if header is None or header.tag != document.header.tag:
        raise ValueError(f"the first record must be {document.header.tag}")
    writer.begin(header)
    for record in stream:
        writer.give(record)
    writer.end()
    return writer.replaced


class _Writer:
    def __init__(self, document: Document, out: BinaryIO, encoding: str) -> None:
        self.replaced: list[ReplacedCharacter] = []
        self._document = document
        self._out = out
        self._encoding = encoding
        self._ranks: dict[str, int] = {}
        self._steps = list(_steps_of(document.containers, 1))
        self._place = 0
        self._open: list[Container] = []  # entered
        self._written = 0  # how many of them have their start tag in the file

    def begin(self, header: Record) -> None:
        start = f"<{self._document.root}"
        rest = dict(header.fields)
        for name in self._document.attributes:
            value = rest.pop(f"@{name}", self._document.version if name == "VERSION" else "")
            assert isinstance(value, str)  # noqa: S101 (attributes are texts)
            start += f' {name}="{value.translate(_IN_ATTRIBUTE)}"'
            self._note_lost(header.tag, 1, {f"@{name}": value})
        self._put(f'<?xml version="1.0" encoding="{self._encoding}"?>\n{start}>\n')
        self._put_record(_Plan(self._document.header, 1), rest)

    def give(self, record: Record) -> None:
        steps = self._steps
        while self._place < len(steps) and steps[self._place].gives != record.tag:
            self._pass(steps[self._place])
            self._place += 1
        if self._place == len(steps):
            raise ValueError(f"{record.tag} is not a record of this format, or comes too late")
        if self._written < len(self._open):
            self._write_start_tags(len(self._open))
        plan = steps[self._place].plan
        assert plan is not None  # noqa: S101 (a step that gives has a plan)
        self._put_record(plan, record.fields)

    def end(self) -> None:
        while self._place < len(self._steps):
            self._pass(self._steps[self._place])
            self._place += 1
        self._put(f"</{self._document.root}>\n")

    def _pass(self, step: _Step) -> None:
        if step.enters:
            self._open.append(step.enters)
        elif not step.gives:
            depth = len(self._open)
            container = self._open.pop()
            if self._written == depth:
                self._written -= 1
                self._put(f"{'  ' * depth}</{container.tag}>\n")
            elif container.always_written:
                self._write_start_tags(depth - 1)
                self._put(f"{'  ' * depth}<{container.tag}/>\n")

    def _write_start_tags(self, depth: int) -> None:
        for place in range(self._written, depth):
            self._put(f"{'  ' * (place + 1)}<{self._open[place].tag}>\n")
        self._written = max(self._written, depth)

    def _put(self, text: str) -> None:
        self._out.write(text.encode(self._encoding, "replace"))

    def _put_record(self, plan: _Plan, fields: Fields) -> None:
        rank = self._ranks[plan.tag] = self._ranks.get(plan.tag, 0) + 1
        lines: list[str] = []
        _add_block(plan, fields, lines.append)
        text = "".join(lines)
        try:
            encoded = text.encode(self._encoding)
        except UnicodeEncodeError:
            encoded = text.encode(self._encoding, "replace")
            self._note_lost(plan.tag, rank, fields)
        self._out.write(encoded)

    def _note_lost(self, tag: str, rank: int, fields: Fields) -> None:
        for path, value in _texts(fields, ""):
            for position, character in enumerate(value, 1):
                if self._is_lost(character):
                    self.replaced.append(ReplacedCharacter(tag, rank, path, character, position))

    def _is_lost(self, character: str) -> bool:
        if ord(character) in _FORBIDDEN:
            return True
        try:
            character.encode(self._encoding)
        except UnicodeEncodeError:
            return True
        return False


def _steps_of(containers: Iterable[Container | Block], depth: int) -> Iterator[_Step]:
    for child in containers:
        if isinstance(child, Block):
            yield _Step(gives=child.tag, plan=_Plan(child, depth))
        elif child.tag != ANY_TAG:
            yield _Step(enters=child)
            yield from _steps_of(child.children, depth + 1)
            yield _Step()


def _add_block(plan: _Plan, fields: Fields, add: Callable[[str], None]) -> None:  # noqa: C901, PLR0912 (speed)
    start = f"{plan.indent}<{plan.tag}"
    known = 0
    for name, key in plan.attributes:
        value = fields.get(key)
        if value is not None:
            known += 1
            start += f' {name}="{value.translate(_IN_ATTRIBUTE)}"'  # type: ignore[union-attr]
    if known == len(fields):
        add(f"{start}/>\n")
        return
    add(f"{start}>\n")
    for tag, head, tail, inner in plan.children:
        content = fields.get(tag)
        if content is None:
            continue
        known += 1
        if inner is not None:
            for item in content if isinstance(content, list) else (content,):
                _add_block(inner, item, add)  # type: ignore[arg-type]
        elif type(content) is str:
            add(f"{head}{content if content.isalnum() else content.translate(_IN_TEXT)}{tail}")
        else:
            for item in content:
                add(f"{head}{item.translate(_IN_TEXT)}{tail}")  # type: ignore[union-attr]
    if known != len(fields):
        described = {tag for tag, *_ in plan.children} | {key for _, key in plan.attributes}
        raise ValueError(f"{plan.tag} has no {', '.join(sorted(fields.keys() - described))}")
    add(plan.close)


def _texts(fields: Fields, above: str) -> Iterator[tuple[str, str]]:
    """Give each text of a record with its path."""
    for key, content in fields.items():
        path = above + key
        for item in content if isinstance(content, list) else (content,):
            if isinstance(item, str):
                yield path, item
            else:
                yield from _texts(item, f"{path}/")
