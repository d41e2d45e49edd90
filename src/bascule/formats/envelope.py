"""The envelope of a deposit: its name, its ZIP, and what is inside: one XML file, a set of files, or a table.

A deposit is judged by its content, never by its name: names are shown, and never used as paths.
"""

import codecs
import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from bascule.formats.dbf import is_dbf
from bascule.formats.encoding import BLOCK_SIZE, decode
from bascule.formats.kinds import GEP, ONEROSTER, TABLE, Kind, recognise, root_of
from bascule.formats.limits import DEFAULT_LIMITS, Limits
from bascule.formats.refusals import (
    DamagedZipError,
    EmptyFileError,
    EncryptedZipError,
    NestedZipError,
    NotXmlError,
    TooLargeError,
    UnsafeZipError,
    ZipBombError,
    ZipContentsError,
)

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OTHER_ARCHIVES: Final = (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ")
_OTHER_NATURES: Final = (
    (_OTHER_ARCHIVES, "une archive qui n’est pas un ZIP"),
    ((b"%PDF",), "un document PDF"),
    ((b"\xd0\xcf\x11\xe0",), "un ancien document bureautique"),
    ((b"\x89PNG", b"\xff\xd8\xff", b"GIF8"), "une image"),
)
_OFFICE: Final = "un classeur ou un document bureautique"
#: Bytes of the list of entries beyond which a ZIP cannot be the envelope of one file.
_LARGEST_DIRECTORY: Final = 64 * 1024
_NAMES_SHOWN: Final = 5
_IS_ENCRYPTED: Final = 0x1


@dataclass(frozen=True, slots=True)
class Envelope:
    """A deposited file, opened.

    Attributes:
        name: name of the deposit, as given; never a path.
        inner_name: name of the XML: that of the ZIP's only entry, or the deposit's own.
        deposited_size: bytes of the deposit.
        root: root element, None when the file begins without one.
        kind: kind of file, None when not known.
    """

    name: str
    inner_name: str
    deposited_size: int
    root: str | None
    kind: Kind | None
    _content: "_Content" = field(repr=False)

    def chunks(self) -> Iterator[bytes]:
        """Give the bytes of the XML, unpacked and counted on the way.

        A ZIP that is damaged, or unpacks to too much, is refused while iterating.

        Returns:
            Iterator[bytes]: pieces of at most 64 KB; may be asked for several times.
        """
        return self._content.chunks()

    def files(self) -> list[tuple[str, bytes]]:
        """Give the files of a set, unpacked; the deposit itself when it is no ZIP.

        Returns:
            list[tuple[str, bytes]]: path in the ZIP and bytes of each. What unpacks to too much is refused.
        """
        if self._content.is_zip:
            return self._content.unpacked_files()
        return [(self.inner_name, self._content.data)]

    @property
    def content(self) -> bytes:
        """Return the bytes as deposited; of a workbook, once its sizes were looked at."""
        return self._content.data


@dataclass(frozen=True, slots=True)
class _Content:
    """The bytes of the XML, plain or as the only entry of a ZIP."""

    data: bytes
    limits: Limits
    is_zip: bool

    def chunks(self) -> Iterator[bytes]:
        if self.is_zip:
            return self._unpacked()
        return (
            self.data[start : start + BLOCK_SIZE] for start in range(0, len(self.data), BLOCK_SIZE)
        )

    def _unpacked(self) -> Iterator[bytes]:
        with _damage_refused(), zipfile.ZipFile(io.BytesIO(self.data)) as archive:
            yield from self._counted(archive, _only_entry(archive), 0)

    def unpacked_files(self) -> list[tuple[str, bytes]]:
        """Unpack a set, all its files counted together."""
        found: list[tuple[str, bytes]] = []
        size = 0
        with _damage_refused(), zipfile.ZipFile(io.BytesIO(self.data)) as archive:
            for entry in _files(archive):
                content = b"".join(self._counted(archive, entry, size))
                size += len(content)
                found.append((entry.filename, content))
        return found

    def _counted(
        self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, before: int
    ) -> Iterator[bytes]:
        size = 0
        # What it says of itself refuses it at once; it may lie, and is counted all the same.
        self._refuse_heavy(before + entry.file_size)
        with archive.open(entry) as file:
            while chunk := file.read(BLOCK_SIZE):
                size += len(chunk)
                self._refuse_heavy(before + size)
                yield chunk
        if size != entry.file_size:
            raise DamagedZipError

    def _refuse_heavy(self, size: int) -> None:
        limits = self.limits
        if size > limits.unpacked_bytes:
            raise TooLargeError(limits.unpacked_bytes, unpacked=True)
        if size > max(limits.ratio_judged_above, limits.ratio * len(self.data)):
            raise ZipBombError(limits.ratio)


@contextmanager
def _damage_refused() -> Iterator[None]:
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        raise DamagedZipError from error


def open_deposit(name: str, data: bytes, limits: Limits = DEFAULT_LIMITS) -> Envelope:
    """Open a deposit: an XML file or the ZIP that holds it, a set of tables, a table.

    Args:
        name (str): name of the deposit, as given.
        data (bytes): its bytes.
        limits (Limits): what a file may weigh.

    Returns:
        Envelope: the file, its root already looked at. Faults further in the file are found when
            its chunks are read. A ZIP or an encoding that cannot be read is refused, too.

    Raises:
        EmptyFileError: when there is nothing.
        TooLargeError: when the deposit is too large.
        NotXmlError: when the content is neither XML nor a ZIP.
    """
    if len(data) > limits.deposited_bytes:
        raise TooLargeError(limits.deposited_bytes, unpacked=False)
    if not data:
        raise EmptyFileError
    content = _Content(data, limits, is_zip=data.startswith(_ZIP))
    kind = _kind_without_root(content)
    if kind is not None:
        return Envelope(name, PurePosixPath(name).name, len(data), None, kind, content)
    inner_name = _check_zip(data) if content.is_zip else PurePosixPath(name).name
    _check_nature(content)
    beginning = next(decode(content.chunks(), limits))
    stripped = beginning.lstrip("\ufeff \t\n")
    if not stripped:
        raise EmptyFileError
    if not stripped.startswith("<"):
        raise NotXmlError
    root = root_of(beginning)
    kind = recognise(root, beginning) if root else None
    return Envelope(name, inner_name, len(data), root, kind, content)


def open_xml(name: str, data: bytes) -> Envelope:
    """Open a deposit that can be nothing but XML, or a ZIP of one XML file.

    Args:
        name (str): name of the deposit, as given.
        data (bytes): its bytes.

    Returns:
        Envelope: as `open_deposit` gives it.

    Raises:
        NotXmlError: if it is a table or a set of tables.
    """
    envelope = open_deposit(name, data)
    if envelope.kind is not None and not envelope.kind.root:
        raise NotXmlError(envelope.kind.name)
    return envelope


def _kind_without_root(content: _Content) -> Kind | None:
    """Tell by its content what is not XML, and is read all the same."""
    if not content.is_zip:
        if is_dbf(content.data):
            return GEP
        return TABLE if _is_table(content.data) else None
    _check_directory(content.data)
    with _damage_refused(), zipfile.ZipFile(io.BytesIO(content.data)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        names = {PurePosixPath(entry.filename).name.lower() for entry in entries}
        kind = next((kind for sign, kind in _SETS if any(map(sign, names))), None)
        if kind is not None:
            for entry in entries:
                _check_entry(entry)
        if kind is TABLE:
            _check_sizes(content, entries)
    return kind


#: Sets of files, each known by one of its names: their names are part of what they say.
_SETS: Final = (
    (re.compile(r"workbook\.(xml|bin)").fullmatch, TABLE),
    (re.compile(r"manifest\.csv").fullmatch, ONEROSTER),
    (re.compile(r"f_\w+\.dbf").fullmatch, GEP),
)
#: Bytes looked at to tell a table from any other text.
_BEGINNING: Final = 4096
_SEPARATORS: Final = (b";", b"\t", b",", b"|")


def _is_table(data: bytes) -> bool:
    """Tell whether a text is a table: each of its first lines is parted by the same mark."""
    beginning = data[:_BEGINNING]
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        beginning = beginning.decode("utf-16", "replace").encode()
    beginning = beginning.removeprefix(codecs.BOM_UTF8).lstrip()
    if beginning.startswith(b"<") or any(
        byte < _BLANK and byte not in b"\t\r\n" for byte in beginning
    ):
        return False
    lines = [line for line in beginning.splitlines()[:3] if line.strip()]
    return len(lines) > 1 and any(all(mark in line for line in lines[:2]) for mark in _SEPARATORS)


_BLANK: Final = 0x20


def _check_sizes(content: _Content, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse a workbook that announces too much, before another library unpacks it, or that lies."""
    size = sum(entry.file_size for entry in entries)
    if size > content.limits.unpacked_bytes:
        raise TooLargeError(content.limits.unpacked_bytes, unpacked=True)
    content.unpacked_files()


def _check_nature(content: _Content) -> None:
    """Refuse by its first bytes what is plainly something else."""
    beginning = next(content.chunks(), b"")
    if content.is_zip and beginning.startswith((*_ZIP, *_OTHER_ARCHIVES)):
        raise NestedZipError
    for signatures, nature in _OTHER_NATURES:
        if beginning.startswith(signatures):
            raise NotXmlError(nature)


def _check_directory(data: bytes) -> None:
    """Refuse a ZIP whose list of entries is missing or too long to be listed."""
    end = data.rfind(b"PK\x05\x06")
    directory_size = int.from_bytes(data[end + 12 : end + 16], "little")
    if end < 0:
        raise DamagedZipError
    if directory_size > _LARGEST_DIRECTORY or data[max(end - 20, 0) : end].startswith(
        b"PK\x06\x07"
    ):
        raise ZipContentsError((), int.from_bytes(data[end + 10 : end + 12], "little"))


def _check_zip(data: bytes) -> str:
    """Return the name of the only file of a ZIP."""
    with _damage_refused(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = _only_entry(archive)
    _check_entry(entry)
    return PurePosixPath(entry.filename).name


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if not _is_safe(entry):
        raise UnsafeZipError(entry.filename)
    if entry.flag_bits & _IS_ENCRYPTED:
        raise EncryptedZipError
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise DamagedZipError


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """List the plain files of a ZIP, but for those that desktops add."""
    return [
        entry
        for entry in archive.infolist()
        if not entry.is_dir() and not _is_of_the_desktop(entry)
    ]


def _only_entry(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    entries = archive.infolist()
    if any(entry.filename == "[Content_Types].xml" for entry in entries):
        raise NotXmlError(_OFFICE)
    for entry in entries:
        if not _is_safe(entry):
            raise UnsafeZipError(entry.filename)
    files = _files(archive)
    if len(files) != 1:
        names = tuple(entry.filename for entry in files[:_NAMES_SHOWN])
        raise ZipContentsError(names, len(files))
    return files[0]


def _is_safe(entry: zipfile.ZipInfo) -> bool:
    name = entry.orig_filename
    if name.startswith("/") or re.search(r"\\|\0|^[A-Za-z]:", name):
        return False
    if ".." in name.split("/"):
        return False
    nature = stat.S_IFMT(entry.external_attr >> 16)
    return nature in {0, stat.S_IFREG, stat.S_IFDIR}


def _is_of_the_desktop(entry: zipfile.ZipInfo) -> bool:
    """Return whether an entry is one that desktops add by themselves."""
    path = PurePosixPath(entry.filename)
    return path.parts[:1] == ("__MACOSX",) or path.name in {".DS_Store", "desktop.ini", "Thumbs.db"}
