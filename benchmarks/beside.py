"""The same imports in a base that holds many pupils of other schools, and in its empty twin."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from bascule.generator.academy import School
from benchmarks.ground import prepare
from benchmarks.scenarios import Measure, Measures, Scenario, days, timed
from benchmarks.server import EMPTY_TWIN

_ALIAS = "default"


def measure_beside(schools: Iterator[School]) -> Measures:
    """Import schools into both bases, in turn; the first school only warms the connections.

    Args:
        schools (Iterator[School]): schools that neither base knows yet.

    Returns:
        Measures: for each scenario, times in the full base, and for floors those in the empty one.
    """
    measures: Measures = {scenario: Measure() for scenario in Scenario}
    with _connected_to_twin() as twin:
        for rank, school in enumerate(schools):
            with _used(twin):
                prepare(school)
            for scenario, file in days(prepare(school)):
                with _used(twin):
                    empty = timed(scenario, school, file)
                full = timed(scenario, school, file)
                if rank:
                    measures[scenario].ours.append(full)
                    measures[scenario].floors.append(empty)
    del measures[Scenario.READ]
    return measures


@contextmanager
def _connected_to_twin() -> Iterator[BaseDatabaseWrapper]:
    twin = connections.create_connection(_ALIAS)
    twin.settings_dict = {**twin.settings_dict, "NAME": EMPTY_TWIN}
    try:
        yield twin
    finally:
        twin.close()


@contextmanager
def _used(wrapper: BaseDatabaseWrapper) -> Iterator[None]:
    """Let the program work on another base for a block; both connections stay warm."""
    usual = connections[_ALIAS]
    connections[_ALIAS] = wrapper
    try:
        yield
    finally:
        connections[_ALIAS] = usual
