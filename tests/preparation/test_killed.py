"""Killed anywhere, a press leaves each school whole or untouched, and is taken up from what is left."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.bases import Base
from tests.exchange.schools_for_tests import ReadySchool
from tests.exchange.test_faults import wait_until_free
from tests.preparation.schools import BY, NEXT, SPRING, enrolments, school_under_way

from bascule.journal.verify import verify_chain
from bascule.preparation import openings
from bascule.preparation.models import SchoolOpening, YearOpening
from bascule.schools.directory import school_numbers

Line = SchoolOpening.State
#: A prime, so that deaths fall at another place of each school.
STEP = 7


@pytest.fixture
def victim(base: Base, base_environment: dict[str, str]) -> Iterator[Callable[[int, int], str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.preparation.killed_opening"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env=base_environment,
    )

    def run_until(opening: int, at: int) -> str:
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"{base.name} {opening} {at}\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    yield run_until
    process.communicate(timeout=30)


def run(opening: YearOpening) -> YearOpening:
    return openings.run(number=opening.pk, clock=lambda: SPRING)


def check(opening: YearOpening, schools: list[ReadySchool], open_state: set[str]) -> None:
    """Each school is whole or untouched, as its line says."""
    lines = {line.uai: line for line in openings.read_opening(number=opening.pk).lines}
    for school in schools:
        expected = len(school.population.present)
        assert len(enrolments(school)) == (expected if lines[school.uai].state in open_state else 0)


def test_a_press_killed_anywhere_is_taken_up_from_what_is_left(
    base: Base, victim: Callable[[int, int], str]
) -> None:
    schools = [school_under_way(4, number=number) for number in (1, 2, 3)]
    before = {school.uai: school.digest() for school in schools}
    deaths = 0

    with base.look() as administrator:
        for at in count(1, STEP):
            opening = openings.press(uais=school_numbers(), year=NEXT, keeps_going=False, **BY)
            outcome = victim(opening.pk, at)
            wait_until_free(administrator)
            if outcome == "done":
                break
            assert outcome == "killed"
            deaths += 1
            check(opening, schools, {Line.DONE})
            assert run(opening).state == YearOpening.State.DONE
            check(opening, schools, {Line.DONE})
            # And so is its undoing.
            openings.request_undo(number=opening.pk, **BY)
            assert victim(opening.pk, at) in {"killed", "done"}
            wait_until_free(administrator)
            check(opening, schools, {Line.DONE})
            assert run(opening).state == YearOpening.State.UNDONE
            assert {school.uai: school.digest() for school in schools} == before

    assert deaths > 5
    for school in schools:
        assert verify_chain(uai=school.uai).faults == ()
