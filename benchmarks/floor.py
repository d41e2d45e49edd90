"""The floor of an import: what no program that reads the file and stores its rows can go under.

A bare `expat` parse of the file deposited, inflated first when it is a ZIP, plus a bare text `COPY`
of the rows that its first import writes into unlogged tables without any index, committed. Nothing
is checked, compared or remembered.
"""

import gc
import io
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from xml.parsers import expat

import psycopg
from psycopg import sql

from bascule.students.register import TABLES

Rows = Mapping[str, Sequence[Sequence[Any]]]

_RECORDS = frozenset(("PERSONNE", "ELEVE"))
_CHUNK = 65536
_SCHEMA = "benchmark_floor"


def parse_time(archive: bytes) -> float:
    """Time a bare parse.

    Args:
        archive (bytes): a ZIP that holds one XML file.

    Returns:
        float: seconds.
    """
    with _at_rest():
        start = time.perf_counter()
        _parse(archive)
        return time.perf_counter() - start


def _parse(archive: bytes) -> list[list[str]]:
    """Collect the texts of each record in a flat list, as plainly as can be."""
    records: list[list[str]] = []
    record: list[str] = []
    texts: list[str] = []

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal record
        texts.clear()
        if tag in _RECORDS:
            record = []
            records.append(record)

    def end(_: str) -> None:
        if texts:
            record.append("".join(texts))
            texts.clear()

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = texts.append
    with zipfile.ZipFile(io.BytesIO(archive)) as unpacked:
        content = unpacked.open(unpacked.namelist()[0])
        while chunk := content.read(_CHUNK):
            parser.Parse(chunk)
    parser.Parse(b"", True)  # noqa: FBT003 - expat takes no name
    return records


class CopyFloor:
    """Unlogged tables without index, in the measured base, and the rows copied into them.

    Args:
        connection (psycopg.Connection[Any]): the administrator's, whom no policy binds.
    """

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(_SCHEMA)))
        for table in TABLES:
            connection.execute(
                sql.SQL("CREATE UNLOGGED TABLE {} AS SELECT * FROM {} WITH NO DATA").format(
                    _twin(table), sql.Identifier(table)
                )
            )

    def rows_of(self, uai: str) -> Rows:
        """Take a school's rows out of the base.

        Args:
            uai (str): the school.

        Returns:
            Rows: by table; every value as text, as a parse gives them.
        """
        return {table: list(self._texts(table, uai)) for table in TABLES}

    def _texts(self, table: str, uai: str) -> Iterator[Sequence[Any]]:
        query = sql.SQL("COPY (SELECT * FROM {} WHERE uai = {}) TO STDOUT").format(
            sql.Identifier(table), sql.Literal(uai)
        )
        with self._connection.cursor() as cursor, cursor.copy(query) as copy:
            yield from copy.rows()

    def time(self, rows: Rows) -> float:
        """Time the copy of rows into the tables, emptied first.

        Args:
            rows (Rows): from `rows_of`.

        Returns:
            float: seconds, commit included.
        """
        for table in TABLES:
            self._connection.execute(sql.SQL("TRUNCATE {}").format(_twin(table)))
        with _at_rest():
            start = time.perf_counter()
            with self._connection.transaction(), self._connection.cursor() as cursor:
                for table, lines in rows.items():
                    with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(_twin(table))) as copy:
                        for line in lines:
                            copy.write_row(line)
            return time.perf_counter() - start


def _twin(table: str) -> sql.Identifier:
    return sql.Identifier(_SCHEMA, table)


@contextmanager
def _at_rest() -> Iterator[None]:
    """Keep the collector of cycles out of a measure of the floor."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
