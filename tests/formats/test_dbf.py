"""dBase tables: written by another library and read by ours, and the other way round; each damage is named."""

import gc
import struct
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import dbf
import dbfread
import pytest

from bascule.formats.dbf import (
    Column,
    DbfColumnError,
    DbfEncodingError,
    DbfError,
    DbfHeaderError,
    DbfRecordError,
    DbfTruncatedError,
    NotDbfError,
    is_dbf,
    read_table,
    write_table,
)

COLUMNS = (
    Column("NOM", "C", 12),
    Column("NE", "D", 8),
    Column("TAUX", "N", 6, 2),
    Column("OUI", "L", 1),
)
ROWS = [
    {"NOM": "BÉZÈRÇÔÜ", "NE": "20140228", "TAUX": "12.50", "OUI": "T"},
    {"NOM": "DUPONT"},
    {"NOM": "ÎLE", "TAUX": "3.00"},
]
DATA = write_table(COLUMNS, ROWS, on=date(2004, 6, 30))
HEADER = 32 + 32 * len(COLUMNS) + 1
LENGTH = 28


def test_another_library_reads_what_we_write(tmp_path: Path) -> None:
    (tmp_path / "t.dbf").write_bytes(DATA)

    rows = list(dbfread.DBF(tmp_path / "t.dbf", encoding="cp850"))

    assert [row["NOM"] for row in rows] == ["BÉZÈRÇÔÜ", "DUPONT", "ÎLE"]
    assert (rows[0]["NE"], rows[0]["TAUX"], rows[0]["OUI"]) == (date(2014, 2, 28), 12.5, True)
    assert rows[1]["NE"] is None


def test_we_read_what_another_library_writes_without_the_records_it_deleted(tmp_path: Path) -> None:
    path = str(tmp_path / "t.dbf")
    table: Any = dbf.Table(path, "nom C(12); ne D; numero N(5,0)", codepage="cp850", dbf_type="db3")
    with table.open(dbf.READ_WRITE):
        for number, name in enumerate(("GARÇON", "PARTI", "ZOÉ"), 1):
            table.append((name, dbf.Date(2014, 3, number), number))
        with table[1] as record:
            dbf.delete(record)
    # That library leaves its files to the collector.
    with warnings.catch_warnings(action="ignore"):
        del table, record
        gc.collect()

    read = read_table("t", Path(path).read_bytes())

    assert [(row.number, row.values) for row in read.rows()] == [
        (1, {"NOM": "GARÇON", "NE": "20140301", "NUMERO": "1"}),
        (3, {"NOM": "ZOÉ", "NE": "20140303", "NUMERO": "3"}),
    ]
    assert (read.count, read.deleted_count) == (3, 1)


def test_the_encoding_may_be_another_and_a_header_that_says_one_is_not_believed() -> None:
    windows = bytearray(write_table(COLUMNS, ROWS, on=date(2004, 6, 30), encoding="cp1252"))
    windows[29] = 0x64  # says cp852

    assert next(read_table("T", bytes(windows), "cp1252").rows()).values["NOM"] == "BÉZÈRÇÔÜ"
    assert next(read_table("T", bytes(windows)).rows()).values["NOM"] != "BÉZÈRÇÔÜ"


def _with(place: int, content: bytes) -> bytes:
    return DATA[:place] + content + DATA[place + len(content) :]


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", NotDbfError),
        (b"\x03" * 20, NotDbfError),
        (_with(0, b"\x7f"), NotDbfError),
        (_with(8, struct.pack("<H", 60_000)), DbfHeaderError),
        (_with(8, struct.pack("<H", 0)), DbfHeaderError),
        (_with(8, struct.pack("<H", HEADER + 2)), DbfHeaderError),
        (_with(HEADER - 1, b"\x00"), DbfHeaderError),
        (_with(10, struct.pack("<H", LENGTH + 1)), DbfHeaderError),
        (_with(32 + 16, b"\x00"), DbfColumnError),
        (_with(32 + 11, b"Q"), DbfColumnError),
        (_with(32, b"\x00"), DbfColumnError),
        (_with(64, b"NOM\x00"), DbfColumnError),
        (_with(4, struct.pack("<L", 4)), DbfTruncatedError),
        (DATA[: HEADER + LENGTH * 2], DbfTruncatedError),
        (_with(HEADER + LENGTH, b"D"), DbfRecordError),
    ],
)
def test_each_damage_has_its_refusal(data: bytes, refusal: type[DbfError]) -> None:
    with pytest.raises(refusal, match="La table F_ELE "):
        list(read_table("F_ELE", data).rows())


def test_a_byte_that_the_encoding_lacks_names_the_record_and_the_column() -> None:
    windows = write_table(COLUMNS, ROWS, on=date(2004, 6, 30), encoding="cp1252")
    place = HEADER + LENGTH + 2
    data = windows[:place] + b"\x81" + windows[place + 1 :]

    with pytest.raises(DbfEncodingError, match="fiche 2, colonne NOM"):
        list(read_table("F_ELE", data, "cp1252").rows())


def test_only_tables_look_like_tables() -> None:
    assert is_dbf(DATA)
    assert not is_dbf(b"\x03hello, this is no table at all, but begins like one")
    assert not is_dbf(b"<?xml version='1.0'?>")
