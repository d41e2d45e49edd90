"""Killed anywhere, a night leaves each school whole or untouched, and ends the same once it is taken up."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from tests.bases import Base
from tests.bea.acting import pass_night
from tests.exchange.ready_school import AT, ready_school
from tests.exchange.test_faults import wait_until_free

from bascule.bea import follow
from bascule.bea.models import Night
from bascule.bea.rebuild import rebuild
from bascule.journal.verify import verify_chain

#: A prime, so that deaths fall at another place of each school.
STEP = 17


@pytest.fixture
def victim(base: Base, base_environment: dict[str, str]) -> Iterator[Callable[[int], str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bea.killed_night"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env=base_environment,
    )

    def run_until(at: int) -> str:
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"{base.name} {at}\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    yield run_until
    process.communicate(timeout=30)


@pytest.mark.slow
def test_a_night_killed_anywhere_ends_the_same_once_it_is_taken_up(
    base: Base, victim: Callable[[int], str], tmp_path: Path
) -> None:
    schools = [ready_school(6, number=number) for number in (1, 2, 3)]
    moved = {school.uai: school.next_day(0.5) for school in schools}
    at = AT
    ends: dict[str, set[bytes]] = {"before": set(), "after": set()}
    deaths = 0

    def clean(name: str) -> None:
        ends[name].add(bytes(pass_night(at=at).digest or b""))

    for school in schools:
        # Whoever comes with it stays, though the file before comes back.
        school.bring(moved[school.uai])
    with base.look() as administrator:
        for step in count(1, STEP):
            at += timedelta(minutes=1)
            for school in schools:
                school.bring(at=at)
            clean("before")
            for school in schools:
                school.bring(moved[school.uai], at=at)
            outcome = victim(step)
            wait_until_free(administrator)
            if outcome == "done":
                break
            assert outcome == "killed"
            deaths += 1
            cut = [one for one in follow.list_nights() if one.night.state == Night.State.RUNNING]
            assert all(one.is_cut for one in cut)
            clean("after")
            assert follow.health(at=at).alarms == ()

    assert deaths > 5
    assert {name: len(found) for name, found in ends.items()} == {"before": 1, "after": 1}
    assert rebuild(number=0, into=tmp_path / "base").unlike == ()
    for school in schools:
        assert verify_chain(uai=school.uai).faults == ()
