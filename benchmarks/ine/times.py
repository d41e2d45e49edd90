"""What a search costs: one pupil, a school, and both when the directory doubles."""

import gc
import os
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg
from django.db import connection

from bascule.ine.matching.civil import Civil
from bascule.ine.matching.model import Model
from benchmarks.ine.grounds import french
from benchmarks.ine.stored import SCHOOL, fill_directory, look_for
from benchmarks.table import Line

_ONES, _SCHOOLS = 400, 8
_ONE_MS, _SCHOOL_S = 20, 0.5


def measure_times(
    administrator: "psycopg.Connection[Any]", model: Model, sizes: tuple[int, ...], seed: int
) -> Iterator[Line]:
    """Fill directories, and look for pupils in each.

    Args:
        administrator (psycopg.Connection[Any]): who fills the directory.
        model (Model): what was learned.
        sizes (tuple[int, ...]): persons of each directory.
        seed (int): of the people.

    Yields:
        Line: of one pupil and of a school, for each size; the targets are those of the last but one million.
    """
    for size in sizes:
        ground = french(size, _ONES + _SCHOOLS * SCHOOL, seed)
        start = time.perf_counter()
        fill_directory(administrator, ground.persons())
        filled = time.perf_counter() - start
        stored = administrator.execute(
            "SELECT pg_table_size('ine_person') >> 20, pg_indexes_size('ine_person') >> 20"
        ).fetchone()
        table, indexes = stored or (0, 0)
        yield Line(
            f"{size:,} persons stored",
            f"{filled:.0f}",
            f"s; {table} MB and {indexes} MB of indexes",
        )
        yield from _looked([one.civil for one in ground.wanted], model, size)


def _looked(wanted: list[Civil], model: Model, size: int) -> Iterator[Line]:
    look_for(wanted[-SCHOOL:], model)
    # What was made before is no part of a service's life: cycles are not looked for in it.
    gc.collect()
    gc.freeze()
    spent = _processor()
    ones = [_timed([one], model) for one in wanted[:_ONES]]
    here, there = (
        (after - before) / _ONES * 1e3 for before, after in zip(spent, _processor(), strict=True)
    )
    high = quantiles(ones, n=20)[-1] * 1e3
    is_aimed = size == 1_000_000  # noqa: PLR2004
    yield Line(
        "  one pupil, 95th percentile, ms", f"{high:.1f}",
        f"median {median(ones) * 1e3:.1f}; of processor {here:.1f} here, {there:.1f} on the server",
        f"≤ {_ONE_MS}" if is_aimed else "", high <= _ONE_MS,
    )  # fmt: skip
    spent = _processor()
    schools = [
        _timed(wanted[start : start + SCHOOL], model) for start in range(_ONES, len(wanted), SCHOOL)
    ]
    here, there = (
        (after - before) / len(schools) for before, after in zip(spent, _processor(), strict=True)
    )
    middle = median(schools)
    yield Line(
        f"  {SCHOOL} pupils of a school, s", f"{middle:.2f}",
        f"fastest {min(schools):.2f}; of processor {here:.2f} here, {there:.2f} on the server",
        f"≤ {_SCHOOL_S}" if is_aimed else "", middle <= _SCHOOL_S,
    )  # fmt: skip


def _timed(wanted: list[Civil], model: Model) -> float:
    start = time.perf_counter()
    look_for(wanted, model)
    return time.perf_counter() - start


def _processor() -> tuple[float, float]:
    """Give the seconds of processor of this program, and of the server's process that works for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    user, system = map(int, fields[11:13])
    return time.process_time(), (user + system) / os.sysconf("SC_CLK_TCK")
