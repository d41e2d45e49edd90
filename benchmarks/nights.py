"""What a night of the academic base costs, beside a bare `COPY` of the same rows: `python -m benchmarks.nights`."""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from benchmarks.server import enter, throwaway_base

_TABLE, _TWIN = "bea_record", "bare_record"
#: Pupils of a school, and how many change in the last night.
_PUPILS, _SHARE = 460, 0.01
#: Megabytes that a night may take, whatever the académie.
_MEGABYTES = 300


class Passed(NamedTuple):
    """One night.

    Attributes:
        what: its name.
        seconds: of all of it.
        asking: of them, those of asking for national numbers.
        sent: pupils who went up.
        schools: schools of the night.
    """

    what: str
    seconds: float
    asking: float
    sent: int
    schools: int


def measure_nights(
    connection: "psycopg.Connection[Any]", schools: Iterable[Any]
) -> Iterator[tuple[Passed, float]]:
    """Fill schools, and pass a first night, an unchanged one, a thorough one, and one of a few changes.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.
        schools (Iterable[School]): new to the base.

    Yields:
        tuple[Passed, float]: each night, and the seconds of a bare copy of all the lines of the base.
    """
    # What follows reads models: not before Django is set up.
    import bascule.bea.follow  # noqa: F401, PLC0415 - before anything is timed
    from bascule.generator.changes import next_day  # noqa: PLC0415
    from benchmarks.ground import AT, deposit, prepare, timed_import  # noqa: PLC0415

    populations = []
    for school in schools:
        populations.append((school.uai, prepare(school)))
        timed_import(school.uai, deposit(populations[-1][1], 1))
    connection.execute("ANALYZE")
    uais = [uai for uai, _ in populations]
    compared = "every school compared, nothing changed"
    yield _pass("first night", uais), _floor(connection, uais)
    yield _pass("nothing written since", uais), _floor(connection, uais)
    yield _pass(compared, uais, is_thorough=True), _floor(connection, uais)
    for uai, population in populations:
        changed = next_day(population, _SHARE, 1, on=AT.date()).population
        timed_import(uai, deposit(changed, 2))
    yield _pass(f"{_SHARE:.0%} of the pupils changed", uais), _floor(connection, uais)


def _pass(what: str, uais: list[str], **options: Any) -> Passed:
    from bascule.bea import follow, nights, passing  # noqa: PLC0415
    from bascule.bea.models import Night  # noqa: PLC0415
    from benchmarks.ground import ACTOR, AT  # noqa: PLC0415

    asking = 0.0
    real = passing.settle

    def timed(**given: Any) -> Any:
        nonlocal asking
        begun = time.perf_counter()
        done = real(**given)
        asking += time.perf_counter() - begun
        return done

    passing.settle = timed
    try:
        start = time.perf_counter()
        night = nights.run(
            origin=Night.Origin.ASKED,
            day=date(2026, 10, 16),
            actor=ACTOR,
            clock=lambda: AT,
            uais=uais,
            **options,
        )
        seconds = time.perf_counter() - start
    finally:
        passing.settle = real
    totals = follow.show_night(number=night.pk).totals
    if night.state != Night.State.DONE or totals.unreconciled:
        raise SystemExit(f"{what}: {night.state}")
    return Passed(what, seconds, asking, totals.sent, totals.schools)


def _floor(connection: "psycopg.Connection[Any]", uais: list[str]) -> float:
    """Copy the lines in force, as text, into a table without index, log or policy."""
    source, twin = sql.Identifier(_TABLE), sql.Identifier(_TWIN)
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(twin))
    connection.execute(
        sql.SQL("CREATE UNLOGGED TABLE {} AS SELECT * FROM {} WITH NO DATA").format(twin, source)
    )
    query = sql.SQL(
        "COPY (SELECT * FROM {} WHERE to_night IS NULL AND uai = ANY({})) TO STDOUT"
    ).format(source, sql.Literal(uais))
    with connection.cursor() as cursor, cursor.copy(query) as copied:
        blocks = [bytes(block) for block in copied]
    start = time.perf_counter()
    query = sql.SQL("COPY {} FROM STDIN").format(twin)
    with connection.transaction(), connection.cursor() as cursor, cursor.copy(query) as copy:
        for block in blocks:
            copy.write(block)
    seconds = time.perf_counter() - start
    connection.execute(sql.SQL("DROP TABLE {}").format(twin))
    return seconds


def lines(connection: "psycopg.Connection[Any]", schools: Iterable[Any]) -> Iterator[Any]:
    """Measure, as lines of the table of a run.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.
        schools (Iterable[School]): new to the base.

    Yields:
        Line: each night, then its memory.
    """
    from benchmarks.memory import peak_megabytes  # noqa: PLC0415
    from benchmarks.table import Line, ratio_line  # noqa: PLC0415

    schools = list(schools)
    for night, floor in measure_nights(connection, schools):
        own = night.seconds - night.asking
        each = own / night.schools * 1e3
        detail = (
            f"{own:.2f} s over {floor * 1e3:.0f} ms; {each:.1f} ms a school; {night.sent:,} sent;"
            f" and {night.asking:.2f} s of asking for numbers"
        )
        yield ratio_line(night.what, own / floor, None, detail)
    for title, chosen in (("10 schools", schools[:10]), ("all schools", schools)):
        asked = [word for school in chosen for word in ("--school", school.uai)]
        peak = peak_megabytes(["nightly", "--thorough", "--json", *asked])
        target, is_met = f"≤ {_MEGABYTES}", peak <= _MEGABYTES
        yield Line(f"peak memory of a thorough night, {title}", f"{peak:.0f}", "MB", target, is_met)


def main() -> None:
    """Measure a whole académie, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nights", description=__doc__)
    parser.add_argument("--schools", type=int, default=130, help="schools of the académie (130)")
    asked = parser.parse_args()
    started = time.monotonic()
    with throwaway_base() as home:
        from benchmarks.ground import schools  # noqa: PLC0415
        from benchmarks.table import machine, text_of  # noqa: PLC0415

        with enter(home) as connection:
            title = (
                f"Nights over {asked.schools} schools of {_PUPILS}, times a bare COPY of the lines"
            )
            print(machine(connection))  # noqa: T201
            found = lines(connection, schools((_PUPILS,) * asked.schools))
            print(text_of(title, ()), flush=True)  # noqa: T201
            for line in found:
                print(text_of("", [line]).strip("\n"), flush=True)  # noqa: T201
    sys.stderr.write(f"\nDone in {time.monotonic() - started:.0f} s.\n")


if __name__ == "__main__":
    main()
