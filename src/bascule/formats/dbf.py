"""dBase III tables, read and written: what programs of the DOS years kept their data in.

A table is a header, one description of 32 bytes for each column, then records of one length. Everything
is checked before a record counts: the header announces all the lengths, and a table cut or glued at
random does not keep them.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from bascule.formats.refusals import FileRefusedError

#: What the bytes of a text are read as, when nobody says otherwise: that of DOS in France.
DEFAULT_ENCODING: Final = "cp850"
#: Those that may be asked for.
ENCODINGS: Final = ("cp850", "cp437", "cp1252", "iso8859-15")

#: dBase III, III with memos, IV with memos, FoxPro with memos.
_VERSIONS: Final = frozenset((0x03, 0x83, 0x8B, 0xF5))
_HEADER: Final = struct.Struct("<BBBBLHH20x")
_COLUMN: Final = struct.Struct("<11sc4xBB14x")
_END_OF_COLUMNS: Final = 0x0D
_PRESENT, _DELETED = ord(" "), ord("*")
#: Text, number, date, yes or no, floating number, memo: a memo stands in another file, and is not read.
_TYPES: Final = frozenset("CNDLFM")
_MONTHS, _DAYS = 12, 31
_MOST_COLUMNS: Final = 255
_AGAIN: Final = (
    "Recopiez le fichier depuis le dossier de GEP, sans l’ouvrir dans un autre programme."
)


class DbfError(FileRefusedError):
    """A table that cannot be read.

    Args:
        sentence (str): French: what is wrong, where, and what to do.
    """

    code: ClassVar[str] = "dbf"


class NotDbfError(DbfError):
    """The bytes are not those of a dBase table."""

    code = "dbf.not-a-table"


class DbfHeaderError(DbfError):
    """The header contradicts itself."""

    code = "dbf.header"


class DbfColumnError(DbfError):
    """A column is described as no column can be."""

    code = "dbf.column"


class DbfTruncatedError(DbfError):
    """There are fewer records than announced."""

    code = "dbf.truncated"


class DbfRecordError(DbfError):
    """A record does not begin as records do: the table is shifted or damaged."""

    code = "dbf.record"


class DbfEncodingError(DbfError):
    """A text has bytes that the encoding does not have."""

    code = "dbf.encoding"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: at most ten characters.
        kind: one letter: `C` text, `N` number, `D` date, `L` yes or no.
        length: bytes.
        decimals: of a number.
    """

    name: str
    kind: str
    length: int
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A record.

    Attributes:
        number: its place in the table, deleted ones counted, from 1.
        values: stripped text of each column that is not blank.
    """

    number: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, its header checked.

    Attributes:
        name: of the file, without folder nor extension, in capitals.
        columns: in the order of the table.
        count: records announced, deleted ones included.
        deleted_count: records marked as deleted; they are not given.
        encoding: what its texts are read as.
    """

    name: str
    columns: tuple[Column, ...]
    count: int
    deleted_count: int
    encoding: str
    _records: bytes

    @property
    def records(self) -> bytes:
        """Return the bytes of all records."""
        return self._records

    def rows(self) -> Iterator[Row]:
        """Give the records that are not deleted.

        Yields:
            Row: in the order of the table.

        Raises:
            DbfEncodingError: if a text has bytes that the encoding does not have.
        """
        length = _record_length(self.columns)
        for number in range(1, self.count + 1):
            start = (number - 1) * length
            record = self._records[start : start + length]
            if record[0] == _PRESENT:
                yield Row(number, self._values(number, record))

    def _values(self, number: int, record: bytes) -> dict[str, str]:
        values: dict[str, str] = {}
        place = 1
        for column in self.columns:
            raw = record[place : place + column.length].split(b"\0", 1)[0]
            place += column.length
            if column.kind == "M":
                continue
            try:
                text = raw.decode(self.encoding).strip()
            except UnicodeDecodeError:
                raise DbfEncodingError(
                    f"La table {self.name} n’est pas en {self.encoding} : fiche {number}, colonne {column.name}. "
                    "Choisissez une autre écriture des accents."
                ) from None
            if text:
                values[column.name] = text
        return values


def is_dbf(data: bytes) -> bool:
    """Tell whether bytes look like a dBase table.

    Args:
        data (bytes): a file, or its beginning.

    Returns:
        bool: True when the version, the day and the lengths of the header are those of a table.
    """
    if len(data) < _HEADER.size or data[0] not in _VERSIONS:
        return False
    _, _, month, day, _, header, record = _HEADER.unpack_from(data)
    is_dated = month <= _MONTHS and day <= _DAYS
    return bool(is_dated and header > _HEADER.size and record > 1)


def read_table(name: str, data: bytes, encoding: str = DEFAULT_ENCODING) -> Table:
    """Read a table and check it whole, but for its texts.

    Args:
        name (str): name of the table.
        data (bytes): its bytes.
        encoding (str): what its texts are read as; the mark of the header is not trusted.

    Returns:
        Table: the table.

    Raises:
        NotDbfError: if it is none.
        DbfHeaderError: if its header contradicts itself.
        DbfTruncatedError: if records are missing.
        DbfRecordError: if a record does not begin as records do.
    """
    if len(data) < _HEADER.size or data[0] not in _VERSIONS:
        raise NotDbfError(f"La table {name} n’est pas une table dBase. {_AGAIN}")
    _, _, _, _, count, header, length = _HEADER.unpack_from(data)
    if header > len(data) or header <= _HEADER.size or data[header - 1] != _END_OF_COLUMNS:
        raise DbfHeaderError(
            f"La table {name} a un en-tête abîmé : il ne dit pas où commencent les fiches. {_AGAIN}"
        )
    columns = _columns(name, data[_HEADER.size : header - 1])
    if _record_length(columns) != length:
        raise DbfHeaderError(
            f"La table {name} a un en-tête abîmé : ses colonnes ne font pas la longueur d’une fiche. {_AGAIN}"
        )
    records = data[header : header + count * length]
    if len(records) != count * length:
        held = len(records) // length
        raise DbfTruncatedError(
            f"La table {name} est incomplète : elle annonce {count} fiches et en contient {held}. {_AGAIN}"
        )
    marks = records[::length]
    for number, mark in enumerate(marks, 1):
        if mark not in (_PRESENT, _DELETED):
            raise DbfRecordError(
                f"La table {name} est abîmée à la fiche {number} : elle ne commence pas à sa place. {_AGAIN}"
            )
    return Table(name, columns, count, marks.count(_DELETED), encoding, records)


def _columns(name: str, data: bytes) -> tuple[Column, ...]:
    if len(data) % _COLUMN.size or len(data) // _COLUMN.size > _MOST_COLUMNS:
        raise DbfHeaderError(
            f"La table {name} a un en-tête abîmé : la liste de ses colonnes est coupée. {_AGAIN}"
        )
    columns: dict[str, Column] = {}
    for raw, kind, length, decimals in _COLUMN.iter_unpack(data):
        title = raw.split(b"\0", 1)[0].decode("ascii", "replace").strip().upper()
        if not title.replace("_", "").isalnum() or not title.isascii():
            raise DbfColumnError(
                f"La table {name} a une colonne sans nom lisible (« {title} »). {_AGAIN}"
            )
        if title in columns:
            raise DbfColumnError(f"La table {name} a deux colonnes « {title} ». {_AGAIN}")
        letter = kind.decode("latin-1")
        if letter not in _TYPES or not length:
            raise DbfColumnError(
                f"La table {name} a une colonne « {title} » d’une nature inconnue. {_AGAIN}"
            )
        columns[title] = Column(title, letter, length, decimals)
    if not columns:
        raise DbfHeaderError(f"La table {name} n’a aucune colonne. {_AGAIN}")
    return tuple(columns.values())


def _record_length(columns: Sequence[Column]) -> int:
    return 1 + sum(column.length for column in columns)


def write_table(
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, str]],
    *,
    on: date,
    encoding: str = DEFAULT_ENCODING,
) -> bytes:
    """Write a table.

    Args:
        columns (Sequence[Column]): its columns.
        rows (Sequence[Mapping[str, str]]): text of each column; what is missing is blank, what is too long is cut.
        on (date): day of its last change, from 1900.
        encoding (str): of its texts; a character that it lacks is a question mark.

    Returns:
        bytes: the table, version III.
    """
    header = _HEADER.size + _COLUMN.size * len(columns) + 1
    parts = [
        _HEADER.pack(
            0x03, on.year - 1900, on.month, on.day, len(rows), header, _record_length(columns)
        ),
        *(
            _COLUMN.pack(
                column.name.encode("ascii"), column.kind.encode(), column.length, column.decimals
            )
            for column in columns
        ),
        bytes((_END_OF_COLUMNS,)),
    ]
    for row in rows:
        parts.append(b" ")
        for column in columns:
            text = row.get(column.name, "").encode(encoding, "replace")[: column.length]
            pad = text.rjust if column.kind in "NF" else text.ljust
            parts.append(pad(column.length))
    return b"".join((*parts, b"\x1a"))
