"""What pages of headcounts cost on the server, beside one bare query of the same cells: `python -m benchmarks.figures`.

The cells of a real school of each kind, counted by a real night, are copied to as many schools and years as are
wanted.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg

from benchmarks.server import enter, throwaway_base

#: Pupils of a school that is copied.
_PUPILS: Final = 460
YEARS: Final = 5
#: Times that a page is opened to know what our own process does for it.
_OWN: Final = 20
#: Seconds that a page may take, by schools of the académie: 60,000 pupils, and 1.1 million.
_TARGETS: Final = {130: 0.1, 2_400: 1.0}

_COPY: Final = """
INSERT INTO figures_cell (uai, year, from_night, to_night, mef, division, contract, sex, age, regime, status,
    repeating, language1, language2, entered_on, left_on, exit_reason, pupil_count)
SELECT s.uai, c.year - y, c.from_night, NULL, c.mef, c.division, c.contract, c.sex, c.age, c.regime, c.status,
    c.repeating, c.language1, c.language2, c.entered_on - y * 365, c.left_on - y * 365, c.exit_reason, c.pupil_count
FROM unnest(%(new)s::text[], %(old)s::text[]) AS s (uai, old) JOIN figures_cell c ON c.uai = s.old
CROSS JOIN generate_series(0, %(years)s - 1) y
WHERE c.year = 2026 AND (y > 0 OR s.uai <> s.old)
"""


def lines(
    connection: "psycopg.Connection[Any]", schools: Iterable[Any], sizes: Iterable[int]
) -> Iterator[Any]:
    """Measure, as lines of the table of a run.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.
        schools (Iterable[School]): new to the base, one of each kind.
        sizes (Iterable[int]): schools of the académies, the smaller first.

    Yields:
        Line: each page.
    """
    from benchmarks.table import Line  # noqa: PLC0415

    models = _counted(connection, list(schools))
    known: list[str] = list(models)
    for size in sizes:
        known = _grown(connection, models, known, size)
        row = connection.execute(
            "SELECT sum(pupil_count), count(*) FROM figures_cell WHERE year = %s", [2026]
        ).fetchone()
        pupils, cells = row or (0, 0)
        where = f"{pupils:,} pupils, {YEARS} years"
        yield Line(f"cells of a year, {where}", f"{cells:,}")
        target = _TARGETS.get(size, 1.0)
        for one in _pages(known, 60 if size == min(_TARGETS) else 15):
            # What a busy machine makes others wait for is no cost of the page: its own work is told beside.
            detail = (
                f"p95; work: {one.own * 1e3:.0f} ms ours, {one.base * 1e3:.0f} ms of the base;"
                f" {one.seconds / one.floor:.1f} times the bare query ({one.floor * 1e3:.0f} ms); {where}"
            )
            yield Line(
                one.what,
                f"{one.seconds * 1e3:.0f}",
                f"ms {detail}",
                f"≤ {target * 1e3:.0f}",
                one.seconds <= target,
            )


class _Opened(NamedTuple):
    """A page: its time, that of the bare query, and the work done by our own process and by the base's, in seconds."""

    what: str
    seconds: float
    floor: float
    own: float
    base: float


def _counted(connection: "psycopg.Connection[Any]", schools: list[Any]) -> dict[str, str]:
    """Import schools, pass a night, count it; give the number and the name of each."""
    from bascule.bea import nights  # noqa: PLC0415
    from bascule.bea.models import Night  # noqa: PLC0415
    from bascule.figures import cells  # noqa: PLC0415
    from benchmarks.ground import ACTOR, AT, deposit, prepare, timed_import  # noqa: PLC0415

    for school in schools:
        timed_import(school.uai, deposit(prepare(school), 1))
    uais = [school.uai for school in schools]
    nights.run(origin=Night.Origin.ASKED, day=AT.date(), actor=ACTOR, clock=lambda: AT, uais=uais)
    # Of other parts of a run, nothing stays.
    cells.keep_up(clock=lambda: AT)
    connection.execute("DELETE FROM figures_cell WHERE uai <> ALL(%s)", [uais])
    return {school.uai: school.name for school in schools}


def _grown(
    connection: "psycopg.Connection[Any]", models: dict[str, str], known: list[str], size: int
) -> list[str]:
    """Copy cells until an académie has its number of schools, and its years."""
    from bascule.values.uai import make_uai  # noqa: PLC0415

    departments = ("077", "093", "094")
    names = list(models)
    made = [
        (make_uai(departments[rank % 3], 5_000 + rank // 3), names[rank % len(names)])
        for rank in range(len(known) - len(models), size - len(models))
    ]
    pairs = made if len(known) > len(models) else [*made, *((uai, uai) for uai in names)]
    new, old = [uai for uai, _ in pairs], [uai for _, uai in pairs]
    connection.execute(
        "INSERT INTO schools_school (uai, name, is_private, last_pupil_number)"
        " SELECT uai, 'ECOLE ' || uai, true, 0 FROM unnest(%s::text[]) uai ON CONFLICT DO NOTHING",
        [new],
    )
    connection.execute(_COPY, {"new": new, "old": old, "years": YEARS})
    # As a base does that was counted before there were broad cells.
    connection.execute("DELETE FROM figures_broadcell")
    connection.execute(import_module("bascule.figures.migrations.0004_broad_cells").FILL)
    for table in ("figures_cell", "figures_broadcell"):
        connection.execute(f"VACUUM (ANALYZE) {table}".encode())
    return [*known, *(uai for uai, _ in made)]


def _pages(uais: list[str], times: int) -> Iterator[_Opened]:
    from django.db import connection as own, transaction  # noqa: PLC0415

    from bascule.accounts.profiles import AUTHORITY, Profile  # noqa: PLC0415
    from bascule.store.policies import open_schools  # noqa: PLC0415
    from benchmarks.lists import client_of, get, p95  # noqa: PLC0415

    def bare() -> None:
        with transaction.atomic(), own.cursor() as cursor:
            open_schools(*uais)
            cursor.execute(
                "SELECT sum(pupil_count) FROM figures_cell WHERE year = 2026 AND to_night IS NULL"
            )
            cursor.fetchone()

    floor = p95(bare, times)
    client = client_of(f"papep.{len(uais)}", Profile.PAPEP, AUTHORITY)
    day = f"{date(2026, 10, 20):%d/%m/%Y}"
    here = f"/rectorat/effectifs/?annee=2026&au={day}&"
    pages = {
        "levels by sex": "lignes=niveau&colonnes=sexe",
        "schools by sex": "lignes=etablissement&colonnes=sexe",
        "schools, this year and the last": "lignes=etablissement&colonnes=annee",
        "MEF by age, one département, boarders": "lignes=mef&colonnes=age&departement=077&regime=3",
        "MEF by age": "lignes=mef&colonnes=age",
        "languages 1 by 2": "lignes=lv1&colonnes=lv2",
        "MEFSTAT 11": "lignes=mefstat11&colonnes=",
        "exits by reason": "lignes=motif&colonnes=sexe&mesure=sorties",
        "one school, divisions": f"lignes=division&colonnes=sexe&etablissement={uais[0]}",
    }
    for what, query in pages.items():

        def open_it(url: str = f"{here}{query}") -> None:
            get(client, url)

        seconds = p95(open_it, times)
        started, base = time.process_time(), _work_of_base()
        for _ in range(_OWN):
            open_it()
        own_work = (time.process_time() - started) / _OWN
        yield _Opened(what, seconds, floor, own_work, (_work_of_base() - base) / _OWN)


def _work_of_base() -> float:
    """Tell the seconds that the process of our connection worked: the server is on this machine."""
    from django.db import connection as own  # noqa: PLC0415

    with own.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        number = cursor.fetchone()[0]
    told = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.figures", description=__doc__)
    parser.add_argument(
        "--schools", type=int, nargs="*", default=sorted(_TARGETS), help="schools (130 2400)"
    )
    asked = parser.parse_args()
    started = time.monotonic()
    with throwaway_base() as home:
        from benchmarks.ground import schools  # noqa: PLC0415
        from benchmarks.table import machine, text_of  # noqa: PLC0415

        with enter(home) as connection:
            print(machine(connection))  # noqa: T201
            print(text_of("Pages of headcounts, 95th percentile on the server", ()), flush=True)  # noqa: T201
            for line in lines(connection, schools((_PUPILS,) * 3), asked.schools):
                print(text_of("", [line]).strip("\n"), flush=True)  # noqa: T201
    sys.stderr.write(f"\nDone in {time.monotonic() - started:.0f} s.\n")


if __name__ == "__main__":
    main()
