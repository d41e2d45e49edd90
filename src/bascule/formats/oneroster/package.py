"""Read a OneRoster package, naming each way in which it is not what the standard says; write one that is."""

import csv
import io
import re
import stat
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import ClassVar, Final, NamedTuple

from bascule.formats.oneroster.description import (
    BOOLEANS,
    DATES,
    FILES,
    IN_MANIFEST,
    LATEST,
    MANIFEST,
    POINTED,
    WORDS,
)
from bascule.formats.refusals import FileRefusedError

_ID: Final = re.compile(r"[0-9A-Za-z./@_-]{1,255}")
_AGAIN: Final = "Refaites l’export complet (« bulk ») dans le logiciel d’origine."
_METADATA: Final = "metadata."
_EXTENSION: Final = "ext:"
_GONE: Final = frozenset(("tobedeleted", "inactive"))
#: Deviations named; beyond, the package is not worth more words.
_MOST_NAMED: Final = 200
_LONGEST_CELL: Final = 1000
_MOST_ROWS: Final = 200_000


class OneRosterError(FileRefusedError):
    """A package that cannot be read.

    Args:
        sentence (str): French: what is wrong, where, and what to do.
    """

    code: ClassVar[str] = "oneroster"


class NoManifestError(OneRosterError):
    """The manifest is missing or cannot be read."""

    code = "oneroster.manifest"


class OtherVersionError(OneRosterError):
    """The version is not one that is read."""

    code = "oneroster.version"


class DeltaError(OneRosterError):
    """The package says changes only."""

    code = "oneroster.delta"


class MissingFileError(OneRosterError):
    """A file is declared and is not there, or rosters need it."""

    code = "oneroster.file"


class MissingColumnError(OneRosterError):
    """A column that must be there is not."""

    code = "oneroster.column"


class Deviation(NamedTuple):
    """One way in which a package is not what the standard says.

    Attributes:
        file: the file, without extension.
        line: of the file, from 1.
        column: the column; blank when the file is meant.
        value: what is there.
        sentence: French.
    """

    file: str
    line: int
    column: str
    value: str
    sentence: str


class Row(NamedTuple):
    """A row of a file.

    Attributes:
        line: of the file, from 1.
        fields: text by column; blank cells are left out.
    """

    line: int
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Package:
    """A package.

    Attributes:
        version: `1.1` or `1.2`.
        source: name of the system it comes from, may be blank.
        files: rows of each file of rosters.
        deviations: what is not as it should be, at most 200.
    """

    version: str
    source: str
    files: Mapping[str, Sequence[Row]]
    deviations: list[Deviation] = field(default_factory=list)


def items(text: str) -> list[str]:
    """Part a cell that holds a list.

    Args:
        text (str): the cell.

    Returns:
        list[str]: its items, stripped.
    """
    return [item.strip() for item in text.split(",") if item.strip()]


def read_package(files: Sequence[tuple[str, bytes]]) -> Package:
    """Read a package.

    Args:
        files (Sequence[tuple[str, bytes]]): path and bytes of each.

    Returns:
        Package: its rosters; rows that are to be deleted are left out.

    Raises:
        NoManifestError: if the manifest is missing.
        OtherVersionError: if the version is not one that is read.
        DeltaError: if it says changes only.
        MissingFileError: if a file is declared and is not there.
    """
    found = {PurePosixPath(path).name.lower(): (path, data) for path, data in files}
    if MANIFEST not in found:
        raise NoManifestError(f"Le fichier manifest.csv manque. {_AGAIN}")
    properties = _manifest(found[MANIFEST][1])
    version = properties.get("oneroster.version", "")
    if version not in FILES:
        raise OtherVersionError(
            f"La version « {version[:20]} » de OneRoster n’est pas lue : seules 1.1 et 1.2 le sont. {_AGAIN}"
        )
    deviations = [
        Deviation("manifest", 1, f"file.{name}", "", "Le manifeste ne dit rien de ce fichier.")
        for name in IN_MANIFEST[version]
        if f"file.{name}" not in properties
    ]
    rows: dict[str, list[Row]] = {}
    for name, columns in FILES[version].items():
        data = _content(name, properties.get(f"file.{name}", "absent"), found, deviations)
        if data is not None:
            rows[name] = list(_rows(name, columns, data, deviations))
    for name in _NEEDED:
        if name not in rows:
            raise MissingFileError(f"Le fichier {name}.csv manque. {_AGAIN}")
    deviations += _lost_references(rows)
    source = properties.get("source.systemName", "")
    return Package(version, source, rows, deviations[:_MOST_NAMED])


_NEEDED: Final = ("users", "orgs", "classes", "enrollments")


def _content(
    name: str, how: str, found: Mapping[str, tuple[str, bytes]], deviations: list[Deviation]
) -> bytes | None:
    """Give the bytes of a file; None for one that is declared absent."""
    if how == "delta":
        raise DeltaError(f"Le fichier {name} ne donne que des changements (« delta »). {_AGAIN}")
    if how != "bulk":
        return None
    file = f"{name.lower()}.csv"
    if file not in found:
        raise MissingFileError(f"Le fichier {name}.csv est annoncé, et il manque. {_AGAIN}")
    path, data = found[file]
    if path != f"{name}.csv":
        sentence = "Ce fichier n’est pas à la racine sous son nom exact."
        deviations.append(Deviation(name, 1, "", path, sentence))
    return data


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MissingFileError(f"Le fichier {name}.csv n’est pas en UTF-8. {_AGAIN}") from None


def _cells(name: str, data: bytes) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(_text(name, data), newline=""))
    try:
        for row in reader:
            if any(row):
                yield reader.line_num, [cell.strip()[:_LONGEST_CELL] for cell in row]
            if reader.line_num > _MOST_ROWS:
                raise MissingFileError(f"Le fichier {name}.csv a trop de lignes. {_AGAIN}")
    except csv.Error as fault:
        raise MissingFileError(
            f"Le fichier {name}.csv est mal écrit vers la ligne {reader.line_num}. {_AGAIN}"
        ) from fault


def _manifest(data: bytes) -> dict[str, str]:
    rows = [row for _, row in _cells("manifest", data)]
    if not rows or rows[0][:2] != ["propertyName", "value"]:
        raise NoManifestError(f"Le fichier manifest.csv n’a pas ses deux colonnes. {_AGAIN}")
    return {row[0]: row[1] for row in rows[1:] if len(row) > 1}


def _rows(
    name: str, columns: Sequence[str], data: bytes, deviations: list[Deviation]
) -> Iterator[Row]:
    cells = _cells(name, data)
    _, header = next(cells, (1, []))
    wanted = [column.removesuffix("!") for column in columns]
    read = [_named(heading, wanted) for heading in header]
    required = [column.removesuffix("!") for column in columns if column.endswith("!")]
    for column in required:
        if column not in read:
            raise MissingColumnError(f"Le fichier {name}.csv n’a pas la colonne {column}. {_AGAIN}")
    deviations += _about_the_header(name, header, read, wanted)
    filled: set[str] = set()
    for line, row in cells:
        fields = {column: cell for column, cell in zip(read, row, strict=False) if column and cell}
        if fields.get("status", "").lower() in _GONE:
            deviations.append(
                Deviation(
                    name,
                    line,
                    "status",
                    fields["status"],
                    "Fiche supprimée ou inactive : elle n’est pas lue.",
                )
            )
            continue
        for column in ("status", "dateLastModified"):
            if fields.pop(column, "") and column not in filled:
                # Once a file: whoever fills them fills them all.
                filled.add(column)
                sentence = "Cette colonne reste vide dans un export complet."
                deviations.append(Deviation(name, line, column, "", sentence))
        deviations += _about_the_row(name, line, fields, required)
        yield Row(line, fields)


def _named(heading: str, wanted: Sequence[str]) -> str:
    """Give the column that a heading means, whatever its case; blank for one that is not known."""
    if heading in wanted or heading.startswith(_METADATA):
        return heading
    return next((column for column in wanted if column.lower() == heading.lower()), "")


def _about_the_header(
    name: str, header: Sequence[str], read: Sequence[str], wanted: Sequence[str]
) -> Iterator[Deviation]:
    for heading, column in zip(header, read, strict=True):
        if heading and not column:
            yield Deviation(
                name, 1, heading, "", "Colonne que la norme ne connaît pas : elle n’est pas lue."
            )
        elif heading != column:
            yield Deviation(name, 1, column, heading, "Intitulé de colonne mal écrit.")
    for column in wanted:
        if column not in read:
            yield Deviation(name, 1, column, "", "Colonne absente.")
    known = [column for column in read if column in wanted]
    if known != [column for column in wanted if column in known]:
        yield Deviation(name, 1, "", "", "Les colonnes ne sont pas dans l’ordre de la norme.")


def _about_the_row(
    name: str, line: int, fields: dict[str, str], required: Sequence[str]
) -> Iterator[Deviation]:
    """Name what is wrong in a row, and bring it to the form of the standard where that is plain."""
    for column in required:
        if column not in fields:
            yield Deviation(name, line, column, "", "Valeur obligatoire absente.")
    if "sourcedId" in fields and not _ID.fullmatch(fields["sourcedId"]):
        yield Deviation(name, line, "sourcedId", fields["sourcedId"], "Identifiant mal formé.")
    for column in list(fields):
        found = fields[column]
        mended = _mended(name, column, found)
        if mended != found:
            fields[column] = mended
            yield Deviation(
                name, line, column, found, "Valeur qui n’est pas écrite comme la norme le veut."
            )


def _mended(name: str, column: str, text: str) -> str:
    if column in BOOLEANS:
        return text.lower() if text.lower() in ("true", "false") else text
    if column in DATES:
        return _day(text)
    words = WORDS.get((name, column))
    if words and text not in words and not text.startswith(_EXTENSION):
        return next((word for word in words if word.lower() == text.lower()), f"{_EXTENSION}{text}")
    return text


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return text


def _lost_references(rows: Mapping[str, Sequence[Row]]) -> Iterator[Deviation]:
    ids = {name: {row.fields.get("sourcedId", "") for row in found} for name, found in rows.items()}
    for name, found in rows.items():
        for row in found:
            for column in POINTED.keys() & row.fields.keys():
                # A file that is declared absent cannot be pointed at: one word for it is enough, its own.
                there = ids.get(POINTED[column] or name)
                for reference in items(row.fields[column]):
                    if there is not None and reference not in there:
                        yield Deviation(
                            name,
                            row.line,
                            column,
                            reference,
                            "Désigne une fiche qui n’est pas dans l’export.",
                        )


def write_package(
    files: Mapping[str, Iterable[Mapping[str, str]]],
    *,
    source: str,
    source_code: str,
    at: datetime,
) -> bytes:
    """Write a package of version 1.2.

    Args:
        files (Mapping[str, Iterable[Mapping[str, str]]]): rows of each file of rosters; extension columns begin with
            `metadata.`.
        source (str): name of the system.
        source_code (str): code of the system.
        at (datetime): date of the entries, local time, 1980 or later.

    Returns:
        bytes: the ZIP, the same for the same arguments.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        how = {name: "bulk" if name in files else "absent" for name in IN_MANIFEST[LATEST]}
        manifest = [
            ("propertyName", "value"), ("manifest.version", "1.0"), ("oneroster.version", LATEST),
            *((f"file.{name}", word) for name, word in how.items()),
            ("source.systemName", source), ("source.systemCode", source_code),
        ]  # fmt: skip
        _add(archive, MANIFEST, manifest, at)
        for name, rows in files.items():
            held = [dict(row) for row in rows]
            columns = [column.removesuffix("!") for column in FILES[LATEST][name]]
            columns += sorted({c for row in held for c in row if c.startswith(_METADATA)})
            lines = [columns, *([row.get(column, "") for column in columns] for row in held)]
            _add(archive, f"{name}.csv", lines, at)
    return out.getvalue()


def _add(archive: zipfile.ZipFile, name: str, lines: Iterable[Sequence[str]], at: datetime) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    entry = zipfile.ZipInfo(name, at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.create_system = 3
    archive.writestr(entry, text.getvalue().encode())
