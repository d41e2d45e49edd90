"""From bytes to text: which encoding a file is really in, and no guess when it lies.

The byte order mark wins, then the prolog, then UTF-8. The bytes must agree with it: UTF-8 under
an ISO-8859 prolog, Windows-1252 under an ISO-8859 prolog and anything else under UTF-8 are told,
never read as nonsense. Line ends become a single line feed, as XML asks.
"""

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from encodings import iso8859_1, iso8859_15

from bascule.formats.limits import Limits
from bascule.formats.refusals import (
    EmptyFileError,
    NullByteError,
    TooLargeError,
    TruncatedFileError,
    UnknownEncodingError,
    WrongEncodingError,
)

#: Most bytes decoded at once.
BLOCK_SIZE = 64 * 1024
#: Least bytes looked at to learn the encoding, when there are as many.
_BEGINNING = 256

_PROLOG = re.compile(rb"""\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"'>]{1,60})["']""")
_HIGH = re.compile(rb"[\x80-\xff]")
#: Letters with accents and the marks of word processors: what UTF-8 bytes give in real files.
#: Read so, a rare pair such as "È»" gives neither, and is left alone.
_LIKELY = re.compile("[\u00c0-\u017f\u2010-\u203a\u20ac]")
#: Bytes 0x80 to 0x9F left over by UTF-8, as "surrogateescape" shows them.
_STRAY_C1 = re.compile("[\udc80-\udc9f]")
_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "iso-8859-1",
    "iso8859-1": "iso-8859-1",
    "iso_8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "latin-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "iso8859-15": "iso-8859-15",
    "iso_8859-15": "iso-8859-15",
    "latin9": "iso-8859-15",
    "latin-9": "iso-8859-15",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
}


def _without_c1(table: str) -> str:
    """Return a decoding table where 0x80 to 0x9F are errors.

    These control characters are in no name: where they appear, the file is in Windows-1252.
    """
    return table[:0x80] + "\ufffe" * 0x20 + table[0xA0:]


_TABLES = {
    "iso-8859-1": _without_c1(iso8859_1.decoding_table),
    "iso-8859-15": _without_c1(iso8859_15.decoding_table),
}


class _TableDecoder(codecs.IncrementalDecoder):
    """Decodes by a table of one character a byte; a block that Latin-1 says as well, three times quicker."""

    def __init__(self, table: str) -> None:
        super().__init__("strict")
        self._table = table
        self._own = bytes(byte for byte in range(256) if table[byte] != chr(byte))

    def decode(  # type: ignore[override] # the base takes any buffer, we give bytes
        self,
        input: bytes,  # noqa: A002 (its name there)
        final: bool = False,  # noqa: ARG002, FBT001, FBT002 (its signature there)
    ) -> str:
        if any(byte in input for byte in self._own):
            return codecs.charmap_decode(input, "strict", self._table)[0]
        return input.decode("latin-1")


def declared_encoding(beginning: bytes) -> tuple[str, str]:
    """Return the encoding a file gives itself, and the codec that reads it.

    Args:
        beginning (bytes): first bytes of the file.

    Returns:
        tuple[str, str]: name as declared (`UTF-8` when nothing is), name of the Python codec.

    Raises:
        UnknownEncodingError: when the encoding is not one we read.
    """
    if beginning.startswith(codecs.BOM_UTF8):
        return "UTF-8", "utf-8-sig"
    if beginning.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise UnknownEncodingError("UTF-32")
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16", "utf-16"
    found = _PROLOG.match(beginning)
    if not found:
        return "UTF-8", "utf-8"
    declared = found[1].decode("ascii", "replace").strip()
    codec = _CODECS.get(declared.lower())
    if codec is None:
        raise UnknownEncodingError(declared)
    return declared, codec


def decode(chunks: Iterable[bytes], limits: Limits) -> Iterator[str]:
    """Give the text of a file, piece by piece, the last of which is empty and the only such.

    Bytes that are not in the declared encoding, and a last character that is cut, are refused.

    Args:
        chunks (Iterable[bytes]): the bytes, cut anywhere.
        limits (Limits): bounds of the file.

    Yields:
        str: the text, in pieces of about `BLOCK_SIZE`, line ends as line feeds.

    Raises:
        EmptyFileError: when there is no byte.
        TooLargeError: when there are more bytes than unpacked files may have.
        NullByteError: when a null character appears.
    """
    decoder: _Decoder | None = None
    size = 0
    for block in _blocks(chunks):
        size += len(block)
        if size > limits.unpacked_bytes:
            raise TooLargeError(limits.unpacked_bytes, unpacked=True)
        if decoder is None:
            decoder = _Decoder(block)
        text = decoder.decode(block)
        if "\0" in text:
            raise NullByteError(decoder.line_of(text, text.index("\0")))
        decoder.line += text.count("\n")
        if text:
            yield text
    if decoder is None:
        raise EmptyFileError
    if rest := decoder.finish():
        yield rest
    yield ""


class _Decoder:
    """Decodes the blocks of one file, and tells where they are not what they claim."""

    def __init__(self, beginning: bytes) -> None:
        self.declared, codec = declared_encoding(beginning)
        table = _TABLES.get(codec)
        inner = _TableDecoder(table) if table else codecs.getincrementaldecoder(codec)()
        self._decoder = io.IncrementalNewlineDecoder(inner, translate=True)
        self._is_latin = codec in _TABLES
        self._utf8: codecs.IncrementalDecoder | None = None
        if self._is_latin or codec == "cp1252":
            self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self.line = 1

    def line_of(self, text: str, position: int) -> int:
        return self.line + text.count("\n", 0, position)

    def decode(self, block: bytes) -> str:
        if self._utf8 and not block.isascii():
            self._refuse_utf8(block)
        try:
            return self._decoder.decode(block)
        except UnicodeDecodeError as error:
            raise self._wrong(error.object, error.start) from error

    def finish(self) -> str:
        try:
            return self._decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise TruncatedFileError(self.line) from error

    def _refuse_utf8(self, block: bytes) -> None:
        """Refuse a file in UTF-8 under a single-byte prolog, judged on its first accents."""
        assert self._utf8 is not None  # noqa: S101 (the caller looks)
        try:
            is_utf8 = _LIKELY.search(self._utf8.decode(block))
        except UnicodeDecodeError:
            self._utf8 = None
            return
        if is_utf8:
            first = _HIGH.search(block)
            position = first.start() if first else 0
            line = self.line + block.count(b"\n", 0, position)
            raise WrongEncodingError(self.declared, "UTF-8", line)

    def _wrong(self, block: bytes, position: int) -> WrongEncodingError:
        line = self.line + block.count(b"\n", 0, position)
        stray = self._is_latin or _STRAY_C1.search(block.decode("utf-8", "surrogateescape"))
        return WrongEncodingError(self.declared, "Windows-1252" if stray else "ISO-8859-15", line)


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut the bytes again: a first block that shows the prolog, none so large as to weigh."""
    least = _BEGINNING
    held = b""
    for chunk in chunks:
        for start in range(0, len(chunk), BLOCK_SIZE):
            held += chunk[start : start + BLOCK_SIZE]
            if len(held) >= least:
                yield held
                held = b""
                least = 1
    if held:
        yield held
