"""One run: all that is measured, in order, each part printed once it is known."""

import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psycopg

from bascule.generator.academy import School
from bascule.generator.changes import next_day
from bascule.generator.files import private_file
from bascule.generator.population import populate
from bascule.generator.school import teaching_year
from benchmarks.beside import measure_beside
from benchmarks.boards import follow
from benchmarks.figures import lines as figure_lines
from benchmarks.floor import CopyFloor, parse_time
from benchmarks.ground import AT, YEAR, deposit, prepare, schools, timed_import
from benchmarks.history import Writing
from benchmarks.lists import fill_school, grow, measure_pages
from benchmarks.memory import peak_megabytes
from benchmarks.nights import lines as night_lines
from benchmarks.openings import measure_opening
from benchmarks.scenarios import TARGETS, Measures, measure_schools
from benchmarks.stored import fill, stored_count
from benchmarks.table import Line, machine, ratio_line, text_of
from benchmarks.typical import TypicalImport

_PUPILS = 600
#: Pupils of a school whose next year is opened: the mean of an académie's private schools.
_OPENED = 460
#: Schools whose cells are copied: one of each kind.
_KINDS = 3
#: Pupils of the two files whose memory is measured, and what the larger may take.
_SMALL, _LARGE = 2_000, 20_000
_MEGABYTES = 300
_HISTORY_SHARE = 0.4
#: An import beside many pupils, over the same on an empty base: the noise of a run, and no more.
_FLAT = 1.1
#: Schools generated to time the generator.
_GENERATED = 10


class Size(NamedTuple):
    """How much is measured.

    Attributes:
        schools: schools of the académie.
        stored: pupils that the base holds when imports beside them are measured.
        beside: schools imported beside them.
        typical: schools imported the typical way.
        opened: schools whose next year is opened in one press.
        fed: schools of the académie whose nights are passed; 0 for none.
        listed: pupils among whom lists and searches are measured; 0 for no such measure.
        counted: schools of the académies whose headcounts are measured; none for no such measure.
        followed: schools of the boards that are measured; none for no such measure.
    """

    schools: int = 100
    stored: int = 60_000
    beside: int = 10
    typical: int = 2
    opened: int = 20
    fed: int = 130
    listed: int = 100_000
    counted: tuple[int, ...] = (130, 2_400)
    followed: tuple[int, ...] = (130, 3_900)


class Run:
    """One run. Its schools are taken one after the other: each is new to the base.

    Args:
        connection (psycopg.Connection[Any]): the administrator's; imports use their own.
        size (Size): how much is measured.
    """

    def __init__(self, connection: "psycopg.Connection[Any]", size: Size) -> None:
        self._connection = connection
        self._size = size
        count = 1 + size.schools + size.typical + 1 + size.beside + 2 * bool(size.listed)
        self._academy = schools(
            (_PUPILS,) * count
            + (_OPENED,) * (size.opened + size.fed + _KINDS * bool(size.counted))
            + (_SMALL, _LARGE)
        )
        self._new = iter(self._academy)
        self._copy_floor = CopyFloor(connection)

    def run(self) -> None:
        """Measure everything, and print it."""
        # The first school does not count: it warms modules, connections and caches.
        self._measured(1, "warming")
        measures = self._measured(self._size.schools, "schools")
        _print(machine(self._connection))
        _print(text_of(f"One school of {_PUPILS}, times the floor (median)", _one(measures)))
        title = f"{self._size.schools} schools of {_PUPILS}, times the floor (sums)"
        _print(text_of(title, _together(measures)))
        _print(text_of("Share of history and provenance in the time of writing", self._history()))
        _print(text_of("Beside ours", [*self._typical(), self._generator()]))
        title = f"Beside {self._size.stored:,} pupils of other schools, over an empty base (median)"
        _print(text_of(title, self._beside()))
        title = f"The next year of {self._size.opened} schools of {_OPENED}, opened in one press"
        _print(text_of(title, self._opening()))
        if self._size.fed:
            fed = _told(islice(self._new, self._size.fed), self._size.fed, "schools to feed")
            title = (
                f"Nights over {self._size.fed} schools of {_OPENED}, times a bare COPY of the lines"
            )
            _print(text_of(title, night_lines(self._connection, fed)))
        if self._size.listed:
            title = f"Pages among {self._size.listed:,} pupils, 95th percentile on the server"
            _print(text_of(title, self._lists()))
        if self._size.counted:
            some = islice(self._new, _KINDS)
            title = "Pages of headcounts, 95th percentile on the server"
            _print(text_of(title, figure_lines(self._connection, some, self._size.counted)))
        for count in self._size.followed:
            title = f"Following {count:,} schools, 95th percentile on the server"
            _print(text_of(title, self._boards(count)))
        _print(text_of("Peak memory of the command, megabytes", self._memory()))

    def _measured(self, count: int, what: str) -> Measures:
        return measure_schools(_told(islice(self._new, count), count, what), self._copy_floor)

    def _history(self) -> Iterator[Line]:
        rows = self._copy_floor.rows_of(self._academy.school(1).uai)
        share = Writing(self._connection, rows).share()
        yield ratio_line("a first import", share.first, _HISTORY_SHARE)
        yield ratio_line("20 % of the rows rewritten", share.changes, _HISTORY_SHARE)

    def _typical(self) -> Iterator[Line]:
        """Import the typical way what we imported just before."""
        typical = TypicalImport(self._connection)
        times: dict[str, list[tuple[float, float, float]]] = {}
        for school in _told(islice(self._new, self._size.typical), self._size.typical, "typical"):
            first = prepare(school)
            few = next_day(first, 0.02, 1, on=AT.date()).population
            for what, file in (("first", deposit(first, 1)), ("2 % changed", deposit(few, 2))):
                ours, _ = timed_import(school.uai, file)
                rows = self._copy_floor.rows_of(school.uai)
                floor = parse_time(file.content) + self._copy_floor.time(rows)
                times.setdefault(what, []).append((typical.time(school.uai, file), floor, ours))
        for what, found in times.items():
            over_floor = median(theirs / floor for theirs, floor, _ in found)
            over_ours = median(theirs / ours for theirs, _, ours in found)
            detail = f"times the floor; {over_ours:.0f} times ours; {len(found)} school(s)"
            yield Line(f"row by row through the ORM, {what}", f"{over_floor:.0f}", detail)

    def _generator(self) -> Line:
        start = time.perf_counter()
        for school in islice(self._academy, _GENERATED):
            private_file(populate(teaching_year(school, YEAR), on=AT.date()), at=AT)
        speed = _GENERATED * _PUPILS / (time.perf_counter() - start)
        return Line("generator, XML included", f"{speed:.0f}", "pupils/s")

    def _beside(self) -> Iterator[Line]:
        fill(self._connection, self._academy.school(1).uai, self._size.stored)
        stored = stored_count(self._connection)
        count = 1 + self._size.beside
        found = measure_beside(_told(islice(self._new, count), count, f"beside {stored:,}"))
        for scenario, times in found.items():
            low, high = times.spread
            full, empty = median(times.ours) * 1e3, median(times.floors) * 1e3
            detail = f"quartiles {low:.2f} to {high:.2f}; {full:.0f} ms over {empty:.0f}"
            yield ratio_line(scenario.value, times.ratio, _FLAT, detail)

    def _opening(self) -> Iterator[Line]:
        count = self._size.opened
        found = measure_opening(
            self._connection, _told(islice(self._new, count), count, "schools to open")
        )
        each = found.seconds / found.schools * 1e3
        yield Line("pupils carried", f"{found.rows / found.seconds:,.0f}", "rows/s")
        yield Line("one school", f"{each:.0f}", "ms: its year, its pupils, its act, its line")
        detail = f"{found.seconds * 1e3:.0f} ms over {found.floor * 1e3:.0f}"
        yield ratio_line(
            "over a bare INSERT … SELECT of the same rows",
            found.seconds / found.floor,
            None,
            detail,
        )

    def _lists(self) -> Iterator[Line]:
        """Look at pages of one school of an académie, then of one school that has as many pupils alone."""
        usual, large = islice(self._new, 2)
        fill_school(usual)
        fill(self._connection, usual.uai, self._size.listed)
        yield from _pages(f"a school of {_PUPILS}", usual.uai)
        fill_school(large)
        grow(self._connection, large.uai, self._size.listed)
        yield from _pages(f"a school of {self._size.listed:,}", large.uai)

    def _boards(self, count: int) -> Iterator[Line]:
        for one in follow(self._connection, count):
            aim = "" if one.aim is None else f"≤ {one.aim * 1e3:.0f} ms"
            is_met = one.aim is None or one.seconds <= one.aim
            yield Line(one.what, f"{one.seconds * 1e3:.0f}", "ms", aim, is_met)

    def _memory(self) -> Iterator[Line]:
        with tempfile.TemporaryDirectory(prefix="bascule-bench-") as folder:
            for school in self._new:
                file = deposit(prepare(school), 1)
                path = Path(folder, file.name)
                path.write_bytes(file.content)
                command = ["import", str(path), "--school", school.uai, "--year", str(YEAR)]
                peak = peak_megabytes([*command, "--apply"])
                target, is_met = f"≤ {_MEGABYTES}", peak <= _MEGABYTES
                yield Line(f"a file of {school.pupils:,} pupils", f"{peak:.0f}", "", target, is_met)


def _pages(where: str, uai: str) -> Iterator[Line]:
    for looked in measure_pages(uai):
        ratio = looked.seconds / looked.floor
        detail = f"{looked.seconds * 1e3:.0f} ms over {looked.floor * 1e3:.1f}"
        yield ratio_line(f"{where}: {looked.what}", ratio, None, detail, digits=0)


def _one(measures: Measures) -> Iterator[Line]:
    for scenario, found in measures.items():
        low, high = found.spread
        ours, floor = median(found.ours) * 1e3, median(found.floors) * 1e3
        detail = f"quartiles {low:.2f} to {high:.2f}; {ours:.0f} ms over {floor:.0f}"
        yield ratio_line(scenario.value, found.ratio, TARGETS.get(scenario), detail)


def _together(measures: Measures) -> Iterator[Line]:
    for scenario, found in measures.items():
        speed = f"{_PUPILS * len(found.ours) / sum(found.ours):,.0f} pupils/s"
        yield ratio_line(scenario.value, found.total_ratio, TARGETS.get(scenario), speed)


def _told(found: Iterator[School], count: int, what: str) -> Iterator[School]:
    """Say on the error output which school is next."""
    for rank, school in enumerate(found, 1):
        sys.stderr.write(f"\r{what}: {rank}/{count}   ")
        yield school
    sys.stderr.write("\r")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
