"""Writes `docs/academic-base.md` from the catalogue itself, so that the page cannot drift from the base.

Run as a program, with the path of the page: `python -m bascule.bea.catalogue_page FILE`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bascule.bea.catalogue import KEYS, PUPILS, TABLES, VERSION, Table

_INTRODUCTION: Final = f"""\
# The academic base

<!-- Written by `python -m bascule.bea.catalogue_page docs/academic-base.md`. Do not edit: change the catalogue. -->

Catalogue of {VERSION}. The truth is in PostgreSQL (`bea_record`, `bea_nationality`: each line from the night that
brought it to the night that ended it); what follows is what it is written to after each night, by year and by school:

    BASCULE_BEA/<table>/year=2026/uai=0990001N/data.parquet

A school's file is replaced whole: who reads the folder sees a school as of one night. With DuckDB:

    SELECT mef, sexe, count(*) FROM read_parquet('eleves/**/*.parquet', hive_partitioning = true) GROUP BY ALL

The base of any night is written again by `bascule bea rebuild --night N -o FOLDER`. Meanings are in French, for those
who use the base; sources are elements of the files that schools send, under their official names.
"""  # noqa: S608 - an example


def catalogue_page() -> str:
    """Write the catalogue.

    Returns:
        str: the page, in Markdown; the same for the same catalogue.
    """
    return "\n".join((_INTRODUCTION, *(line for table in TABLES for line in _table(table))))


def _table(table: Table) -> Iterator[str]:
    yield f"## {table.name}\n"
    yield f"{table.meaning}.\n"
    yield "| column | type | meaning | source |"
    yield "|---|---|---|---|"
    for name, kind, meaning in KEYS:
        yield f"| `{name}` | `{kind.value}` | {meaning} | |"
    for one in table.columns:
        yield f"| `{one.name}` | `{one.type.value}` | {one.meaning} | {one.source} |"
    if table is PUPILS:
        yield "| `empreinte` | `VARCHAR` | Empreinte de la ligne : SHA-256, les 16 premiers octets | calculée |"
    yield ""


def main(path: str) -> None:
    """Write the page.

    Args:
        path (str): where.
    """
    Path(path).write_text(catalogue_page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
