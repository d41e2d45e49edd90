"""One school's next year: opened beside the one under way, its pupils expected in it; undone while nothing moved."""

from datetime import date
from typing import Any

import pytest
from tests.bases import Base
from tests.exchange.schools_for_tests import LATER, ReadySchool
from tests.preparation.schools import (
    AUTUMN,
    BY,
    NEXT,
    YEAR,
    bring,
    enrolments,
    plan,
    prepare_next,
    school_under_way,
    year_after,
)

from bascule.exchange import runs
from bascule.exchange.import_pipeline.conductor import reading
from bascule.generator.school import structure_records, teaching_year
from bascule.journal.act import act
from bascule.journal.milestones import Milestone, reached
from bascule.journal.verify import verify_chain
from bascule.nomenclatures.models import ProfileEntry
from bascule.preparation.opening import (
    CannotOpenYearError,
    CannotUndoOpeningError,
    Readiness,
    open_next_year,
    plan_opening,
    undo_opening,
)
from bascule.schools.directory import register_school
from bascule.schools.load import load_structures
from bascule.schools.models import SchoolYear
from bascule.schools.open_year import State, YearAlreadyOpenError, change_state, open_year, year_of
from bascule.students import holdings
from bascule.students.carry import carry_pupils
from bascule.students.models import Enrolment, Schooling


@pytest.fixture
def stage() -> Any:
    return school_under_way


@pytest.fixture
def school(stage: Any, base: Base) -> ReadySchool:
    return base.ready


def opened(school: ReadySchool) -> Any:
    return open_next_year(uai=school.uai, year=NEXT, **BY)


def test_the_year_opens_in_preparation_and_expects_the_pupils_who_stay(school: ReadySchool) -> None:
    done = opened(school)

    row = year_of(uai=school.uai, year=NEXT)
    stay, left = len(school.population.present), len(school.population.pupils)
    assert (row.state, row.starts_on, row.ends_on) == (
        State.PREPARATION,
        date(2027, 9, 1),
        date(2028, 8, 31),
    )
    assert (done.carried_count, done.left_count) == (stay, left - stay)
    assert year_of(uai=school.uai, year=YEAR).state == State.CURRENT
    assert Milestone.YEAR_OPENED in reached(school.uai, year=NEXT)[school.uai]
    assert verify_chain(uai=school.uai).faults == ()


def test_a_pupil_comes_with_last_years_schooling_and_without_a_course(school: ReadySchool) -> None:
    opened(school)

    with reading(school.uai):
        before = Schooling.objects.filter(uai=school.uai, year=YEAR).first()
        assert before
        then = Enrolment.objects.get(uai=school.uai, year=YEAR, student_id=before.student_id)
        now = Enrolment.objects.get(uai=school.uai, year=NEXT, student_id=before.student_id)
        codes = {
            entry.key: entry.fields["CODE_GESTION"]
            for entry in ProfileEntry.objects.filter(uai=school.uai, year=YEAR, block="MATIERE")
        }
        assert not Schooling.objects.filter(uai=school.uai, year=NEXT).exists()
    assert now.is_expected
    assert (now.previous_uai, now.previous_mef, now.previous_division, now.previous_status) == (
        school.uai,
        before.mef,
        before.division,
        before.status,
    )
    assert (now.previous_starts_on, now.previous_ends_on) == (before.starts_on, date(2027, 8, 31))
    assert before.options
    assert now.previous_options == [codes[option.split()[0]] for option in before.options]
    assert (now.regime, now.takes_transport, now.entered_on, now.previous_regime) == (
        then.regime,
        then.takes_transport,
        then.entered_on,
        then.regime,
    )
    assert (now.private_id, now.is_repeating, now.grants, now.left_on) == (None,) * 4


def test_common_data_come_without_the_calendar_of_the_year_before(school: ReadySchool) -> None:
    with act(uai=school.uai, kind="common.load", **BY) as under_way:
        SchoolYear.objects.filter(uai=school.uai, year=YEAR).update(
            common={"UAJ": {"NOM_RESP": "MOREL"}, "ANNEE_SCOLAIRE": {"DATE_DEBUT_ELEVE": "x"}},
            software="CHARLEMAG",
            act_id=under_way.id,
        )

    opened(school)

    row = year_of(uai=school.uai, year=NEXT)
    assert (row.common, row.software, row.uses_sconet) == ({"UAJ": {"NOM_RESP": "MOREL"}}, "", None)


def test_carrying_again_leaves_those_who_are_there_alone(school: ReadySchool) -> None:
    opened(school)

    with act(uai=school.uai, kind="year.open", **BY) as again:
        carried = carry_pupils(
            uai=school.uai,
            year=NEXT,
            act_id=again.id,
            ends_on=date(2027, 8, 31),
            management_codes={},
        )

    assert carried == 0
    assert {row.act_id for row in enrolments(school)} != {again.id}


def test_undoing_gives_the_records_back_as_they_were(school: ReadySchool) -> None:
    before = school.digest()
    done = opened(school)

    removed = undo_opening(uai=school.uai, year=NEXT, **BY)

    assert removed == done.carried_count
    assert school.digest() == before
    assert reached(school.uai, year=NEXT)[school.uai] == {}
    assert opened(school).carried_count == removed


def test_what_was_done_and_undone_in_the_year_does_not_hold_the_opening(
    school: ReadySchool,
) -> None:
    before = school.digest()
    opened(school)
    with reading(school.uai):
        at_opening = holdings.state_digest(uai=school.uai)
    prepare_next(school)
    run = bring(school, year_after(school.population, newcomers=1))
    runs.undo(run_id=run.pk, uai=school.uai, actor="head", at=AUTUMN)

    assert school.digest() == at_opening != before


@pytest.mark.parametrize(
    ("piece", "words"),
    [
        ("structures", "les structures ont été"),
        ("pupil", "des dossiers d’élèves ont été modifiés"),
        ("year", "les paramètres de l’année ont été modifiés"),
        ("import", "un fichier d’élèves a été intégré"),
        ("export", "ont été exportées"),
        ("state", "l’année est maintenant"),
    ],
)
def test_an_opening_stays_once_the_school_worked_in_the_year(
    school: ReadySchool, piece: str, words: str
) -> None:
    opened(school)
    if piece == "structures":
        records = structure_records(teaching_year(school.teaching.school, NEXT), AUTUMN)
        load_structures(uai=school.uai, year=NEXT, records=records, **BY)
    elif piece == "pupil":
        with act(uai=school.uai, kind="import.apply", **BY) as one:
            Enrolment.objects.filter(uai=school.uai, year=NEXT).update(regime="2", act_id=one.id)
    elif piece == "year":
        with act(uai=school.uai, kind="common.load", **BY) as one:
            SchoolYear.objects.filter(uai=school.uai, year=NEXT).update(
                uses_sconet=True, act_id=one.id
            )
    elif piece in {"import", "export"}:
        prepare_next(school)
        if piece == "import":
            bring(school, year_after(school.population))
    else:
        change_state(uai=school.uai, year=YEAR, state=State.CLOSED, **BY)
        change_state(uai=school.uai, year=NEXT, state=State.CURRENT, **BY)
    held = school.digest()

    with pytest.raises(CannotUndoOpeningError, match=words):
        undo_opening(uai=school.uai, year=NEXT, **BY)

    assert school.digest() == held


def test_a_year_opened_without_its_pupils_is_not_undone_so(school: ReadySchool) -> None:
    open_year(uai=school.uai, year=NEXT, **BY)

    with pytest.raises(CannotUndoOpeningError, match="avec ses élèves"):
        undo_opening(uai=school.uai, year=NEXT, **BY)


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({}, "n’existe pas"),
        ({YEAR: State.PREPARATION}, "encore en préparation"),
        ({YEAR: State.CLOSED}, "est close"),
        ({YEAR: State.CURRENT, YEAR - 3: State.PREPARATION}, "une seule peut l’être"),
    ],
)
def test_what_stands_in_the_way_is_said(base: Base, states: dict[int, State], words: str) -> None:
    uai = register_school(uai="0990001N", name="Collège fictif", **BY).uai
    for year, state in states.items():
        open_year(uai=uai, year=year, state=state, **BY)

    (found,) = plan_opening(uais=[uai], year=NEXT)
    with pytest.raises(CannotOpenYearError, match=words):
        open_next_year(uai=uai, year=NEXT, **BY)

    assert found.readiness == Readiness.BLOCKED
    assert words in found.sentence


def test_a_year_that_is_there_is_not_opened_again(school: ReadySchool) -> None:
    opened(school)

    (found,) = plan_opening(uais=[school.uai], year=NEXT)
    with pytest.raises(YearAlreadyOpenError):
        opened(school)

    assert found.readiness == Readiness.OPEN


def test_a_year_of_nobody_opens_empty_and_says_so(base: Base) -> None:
    uai = register_school(uai="0990001N", name="Collège fictif", **BY).uai
    open_year(uai=uai, year=YEAR, state=State.CURRENT, **BY)

    (found,) = plan_opening(uais=[uai], year=NEXT)

    assert found.readiness == Readiness.READY
    assert "Aucun élève confirmé" in found.sentence
    assert open_next_year(uai=uai, year=NEXT, **BY).carried_count == 0


def test_expected_pupils_count_once_a_file_confirms_them_and_only_then(
    school: ReadySchool,
) -> None:
    opened(school)
    prepare_next(school)
    with reading(school.uai):
        before = holdings.present_ids(uai=school.uai, year=NEXT)
    population = year_after(school.population, without=2, newcomers=1)

    run = plan(school, population)
    bring(school, population, send_number=2)

    with reading(school.uai):
        present = holdings.present_ids(uai=school.uai, year=NEXT)
    stay = len(school.population.present) - 2
    assert before == []
    # Nobody was there: the two who are not in the file are no departures.
    assert [guard["code"] for guard in run.guards if guard["code"] == "departures"] == []
    assert len(present) == stay + 1
    assert run.counts["pupils_created"] == 1
    assert sum(row.is_expected for row in enrolments(school)) == 2


def test_the_next_file_measures_departures_against_the_confirmed_alone(
    school: ReadySchool,
) -> None:
    opened(school)
    prepare_next(school)
    half = len(school.population.present) // 2
    bring(school, year_after(school.population, without=half))

    again = plan(school, year_after(school.population, without=half), send_number=2)

    assert again.counts["pupils_absent"] == 0
    assert again.guards == []


def test_an_import_before_the_opening_is_no_longer_undone(school: ReadySchool) -> None:
    run = runs.list_runs(uai=school.uai)[0]
    when: Any = {"run_id": run.pk, "uai": school.uai, "actor": "head", "at": LATER}
    opened(school)

    with pytest.raises(runs.CannotUndoError, match="a été ouverte depuis"):
        runs.undo(**when)

    undo_opening(uai=school.uai, year=NEXT, **BY)
    assert runs.undo(**when).kept == ()
