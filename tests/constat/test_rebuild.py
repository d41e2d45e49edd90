"""What was signed in the autumn is counted again to the unit, whatever was written since."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from tests.bases import Base
from tests.constat.signing import Signing
from tests.exchange.schools_for_tests import YEAR, ReadySchool, ready_school

from bascule.constat.counting import digest_of
from bascule.constat.models import Signature
from bascule.constat.paper import constat_paper
from bascule.constat.rebuild import Source, rebuild
from bascule.exchange import runs
from bascule.exchange.models import ImportRun
from bascule.generator.changes import next_day
from bascule.journal import retention
from bascule.journal.act import act
from bascule.ops import purge
from bascule.students import forgetting as students

#: Years later, when all those pupils are past their time.
LATER = date(2031, 1, 1)
NOW = datetime(2031, 1, 1, 12, tzinfo=UTC)

#: Ways to change a school's rows, one statement for many of them at once; `%s` are the act and the rows.
WAYS = (
    "UPDATE students_enrolment SET regime = CASE regime WHEN '2' THEN '0' ELSE '2' END, act_id = %s WHERE id = ANY(%s)",
    "UPDATE students_enrolment SET is_repeating = NOT coalesce(is_repeating, false), act_id = %s WHERE id = ANY(%s)",
    "UPDATE students_enrolment SET left_on = '2026-09-20', exit_reason = '10', act_id = %s WHERE id = ANY(%s)",
    "UPDATE students_enrolment SET left_on = NULL, exit_reason = NULL, act_id = %s WHERE id = ANY(%s)",
    "UPDATE students_schooling SET division = 'ZZ', act_id = %s WHERE id = ANY(%s)",
    "UPDATE students_schooling SET mef = '10110001110', options = '{030601 O}', act_id = %s WHERE id = ANY(%s)",
    "UPDATE students_student SET sex = CASE sex WHEN '1' THEN '2' ELSE '1' END, act_id = %s WHERE id = ANY(%s)",
    "UPDATE students_student SET birth_date = '2001-02-03', act_id = %s WHERE id = ANY(%s)",
    "DELETE FROM students_schooling WHERE %s > 0 AND id = ANY(%s)",
)


def change(signing: Signing, school: ReadySchool, *, most: int) -> int:
    """Change rows of a school at random, some twenty at a time, in acts of all sorts; gives how many."""
    draw, done, population = Random(20260901), 0, school.population  # noqa: S311 - repeatable
    while done < most:
        with (
            act(uai=school.uai, kind="test", actor="tests", at=signing.later()) as opened,
            connection.cursor() as cursor,
        ):
            way = draw.choice(WAYS)
            table = next(word for word in way.split() if word.startswith("students_"))
            cursor.execute(f"SELECT id FROM {table} WHERE uai = %s ORDER BY id", [school.uai])  # noqa: S608
            ids = [row[0] for row in cursor.fetchall()]
            cursor.execute(way, [opened.id, draw.sample(ids, min(20, len(ids)))])
            done += cursor.rowcount
        if draw.random() < 0.06:
            population = next_day(
                population, 0.3, draw.randrange(99), on=date(2026, 11, 4)
            ).population
            run = school.send(school.file(population, at=signing.later())).run
            if run.state == ImportRun.State.HELD:
                signed: dict[str, Any] = {
                    "uai": school.uai,
                    "actor": "authority",
                    "at": signing.later(),
                }
                run = runs.approve(run_id=run.pk, as_authority=True, **signed)
            done += sum(run.counts[name] for name in ("pupils_created", "pupils_changed"))
            if draw.random() < 0.5:
                runs.undo(run_id=run.pk, uai=school.uai, actor="head", at=signing.later())
    return done


@pytest.fixture
def signed(base: Base) -> Signature:
    """Give a constat that was signed, and some changes since."""
    assert base
    signing = Signing(ready_school(8))
    signing.school.bring(signing.school.file())
    signing.night()
    signing.open()
    signature = signing.sign()
    change(signing, signing.school, most=40)
    signing.night()
    return signature


def test_pupils_of_a_constat_stay_for_as_long_as_it_can_be_disputed(
    base: Base, signed: Signature
) -> None:
    uai, actor = signed.uai, {"actor": "tests", "at": NOW}
    base.say_today(LATER)
    retention.set_duration(kind="constat", days=3653, **actor)

    planned = purge.plan(**actor)
    assert purge.run(**actor).holds == planned.holds
    told = purge.last_report()
    assert told is not None
    assert told.counts["pupil"] == 0
    until = timezone.localdate(signed.signed_at) + timedelta(days=3653)
    assert [(one.year, one.until) for one in told.holds] == [(YEAR, until)]
    assert told.holds[0].pupils >= signed.pupil_count
    assert rebuild(uai=uai, year=YEAR).is_same
    # The base itself refuses, whoever asks.
    with pytest.raises(Exception, match="can be disputed"), act(uai=uai, kind="test", **actor):
        students.forget(uai=uai, ids=students.due(uai=uai))

    retention.set_duration(kind="constat", days=62, **actor)
    done = purge.run(**actor)
    assert (done.counts["pupil"], done.holds) == (told.holds[0].pupils, ())
    past = rebuild(uai=uai, year=YEAR)
    assert (past.forgotten_at, past.counts, past.differences, past.altered) == (NOW, {}, (), False)
    assert constat_paper(uai=uai, year=YEAR, number=1)[1][:5] == b"%PDF-"
    with base.look() as administrator:
        administrator.execute("UPDATE constat_signature SET cells = cells - 0")
    assert rebuild(uai=uai, year=YEAR).altered


@pytest.mark.slow
def test_a_constat_is_counted_again_to_the_unit_after_a_thousand_changes(base: Base) -> None:
    signing = Signing(ready_school(40))
    school = signing.school
    school.bring(school.file())
    signing.night()
    signing.open()
    signed = signing.sign()
    pupils = school.population.pupils
    there = [
        one
        for one in pupils
        if one.entered_on <= signed.observed_on
        and (one.left_on is None or one.left_on >= signed.observed_on)
    ]
    assert signed.pupil_count == signed.base_count == len(there)

    assert change(signing, school, most=1_000) >= 1_000
    signing.night()

    assert digest_of(signing.situation().counts) != signed.digest
    again = rebuild(uai=signing.uai, year=YEAR)
    assert again.differences == ()
    assert again.is_same
    assert set(again.counts.values()) == {signed.pupil_count}
    # Nor does a purge take away what it is counted from, while it can be disputed.
    base.say_today(LATER)
    retention.set_duration(kind="constat", days=3653, actor="tests", at=NOW)
    purge.run(actor="tests", at=NOW)
    assert rebuild(uai=signing.uai, year=YEAR).is_same
    # What was kept is watched by the journal, and a history that lies is named cell by cell.
    with base.look() as administrator:
        administrator.execute("UPDATE constat_signature SET pupil_count = 1, cells = cells - 0")
        administrator.execute(
            "UPDATE bea_record SET sex = '9' WHERE id = (SELECT min(id) FROM bea_record)"
        )
    lied = rebuild(uai=signing.uai, year=YEAR)
    assert lied.altered
    assert {one.source for one in lied.differences} == {Source.RECORDS, Source.BASE}
    assert (
        sum(one.found - one.signed for one in lied.differences if one.source is Source.RECORDS) > 0
    )
