"""Two schools with their people, for the tests of pages."""

import pytest
from tests.bases import Base
from tests.cast import Cast


@pytest.fixture
def cast(base: Base) -> Cast:
    mine, other = Cast.of_two_schools()
    return Cast(school=mine.uai, other_school=other.uai)
