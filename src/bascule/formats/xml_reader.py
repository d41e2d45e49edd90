"""Read an XML exchange file as a stream of records, after its description.

What is not in the description is never lost in silence: it is named in `Reading.unknown`.

How it reads, and why so. Expat judges every byte: it alone says whether the file is well-formed,
and it refuses any DOCTYPE, so no entity exists but the five of XML. It has no other handler,
because calling Python for each tag and text costs more than all the rest. The very text that expat
has accepted, and no more of it, is then cut at each "<", which in well-formed text without comment,
instruction or CDATA section (these are put aside first) is where each tag starts. Whole records so
take the time that handlers need to put tags and texts in flat lists. A generated test compares this
with another reader on every lawful way of writing, and of cutting the bytes.

Who has read the like of a file before may give `recall`: a record whose very text is known is then
judged by expat as ever, and not cut. The same text read at the same place of the description always
gives the same record; what it would say of the file besides (a version, an unknown element) makes it
no such record.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from operator import length_hint
from typing import Final, TypeAlias
from xml.parsers import expat

from bascule.formats.description import ANY_TAG, Block, Container, Document
from bascule.formats.encoding import decode
from bascule.formats.kinds import KINDS, recognise, root_of
from bascule.formats.limits import DEFAULT_LIMITS, Limits
from bascule.formats.record import Fields, Record
from bascule.formats.refusals import (
    DoctypeError,
    EmptyFileError,
    MalformedFileError,
    MissingHeaderError,
    NotXmlError,
    TextTooLongError,
    TooDeepError,
    TooManyRecordsError,
    TruncatedFileError,
    WrongKindError,
)

Mend: TypeAlias = Callable[[Record], Record]
#: Tells of a record, by its tag and the digest of its text, whether it is known.
Recall: TypeAlias = Callable[[str, bytes], bool]

_CONTAINER: Final = 0
_RECORD: Final = 1
_BLOCK: Final = 2
_LEAF: Final = 3
_TELLING_BLOCK: Final = 4

#: A start tag: name, attributes, whether it is empty, text that follows.
_START = re.compile(
    r"""([^ \t\n/>]+)((?:[ \t\n]+[^ \t\n=]+[ \t\n]*=[ \t\n]*(?:"[^"]*"|'[^']*'))*)[ \t\n]*(/?)>(.*)""",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([^ \t\n=]+)[ \t\n]*=[ \t\n]*(?:"([^"]*)"|'([^']*)')""")
#: What may hold a "<" that starts no tag.
_ASIDE = re.compile(r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_REFERENCE = re.compile(r"&(?:#([0-9]+)|#x([0-9a-fA-F]+)|([a-z]+));")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
#: How many unknown elements are named, and how much of a path: a file may hold millions.
_UNKNOWN_KEPT: Final = 200
_PATH_KEPT: Final = 200
#: Characters of a record that is waited for whole, to be recalled; a longer one is read as it comes.
_RECALLED_LENGTH: Final = 64 * 1024
_DIGEST_SIZE: Final = 16
#: Keeps the place of a line end put aside with a comment. No XML text has this character.
_LINE_ASIDE = "\0"


class _Node:
    """An element of the description, ready for the reader.

    `leaves` are the plain leaves, tag to tag (so that all records share their keys); `others` are
    the rest, and the closing tag of the element itself.
    """

    __slots__ = (
        "attributes",
        "is_many",
        "leaves",
        "others",
        "path",
        "role",
        "sign",
        "tag",
        "takes_any",
    )

    def __init__(self, tag: str, role: int, above: str) -> None:
        self.tag = tag
        self.role = role
        self.path = f"{above}/{tag}" if above else tag
        self.attributes: frozenset[str] = frozenset()
        self.is_many = False
        self.sign = ""
        self.leaves: dict[str, str] = {}
        self.others: dict[str, _Node] = {f"/{tag}": _CLOSE_RECORD if role == _RECORD else _CLOSE}
        self.takes_any = False


#: What is above the element that is open: its node, the children it may have, its fields.
_Above: TypeAlias = tuple[_Node, dict[str, str], dict[str, _Node], Fields]

_CLOSE: Final = _Node.__new__(_Node)
_CLOSE_RECORD: Final = _Node.__new__(_Node)


def _node_of(part: Container | Block, above: str, role: int = _BLOCK) -> _Node:
    node = _Node(part.tag, _CONTAINER if isinstance(part, Container) else role, above)
    if isinstance(part, Container):
        _add_containers(node, part.children)
        return node
    node.attributes = frozenset(part.attributes)
    node.is_many = part.many
    node.sign = part.sign_of
    if part.sign_of and role == _BLOCK:
        node.role = _TELLING_BLOCK
    for child in part.children:
        if isinstance(child, Block):
            node.others[child.tag] = _node_of(child, node.path)
        elif child.many or child.sign_of:
            leaf = _Node(child.tag, _LEAF, node.path)
            leaf.is_many = child.many
            leaf.sign = child.sign_of
            node.others[child.tag] = leaf
        else:
            node.leaves[child.tag] = child.tag
    return node


def _add_containers(node: _Node, children: Iterable[Container | Block]) -> None:
    for child in children:
        if isinstance(child, Container) and child.tag == ANY_TAG:
            node.takes_any = True
            _add_containers(node, child.children)
        else:
            node.others[child.tag] = _node_of(child, node.path, _RECORD)


def _tree_of(document: Document) -> _Node:
    """Return a node that stands above the root."""
    root = _Node(document.root, _CONTAINER, "")
    root.attributes = frozenset(document.attributes)
    _add_containers(root, (document.header, *document.containers))
    top = _Node("", _CONTAINER, "")
    top.others[document.root] = root
    return top


class Reading(Iterator[Record]):
    """The records of a file, one after the other, read as they are asked for.

    Any refusal may come while iterating, up to the end of the file: nothing of a file counts
    before its last record has been given.

    Args:
        document (Document): the format expected.
        chunks (Iterable[bytes]): the bytes of the file, cut anywhere.
        limits (Limits): what the file may weigh and hold.
        mend (Mend | None): brings each record to one shape.

    Attributes:
        unknown: path of each element or attribute that the description does not know, and the
            line where it first stands; the first 200 of them. They are skipped with what they
            hold.
        repeated: path of each leaf given several times where one is expected, and the first line.
            The first text is kept.
        signs: versions or kinds of file shown by what has been read so far.
        recall: tells the records that need not be cut; may be set while iterating.
    """

    def __init__(
        self, document: Document, chunks: Iterable[bytes], limits: Limits, mend: Mend | None
    ) -> None:
        self.unknown: dict[str, int] = {}
        self.repeated: dict[str, int] = {}
        self.signs: set[str] = set()
        self.recall: Recall | None = None
        self._document = document
        self._chunks = chunks
        self._limits = limits
        self._header: Record | None = None
        self._is_header_given = False
        self._is_header_read = False
        self._root_fields: Fields = {}
        self._ranks: dict[str, int] = {}
        self._line = 1
        #: What digests begin with: the signs, as many as were told.
        self._digest_of_signs = sha256()
        self._signs_in_digest = -1
        #: The record being read says something that is not in its fields.
        self._says_more = False
        top = _tree_of(document)
        #: The container that is open where a stretch begins; None within a record or what is skipped.
        self._between: _Node | None = top
        records = self._read(top)
        self._records = map(mend, records) if mend else records

    @property
    def header(self) -> Record:
        """The header, whether it has been iterated over or not."""
        if self._header is None:
            self._header = next(self._records)
        return self._header

    def __next__(self) -> Record:
        if not self._is_header_given:
            self._is_header_given = True
            return self.header
        return next(self._records)

    def _read(self, node: _Node) -> Iterator[Record]:  # noqa: C901, PLR0912, PLR0915 (one loop: speed)
        leaves, others = node.leaves, node.others
        fields: Fields = {}
        stack: list[_Above] = []
        record_line = 1
        skipped = 0  # how many elements to pass over are open
        open_leaf = ""  # path of a leaf whose next tag was not there yet
        for text, is_plain, recalled, text_digest in self._stretches():
            digest = text_digest
            if recalled is not None:
                yield self._record(recalled, self._line, {}, digest, is_recalled=True)
                self._line += _line_ends_of(text)
                continue
            pieces = text.split("<")
            count = len(pieces)
            iterator = iter(pieces)
            next(iterator)  # what stands before the first tag
            line, counted = self._line, 0
            if open_leaf and count > 1:
                closing = next(iterator)
                if closing[0] != "/":
                    skipped = self._skip_in_leaf(
                        open_leaf, closing, iterator, len(stack), record_line
                    )
                open_leaf = ""
            elif skipped:
                skipped = self._skip(iterator, skipped, len(stack), line)
            for piece in iterator:
                tag, _, value = piece.partition(">")
                leaf = leaves.get(tag)
                if leaf is not None:
                    value = value.strip()
                    if not is_plain:
                        value = self._clean(value, leaf, record_line)
                    if value:
                        if leaf in fields:
                            self._note_repeated(f"{node.path}/{leaf}", record_line)
                        else:
                            fields[leaf] = value
                    try:
                        closing = next(iterator)
                    except StopIteration:
                        open_leaf = f"{node.path}/{leaf}"
                    else:
                        if closing[0] != "/":
                            path = f"{node.path}/{leaf}"
                            skipped = self._skip_in_leaf(
                                path, closing, iterator, len(stack), record_line
                            )
                    continue

                other = others.get(tag)
                if other is _CLOSE:
                    node, leaves, others, fields = stack.pop()
                    continue
                if other is _CLOSE_RECORD:
                    yield self._record(node, record_line, fields, digest)
                    node, leaves, others, fields = stack.pop()
                    continue
                if other is not None and other.role == _BLOCK:
                    stack.append((node, leaves, others, fields))
                    inner: Fields = {}
                    if tag not in fields:
                        fields[tag] = [inner] if other.is_many else inner
                    elif other.is_many:
                        fields[tag].append(inner)  # type: ignore[union-attr, arg-type]
                    else:
                        self._note_repeated(other.path, record_line)
                    node, fields = other, inner
                    leaves, others = node.leaves, node.others
                    continue

                # From here on, what is rare: a record or a container begins, a tag has attributes
                # or blanks or is empty, an element is unknown or shows a version.
                attributes = empty = ""
                if other is None:
                    start = _START.match(piece)
                    if start is None:  # a closing tag with blanks
                        if node.role == _RECORD:
                            yield self._record(node, record_line, fields)
                            digest = b""  # the stretch does not end with this record
                        node, leaves, others, fields = stack.pop()
                        continue
                    tag, attributes, empty, value = start.groups()
                    other = self._child_of(node, tag)
                    if other is None:
                        if not stack:
                            raise self._wrong_kind(tag)
                        place = count - length_hint(iterator) - 1
                        found_on = line + _line_ends(pieces, counted, place)
                        self._note_unknown(f"{node.path}/{tag}", found_on)
                        if not empty:
                            skipped = self._skip(iterator, 1, len(stack), found_on)
                        continue
                if other.sign and other.sign not in self.signs:
                    self._says_more = True
                    self.signs.add(other.sign)
                if other.role == _LEAF:
                    if not other.is_many:
                        leaves[tag] = tag  # told once is enough: it is a plain leaf from now on
                    self._read_attributes(attributes, other, record_line)
                    if empty:
                        continue
                    value = self._clean(value.strip(), tag, record_line)
                    self._store(other, value, fields, record_line)
                    closing = next(iterator, "")
                    if not closing:
                        open_leaf = other.path
                    elif closing[0] != "/":
                        skipped = self._skip_in_leaf(
                            other.path, closing, iterator, len(stack), record_line
                        )
                    continue
                above = node, leaves, others, fields
                if other.role == _RECORD:
                    place = count - length_hint(iterator) - 1
                    line += _line_ends(pieces, counted, place)
                    counted, record_line = place, line
                    self._says_more = False
                    fields = self._fields_of_header(tag, line)
                    fields |= self._read_attributes(attributes, other, line)
                    if empty:
                        yield self._record(other, line, fields)
                        fields = above[-1]
                        continue
                elif other.role == _CONTAINER:
                    found = self._read_attributes(attributes, other, record_line)
                    if not stack:
                        self._root_fields = found
                    if empty:
                        continue
                else:
                    inner = self._read_attributes(attributes, other, record_line)
                    self._store(other, inner, fields, record_line)
                    if empty:
                        continue
                    fields = inner
                stack.append(above)
                node = other
                leaves, others = node.leaves, node.others
            self._line += _line_ends_of(text)
            is_between = node.role == _CONTAINER and not skipped and not open_leaf
            self._between = node if is_between else None
        if not self._is_header_read:
            raise MissingHeaderError(self._document.header.tag, self._line)

    def _record(
        self,
        node: _Node,
        line: int,
        fields: Fields,
        digest: bytes = b"",
        *,
        is_recalled: bool = False,
    ) -> Record:
        rank = self._ranks.get(node.tag, 0) + 1
        self._ranks[node.tag] = rank
        if rank > self._limits.records.get(node.tag, self._limits.other_records):
            raise TooManyRecordsError(node.tag, rank - 1, line)
        if self._says_more and not is_recalled:
            digest = b""
        return Record(node.tag, line, rank, fields, digest, is_recalled)

    def _fields_of_header(self, tag: str, line: int) -> Fields:
        """Return the fields a record starts with; the first record must be the header."""
        if self._is_header_read:
            return {}
        if tag != self._document.header.tag:
            raise MissingHeaderError(self._document.header.tag, line)
        self._is_header_read = True
        return self._root_fields

    def _child_of(self, node: _Node, tag: str) -> _Node | None:
        """Return the description of a child that was not met in its plainest writing."""
        other = node.others.get(tag)
        if other is None and tag in node.leaves:
            return _Node(tag, _LEAF, node.path)
        if other is None and node.takes_any:
            other = _Node(tag, _CONTAINER, node.path)
            other.takes_any = True
            for name, inner in node.others.items():
                if name[0] != "/":
                    other.others[name] = inner
        return other

    def _note_repeated(self, path: str, line: int) -> None:
        self._says_more = True
        self.repeated.setdefault(path, line)

    def _note_unknown(self, path: str, line: int) -> None:
        self._says_more = True
        if len(self.unknown) < _UNKNOWN_KEPT:
            self.unknown.setdefault(path[:_PATH_KEPT], line)

    def _store(self, node: _Node, value: "str | Fields", fields: Fields, line: int) -> None:
        """Keep the content of a block or leaf in the block that holds it."""
        if value == "":
            return
        if node.is_many:
            fields.setdefault(node.tag, []).append(value)  # type: ignore[union-attr, arg-type]
        elif node.tag in fields:
            self._note_repeated(node.path, line)
        else:
            fields[node.tag] = value

    def _stretches(self) -> Iterator[tuple[str, bool, _Node | None, bytes]]:
        """Give the text in stretches, each a record as far as records may be recalled.

        With each come whether it has neither reference nor long text, its record when it is recalled,
        and its digest when it is one record.
        """
        waiting = ""
        for batch, is_last in self._batches():
            text, waiting = waiting + batch, ""
            is_plain = "&" not in text and _LINE_ASIDE not in text and self._is_short(text)
            start, size = 0, len(text)
            while start < size:
                recall, node, digest, end = self.recall, None, b"", size
                if recall is not None and self._between is not None:
                    node, end = self._next_stretch(text, start)
                    if end < 0:
                        # The record goes on in the next batch.
                        if not is_last and size - start < _RECALLED_LENGTH:
                            waiting = text[start:]
                            break
                        end = size
                    elif node is not None:
                        digest = self._digest(text[start:end])
                        is_known = self._is_header_read and recall(node.tag, digest)
                        node = node if is_known else None
                        after = text.find("<", end)
                        end = after if after >= 0 else size
                yield text[start:end], is_plain, node, digest
                start = end

    def _digest(self, text: str) -> bytes:
        """Give the digest of a record, and of the signs it needs not tell for they were told before."""
        if self._signs_in_digest != len(self.signs):
            self._signs_in_digest = len(self.signs)
            self._digest_of_signs = sha256(f"{','.join(sorted(self.signs))}\n".encode())
        # Processors have SHA-256 in them: it costs half of what others do.
        digest = self._digest_of_signs.copy()
        digest.update(text.encode())
        return digest.digest()[:_DIGEST_SIZE]

    def _next_stretch(self, text: str, start: int) -> tuple[_Node | None, int]:
        """Find the record that begins at a place between records, and its end: -1 when it is not there."""
        assert self._between is not None  # noqa: S101 (the caller looked)
        tag = text[start + 1 : text.find(">", start)]
        node = self._between.others.get(tag)
        is_start = text[start] == "<" and not tag.startswith("/")
        if is_start and node is not None and node.role == _RECORD:
            closing = f"</{tag}>"
            end = text.find(closing, start)
            return node, end if end < 0 else end + len(closing)
        after = text.find("<", start + 1)
        return None, after if after >= 0 else len(text)

    def _batches(self) -> Iterator[tuple[str, bool]]:
        """Give the text that expat has accepted, cut before a tag, comments put aside; and which is the last."""
        parser = expat.ParserCreate("UTF-8")
        parser.StartDoctypeDeclHandler = lambda *_: _refuse_doctype(parser)
        token_limit = self._limits.token_length
        given = 0
        tail = ""
        for piece in decode(self._chunks, self._limits):
            if not given:
                self._look_at_root(piece)
            encoded = piece.encode()
            given += len(encoded)
            try:
                parser.Parse(encoded, not piece)  # the last piece is empty, and only it
            except expat.ExpatError as error:
                raise _refusal_of(error, is_last=not piece) from error
            text, tail = _cut(tail + piece if tail else piece)
            # What expat has not judged yet begins at the token it could not end.
            unjudged = given - max(parser.CurrentByteIndex, 0)
            if unjudged > len(tail) and unjudged > len(tail.encode()):
                tail = text + tail
            else:
                yield text, False
            if len(tail) > token_limit:
                raise TextTooLongError("", token_limit, self._line)
        yield tail, True

    def _look_at_root(self, beginning: str) -> None:
        """Refuse at once a file of another kind: the rest of it would only blur the reason."""
        stripped = beginning.lstrip("\ufeff \t\n")
        if not stripped:
            raise EmptyFileError
        if not stripped.startswith("<"):
            raise NotXmlError
        root = root_of(beginning)
        if root is None or root == self._document.root:
            return
        is_doctype = "<!DOCTYPE" in beginning[: beginning.find(root)].upper()
        if not is_doctype or recognise(root):
            raise self._wrong_kind(root, beginning)

    def _wrong_kind(self, root: str, beginning: str = "") -> WrongKindError:
        expected = KINDS.get(self._document.root.casefold())
        return WrongKindError(expected, recognise(root, beginning), root)

    def _clean(self, text: str, tag: str, line: int) -> str:
        """Return the text of a leaf or attribute, references replaced, and not too long."""
        text = text.replace(_LINE_ASIDE, "")
        if "&" in text:
            text = _REFERENCE.sub(_character_of, text)
        text = text.strip()
        if len(text) > self._limits.text_length:
            raise TextTooLongError(tag, self._limits.text_length, line)
        return text

    def _read_attributes(self, text: str, node: _Node, line: int) -> Fields:
        fields: Fields = {}
        if text:
            for name, double, single in _ATTRIBUTE.findall(text):
                value = (double or single).replace("\n", " ").replace("\t", " ").strip()
                value = self._clean(value, name, line)
                if name not in node.attributes:
                    self._note_unknown(f"{node.path}/@{name}", line)
                elif value:
                    fields[f"@{name}"] = value
        return fields

    def _is_short(self, text: str) -> bool:
        """Return whether no text between two tags is too long, leaping as far as is allowed."""
        limit = self._limits.text_length
        place, end = 0, len(text)
        while end - place > limit:
            place = text.rfind("<", place + 1, place + limit)
            if place < 0:
                return False
        return True

    def _skip_in_leaf(
        self, path: str, piece: str, iterator: Iterator[str], depth: int, line: int
    ) -> int:
        """Skip the elements found inside a leaf, up to the end of the leaf."""
        start = _START.match(piece)
        assert start is not None  # noqa: S101 (expat accepted it)
        self._note_unknown(f"{path}/{start[1]}", line)
        return self._skip(iterator, 1 if start[3] else 2, depth, line)

    def _skip(self, iterator: Iterator[str], skipped: int, depth: int, line: int) -> int:
        """Pass over elements until `skipped` of them are closed; return how many remain."""
        limit = self._limits.depth
        for piece in iterator:
            if piece[0] == "/":
                skipped -= 1
                if not skipped:
                    return 0
            else:
                start = _START.match(piece)
                if start is None or not start[3]:
                    skipped += 1
                    if depth + skipped > limit:
                        raise TooDeepError(limit, line)
        return skipped


def read(
    document: Document,
    chunks: Iterable[bytes],
    limits: Limits = DEFAULT_LIMITS,
    *,
    mend: Mend | None = None,
) -> Reading:
    """Read a file as a stream of records.

    Args:
        document (Document): the format expected.
        chunks (Iterable[bytes]): the bytes of the file, cut anywhere.
        limits (Limits): what the file may weigh and hold.
        mend (Mend | None): brings each record to one shape, for formats that have had several.

    Returns:
        Reading: the records, header first. Refusals come while iterating.
    """
    return Reading(document, chunks, limits, mend)


def _refuse_doctype(parser: expat.XMLParserType) -> None:
    raise DoctypeError(parser.CurrentLineNumber)


def _refusal_of(
    error: expat.ExpatError, *, is_last: bool
) -> MalformedFileError | TruncatedFileError:
    if is_last:
        return TruncatedFileError(error.lineno)
    return MalformedFileError(error.lineno, error.offset + 1)


def _cut(text: str) -> tuple[str, str]:
    """Part a text before its last tag, which waits for the next piece to be whole.

    What may begin a comment, an instruction or a CDATA section waits with the tag before it,
    because the text between them may go on after it.
    """
    waiting = ""
    if "!" in text or "?" in text:
        text = _ASIDE.sub(_put_aside, text)
        starts = [place for place in (text.find("<!"), text.find("<?")) if place >= 0]
        if starts:
            text, waiting = text[: min(starts)], text[min(starts) :]
    if text.endswith("<"):
        text, waiting = text[:-1], f"<{waiting}"
    last = max(text.rfind("<"), 0)
    return text[:last], text[last:] + waiting


def _put_aside(found: re.Match[str]) -> str:
    """Return the text of a CDATA section, escaped, or only the line ends of a comment."""
    if found[1] is not None:
        return found[1].replace("&", "&amp;").replace("<", "&lt;")
    return _LINE_ASIDE * found[0].count("\n")


def _character_of(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name:
        return _ENTITIES[name]
    return chr(int(decimal) if decimal else int(hexadecimal, 16))


def _line_ends(pieces: list[str], first: int, last: int) -> int:
    return _line_ends_of("".join(pieces[first:last]))


def _line_ends_of(text: str) -> int:
    count = text.count("\n")
    return count + text.count(_LINE_ASIDE) if _LINE_ASIDE in text else count
