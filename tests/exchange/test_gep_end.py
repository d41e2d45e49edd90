"""GEP ends: nobody is lost between it, the software and the base, and its files are refused from then on."""

from datetime import date, timedelta
from typing import Any

import pytest
from tests.exchange.schools_for_tests import (
    AT,
    LATER,
    ReadySchool,
    ready_school,
    with_pupil,
    without_pupils,
)

from bascule.exchange import runs
from bascule.exchange.gate import GepStoppedError
from bascule.exchange.receive import deposit, receive_import
from bascule.exchange.switch_off import (
    BadStopDayError,
    NotAtZeroError,
    NotStoppedError,
    closure_paper,
    restore_gep,
    standing_of,
    stop_gep,
)
from bascule.exchange.takeover import Side, compare_takeover
from bascule.generator.gep import gep_files
from bascule.generator.population import Population
from bascule.preparation.steps import steps_of
from bascule.values.steps import Step

pytestmark = pytest.mark.usefixtures("base")

EVEN_LATER = LATER + timedelta(days=1)


def take_over(school: ReadySchool, population: Population | None = None) -> None:
    receive_import(
        files=gep_files(population or school.population, at=AT),
        uai=school.uai, year=school.year, actor="secrétaire", at=AT, apply=True,
    )  # fmt: skip


def follow_with(school: ReadySchool, population: Population, **options: Any) -> None:
    run = school.plan(school.file(population), changes_software=True, at=LATER, **options)
    runs.approve(run_id=run.pk, uai=school.uai, actor="chef", at=LATER, leavers=leavers(run))


def leavers(run: Any) -> int:
    return run.counts.get("pupils_left", 0) + run.counts.get("pupils_absent", 0)


def missing(school: ReadySchool) -> list[tuple[Side, ...]]:
    return [one.missing for one in compare_takeover(uai=school.uai, year=school.year).apart]


def stop(school: ReadySchool, reasons: dict[str, str] | None = None, **changes: Any) -> Any:
    given = {
        "uai": school.uai, "year": school.year, "stopped_on": LATER.date(), "signatory": "ROUX Anne",
        "reasons": reasons or {}, "actor": "anne.roux", "at": EVEN_LATER,
    }  # fmt: skip
    return stop_gep(**{**given, **changes})


def test_who_is_missing_is_named_on_each_side_until_nobody_is() -> None:
    school = ready_school(24)
    lost, unknown, respelt = [one.id for one in school.population.present if one.ine][:3]
    take_over(school, without_pupils(school.population, unknown))
    # A name respelt: the number knows the pupil again.
    sent = with_pupil(school.population, respelt, first="Zéphyrine")

    follow_with(school, without_pupils(sent, lost))

    assert sorted(missing(school)) == [(Side.FILE,), (Side.GEP,)]
    found = compare_takeover(uai=school.uai, year=school.year)
    present = len(school.population.present)
    assert found.counts == {
        Side.GEP: present - 1, Side.FILE: present - 1, Side.BASE: present,
    }  # fmt: skip
    # The software sends who was forgotten, in a file of corrections: one difference is left, of GEP.
    alone = without_pupils(sent, *(one.id for one in sent.pupils if one.id != lost))
    school.bring(school.file(alone), is_partial=True, at=EVEN_LATER)
    assert missing(school) == [(Side.GEP,)]


def test_a_stop_is_refused_until_each_difference_has_a_reason_then_gep_is_refused() -> None:
    school = ready_school(16)
    unknown = school.population.present[0].id
    take_over(school, without_pupils(school.population, unknown))
    follow_with(school, school.population)
    (difference,) = compare_takeover(uai=school.uai, year=school.year).lost
    reasons = {difference.key: "Arrivé le 6 novembre, après la reprise."}

    with pytest.raises(NotAtZeroError, match="1 écart, dont 1 sans raison"):
        stop(school, {difference.key: "  "})
    for day in (AT.date() - timedelta(days=1), EVEN_LATER.date() + timedelta(days=1)):
        with pytest.raises(BadStopDayError):
            stop(school, reasons, stopped_on=day)
    kept = stop(school, reasons)

    assert (kept.shown_number, kept.stopped_on) == (f"GEP-{school.uai}-1", date(2026, 11, 6))
    with pytest.raises(GepStoppedError):
        stop(school, reasons)
    before = school.digest()
    files = gep_files(school.population, at=EVEN_LATER)
    where = {"uai": school.uai, "year": school.year, "actor": "secrétaire", "at": EVEN_LATER}
    for door in (receive_import, deposit):
        with pytest.raises(GepStoppedError, match="ne sont plus reçus"):
            door(files=files, **where)  # type: ignore[operator]
    assert school.digest() == before
    # The file of the software goes in as ever.
    school.bring(school.file(send_number=2, at=EVEN_LATER), at=EVEN_LATER)
    name, paper = closure_paper(uai=school.uai, number=1)
    assert name == f"arret-gep_{school.uai}_1.pdf"
    assert paper.startswith(b"%PDF-")
    assert closure_paper(uai=school.uai, number=1) == (name, paper)


def test_the_authority_sees_who_stopped_and_may_take_it_back() -> None:
    school = ready_school(12)

    def standing() -> tuple[bool, bool, bool]:
        one = standing_of(uais=[school.uai], year=school.year)[school.uai]
        return one.taken_at is not None, one.imported_at is not None, one.stop is not None

    def step() -> str:
        """Tell where the school's guide stands in the step of GEP; blank where it has none."""
        found = steps_of(school.uai, year=school.year, today=LATER.date())[school.uai]
        return next((one.state.value for one in found if one.step is Step.GEP), "")

    assert standing() == (False, False, False)
    assert step() == ""
    take_over(school)
    assert standing() == (True, False, False)
    assert step() == "not-yet"
    follow_with(school, school.population)
    assert standing() == (True, True, False)
    assert step() == "to-do"
    stop(school)
    assert standing() == (True, True, True)
    assert step() == "done"

    restore_gep(uai=school.uai, actor="ines.marchand", at=EVEN_LATER)

    assert standing() == (True, True, False)
    assert step() == "to-do"
    with pytest.raises(NotStoppedError):
        restore_gep(uai=school.uai, actor="ines.marchand", at=EVEN_LATER)
    assert stop(school).number == 2
