"""The national tables shipped with the product: facts read from files beside this module.

They are a working copy for a first start, not a reference: an authority replaces any of them with a
fresh download. `data/sources.csv` says of each table where it comes from and what was added to it.
Every table holds texts only (leading zeros matter); the first column is the code where it has one.
"""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_DATA = files("bascule.nomenclatures") / "data"
_LABEL = "libelle_long"
_SOURCES = "sources"
_OVERSEAS = ("97", "98")


@dataclass(frozen=True, slots=True)
class Table:
    """What is known of a table besides its rows.

    Attributes:
        name: name in `TABLES`; its file is `data/<name>.csv`.
        title: French title.
        key: the columns that identify a row.
        added: the columns that are ours, not the source's.
        nature: `officielle`, `complétée` (some columns or rows are ours) or `illustrative`, which
            must never be shown as official.
        source: French, where the rows come from.
        licence: French, under which terms.
        as_of: year of the data.
        remark: French, what to know before using it; often empty.
    """

    name: str
    title: str
    key: tuple[str, ...]
    added: tuple[str, ...]
    nature: str
    source: str
    licence: str
    as_of: str
    remark: str


def _bytes(name: str) -> bytes:
    return (_DATA / f"{name}.csv").read_bytes()


def _read(name: str) -> Iterator[dict[str, str]]:
    lines = csv.reader(_bytes(name).decode().splitlines(), delimiter=";")
    columns = next(lines)
    for line in lines:
        yield dict(zip(columns, line, strict=True))


def _described(row: dict[str, str]) -> Table:
    return Table(
        name=row["table"],
        title=row["titre"],
        key=tuple(row["cle"].split()),
        added=tuple(row["colonnes_ajoutees"].split()),
        nature=row["nature"],
        source=row["source"],
        licence=row["licence"],
        as_of=row["date"],
        remark=row["remarque"],
    )


#: Every table, by name.
TABLES: Mapping[str, Table] = MappingProxyType(
    {table.name: table for table in map(_described, _read(_SOURCES))}
)


def rows(table: str) -> Iterator[dict[str, str]]:
    """Read a table.

    Args:
        table (str): name in `TABLES`.

    Yields:
        dict[str, str]: one row by column, in the order of its key; empty text where unknown.
    """
    yield from _read(TABLES[table].name)


@cache
def codes(table: str) -> frozenset[str]:
    """Return the codes of a table, past ones included.

    Args:
        table (str): name in `TABLES`.

    Returns:
        frozenset[str]: its first column.
    """
    # No csv reader: the code is never quoted, and 37,000 communes are wanted in a few milliseconds.
    lines = _bytes(TABLES[table].name).rstrip(b"\n").split(b"\n")
    return frozenset(line.partition(b";")[0].decode() for line in lines[1:])


@cache
def labels(table: str) -> Mapping[str, str]:
    """Return the long label of each code of a table.

    Args:
        table (str): name in `TABLES`, of a table with one key column.

    Returns:
        Mapping[str, str]: label by code.
    """
    return MappingProxyType({row["code"]: row[_LABEL] for row in rows(table)})


def communes() -> frozenset[str]:
    """Return the codes of communes, arrondissements, delegated and associated communes.

    Returns:
        frozenset[str]: INSEE codes, five characters. Communes that vanished without becoming
            delegated or associated are not known.
    """
    return codes("commune")


@cache
def _postcodes() -> Mapping[str, tuple[str, ...]]:
    return {row["code"]: tuple(row["codes_postaux"].split("|")) for row in rows("commune")}


def postcodes(commune: str) -> tuple[str, ...]:
    """Return the postcodes of a commune.

    Args:
        commune (str): INSEE code.

    Returns:
        tuple[str, ...]: empty for an unknown, delegated or associated commune.
    """
    return tuple(filter(None, _postcodes().get(commune, ())))


def department_of(commune: str) -> str:
    """Return the département of a commune, in the Ministry's coding.

    Args:
        commune (str): INSEE code, five characters.

    Returns:
        str: three characters: `077`, `02A`, `971`.
    """
    return commune[:3] if commune.startswith(_OVERSEAS) else f"0{commune[:2]}"


@cache
def digest(table: str) -> str:
    """Return what changes when the rows of a table change.

    Args:
        table (str): name in `TABLES`.

    Returns:
        str: SHA-256 of its file, 64 hexadecimal digits.
    """
    return hashlib.sha256(_bytes(TABLES[table].name)).hexdigest()


@cache
def fingerprint() -> str:
    """Return what changes when any table, or what is said of it, changes.

    Returns:
        str: SHA-256, 64 hexadecimal digits.
    """
    whole = hashlib.sha256(_bytes(_SOURCES))
    for table in sorted(TABLES):
        whole.update(digest(table).encode())
    return whole.hexdigest()
