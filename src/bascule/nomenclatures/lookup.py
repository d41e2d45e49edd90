"""Read the national tables: from the base when they are loaded, else from the package."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from bascule.nomenclatures import package
from bascule.nomenclatures.load import FRESH_FILE
from bascule.nomenclatures.models import NationalCode, NationalTable


@dataclass(frozen=True, slots=True)
class TableState:
    """Where a national table stands.

    Attributes:
        name: the table.
        title: French title.
        source: French, where its rows come from.
        as_of: date of the data.
        code_count: how many codes it has.
        is_loaded: whether the base holds it; else the package answers for it.
        is_fresh: whether a fresh official file replaced the package's.
        nature: what it may be shown as (`officielle`, `complétée`, `illustrative`).
    """

    name: str
    title: str
    source: str
    as_of: str
    code_count: int
    is_loaded: bool
    is_fresh: bool
    nature: str


#: What the base holds of each table, for the time of a block; None outside of one.
_SEEN: ContextVar[Mapping[str, str] | None] = ContextVar("seen", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Ask the base only once, for a block, which content each table has: a page names codes of a dozen tables.

    Yields:
        None: nothing.
    """
    seen = _SEEN.set(dict(NationalTable.objects.values_list("name", "digest")))
    try:
        yield
    finally:
        _SEEN.reset(seen)


def codes(table: str, *, digest: str | None = None) -> frozenset[str]:
    """Return the codes of a table, past ones included.

    Args:
        table (str): name in `package.TABLES`.
        digest (str | None): its digest in the base, for who has read it already; blank when it is not there.

    Returns:
        frozenset[str]: its codes; those of several columns are joined by "|".
    """
    if digest is None:
        digest = _digest(table)
    if not digest:
        return frozenset(_joined(table)) if len(_key(table)) > 1 else package.codes(table)
    if digest == package.digest(table) and len(_key(table)) == 1:
        return package.codes(table)
    return frozenset(_labels(table, digest))


def labels(table: str) -> Mapping[str, str]:
    """Return the label of each code of a table.

    Args:
        table (str): name in `package.TABLES`, of a table with one key column.

    Returns:
        Mapping[str, str]: label by code.
    """
    digest = _digest(table)
    if digest in {"", package.digest(table)}:
        return package.labels(table)
    return _labels(table, digest)


def rows(table: str) -> Iterator[dict[str, str]]:
    """Read a table, whole.

    Args:
        table (str): name in `package.TABLES`.

    Yields:
        dict[str, str]: one row by column, in the order of its key; columns that a fresh file does not
            have are missing.
    """
    if _digest(table) in {"", package.digest(table)}:
        yield from package.rows(table)
    else:
        held = NationalCode.objects.filter(table=table).order_by("code")
        yield from held.values_list("fields", flat=True)


def digest(table: str) -> str:
    """Tell one content of a table from another.

    Args:
        table (str): name in `package.TABLES`.

    Returns:
        str: digest of what the base holds; blank while the package answers.
    """
    return _digest(table)


def tables() -> list[TableState]:
    """List the national tables.

    Returns:
        list[TableState]: by name.
    """
    held = {row.name: row for row in NationalTable.objects.all()}
    return [_state(table, held.get(name)) for name, table in sorted(package.TABLES.items())]


def _state(table: package.Table, row: NationalTable | None) -> TableState:
    source, as_of = (row.source, row.as_of) if row else (table.source, table.as_of)
    return TableState(
        name=table.name,
        title=table.title,
        source=source,
        as_of=as_of,
        code_count=row.code_count if row else sum(1 for _ in package.rows(table.name)),
        is_loaded=row is not None,
        is_fresh=source.startswith(FRESH_FILE),
        nature=table.nature,
    )


def _key(table: str) -> tuple[str, ...]:
    return package.TABLES[table].key


def _joined(table: str) -> list[str]:
    return ["|".join(row[column] for column in _key(table)) for row in package.rows(table)]


def _digest(table: str) -> str:
    seen = _SEEN.get()
    if seen is not None:
        return seen.get(table, "")
    return NationalTable.objects.filter(pk=table).values_list("digest", flat=True).first() or ""


@lru_cache(maxsize=32)
def _labels(table: str, _digest: str) -> Mapping[str, str]:
    # The digest is a part of the cache's key: another content is another entry.
    rows = NationalCode.objects.filter(table=table).values_list("code", "label")
    return MappingProxyType(dict(rows))
