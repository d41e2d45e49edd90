"""The files of the base: Parquet by year and school, written by DuckDB from the rows, read back, replaced whole.

PostgreSQL is the truth: a school's file is written beside, forced to the disk and put in the place of the
one before, so that who reads the folder sees a school as of one night or of another, never between.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb
from django.conf import settings
from django.db import transaction

from bascule.bea.catalogue import BETWEEN, PUPILS, TABLES, Table, Type
from bascule.store import staging
from bascule.store.policies import open_schools

#: Schools written in one pass: what bounds the memory.
BATCH: Final = 25

_NAME: Final = "data.parquet"
#: What DuckDB may take, and no word with the network.
_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "memory_limit": "256MB",
    "threads": "1",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


class SchoolYear(NamedTuple):
    """One partition of the base."""

    uai: str
    year: int


class UnwrittenError(Exception):
    """DuckDB did not write what it was given."""


def root() -> Path:
    """Tell where the base is.

    Returns:
        Path: its folder.
    """
    return Path(settings.BASCULE_BEA)


def write(
    which: Sequence[SchoolYear], *, into: Path | None = None, night: int | None = None
) -> None:
    """Write the files of schools' years, in the place of those that are there.

    Args:
        which (Sequence[SchoolYear]): the partitions.
        into (Path | None): another folder than that of the base.
        night (int | None): as of this night; None for now.
    """
    into = into or root()
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    for start in range(0, len(which), BATCH):
        batch = which[start : start + BATCH]
        with _beside(into) as beside, duckdb.connect(config=_CONFIG) as engine:
            for table in TABLES:
                _copy_out(table, batch, night, beside / "rows.csv")
                made = beside / table.name
                _make(engine, table, beside / "rows.csv", made)
                for one in batch:
                    _replace(_within(made, one), _within(into / table.name, one))


def digests(which: Iterable[SchoolYear], *, within: Path | None = None) -> dict[SchoolYear, bytes]:
    """Read files back.

    Args:
        which (Iterable[SchoolYear]): the partitions.
        within (Path | None): another folder than that of the base.

    Returns:
        dict[SchoolYear, bytes]: the digest of each, as `Snapshot.digest` gives it.
    """
    within, which = within or root(), list(which)
    found: dict[SchoolYear, bytes] = dict.fromkeys(which, b"")
    with duckdb.connect(config=_CONFIG) as engine:
        for table in TABLES:
            what = "empreinte" if table is PUPILS else "eleve_id::VARCHAR || nationalite"
            read = _read(engine, table, which, within, what)
            for one in which:
                found[one] += bytes.fromhex(read.get(one, _NOTHING))
    return found


def _read(
    engine: duckdb.DuckDBPyConnection,
    table: Table,
    which: Sequence[SchoolYear],
    within: Path,
    what: str,
) -> dict[SchoolYear, str]:
    paths = [str(_within(within / table.name, one) / _NAME) for one in which]
    paths = [path for path in paths if Path(path).exists()]
    if not paths:
        return {}
    rows = engine.execute(
        f"SELECT uai, year, sha256(string_agg({what}, '' ORDER BY eleve_id))"  # noqa: S608 - our own words
        " FROM read_parquet($1, hive_partitioning = true,"
        " hive_types = {'uai': VARCHAR, 'year': BIGINT}) GROUP BY ALL",
        [paths],
    ).fetchall()
    return {SchoolYear(uai, year): digest for uai, year, digest in rows}


#: SHA-256 of nothing, for a school without a line.
_NOTHING: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def _within(folder: Path, one: SchoolYear) -> Path:
    return folder / f"year={one.year}" / f"uai={one.uai}"


@contextmanager
def _beside(into: Path) -> Iterator[Path]:
    """Give a folder on the same disk; what a death left there is removed by the next."""
    for left in into.glob(".writing-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=".writing-", dir=into))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_out(table: Table, batch: Sequence[SchoolYear], night: int | None, path: Path) -> None:
    """Copy the lines in force out of PostgreSQL."""
    values = ", ".join(
        f"nullif(array_to_string({one.stored}, '{BETWEEN}'), '')"
        if one.type is Type.TEXTS
        else one.stored
        for one in table.columns
    )
    more = ", encode(digest, 'hex')" if table is PUPILS else ""
    when = (
        "to_night IS NULL"
        if night is None
        else "from_night <= %(night)s AND (to_night IS NULL OR to_night > %(night)s)"
    )
    query = (
        f"COPY (SELECT year, uai, student_id, {values}{more} FROM {table.stored}"  # noqa: S608 - our own words
        " WHERE uai = ANY(%(uais)s::text[])"
        " AND (uai, year) IN (SELECT * FROM unnest(%(uais)s::text[], %(years)s::int[]))"
        f" AND {when} ORDER BY year, uai, student_id) TO STDOUT (FORMAT csv)"
    )
    given: dict[str, Any] = {
        "uais": [one.uai for one in batch],
        "years": [one.year for one in batch],
        "night": night,
    }
    with transaction.atomic(), path.open("wb") as file:
        open_schools(*given["uais"])
        with staging.raw_cursor() as cursor, cursor.copy(query.encode(), given) as copied:
            for block in copied:
                file.write(block)


def _make(engine: duckdb.DuckDBPyConnection, table: Table, rows: Path, made: Path) -> None:
    """Make Parquet of rows, a folder for each partition."""
    read = {"year": "BIGINT", "uai": "VARCHAR", "eleve_id": "BIGINT"}
    read |= {
        one.name: "VARCHAR" if one.type is Type.TEXTS else one.type.value for one in table.columns
    }
    if table is PUPILS:
        read["empreinte"] = "VARCHAR"
    lists = {one.name for one in table.columns if one.type is Type.TEXTS}
    chosen = ", ".join(
        f"string_split({name}, chr({ord(BETWEEN)})) AS {name}" if name in lists else name
        for name in read
    )
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in read.items())
    engine.execute(
        f"COPY (SELECT {chosen} FROM read_csv($1, header = false, auto_detect = false, delim = ',', quote = '\"',"  # noqa: S608 - our own words
        f" escape = '\"', allow_quoted_nulls = false, columns = {{{types}}}))"
        f" TO '{made}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (year, uai), FILENAME_PATTERN 'data')",
        [str(rows)],
    )


def _replace(made: Path, target: Path) -> None:
    """Put what was made in the place of what is there; nothing, when the school has no line."""
    files = list(made.glob("*.parquet")) if made.exists() else []
    if not files:
        if target.exists():
            (target / _NAME).unlink(missing_ok=True)
            target.rmdir()
        return
    if len(files) > 1:
        raise UnwrittenError(target.name)
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    _force(files[0])
    files[0].chmod(0o600)
    files[0].replace(target / _NAME)
    _force(target)


def _force(path: Path) -> None:
    """Force a file, or the names of a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
