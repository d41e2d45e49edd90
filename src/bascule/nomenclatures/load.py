"""Load the national tables: those of the package, or one from a fresh official file.

A table loaded from a fresh file stays until it is asked for by name: a later version of the
package must not put an older one back.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from psycopg.types.json import Jsonb

from bascule.errors import RefusedError
from bascule.formats.limits import DEFAULT_LIMITS
from bascule.journal.act import AUTHORITY, act
from bascule.nomenclatures import package
from bascule.nomenclatures.difference import Count
from bascule.nomenclatures.models import NationalCode, NationalTable
from bascule.store import staging

_TABLE = "nomenclatures_nationalcode"
#: How the source of a table begins when a fresh file gave it.
FRESH_FILE = "Fichier déposé : "

_LABEL, _OPENING, _CLOSING = "libelle_long", "date_ouverture", "date_fermeture"
_LONGEST_CODE, _LONGEST_LABEL = 20, 200


class UnknownTableError(RefusedError):
    """No national table has this name.

    Args:
        name (str): as given.
    """

    code = "national-table.unknown"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"La table « {name} » n’existe pas. Choisissez parmi : {', '.join(sorted(package.TABLES))}."
        )
        self.name = name


class UnreadableTableError(RefusedError):
    """The file is not a table of texts.

    Args:
        name (str): the table it was given for.
    """

    code = "national-table.unreadable"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Le fichier donné pour la table {name} ne se lit pas : un CSV est attendu, séparé par"
            " des points-virgules, avec le nom des colonnes en première ligne, et de moins de"
            f" {DEFAULT_LIMITS.deposited_bytes // 1024 // 1024} Mo. Vérifiez le fichier."
        )
        self.name = name


class MissingColumnsError(RefusedError):
    """The file lacks columns of the table.

    Args:
        name (str): the table.
        missing (tuple[str, ...]): columns that it lacks.
        found (tuple[str, ...]): columns that it has.
    """

    code = "national-table.columns-missing"

    def __init__(self, name: str, missing: tuple[str, ...], found: tuple[str, ...]) -> None:
        super().__init__(
            f"Le fichier donné pour la table {name} n’a pas les colonnes {', '.join(missing)}."
            f" On y lit : {', '.join(found) or 'aucune colonne'}. Renommez les colonnes, ou"
            " choisissez le bon fichier."
        )
        self.name, self.missing, self.found = name, missing, found


class WrongRowError(RefusedError):
    """A row of the file cannot be kept; no row is.

    Args:
        name (str): the table.
        line (int): line of the file, from 1; 0 for the whole file.
        reason (str): French, what is wrong with it.
    """

    code = "national-table.wrong-row"

    def __init__(self, name: str, line: int, reason: str) -> None:
        where = f", ligne {line}" if line else ""
        super().__init__(
            f"Table {name}{where} : {reason}. Rien n’a été changé : corrigez le fichier."
        )
        self.name, self.line, self.reason = name, line, reason


@dataclass(frozen=True, slots=True)
class TableLoad:
    """What loading a table did.

    Attributes:
        name: the table.
        count: its codes added, changed, removed and unchanged.
        is_kept: whether a fresh file was loaded earlier, and left as it is.
    """

    name: str
    count: Count
    is_kept: bool = False


class _Code(NamedTuple):
    """A row of a table, as it is stored."""

    label: str
    opens_on: date | None
    closes_on: date | None
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Given:
    """A table to load, and where it comes from; its rows are read when they are needed."""

    table: package.Table
    digest: str
    source: str
    as_of: str
    codes: Callable[[], dict[str, _Code]]


def load_package(
    *, actor: str, at: datetime, names: Collection[str] | None = None
) -> list[TableLoad]:
    """Load the tables of the package, writing only what differs.

    Args:
        actor (str): who loads them.
        at (datetime): when, with its time zone.
        names (Collection[str] | None): the tables to load, even over a fresh file; None for all
            but those that a fresh file gave.

    Returns:
        list[TableLoad]: what was done to each, by name; no act is kept when nothing was.

    Raises:
        UnknownTableError: if the package has no such table.
    """
    for name in names or ():
        if name not in package.TABLES:
            raise UnknownTableError(name)
    held = {row.name: row for row in NationalTable.objects.all()}
    done, wanted = [], []
    for name in sorted(names or package.TABLES):
        row = held.get(name)
        if row and names is None and row.source.startswith(FRESH_FILE):
            done.append(TableLoad(name, Count(unchanged=row.code_count), is_kept=True))
        elif row and row.digest == package.digest(name):
            done.append(TableLoad(name, Count(unchanged=row.code_count)))
        else:
            wanted.append(_packaged(name))
    if wanted:
        done += _load(wanted, actor=actor, at=at)
    return sorted(done, key=lambda load: load.name)


def load_table(*, name: str, file_name: str, content: bytes, actor: str, at: datetime) -> TableLoad:
    """Load one table from a fresh official file, writing only what differs.

    Args:
        name (str): the table.
        file_name (str): name of the file, kept as its source.
        content (bytes): CSV separated by semicolons, UTF-8 or Windows-1252, with the columns of
            the package's table; those that are ours may miss, others are kept too.
        actor (str): who loads it.
        at (datetime): when, with its time zone.

    Returns:
        TableLoad: what was done; no act is kept when the file was loaded already.

    Raises:
        UnknownTableError: if no table has this name.
    """
    table = package.TABLES.get(name)
    if table is None:
        raise UnknownTableError(name)
    codes = _read(table, content)
    digest = hashlib.sha256(content).hexdigest()
    held = NationalTable.objects.filter(pk=name).first()
    if held and held.digest == digest:
        return TableLoad(name, Count(unchanged=held.code_count))
    given = _Given(table, digest, FRESH_FILE + file_name, f"{at:%Y-%m-%d}", lambda: codes)
    return _load([given], actor=actor, at=at)[0]


def _packaged(name: str) -> _Given:
    table = package.TABLES[name]

    def codes() -> dict[str, _Code]:
        return {_key(table, row): _code(row) for row in package.rows(name)}

    return _Given(table, package.digest(name), table.source, table.as_of, codes)


def _load(tables: Iterable[_Given], *, actor: str, at: datetime) -> list[TableLoad]:
    done = []
    with act(uai=AUTHORITY, kind="nomenclatures.national", actor=actor, at=at) as opened:
        said = {}
        for given in tables:
            name, codes = given.table.name, given.codes()
            count = _replace(name, codes)
            NationalTable.objects.update_or_create(
                name=name,
                defaults={
                    "title": given.table.title,
                    "source": given.source,
                    "licence": given.table.licence,
                    "as_of": given.as_of,
                    "digest": given.digest,
                    "loaded_at": at,
                    "code_count": len(codes),
                },
            )
            done.append(TableLoad(name, count))
            said[name] = {
                "digest": given.digest,
                "counts": [count.added, count.changed, count.removed, count.unchanged],
            }
        opened.facts["tables"] = said
    return done


def _replace(name: str, codes: Mapping[str, _Code]) -> Count:
    stored = {
        code: _Code(*content)
        for code, *content in NationalCode.objects.filter(table=name).values_list(
            "code", "label", "opens_on", "closes_on", "fields"
        )
    }
    removed = [code for code in stored if code not in codes]
    changed = [code for code, row in codes.items() if code in stored and stored[code] != row]
    written = [code for code, row in codes.items() if stored.get(code) != row]
    with staging.raw_cursor() as cursor:
        if removed or changed:
            cursor.execute(
                'DELETE FROM nomenclatures_nationalcode WHERE "table" = %s AND code = ANY(%s)',
                [name, removed + changed],
            )
        if written:
            rows = ((name, code, *codes[code][:-1], Jsonb(codes[code].fields)) for code in written)
            columns = ("table", "code", "label", "opens_on", "closes_on", "fields")
            staging.insert_rows(cursor, _TABLE, columns, rows)
    return Count(
        added=len(written) - len(changed),
        changed=len(changed),
        removed=len(removed),
        unchanged=len(codes) - len(written),
    )


def _read(table: package.Table, content: bytes) -> dict[str, _Code]:
    reader = csv.DictReader(io.StringIO(_text(table.name, content)), delimiter=";", strict=True)
    codes: dict[str, _Code] = {}
    for line, row in _rows(table, reader):
        key = _key(table, row)
        if not key.strip("|") or len(key) > _LONGEST_CODE:
            raise WrongRowError(table.name, line, f"le code « {key[:40]} » manque ou est trop long")
        if key in codes:
            raise WrongRowError(table.name, line, f"le code {key} est déjà présent plus haut")
        try:
            codes[key] = _code(row)
        except ValueError:
            raise WrongRowError(
                table.name, line, "une date n’est pas de la forme AAAA-MM-JJ"
            ) from None
        if len(codes[key].label) > _LONGEST_LABEL:
            raise WrongRowError(table.name, line, f"le libellé dépasse {_LONGEST_LABEL} caractères")
    if not codes:
        raise WrongRowError(table.name, 0, "le fichier ne contient aucun code")
    return codes


def _rows(
    table: package.Table, reader: "csv.DictReader[str]"
) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        found = tuple(reader.fieldnames or ())
        expected = next(package.rows(table.name))
        missing = tuple(
            column
            for column in expected
            if column not in found and (column in table.key or column not in table.added)
        )
        if missing:
            raise MissingColumnsError(table.name, missing, found)
        for row in reader:
            if None in row or None in row.values():
                reason = f"{len(found)} colonnes sont attendues"
                raise WrongRowError(table.name, reader.line_num, reason)
            yield reader.line_num, {column: text.strip() for column, text in row.items()}
    except csv.Error:
        raise UnreadableTableError(table.name) from None


def _text(name: str, content: bytes) -> str:
    if len(content) > DEFAULT_LIMITS.deposited_bytes or b"\0" in content:
        raise UnreadableTableError(name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        raise UnreadableTableError(name) from None


def _key(table: package.Table, row: Mapping[str, str]) -> str:
    return "|".join(row[column] for column in table.key)


def _code(row: dict[str, str]) -> _Code:
    opening, closing = (row.get(column, "") for column in (_OPENING, _CLOSING))
    return _Code(row.get(_LABEL, ""), _day(opening), _day(closing), row)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
