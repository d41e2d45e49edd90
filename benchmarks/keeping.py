"""What it costs to keep a whole académie: drill, purge, and the copy of one pupil: `python -m benchmarks.keeping`."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.server import enter, throwaway_base

_PUPILS = 460
#: Who left in the autumn is past her time two years later; who stayed until summer is not.
_LEFT, _LATER = date(2026, 11, 10), date(2028, 12, 1)
#: One pupil in so many left.
_ONE_IN = 5


def measure(
    connection: "psycopg.Connection[Any]", schools: list[Any]
) -> Iterator[tuple[str, float, str]]:
    """Fill schools, pass a night, then keep: copy, drill, purge.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.
        schools (list[School]): new to the base.

    Yields:
        tuple[str, float, str]: what, seconds, and what it did.
    """
    # What follows reads models: not before Django is set up.
    from bascule.bea import nights  # noqa: PLC0415
    from bascule.bea.models import Night  # noqa: PLC0415
    from bascule.ops import backups, purge  # noqa: PLC0415
    from bascule.store import embedded  # noqa: PLC0415
    from benchmarks.ground import ACTOR, AT, deposit, prepare, timed_import  # noqa: PLC0415

    for school in schools:
        timed_import(school.uai, deposit(prepare(school), 1))
    nights.run(origin=Night.Origin.ASKED, day=AT.date(), actor=ACTOR, clock=lambda: AT)
    for school in schools:
        _let_go(school.uai)
    nights.run(origin=Night.Origin.ASKED, day=AT.date(), actor=ACTOR, clock=lambda: AT)
    connection.execute("VACUUM (ANALYZE)")

    yield _copies([school.uai for school in schools])
    seconds, drill = _timed(lambda: backups.drill(actor=ACTOR, at=AT))
    said = f"back in {drill.restore_minutes * 60:.0f} s; {drill.compared:,} shares compared; well: {drill.is_well}"
    yield "drill: copy, way back, comparison", seconds, said
    owner = embedded.url(Path(os.environ["BASCULE_HOME"]), role=embedded.OWNER)
    with psycopg.connect(owner, autocommit=True) as administrator:
        administrator.execute(
            "CREATE OR REPLACE FUNCTION purge_today() RETURNS date LANGUAGE sql STABLE AS"
            f" $$SELECT date '{_LATER}'$$"
        )
    for name, verb in (("purge, planned", purge.plan), ("purge, done", purge.run)):
        seconds, report = _timed(lambda verb=verb: verb(actor=ACTOR, at=AT))
        counts = report.counts
        yield (
            name,
            seconds,
            f"{counts['pupil']:,} pupils, {counts['rows']:,} rows, {counts['history']:,} states",
        )
    seconds, report = _timed(lambda: purge.run(actor=ACTOR, at=AT))
    yield "purge, nothing left to do", seconds, f"{report.schools} schools"


def _let_go(uai: str) -> None:
    from bascule.journal.act import act  # noqa: PLC0415
    from bascule.students.models import Enrolment  # noqa: PLC0415
    from benchmarks.ground import ACTOR, AT  # noqa: PLC0415

    with act(uai=uai, kind="pupil.amend", actor=ACTOR, at=AT) as opened:
        ids = list(Enrolment.objects.filter(uai=uai).order_by("pk").values_list("pk", flat=True))
        Enrolment.objects.filter(pk__in=ids[::_ONE_IN]).update(
            left_on=_LEFT, exit_reason="10", act_id=opened.id
        )


def _copies(uais: list[str]) -> tuple[str, float, str]:
    """Copy one pupil of some schools; the slowest counts."""
    from django.db import transaction  # noqa: PLC0415

    from bascule.journal.access import Visitor  # noqa: PLC0415
    from bascule.ops.pupil_copy import as_json, copy_pupil  # noqa: PLC0415
    from bascule.ops.pupil_page import as_page  # noqa: PLC0415
    from bascule.store.policies import open_schools  # noqa: PLC0415
    from bascule.students.models import Student  # noqa: PLC0415
    from benchmarks.ground import ACTOR, AT  # noqa: PLC0415

    times = []
    for uai in uais[:: max(1, len(uais) // 10)]:
        with transaction.atomic():
            open_schools(uai)
            pupil_id = Student.objects.filter(uai=uai).order_by("pk")[0].pk

        def whole(uai: str = uai, pupil_id: int = pupil_id) -> str:
            copy = copy_pupil(
                uai=uai, pupil_id=pupil_id, visitor=Visitor(actor=ACTOR), at=AT, of_all_schools=True
            )  # fmt: skip
            return as_page(copy) + as_json(copy)

        times.append(_timed(whole)[0])
    return "copy of one pupil, the slowest", max(times), f"{len(times)} pupils; target ≤ 10 s"


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done


def main() -> None:
    """Measure a whole académie, and print what each thing took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.keeping", description=__doc__)
    parser.add_argument("--schools", type=int, default=130, help="schools of the académie (130)")
    asked = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bascule-bench-copies-") as copies:
        Path(copies).chmod(0o711)
        os.environ["BASCULE_BACKUPS"] = str(Path(copies, "backups"))
        with throwaway_base() as home:
            from benchmarks.ground import schools  # noqa: PLC0415
            from benchmarks.table import machine  # noqa: PLC0415

            with enter(home) as connection:
                print(machine(connection))  # noqa: T201
                for what, seconds, said in measure(
                    connection, list(schools((_PUPILS,) * asked.schools))
                ):
                    print(f"{what:36} {seconds:8.2f} s  {said}", flush=True)  # noqa: T201
    sys.stderr.write(f"\nDone in {time.monotonic() - started:.0f} s.\n")


if __name__ == "__main__":
    main()
