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
from typing import Any, Final, NamedTuple, Self

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


class Files:
    """The files of a base, under one engine, which starts when it is first needed.

    Args:
        folder (Path | None): where; None for the folder of the base.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(settings.BASCULE_BEA)
        self._started: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._started is not None:
            self._started.close()

    @property
    def _engine(self) -> duckdb.DuckDBPyConnection:
        if self._started is None:
            self._started = duckdb.connect(config=_CONFIG)
        return self._started

    def write(self, which: Sequence[SchoolYear], *, night: int | None = None) -> None:
        """Write the files of schools' years, in the place of those that are there.

        Args:
            which (Sequence[SchoolYear]): the partitions.
            night (int | None): as of this night; None for now.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for start in range(0, len(which), BATCH):
            batch = which[start : start + BATCH]
            with _beside(self._folder) as beside:
                for table in TABLES:
                    _copy_out(table, batch, night, beside / "rows.csv")
                    made = beside / table.name
                    _make(self._engine, table, beside / "rows.csv", made)
                    for one in batch:
                        _replace(_within(made, one), _within(self._folder / table.name, one))

    def digests(self, which: Iterable[SchoolYear]) -> dict[SchoolYear, bytes]:
        """Read files back.

        Args:
            which (Iterable[SchoolYear]): the partitions.

        Returns:
            dict[SchoolYear, bytes]: the digest of each, as `Snapshot.digest` gives it.
        """
        which = list(which)
        found: dict[SchoolYear, bytes] = dict.fromkeys(which, b"")
        for table in TABLES:
            what = "empreinte" if table is PUPILS else "eleve_id::VARCHAR || nationalite"
            read = self._read(table, which, what)
            for one in which:
                found[one] += bytes.fromhex(read.get(one, _NOTHING))
        return found

    def _read(self, table: Table, which: Sequence[SchoolYear], what: str) -> dict[SchoolYear, str]:
        paths = [str(_within(self._folder / table.name, one) / _NAME) for one in which]
        paths = [path for path in paths if Path(path).exists()]
        if not paths:
            return {}
        try:
            rows = self._engine.execute(_READ.format(what), [paths]).fetchall()
        except duckdb.Error:
            # One that a failing disk spoiled is as good as none.
            alone = [self._read(table, [one], what) for one in which] if len(which) > 1 else []
            return {one: digest for found in alone for one, digest in found.items()}
        return {SchoolYear(uai, year): digest for uai, year, digest in rows}


_READ: Final = (
    "SELECT uai, year, sha256(string_agg({}, '' ORDER BY eleve_id)) FROM read_parquet($1,"
    " hive_partitioning = true, hive_types = {{'uai': VARCHAR, 'year': BIGINT}}) GROUP BY ALL"
)
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
