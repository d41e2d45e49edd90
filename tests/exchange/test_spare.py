"""What a person leaves out of an import: nothing else changes, and the next file proposes it again."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.bases import Base
from tests.exchange.ready_school import AT, YEAR, ReadySchool, ready_school

from bascule.exchange import runs
from bascule.exchange.comparison import Filters, Nature, compare
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.journey import PlanOutdatedError
from bascule.exchange.models import ImportRun, PlanLine
from bascule.exchange.receive import receive_import
from bascule.exchange.spare import Choice, spare, take_up
from bascule.generator.population import Population

LATER = AT + timedelta(days=1)


def stored_school() -> ReadySchool:
    school = ready_school()
    school.bring()
    return school


@pytest.fixture
def stage() -> Any:
    return stored_school


@pytest.fixture
def school(stage: Any, base: Base) -> ReadySchool:
    return base.ready


def planned(school: ReadySchool, population: Population, *, at: datetime = LATER) -> ImportRun:
    file = school.file(population, at=at)
    return receive_import(files=[file], uai=school.uai, year=YEAR, actor="secretary", at=at).run


def changes(run: ImportRun, *actions: str) -> dict[tuple[str, int, str], Any]:
    """Give each value that a plan changes, by record and field."""
    found: dict[tuple[str, int, str], Any] = {}
    with reading(run.uai):
        lines = PlanLine.objects.filter(uai=run.uai, run_id=run.pk, action__in=actions)
        # New guardians come with their children.
        for line in lines.exclude(rank=None):
            for key, change in (line.changes or {"": line.label}).items():
                found[line.entity, line.rank, key] = change
    return found


def confirm(run: ImportRun) -> ImportRun:
    fresh = runs.get_run(run_id=run.pk, uai=run.uai)
    return runs.approve(
        run_id=run.pk, uai=run.uai, actor="authority", at=LATER, as_authority=True,
        plan_hash=fresh.plan_hash,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_what_is_left_is_all_that_the_same_file_proposes_again(
    school: ReadySchool, seed: int
) -> None:
    draw = random.Random(seed)  # noqa: S311 - a law, not a secret
    after = school.next_day(0.9, seed=seed + 1)
    run = planned(school, after)
    whole = changes(run, "create", "update")
    for entity, rank, key in draw.sample(sorted(whole), min(len(whole), 12)):
        choice = Choice(records=(f"{entity}/{rank}",), field=draw.choice((key, "")))
        spare(run_id=run.pk, uai=school.uai, choice=choice, at=LATER)
    left = changes(run, "spare")
    kept = changes(run, "create", "update")
    assert left
    assert {**kept, **left} == whole
    assert not kept.keys() & left.keys()
    confirm(run)

    again = planned(school, after)

    assert changes(again, "create", "update") == left
    confirm(again)
    assert not changes(planned(school, after, at=LATER + timedelta(days=1)), "create", "update")


def test_all_left_and_taken_up_again_is_the_plan_of_before(school: ReadySchool) -> None:
    before = school.digest()
    run = planned(school, school.next_day(0.9))
    first = (run.plan_hash, run.counts)

    spare(run_id=run.pk, uai=school.uai, choice=Choice(), at=LATER)
    left = runs.get_run(run_id=run.pk, uai=school.uai)
    counts = left.counts
    assert counts["pupils_created"] == counts["pupils_changed"] == counts["persons_changed"] == 0
    assert counts["pupils_spared"] == first[1]["pupils_created"] + first[1]["pupils_changed"]

    take_up(run_id=run.pk, uai=school.uai, choice=Choice(), at=LATER)
    back = runs.get_run(run_id=run.pk, uai=school.uai)
    assert (back.plan_hash, back.counts) == first

    spare(run_id=run.pk, uai=school.uai, choice=Choice(), at=LATER)
    confirm(run)
    assert school.digest() == before


def test_a_group_is_left_at_once_and_a_plan_seen_before_is_not_confirmed(
    school: ReadySchool,
) -> None:
    run = planned(school, all_of_another_regime(school.population))
    seen = run.plan_hash
    fold = compare(run_id=run.pk, uai=school.uai, filters=Filters()).folds[0]
    assert fold.count >= 3

    count = spare(
        run_id=run.pk, uai=school.uai, choice=Choice(field=fold.field, mark=fold.mark), at=LATER
    )

    found = compare(run_id=run.pk, uai=school.uai, filters=Filters())
    assert count == fold.count
    assert found.natures[Nature.SPARED] == fold.count
    assert fold not in found.folds
    with pytest.raises(PlanOutdatedError):
        runs.approve(
            run_id=run.pk, uai=school.uai, actor="authority", at=LATER, as_authority=True,
            plan_hash=seen,
        )  # fmt: skip


def all_of_another_regime(population: Population) -> Population:
    pupils = [replace(p, regime="0" if p.regime != "0" else "2") for p in population.pupils]
    return Population(population.teaching, population.persons, pupils)
