"""Two schools with a year and no pupil: pages of people show none."""

import pytest
from django.utils import timezone
from tests.bases import Base
from tests.cast import Cast

from bascule.schools.directory import register_school
from bascule.schools.open_year import State, open_year
from bascule.values.uai import make_uai


@pytest.fixture
def cast(base: Base) -> Cast:
    mine, other = make_uai("077", 1), make_uai("077", 2)
    for uai, name in ((mine, "Collège Sainte-Odile"), (other, "Lycée Les Tilleuls")):
        register_school(uai=uai, name=name, actor="tests", at=timezone.now())
        open_year(uai=uai, year=2026, state=State.CURRENT, actor="tests", at=timezone.now())
    return Cast(school=mine, other_school=other)
