"""The count of cells, printed at the end: a matrix of which nobody knows the size proves little."""

from collections import Counter
from typing import Any

import pytest


def pytest_terminal_summary(terminalreporter: Any) -> None:
    counts: Counter[str] = Counter()
    for state in ("passed", "failed"):
        for report in terminalreporter.getreports(state):
            counts.update(dict(report.user_properties))
    for name, count in sorted(counts.items()):
        terminalreporter.write_line(f"{name}: {count}")


@pytest.fixture
def tally(record_property: Any) -> Any:
    """Give what a test tells its counts by."""
    return record_property
