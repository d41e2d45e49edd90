"""A constat from its opening to its closing: what is in the way, who is late, what a signature freezes."""

from datetime import date, timedelta
from typing import Any

import pytest
from tests.bases import Base
from tests.constat.signing import CLOSES, OBSERVED, OPENS, Signing
from tests.exchange.schools_for_tests import YEAR, ready_school
from tests.exchange.spoiled import spoiled_file
from tests.exchange.test_concurrency import Work, paused_before_commit, wait_until_waiting

from bascule.constat.check import NotConcernedError, Obstacle
from bascule.constat.paper import constat_paper
from bascule.constat.rebuild import NothingSignedError, rebuild
from bascule.constat.rounds import (
    AlreadyOpenError,
    DaysOutOfOrderError,
    NobodyConcernedError,
    NoRoundError,
    SignedAlreadyError,
    SigningNowError,
    change_days,
    close_round,
    open_round,
)
from bascule.constat.sign import (
    NotExplainedError,
    NotReadyError,
    NotSignedError,
    ReasonNeededError,
    reopen,
)
from bascule.constat.standing import State, rolled_up, standing, to_sign
from bascule.journal.act import act
from bascule.journal.verify import verify_chain
from bascule.store import locks
from bascule.students.models import Enrolment

AUTHORITY: dict[str, Any] = {"year": YEAR, "actor": "papep"}


@pytest.fixture
def signing(base: Base) -> Signing:
    assert base
    return Signing(ready_school(20))


def where(signing: Signing) -> State:
    return standing(uais=[signing.uai], year=YEAR, at=signing.at)[signing.uai].state


def test_the_authority_opens_a_constat_and_says_until_when(signing: Signing) -> None:
    uai, today = signing.uai, signing.at.date()
    with pytest.raises(NotConcernedError):
        signing.sign()
    with pytest.raises(NoRoundError):
        close_round(at=signing.at, **AUTHORITY)
    with pytest.raises(DaysOutOfOrderError):
        signing.open(closes_on=OBSERVED - timedelta(days=1))
    days = dict.fromkeys(("opens_on", "closes_on", "observed_on"), OPENS.replace(year=2020))
    with pytest.raises(NobodyConcernedError):
        open_round(year=2020, actor="papep", at=signing.at, **days)
    signing.open(opens_on=today + timedelta(days=1))
    with pytest.raises(AlreadyOpenError):
        signing.open()
    assert (where(signing), to_sign(uais=[uai], today=today)) == (State.NOT_OPEN, [])
    assert signing.situation().obstacles == (Obstacle.NOT_YET, Obstacle.NO_NIGHT)
    tomorrow = today + timedelta(days=1)
    assert [one.closes_on for one in to_sign(uais=[uai], today=tomorrow)] == [CLOSES]
    signing.at += timedelta(days=30)
    late = standing(uais=[uai], year=YEAR, at=signing.at)
    assert (late[uai].late_since, late[uai].state) == (CLOSES, State.TO_CHECK)
    assert [(one.department, one.late, one.percent) for one in rolled_up(late.values())] == [
        (uai[:3], 1, 0),
        ("", 1, 0),
    ]
    change_days(closes_on=signing.at.date(), at=signing.at, **AUTHORITY)
    assert standing(uais=[uai], year=YEAR, at=signing.at)[uai].late_since is None
    close_round(at=signing.later(), **AUTHORITY)
    assert where(signing) == State.CLOSED
    assert Obstacle.CLOSED in signing.situation().obstacles
    # Closing is no last word, and as long as nobody signed no day is.
    again = {"closes_on": signing.at.date(), "observed_on": OBSERVED + timedelta(days=1)}
    assert change_days(**again, at=signing.later(), **AUTHORITY).closed_at is None
    part = signing.situation().part
    assert (part.observed_on, where(signing)) == (again["observed_on"], State.TO_CHECK)


def test_nothing_is_signed_while_something_is_in_the_way(signing: Signing) -> None:
    school = signing.school
    signing.open()
    school.send(spoiled_file(school.population, 2))
    signing.night()
    assert where(signing) == State.BLOCKING
    held = [one.pupil_id for one in signing.situation().to_explain]
    assert len(held) == 2
    with pytest.raises(NotExplainedError):
        signing.sign(**{f"p{held[0]}": "Le juge n’a pas encore tranché."})
    # What changed since the night is in the base tomorrow only.
    school.bring(school.file(at=signing.later()))
    assert [one.may_be_explained for one in signing.situation().apart] == [False, False]
    with pytest.raises(NotReadyError, match="demain"):
        signing.sign()
    signing.night()
    assert where(signing) == State.READY
    with act(uai=school.uai, kind="test", actor="tests", at=signing.later()) as opened:
        leaver = Enrolment.objects.filter(uai=school.uai, left_on=None).order_by("pk")[0].pk
        gone = {"left_on": CLOSES, "exit_reason": None, "act_id": opened.id}
        Enrolment.objects.filter(pk=leaver).update(**gone)
    assert signing.situation().obstacles == (Obstacle.NO_EXIT_REASON,)
    assert len(signing.situation().leavers) == 1


def test_no_day_changes_while_a_head_signs(signing: Signing, base: Base) -> None:
    signing.open()
    signing.night()
    at, other = signing.later(), OBSERVED + timedelta(days=1)

    def change(day: date) -> Any:
        return change_days(closes_on=CLOSES, observed_on=day, at=at, **AUTHORITY)

    with paused_before_commit(lambda: change(other)):
        signs = Work(signing.sign)
        wait_until_waiting(base)
    assert signs.end().observed_on == other
    reopen(uai=signing.uai, why="Encore.", until=None, at=signing.later(), **AUTHORITY)
    with paused_before_commit(signing.sign) as signs:
        changes = Work(lambda: change(OBSERVED))
        wait_until_waiting(base)
    assert signs.end().observed_on == other
    assert isinstance(changes.end(), SignedAlreadyError)


def test_who_would_change_days_for_longer_than_one_waits_is_told_that_a_head_signs(
    signing: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    signing.open()
    signing.night()
    with paused_before_commit(signing.sign):
        monkeypatch.setattr(locks, "PATIENCE_MS", 50)
        with pytest.raises(SigningNowError):
            change_days(closes_on=CLOSES, at=signing.later(), **AUTHORITY)
        with pytest.raises(SigningNowError):
            close_round(at=signing.later(), **AUTHORITY)


def test_a_reopened_constat_is_signed_again_and_the_first_one_is_kept(signing: Signing) -> None:
    school, uai = signing.school, signing.uai
    signing.open()
    school.send(spoiled_file(school.population, 2))
    signing.night()
    held = [one.pupil_id for one in signing.situation().to_explain]
    first = signing.sign(**{f"p{one}": "Le juge n’a pas encore tranché." for one in held})
    assert (first.pupil_count - first.base_count, len(first.explained)) == (2, 2)
    assert (where(signing), signing.situation().obstacles) == (State.SIGNED, (Obstacle.SIGNED,))
    with pytest.raises(NotReadyError):
        signing.sign()
    name, pdf = constat_paper(uai=uai, year=YEAR, number=1)
    assert (name, pdf[:5]) == (f"constat_{uai}_{YEAR}_1.pdf", b"%PDF-")

    with pytest.raises(ReasonNeededError):
        reopen(uai=uai, why=" ", until=None, at=signing.at, **AUTHORITY)
    reopen(uai=uai, why="Deux élèves manquent.", until=CLOSES, at=signing.later(), **AUTHORITY)
    with pytest.raises(NotSignedError):
        reopen(uai=uai, why="Encore.", until=None, at=signing.at, **AUTHORITY)
    reopened = standing(uais=[uai], year=YEAR, at=signing.at)[uai]
    assert (reopened.state, reopened.reopened_why) == (State.BLOCKING, "Deux élèves manquent.")
    school.bring(school.file(at=signing.later()))
    signing.night()
    again = signing.sign()
    assert (again.number, again.pupil_count, again.base_count) == (2, *[first.pupil_count] * 2)
    # Both are counted again, each with what the base had then.
    assert all(rebuild(uai=uai, year=YEAR, number=one).is_same for one in (1, 2))
    with pytest.raises(NothingSignedError):
        rebuild(uai=uai, year=YEAR, number=3)
    assert verify_chain(uai=uai).faults == ()
