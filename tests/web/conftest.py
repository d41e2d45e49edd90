"""Two schools with their people, for the tests of pages."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.bases import Base
from tests.cast import Cast


@pytest.fixture
def stage() -> Callable[[], Any]:
    return Cast.of_two_schools


@pytest.fixture
def cast(stage: Any, base: Base) -> Cast:
    mine, other = base.ready
    return Cast(school=mine.uai, other_school=other.uai)
