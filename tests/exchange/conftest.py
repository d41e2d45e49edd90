"""Schools ready to import: one of its own for a test, or a base that a module shares."""

from typing import Any

import pytest
from tests.bases import Base
from tests.exchange.schools_for_tests import ReadySchool, ready_school


@pytest.fixture
def stage() -> Any:
    return ready_school


@pytest.fixture
def school(stage: Any, base: Base) -> ReadySchool:
    """Give a ready school on the test's own base; what is done with it is done for good."""
    return base.ready
