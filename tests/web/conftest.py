"""Two schools with their people, for the tests of pages."""

import pytest
from tests.bases import Base
from tests.cast import Cast
from tests.exchange.ready_school import ready_school


@pytest.fixture
def cast(base: Base) -> Cast:
    mine, other = ready_school(6), ready_school(4, number=2)
    mine.bring()
    other.bring()
    return Cast(school=mine.uai, other_school=other.uai)
