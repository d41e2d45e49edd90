"""The outline of any exchange file: its root, its school and year, how many records it holds of each kind.

For the kinds that are only to be named and counted. Two manners of writing the school and the year exist
(as text in the BEE files, as attributes in those of STSWEB); both are read.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.parsers import expat

from bascule.formats.encoding import decode
from bascule.formats.limits import DEFAULT_LIMITS
from bascule.formats.refusals import (
    DoctypeError,
    MalformedFileError,
    NotXmlError,
    TruncatedFileError,
)

#: root / PARAMETRES / UAJ
_HEADER_DEPTH = 3
#: root / DONNEES / container / record
_RECORD_DEPTH = 4


@dataclass(slots=True)
class Outline:
    """What a file holds, in short.

    Attributes:
        root: root element.
        version: its `VERSION`, empty when there is none.
        uai: the school; empty when it names none.
        year: first calendar year; 0 when it names none.
        counts: records, by element.
    """

    root: str = ""
    version: str = ""
    uai: str = ""
    year: int = 0
    counts: Counter[str] = field(default_factory=Counter)


def read_outline(chunks: Iterable[bytes]) -> Outline:
    """Read a file to its end, and count what it holds.

    Args:
        chunks (Iterable[bytes]): the bytes, cut anywhere.

    Returns:
        Outline: what it holds.

    Raises:
        DoctypeError: if it declares a DOCTYPE.
        TruncatedFileError: if its end is missing.
        MalformedFileError: if it is not well-formed.
        NotXmlError: if it is not XML at all.
    """
    outline = Outline()
    parser = expat.ParserCreate("utf-8")
    handlers = _Handlers(outline)
    parser.buffer_text = True
    parser.StartElementHandler = handlers.start
    parser.EndElementHandler = handlers.end
    parser.CharacterDataHandler = handlers.text
    parser.StartDoctypeDeclHandler = lambda *_: _refuse(parser)
    is_last = False
    try:
        for text in decode(chunks, DEFAULT_LIMITS):
            parser.Parse(text.encode(), False)  # noqa: FBT003 - expat's signature
        is_last = True
        parser.Parse(b"", True)  # noqa: FBT003 - expat's signature
    except expat.ExpatError as fault:
        if not outline.root:
            raise NotXmlError from fault
        if is_last:
            raise TruncatedFileError(fault.lineno) from fault
        raise MalformedFileError(fault.lineno, fault.offset + 1) from fault
    return outline


def _refuse(parser: expat.XMLParserType) -> None:
    raise DoctypeError(parser.CurrentLineNumber)


class _Handlers:
    """Fills an outline as elements go by."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._path: list[str] = []
        self._text = ""
        self._counted = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._path.append(tag)
        self._text = ""
        depth = len(self._path)
        if depth == _RECORD_DEPTH:
            self._counted = False
        if depth == 1:
            self._outline.root = tag
            self._outline.version = attributes.get("VERSION", "")
        elif depth == _HEADER_DEPTH and self._path[1] == "PARAMETRES":
            self._header(tag, attributes.get("CODE") or attributes.get("ANNEE") or "")
        elif (depth == _RECORD_DEPTH and attributes) or depth == _RECORD_DEPTH + 1:
            self._count()

    def end(self, tag: str) -> None:
        if len(self._path) == _HEADER_DEPTH and self._path[1] == "PARAMETRES":
            self._header(tag, self._text.strip())
        self._path.pop()
        self._text = ""

    def text(self, text: str) -> None:
        self._text += text

    def _count(self) -> None:
        """Count the record around, once: what has attributes or elements in it is a record."""
        if not self._counted and self._path[1] != "PARAMETRES":
            self._counted = True
            self._outline.counts[self._path[_RECORD_DEPTH - 1]] += 1

    def _header(self, tag: str, value: str) -> None:
        if tag == "UAJ" and value and not self._outline.uai:
            self._outline.uai = value
        elif tag == "ANNEE_SCOLAIRE" and value.isdigit() and not self._outline.year:
            self._outline.year = int(value)
