"""The tables of GEP as another library writes them."""

import gc
import warnings
from pathlib import Path
from typing import Any

import dbf

from bascule.generator.gep import TABLES, gep_rows
from bascule.generator.population import Population


def gep_folder(population: Population, folder: Path, *, codepage: str = "cp850") -> Path:
    """Write a folder as GEP left it: tables, an index, a text.

    Args:
        population (Population): a school's.
        folder (Path): where.
        codepage (str): of its texts.

    Returns:
        Path: the folder.
    """
    there = folder / "GEP"
    there.mkdir()
    rows = gep_rows(population)
    for name, columns in TABLES.items():
        described = "; ".join(f"{column.name} C({column.length})" for column in columns)
        table: Any = dbf.Table(
            str(there / f"{name}.DBF"), described, codepage=codepage, dbf_type="db3"
        )
        with table.open(dbf.READ_WRITE):
            for row in rows[name]:
                table.append({column.lower(): text for column, text in row.items()})
        # That library leaves its files to the collector.
        with warnings.catch_warnings(action="ignore"):
            del table
            gc.collect()
    (there / "F_ELE.NTX").write_bytes(b"an index")
    (there / "LISEZMOI.TXT").write_text("GEP")
    return there
