"""Every pupil of a year is one of promoted, repeating, left, unknown in the next: whatever happened."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings, strategies as st
from tests.bases import Base
from tests.exchange.schools_for_tests import ReadySchool, rows_of, tried
from tests.preparation.schools import (
    AUTUMN,
    BY,
    NEXT,
    YEAR,
    bring,
    enrolments,
    prepare_next,
    school_under_way,
    year_after,
)

from bascule.errors import RefusedError
from bascule.exchange import runs
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.models import ImportRun
from bascule.generator.changes import next_day
from bascule.generator.population import Population
from bascule.journal.act import act
from bascule.preparation.accounting import Balance, balances, unknown_pupils
from bascule.preparation.opening import open_next_year
from bascule.students.models import Enrolment, Schooling

TRIED = (Phase.explicit, Phase.reuse, Phase.generate)
SOME = settings(
    max_examples=25,
    deadline=None,
    phases=TRIED,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
MEFS = ("10010012110", "10110001110")


def told_otherwise(school: ReadySchool, year: int) -> Balance:
    """Account for the pupils one by one, from their rows: the same rules, written another way."""
    with reading(school.uai):
        now = {row.student_id: row for row in Enrolment.objects.filter(uai=school.uai, year=year)}
        then = {
            row.student_id: row for row in Enrolment.objects.filter(uai=school.uai, year=year + 1)
        }
        last, first = {}, {}
        for row in Schooling.objects.filter(uai=school.uai).order_by("starts_on"):
            if row.year == year:
                last[row.student_id] = row.mef
            elif row.year == year + 1:
                first.setdefault(row.student_id, row.mef)
    found = Counter(
        _fate(row, then.get(student), last.get(student), first.get(student))
        for student, row in now.items()
        if not row.is_expected
    )
    found["pupils"] = found.total()
    found["newcomers"] = sum(
        not row.is_expected and (student not in now or now[student].is_expected)
        for student, row in then.items()
    )
    return Balance(**found)


def _fate(
    row: Enrolment, after: Enrolment | None, before_mef: str | None, after_mef: str | None
) -> str:
    if after is None or after.is_expected:
        return "left" if row.left_on or (after and after.left_on) else "unknown"
    if after_mef is None and (after.left_on or after.exit_reason):
        return "left"
    same = after_mef is not None and after_mef == before_mef
    repeats = same if after.is_repeating is None else after.is_repeating
    return "repeating" if repeats else "promoted"


def adds_up(balance: Balance) -> bool:
    return balance.promoted + balance.repeating + balance.left + balance.unknown == balance.pupils


@pytest.fixture(scope="module")
def schools(module_base: Base) -> list[ReadySchool]:
    return [school_under_way(8, number=number) for number in (1, 2)]


def test_a_year_after_is_accounted_for(schools: list[ReadySchool]) -> None:
    school = schools[0]
    present = len(school.population.present)
    gone = len(school.population.pupils) - present

    with tried():
        open_next_year(uai=school.uai, year=NEXT, **BY)
        at_opening = balances(uais=[school.uai], year=YEAR)[school.uai]
        prepare_next(school)
        bring(school, year_after(school.population, without=1, repeating=2, newcomers=2))
        balance = balances(uais=[school.uai], year=YEAR)[school.uai]
        unknown = unknown_pupils(uai=school.uai, year=YEAR)

    missing = school.population.present[0]
    assert at_opening == Balance(present + gone, 0, 0, gone, present, 0)
    assert balance == Balance(present + gone, present - 3, 2, gone, 1, 2)
    assert [(one.name, one.division) for one in unknown] == [
        (f"{missing.family} {missing.first}", missing.division)
    ]


def test_a_pupil_who_never_came_has_left(schools: list[ReadySchool]) -> None:
    school = schools[0]
    never = school.population.present[0].id

    with tried():
        open_next_year(uai=school.uai, year=NEXT, **BY)
        prepare_next(school)
        before = balances(uais=[school.uai], year=YEAR)[school.uai]
        bring(school, _never_came(year_after(school.population), never))
        after = balances(uais=[school.uai], year=YEAR)[school.uai]

    assert (after.left - before.left, after.unknown) == (1, 0)


def _never_came(population: Population, number: int) -> Population:
    """Say of a pupil of a file that he or she never came."""
    pupils = [
        replace(
            pupil,
            mef="",
            division="",
            ends_on=None,
            left_on=date(NEXT, 9, 2),
            exit_reason="44",
            last_year=None,
        )
        if pupil.id == number
        else pupil
        for pupil in population.pupils
    ]
    return Population(population.teaching, population.persons, pupils)


# Whatever happened


def whatever_stands(random: Random, school: ReadySchool) -> None:
    """Write rows as no verb would, for years of their own."""
    enrolled, schooled = [], []
    for (student,) in rows_of("SELECT id FROM students_student WHERE uai = %s", school.uai):
        for year in (YEAR + 10, YEAR + 11):
            if random.random() < 0.2:
                continue
            who: dict[str, Any] = {"uai": school.uai, "year": year, "student_id": student}
            left = random.choice((None, None, date(year, 10, 1)))
            enrolled.append(
                Enrolment(
                    **who,
                    is_expected=random.random() < 0.3,
                    left_on=left,
                    exit_reason=random.choice(("44", "10")) if left else None,
                    is_repeating=random.choice((None, None, True, False)),
                )
            )
            schooled += [
                Schooling(**who, starts_on=date(year, month, 1), mef=random.choice(MEFS))
                for month in random.sample((9, 10, 11), random.choice((0, 1, 1, 2)))
            ]
    with act(uai=school.uai, kind="import.apply", **BY):
        Enrolment.objects.bulk_create(enrolled)
        Schooling.objects.bulk_create(schooled)


def test_whatever_rows_stand_the_four_make_all(schools: list[ReadySchool]) -> None:
    @given(st.integers(0, 1_000_000))
    @SOME
    def law(seed: int) -> None:
        random = Random(seed)  # noqa: S311 - fiction
        with tried():
            for school in schools:
                whatever_stands(random, school)
            found = balances(uais=[school.uai for school in schools], year=YEAR + 10)
            told = {school.uai: told_otherwise(school, YEAR + 10) for school in schools}
        assert found == told
        assert all(map(adds_up, found.values()))
        assert adds_up(sum(found.values(), Balance()))

    law()


class History:
    """What happens to a school between two years, by the verbs that make it happen."""

    def __init__(self, school: ReadySchool, random: Random) -> None:
        self.school = school
        self.random = random
        self.sent = 1
        self.population = school.population
        self.done: list[ImportRun] = []

    def open(self) -> None:
        open_next_year(uai=self.school.uai, year=NEXT, **BY)
        prepare_next(self.school)

    def a_day_of_the_year(self) -> None:
        """Leavers, arrivals and returns, in the year under way."""
        day = date(YEAR, 11, 5) + timedelta(days=self.sent)
        self.population = next_day(self.population, 0.7, self.sent, on=day).population
        self._bring(self.population)

    def the_year_after(self) -> None:
        present = len(self.population.present)
        self._bring(
            year_after(
                self.population,
                without=self.random.randrange(0, present // 2),
                repeating=self.random.randrange(0, 3),
                newcomers=self.random.randrange(0, 3),
            )
        )

    def somebody_never_came(self) -> None:
        made = year_after(self.population)
        self._bring(_never_came(made, self.random.choice(made.pupils).id))

    def undo(self) -> None:
        if self.done:
            run = self.done.pop()
            runs.undo(run_id=run.pk, uai=self.school.uai, actor="head", at=AUTUMN)

    def a_leaver_by_hand(self) -> None:
        rows = enrolments(self.school, self.random.choice((YEAR, NEXT)))
        if rows:
            with act(uai=self.school.uai, kind="import.apply", **BY) as one:
                Enrolment.objects.filter(pk=self.random.choice(rows).pk).update(
                    left_on=date(NEXT, 6, 30), exit_reason="10", act_id=one.id
                )

    def a_gap_year(self) -> None:
        """Somebody of the year before comes back the year after, without having been there."""
        rows = enrolments(self.school, YEAR)
        if rows:
            with act(uai=self.school.uai, kind="import.apply", **BY):
                row = self.random.choice(rows)
                Schooling.objects.filter(
                    uai=self.school.uai, year=YEAR, student_id=row.student_id
                ).delete()
                row.delete()

    def _bring(self, population: Population) -> None:
        self.sent += 1
        self.done.append(
            bring(
                self.school,
                population,
                at=AUTUMN + timedelta(minutes=self.sent),
                send_number=self.sent,
            )
        )


EVENTS: tuple[Callable[[History], None], ...] = (
    History.open,
    History.a_day_of_the_year,
    History.the_year_after,
    History.the_year_after,
    History.somebody_never_came,
    History.undo,
    History.a_leaver_by_hand,
    History.a_gap_year,
)
#: An order in which none is refused.
EACH_ONCE = [
    (1, History.open),
    (0, History.a_day_of_the_year),
    (0, History.the_year_after),
    (0, History.somebody_never_came),
    (0, History.undo),
    (0, History.a_leaver_by_hand),
    (0, History.a_gap_year),
]


def test_whatever_happened_the_four_make_all_for_each_school_and_together(
    schools: list[ReadySchool],
) -> None:
    happened: Counter[str] = Counter()

    @given(
        st.lists(st.tuples(st.integers(0, 1), st.sampled_from(EVENTS)), max_size=7), st.integers()
    )
    @example(EACH_ONCE, 1)
    @SOME
    def law(events: list[tuple[int, Any]], seed: int) -> None:
        random = Random(seed)  # noqa: S311 - fiction
        with tried():
            histories = [History(school, random) for school in schools]
            histories[0].open()
            for which, event in events:
                # A year that is not open, or a file that comes too early, is refused: nothing happened.
                with suppress(RefusedError):
                    event(histories[which])
                    happened[event.__name__] += 1
            found = balances(uais=[school.uai for school in schools], year=YEAR)
            told = {school.uai: told_otherwise(school, YEAR) for school in schools}
            unknown = {
                school.uai: len(unknown_pupils(uai=school.uai, year=YEAR)) for school in schools
            }
        assert found == told
        assert {uai: balance.unknown for uai, balance in found.items()} == unknown
        assert all(map(adds_up, found.values()))
        assert adds_up(sum(found.values(), Balance()))

    law()
    # The law was not true of nothing.
    assert all(happened[event.__name__] for event in EVENTS)
