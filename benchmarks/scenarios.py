"""The imports of a school over the days, each beside the floor of the same file."""

import gc
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from statistics import median, quantiles

from bascule.formats.envelope import open_deposit
from bascule.formats.import_eleves.reader import read
from bascule.generator.academy import School
from bascule.generator.changes import next_day
from bascule.generator.files import MadeFile
from bascule.generator.population import Population
from benchmarks.floor import CopyFloor, parse_time
from benchmarks.ground import AT, UnexpectedEndError, deposit, prepare, timed_import


class Scenario(Enum):
    """What is measured of each school, in order."""

    FIRST = "first import"
    UNCHANGED = "every record unchanged"
    FEW = "2 % of the pupils changed"
    MANY = "20 % of the pupils changed"
    SAME = "the same bytes again"
    #: Not an import: our reader alone, over the bare parse.
    READ = "reading alone, over the bare parse"


#: The ratios not to go over.
TARGETS = {
    Scenario.FIRST: 2.5,
    Scenario.UNCHANGED: 1.3,
    Scenario.FEW: 1.4,
    Scenario.MANY: 1.8,
    Scenario.SAME: 0.1,
}


@dataclass(slots=True)
class Measure:
    """Times of ours, each with the floor taken just after it, in seconds."""

    ours: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Return the ratio of each pair."""
        return [mine / floor for mine, floor in zip(self.ours, self.floors, strict=True)]

    @property
    def ratio(self) -> float:
        """Return the median of the ratios: what one school sees."""
        return median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """Return the quartiles of the ratios."""
        if len(self.ours) == 1:
            return self.ratio, self.ratio
        low, _, high = quantiles(self.ratios, n=4)
        return low, high

    @property
    def total_ratio(self) -> float:
        """Return the ratio of the sums: what an académie sees."""
        return sum(self.ours) / sum(self.floors)


Measures = dict[Scenario, Measure]


def measure_schools(schools: Iterator[School], copy_floor: CopyFloor) -> Measures:
    """Measure every scenario on schools, one after the other.

    Args:
        schools (Iterator[School]): schools that the base does not know yet.
        copy_floor (CopyFloor): where rows are copied for the floor.

    Returns:
        Measures: a pair of times for each school and scenario.
    """
    measures: Measures = {scenario: Measure() for scenario in Scenario}
    for school in schools:
        _measure_school(school, copy_floor, measures)
    return measures


def _measure_school(school: School, copy_floor: CopyFloor, measures: Measures) -> None:
    rows = None
    for scenario, file in days(prepare(school)):
        elapsed = timed(scenario, school, file)
        rows = rows or copy_floor.rows_of(school.uai)
        measures[scenario].ours.append(elapsed)
        measures[scenario].floors.append(parse_time(file.content) + copy_floor.time(rows))
        if scenario is Scenario.SAME:
            measures[Scenario.READ].ours.append(_read_time(file))
            measures[Scenario.READ].floors.append(parse_time(file.content))


def days(first: Population) -> Iterator[tuple[Scenario, MadeFile]]:
    """Make the files that a school deposits, one after the other.

    Args:
        first (Population): its pupils on the first day.

    Yields:
        tuple[Scenario, MadeFile]: what is imported that day.
    """
    few = next_day(first, 0.02, 1, on=AT.date()).population
    many = next_day(few, 0.2, 2, on=AT.date()).population
    yield Scenario.FIRST, deposit(first, 1)
    yield Scenario.UNCHANGED, deposit(first, 2)
    yield Scenario.FEW, deposit(few, 3)
    last = deposit(many, 4)
    yield Scenario.MANY, last
    yield Scenario.SAME, last


def timed(scenario: Scenario, school: School, file: MadeFile) -> float:
    """Import a file, and refuse to count an import that had something else to do than its name says.

    Args:
        scenario (Scenario): what it is.
        school (School): whose.
        file (MadeFile): what is deposited.

    Returns:
        float: seconds.

    Raises:
        UnexpectedEndError: if it was something else.
    """
    elapsed, received = timed_import(school.uai, file)
    counts = received.run.counts
    read, changed = counts["pupils_read"], counts["pupils_changed"]
    holds = {
        Scenario.FIRST: counts["pupils_created"] == read,
        Scenario.UNCHANGED: counts["pupils_unchanged"] == read,
        Scenario.FEW: 0 < changed < 0.1 * read,
        Scenario.MANY: 0.05 * read < changed < 0.5 * read,
        Scenario.SAME: received.is_repeat,
    }[scenario]
    if not holds:
        raise UnexpectedEndError(f"{school.uai}, {scenario.value}: {counts}")
    return elapsed


def _read_time(file: MadeFile) -> float:
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        for _ in read(open_deposit(file.name, file.content).chunks()):
            pass
        return time.perf_counter() - start
    finally:
        gc.enable()
