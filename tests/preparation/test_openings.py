"""One press over many schools: each whole or not at all, stopped, resumed, undone, never twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from typing import Any

import psycopg
import pytest
from django.db import transaction
from tests.bases import Base
from tests.exchange.schools_for_tests import ReadySchool
from tests.exchange.test_faults import sweep
from tests.exchange.tripwire import laid
from tests.preparation.schools import (
    BY,
    NEXT,
    SPRING,
    YEAR,
    bring,
    enrolments,
    prepare_next,
    school_under_way,
    year_after,
)

from bascule.journal.milestones import Milestone, reached
from bascule.journal.models import Act
from bascule.journal.verify import verify_chain
from bascule.preparation import openings
from bascule.preparation.models import SchoolOpening, YearOpening
from bascule.preparation.opening import open_next_year, undo_opening
from bascule.preparation.openings import (
    NothingToOpenError,
    OpeningUnderWayError,
    UnknownOpeningError,
    WrongMomentError,
)
from bascule.schools.directory import school_numbers
from bascule.schools.open_year import State, change_state, open_year, years_of
from bascule.store.policies import open_schools

Line = SchoolOpening.State


def three_schools() -> list[ReadySchool]:
    return [school_under_way(4, number=number) for number in (1, 2, 3)]


@pytest.fixture
def stage() -> Any:
    return three_schools


@pytest.fixture
def schools(stage: Any, base: Base) -> list[ReadySchool]:
    return base.ready


def clock() -> datetime:
    return SPRING


def press(*, keeps_going: bool = False, uais: Any = None) -> YearOpening:
    return openings.press(uais=uais or school_numbers(), year=NEXT, keeps_going=keeps_going, **BY)


def run(opening: YearOpening, **given: Any) -> YearOpening:
    return openings.run(number=opening.pk, clock=clock, **given)


def states(opening: YearOpening) -> list[str]:
    return [line.state for line in openings.read_opening(number=opening.pk).lines]


def opened_schools() -> set[str]:
    return {row.uai for row in years_of(*school_numbers()) if row.year == NEXT}


def hinder(school: ReadySchool) -> None:
    """Put something in the way of a school's next year."""
    change_state(uai=school.uai, year=YEAR, state=State.CLOSED, **BY)


@contextmanager
def held(base: Base, school: ReadySchool) -> Iterator[None]:
    """Hold a school as another piece of work would."""
    with psycopg.connect(base.url) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [school.uai])
        yield


def test_each_school_is_opened_by_an_act_of_its_own(schools: list[ReadySchool]) -> None:
    told: list[tuple[str, int, int]] = []

    done = run(press(), on_school=lambda line, rank, total: told.append((line.uai, rank, total)))

    detail = openings.read_opening(number=done.pk)
    assert done.state == YearOpening.State.DONE
    assert opened_schools() == {school.uai for school in schools}
    assert [(uai, rank, total) for uai, rank, total in told] == [
        (uai, rank, 3) for rank, uai in enumerate(sorted(opened_schools()), start=1)
    ]
    for school, line in zip(sorted(schools, key=lambda one: one.uai), detail.lines, strict=True):
        assert (
            line.act_id == reached(school.uai, year=NEXT)[school.uai][Milestone.YEAR_OPENED].act_id
        )
        assert line.carried_count == len(school.population.present)
    assert detail.carried_count == sum(len(school.population.present) for school in schools)


def test_a_press_on_schools_that_have_the_year_has_nothing_to_do(
    schools: list[ReadySchool],
) -> None:
    run(press(uais=[schools[0].uai]))

    rest = press()
    assert [line.uai for line in openings.read_opening(number=rest.pk).lines] == sorted(
        school.uai for school in schools[1:]
    )
    run(rest)
    with pytest.raises(NothingToOpenError):
        press()


def test_a_second_press_waits_for_the_end_of_the_first(schools: list[ReadySchool]) -> None:
    first = press(uais=[schools[0].uai])

    with pytest.raises(OpeningUnderWayError):
        press()
    run(first)

    assert press().state == YearOpening.State.PLANNED


def test_only_one_works_at_a_time(base: Base, schools: list[ReadySchool]) -> None:
    opening = press()

    with psycopg.connect(base.url) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('bascule.year-openings', 0))")
        with pytest.raises(OpeningUnderWayError):
            run(opening)
        with pytest.raises(OpeningUnderWayError):
            openings.resume(number=opening.pk, **BY)
        other.execute("SELECT pg_advisory_unlock(hashtextextended('bascule.year-openings', 0))")

    assert run(opening).state == YearOpening.State.DONE
    assert not openings.is_held()


@pytest.mark.parametrize("keeps_going", [True, False])
def test_a_hindered_school_stops_the_press_or_only_itself(
    schools: list[ReadySchool], *, keeps_going: bool
) -> None:
    first, second, third = sorted(schools, key=lambda school: school.uai)
    hinder(second)

    done = run(press(keeps_going=keeps_going))

    detail = openings.read_opening(number=done.pk)
    assert states(done) == [Line.DONE, Line.BLOCKED, Line.DONE if keeps_going else Line.TO_DO]
    assert "est close" in detail.lines[1].sentence
    assert done.state == (YearOpening.State.DONE if keeps_going else YearOpening.State.STOPPED)
    assert opened_schools() == {first.uai} | ({third.uai} if keeps_going else set())


@pytest.mark.parametrize("keeps_going", [True, False])
def test_a_busy_school_is_said_and_taken_up_again(
    base: Base, schools: list[ReadySchool], *, keeps_going: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bascule.store.locks.PATIENCE_MS", 50)
    busy = min(schools, key=lambda school: school.uai)
    opening = press(keeps_going=keeps_going)

    with held(base, busy):
        done = run(opening)

    after = Line.DONE if keeps_going else Line.TO_DO
    assert states(done) == [Line.FAILED, after, after]
    assert "Un autre traitement" in openings.read_opening(number=done.pk).lines[0].sentence
    openings.resume(number=done.pk, **BY)
    assert run(done).state == YearOpening.State.DONE
    assert states(done) == [Line.DONE] * 3


def test_a_press_is_stopped_between_two_schools_and_resumed(schools: list[ReadySchool]) -> None:
    opening = press()

    def stop(_line: SchoolOpening, rank: int, _total: int) -> None:
        if rank == 1:
            openings.request_stop(number=opening.pk, **BY)

    stopped = run(opening, on_school=stop)

    assert stopped.state == YearOpening.State.STOPPED
    assert states(opening) == [Line.DONE, Line.TO_DO, Line.TO_DO]
    openings.resume(number=opening.pk, **BY)
    assert run(opening).state == YearOpening.State.DONE
    assert states(opening) == [Line.DONE] * 3
    with pytest.raises(WrongMomentError):
        openings.request_stop(number=opening.pk, **BY)
    with pytest.raises(WrongMomentError):
        openings.resume(number=opening.pk, **BY)


def test_a_press_that_nobody_took_up_is_stopped_at_once(schools: list[ReadySchool]) -> None:
    opening = press()

    openings.request_stop(number=opening.pk, **BY)

    assert run(opening).state == YearOpening.State.STOPPED
    assert opened_schools() == set()


def test_resuming_past_what_is_hindered_opens_the_rest(schools: list[ReadySchool]) -> None:
    first, *_ = sorted(schools, key=lambda school: school.uai)
    hinder(first)
    opening = run(press())
    assert states(opening) == [Line.BLOCKED, Line.TO_DO, Line.TO_DO]

    openings.resume(number=opening.pk, keeps_going=True, **BY)

    assert run(opening).state == YearOpening.State.DONE
    assert states(opening) == [Line.BLOCKED, Line.DONE, Line.DONE]


def test_a_whole_press_is_undone_but_for_schools_that_worked_since(
    schools: list[ReadySchool],
) -> None:
    before = {school.uai: school.digest() for school in schools}
    opening = run(press())
    worked = max(schools, key=lambda school: school.uai)
    prepare_next(worked)
    bring(worked, year_after(worked.population))

    openings.request_undo(number=opening.pk, **BY)
    undone = run(opening)

    detail = openings.read_opening(number=opening.pk)
    assert undone.state == YearOpening.State.UNDONE
    assert states(opening) == [Line.UNDONE, Line.UNDONE, Line.DONE]
    assert [line.uai for line in detail.kept] == [worked.uai]
    assert "un fichier d’élèves a été intégré" in detail.kept[0].sentence
    assert opened_schools() == {worked.uai}
    for school in schools:
        if school is not worked:
            assert school.digest() == before[school.uai]


def test_what_is_asked_stands_in_the_chain_of_the_authority(schools: list[ReadySchool]) -> None:
    opening = run(press())
    openings.request_undo(number=opening.pk, **BY)
    run(opening)

    chain = verify_chain(uai="AUTORITE")
    with transaction.atomic():
        open_schools("AUTORITE")
        kinds = list(
            Act.objects.filter(uai="AUTORITE", kind__startswith="year.").values_list(
                "kind", flat=True
            )
        )
    assert chain.faults == ()
    assert kinds == ["year.press", "year.undo-press"]


def test_a_press_that_is_not_there_is_said(base: Base) -> None:
    with pytest.raises(UnknownOpeningError):
        openings.read_opening(number=12)
    assert openings.list_openings() == []


# Whatever breaks


def test_an_opening_survives_the_failure_of_any_statement(
    base: Base, schools: list[ReadySchool]
) -> None:
    school = schools[0]

    asked = sweep(base, lambda: open_next_year(uai=school.uai, year=NEXT, **BY))

    assert set(asked) == {"execute", "commit"}
    assert len(enrolments(school)) == len(school.population.present)
    assert verify_chain(uai=school.uai).faults == ()


def test_an_undoing_survives_the_failure_of_any_statement(
    base: Base, schools: list[ReadySchool]
) -> None:
    school = schools[0]
    before = school.digest()
    open_next_year(uai=school.uai, year=NEXT, **BY)

    asked = sweep(base, lambda: undo_opening(uai=school.uai, year=NEXT, **BY))

    assert set(asked) == {"execute", "commit"}
    assert school.digest() == before


@pytest.mark.parametrize("is_after", [False, True])
def test_wherever_a_press_fails_each_school_is_whole_and_the_rest_is_taken_up(
    schools: list[ReadySchool], *, is_after: bool
) -> None:
    expected = {school.uai: len(school.population.present) for school in schools}

    def fail() -> None:
        raise psycopg.OperationalError("said to be lost")

    tried = 0
    for at in count(1, 7):
        opening = press(keeps_going=True)
        with laid(at, fail, is_after=is_after) as wire:
            try:
                run(opening)
            except Exception:  # noqa: BLE001 - whatever it is, what it leaves is looked at
                assert wire.tripped
        if not wire.tripped:
            break
        tried += 1
        for school in schools:
            rows = enrolments(school)
            line = next(
                one
                for one in openings.read_opening(number=opening.pk).lines
                if one.uai == school.uai
            )
            assert (len(rows) == expected[school.uai]) == (line.state == Line.DONE)
            assert len(rows) in {0, expected[school.uai]}
        if openings.read_opening(number=opening.pk).opening.state != YearOpening.State.DONE or any(
            state != Line.DONE for state in states(opening)
        ):
            openings.resume(number=opening.pk, **BY)
            assert run(opening).state == YearOpening.State.DONE
        assert states(opening) == [Line.DONE] * 3
        openings.request_undo(number=opening.pk, **BY)
        assert run(opening).state == YearOpening.State.UNDONE
        assert opened_schools() == set()
    assert tried > 8


def test_a_year_opened_by_hand_meanwhile_is_no_harm(schools: list[ReadySchool]) -> None:
    opening = press(keeps_going=True)
    open_year(uai=schools[0].uai, year=NEXT, **BY)

    run(opening)

    blocked = [
        line
        for line in openings.read_opening(number=opening.pk).lines
        if line.state == Line.BLOCKED
    ]
    assert [line.uai for line in blocked] == [schools[0].uai]
    assert "existe déjà" in blocked[0].sentence
