"""The description of an XML exchange format, as data shared by its reader and its writer.

A file is a root, one header block, then containers that hold records. A record is a block made of
leaves and of blocks. This module says the shape of a format only: what a value must be is a rule,
and rules stand in the capabilities.

Children are listed in the official order: the writer follows it, the reader takes any order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

#: Tag of a container whose name is not established: the reader enters any element in its place.
ANY_TAG = "*"


class LeafKind(StrEnum):
    """What the text of a leaf stands for."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"  # AAAA-MM-JJ
    DATE_FR = "date_fr"  # JJ/MM/AAAA
    INSTANT_FR = "instant_fr"  # JJ/MM/AAAA HH:MM:SS
    BOOLEAN = "boolean"  # true or false
    FLAG = "flag"  # 0 or 1


@dataclass(frozen=True, slots=True)
class Leaf:
    """An element that holds text only.

    Attributes:
        tag: its name.
        max_length: characters allowed by the format, when it says.
        kind: what the text stands for.
        required: whether each block of this kind gives it.
        many: whether it may repeat; it is then read as a list of texts.
        sign_of: version or kind of file that its mere presence shows, if any.
    """

    tag: str
    max_length: int | None = None
    kind: LeafKind = LeafKind.TEXT
    required: bool = False
    many: bool = False
    sign_of: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """An element that holds other elements: a record, or a part of one.

    Attributes:
        tag: its name.
        children: what it holds, in the official order.
        attributes: names of its attributes, in the official order.
        required: whether each block above gives it.
        many: whether it may repeat; it is then read as a list.
        sign_of: version or kind of file that its mere presence shows, if any.
    """

    tag: str
    children: "tuple[Leaf | Block, ...]" = ()
    attributes: tuple[str, ...] = ()
    required: bool = False
    many: bool = False
    sign_of: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """An element that holds records, or other containers, and nothing of its own.

    Attributes:
        tag: its name, or `ANY_TAG`.
        children: containers, and blocks that are records, in the official order.
        always_written: whether the writer writes it even when it is empty.
    """

    tag: str
    children: "tuple[Container | Block, ...]" = ()
    always_written: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A file format.

    A record is known by its tag alone, so a tag names a record in one place only.

    Attributes:
        root: name of the root element.
        header: the block that says whose file it is; the first record of the stream.
        containers: what stands under the root after the header, in the official order.
        attributes: attributes of the root; they are read as the header's.
        version: value of `VERSION` written when the header gives none.
    """

    root: str
    header: Block
    containers: tuple[Container, ...]
    attributes: tuple[str, ...] = ("VERSION",)
    version: str = ""

    def records(self) -> dict[str, Block]:
        """Return the block of each record that can be written, by tag, in the official order."""
        return {block.tag: block for _, block in _walk(self.containers, ())}

    def paths(self) -> dict[str, tuple[str, ...]]:
        """Return the tags of the containers above each of these records, root excepted."""
        return {block.tag: path for path, block in _walk(self.containers, ())}


def _walk(
    containers: "tuple[Container | Block, ...]", path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Block]]:
    for child in containers:
        if isinstance(child, Block):
            yield path, child
        elif child.tag != ANY_TAG:
            yield from _walk(child.children, (*path, child.tag))
