"""Milestones can be had again from the acts: a base that was in service before there were any keeps its steps."""

from importlib import import_module

from django.db import connections
from tests.bases import Base
from tests.preparation.new_year import YEAR, new_year

from bascule.exchange import runs
from bascule.journal.milestones import Milestone, reached

FILL = import_module("bascule.journal.migrations.0009_milestones_of_past_acts")._FILL


def test_the_milestones_of_past_acts_are_those_that_the_acts_reached(base: Base) -> None:
    school = new_year(6)
    school.receive_nomenclatures()
    school.receive_structures()
    school.receive_common_data()
    school.export()
    run = school.bring()
    before = reached(school.uai, year=YEAR)[school.uai]
    assert Milestone.PUPILS_IMPORTED in before

    forget(base)
    assert reached(school.uai, year=YEAR)[school.uai] == {}
    fill()
    assert reached(school.uai, year=YEAR)[school.uai] == before

    runs.undo(run_id=run.pk, uai=school.uai, actor="secretary", at=school.where["at"])
    forget(base)
    fill()
    undone = reached(school.uai, year=YEAR)[school.uai]
    assert undone == {
        name: one for name, one in before.items() if name != Milestone.PUPILS_IMPORTED
    }


def forget(base: Base) -> None:
    """Bring the base back to what it was before there were milestones."""
    with base.look() as administrator:
        administrator.execute("DELETE FROM journal_yearmilestone")
        administrator.commit()


def fill() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(FILL)
