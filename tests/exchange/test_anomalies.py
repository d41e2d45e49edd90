"""The anomalies of a year: what stands after imports, corrections, explanations, announcements."""

from datetime import date, timedelta

import pytest
from tests.exchange.schools_for_tests import (
    AT,
    ReadySchool,
    differences,
    edited,
    only,
    tried,
)
from tests.exchange.spoiled import WRONG, spoiled_file, spoiled_mef

from bascule.exchange.amend.verbs import AmendRefusedError, undo
from bascule.exchange.anomalies.answering import ReasonMissingError, announce, explain
from bascule.exchange.anomalies.inbox import (
    Anomaly,
    Filters,
    State,
    Tab,
    open_counts,
    read_inbox,
)
from bascule.exchange.anomalies.mending import choices_for, fix, preview_fix
from bascule.formats.record import Fields
from bascule.generator.population import Population
from bascule.values.civil_identity import key as plain

LATER = AT + timedelta(hours=1)
TODAY = LATER.date()
SPOILED = 3


def spoiled(school: ReadySchool) -> str:
    """Import a file in which some pupils of a MEF stand under one that nobody knows; give the right one."""
    school.bring(spoiled_file(school.population, SPOILED))
    return spoiled_mef(school.population)


def counts(school: ReadySchool, today: date = TODAY) -> tuple[int, ...]:
    found = open_counts(uai=school.uai, year=school.year, today=today)
    return found[Tab.BLOCKING], found[Tab.TO_CORRECT]


def listed(school: ReadySchool, **filters: object) -> list[Anomaly]:
    asked = Filters(**filters)  # type: ignore[arg-type]
    return list(read_inbox(uai=school.uai, year=school.year, today=TODAY, filters=asked).rows)


def test_many_pupils_with_one_unknown_mef_are_mended_by_one_act_and_one_undoing(
    school: ReadySchool,
) -> None:
    mef = spoiled(school)
    before = school.digest()
    blocking, to_correct = counts(school)
    rows = [row for row in listed(school) if row.rule.code == "ACMEF_B_01"]
    assert {row.value for row in rows} == {WRONG}
    assert len(rows) == SPOILED
    ids = [row.id for row in rows]
    where = {"uai": school.uai, "year": school.year}
    offered = dict(choices_for(key="mef", near=WRONG, **where))
    assert mef in offered
    seen = preview_fix(finding_ids=ids, text=mef, today=TODAY, **where)
    signed = {"actor": "secretary", "at": LATER}
    done = fix(finding_ids=ids, text=mef, but_refused=True, **where, **signed)
    fixed = len(rows) - len(seen.refused_ranks)
    assert fixed
    assert counts(school) == (blocking - fixed, to_correct)
    undo(uai=school.uai, act_id=done.act_id or 0, actor="secretary", at=LATER)
    assert counts(school) == (blocking, to_correct)
    assert school.digest() == before


def test_a_guardian_s_anomaly_is_mended_in_its_row(school: ReadySchool) -> None:
    spoiled(school)
    (row,) = [r for r in listed(school, tab=Tab.TO_CORRECT) if r.rule.code == "TELEP_B_01"]
    assert row.key == "email"
    assert row.pupil_id is not None
    where = {"uai": school.uai, "year": school.year, "finding_ids": [row.id]}
    signed = {"actor": "secretary", "at": LATER}
    with pytest.raises(AmendRefusedError, match="courriel"):
        fix(text="toujours pas", **where, **signed)
    fix(text="parent@exemple.fr", **where, **signed)
    assert row.id not in {r.id for r in listed(school, tab=Tab.TO_CORRECT)}


def test_what_is_explained_comes_back_after_its_day_and_what_is_announced_with_the_next_file(
    school: ReadySchool,
) -> None:
    spoiled(school)
    blocking, _ = counts(school)
    one, other = [row for row in listed(school) if row.rule.code == "ACMEF_B_01"][:2]
    where = {"uai": school.uai, "year": school.year, "actor": "secretary", "at": LATER}
    until = TODAY + timedelta(days=7)
    with pytest.raises(ReasonMissingError):
        explain(finding_ids=[one.id], reason=" ", until=until, **where)
    explain(finding_ids=[one.id], reason="Dérogation", until=until, **where)
    told = announce(finding_ids=[other.id], **where)
    assert counts(school)[0] == blocking - 2
    (explained,) = listed(school, state=State.EXPLAINED)
    assert (explained.name, explained.decision and explained.decision.reason) == (
        one.name,
        "Dérogation",
    )
    assert counts(school, until + timedelta(days=1))[0] == blocking - 1
    undo(uai=school.uai, act_id=told, actor="secretary", at=LATER)
    assert counts(school)[0] == blocking - 1
    announce(finding_ids=[other.id], **where)
    spoiled(school)
    # The same file again: what was announced is still there, and says so; what is explained stays explained.
    assert counts(school)[0] == blocking - 1
    assert other.name in {row.name for row in listed(school) if row.was_announced}
    assert all(row.since == AT for row in listed(school) if row.rule.code == "ACMEF_B_01")
    school.bring(edited(school.population, at=AT))
    assert "ACMEF_B_01" not in {row.rule.code for row in listed(school)}


def test_a_partial_file_speaks_for_its_own_records_alone(school: ReadySchool) -> None:
    spoiled(school)
    before = {row.name for row in listed(school) if row.rule.code == "ACMEF_B_01"}
    one = next(row for row in listed(school) if row.rule.code == "ACMEF_B_01")
    alone = [p for p in school.population.pupils if plain(p.family) in plain(one.name)]
    persons = {link.person for pupil in alone for link in pupil.links}
    few = Population(
        school.population.teaching,
        [person for person in school.population.persons if person.id in persons],
        alone,
    )
    school.bring(edited(few, at=LATER), is_partial=True, at=LATER)
    assert {row.name for row in listed(school) if row.rule.code == "ACMEF_B_01"} < before


def test_two_pupils_under_one_number_lead_to_nobody_s_record(school: ReadySchool) -> None:
    school.bring(edited(school.population))
    first, second = school.population.present[:2]

    def put(fields: Fields) -> None:
        fields["ID_PRV_ELE"] = str(first.id)

    school.bring(edited(school.population, pupil=only(second.id, put), at=LATER), at=LATER)
    rows = [row for row in listed(school) if row.rule.code == "REJEL_CREAT_A_02"]
    assert len(rows) == 2
    assert [(row.pupil_id, row.guardian_id, row.key) for row in rows] == [(None, None, "")] * 2


def test_a_record_that_was_refused_is_brought_in_by_its_one_wrong_value(
    school: ReadySchool,
) -> None:
    pupil = school.population.present[0]

    def put(fields: Fields) -> None:
        fields["DATE_NAISS"] = "2014-02-31"

    school.bring(edited(school.population, pupil=only(pupil.id, put)))
    before, there = school.digest(), school.ids()
    (row,) = [r for r in listed(school) if r.rule.code == "REJEL_DNAIS_A_01"]
    assert row.pupil_id is None
    where = {"uai": school.uai, "year": school.year, "finding_ids": [row.id]}
    signed = {"actor": "secretary", "at": LATER}
    with pytest.raises(AmendRefusedError):
        fix(text="31/02/2014", **where, **signed)
    done = fix(text=f"{pupil.birth:%d/%m/%Y}", **where, **signed)
    assert len(school.ids()) == len(there) + 1
    assert row.id not in {r.id for r in listed(school)}
    held = school.held()
    with tried():
        undo(uai=school.uai, act_id=done.act_id or 0, actor="secretary", at=LATER)
        assert school.digest() == before
    # The next file, corrected in the software, finds the pupil as the hand left it.
    school.bring(edited(school.population, at=LATER), at=LATER)
    assert differences(held, school.held()) == {}
