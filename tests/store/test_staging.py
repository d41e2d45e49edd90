"""Rows that travel as arrays come out of the base as they went in."""

import json
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from psycopg.types.json import Jsonb

from bascule.store import staging

pytestmark = pytest.mark.usefixtures("base")

_TYPES = {
    "whole": "int",
    "answer": "boolean",
    "text": "varchar",
    "day": "date",
    "bytes": "bytea",
    "several": "varchar[]",
}

_COLUMNS = {
    "whole": [1, None, 0, -7],
    "answer": [None, True, False, None],
    "text": ['a "quoted" one', "back\\slash", "None", "NULL"],
    "day": [date(2026, 9, 1), None, date(1900, 1, 1), None],
    "bytes": [b"", None, b'\\"\x00\xff', b"x"],
    "several": [[], None, ["", 'a"b', "c,d{}"], ["e\\f"]],
}


def _kept(rows: list[tuple[Any, ...]], names: list[str]) -> list[tuple[Any, ...]]:
    # The types of a table are read once a process: each has its own name.
    table = "_".join(("kept", *names))
    columns = ", ".join(f"{name} {_TYPES[name]}" for name in names)
    with transaction.atomic(), staging.raw_cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE {table} (rank int, {columns}) ON COMMIT DROP".encode())
        with staging.pipelined():
            numbered = [(rank, *row) for rank, row in enumerate(rows)]
            staging.insert_rows(cursor, table, ("rank", *names), numbered)
        cursor.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY rank".encode())  # noqa: S608
        return cursor.fetchall()


@pytest.mark.parametrize("name", _COLUMNS)
def test_each_value_comes_out_as_it_went_in(name: str) -> None:
    values = _COLUMNS[name]

    assert _kept([(value,) for value in values], [name]) == [(value,) for value in values]


def test_columns_stay_side_by_side_when_one_is_empty() -> None:
    rows = [(1, None, "a"), (2, None, None), (None, None, "")]
    nothing = [(None, None)] * 3

    assert _kept(rows, ["whole", "several", "text"]) == rows
    assert _kept(nothing, ["day", "answer"]) == nothing


def test_a_content_comes_out_as_it_went_in() -> None:
    contents = [{"é": ['"', None]}, [], "\\"]
    with transaction.atomic(), staging.raw_cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE kept_contents (content jsonb) ON COMMIT DROP")
        rows = [(Jsonb(content),) for content in contents]
        staging.insert_rows(cursor, "kept_contents", ["content"], rows)
        cursor.execute("SELECT content::text FROM kept_contents")
        kept = [json.loads(text) for (text,) in cursor]

    assert kept == contents
