"""The nights: what goes up, what stays, what comes away, and what is told of each pupil."""

import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections
from tests.bases import Base
from tests.bea.acting import DAY, Evenings, counts, pass_night
from tests.exchange.ready_school import ready_school as another_school
from tests.exchange.schools_for_tests import YEAR, edited
from tests.exchange.spoiled import spoiled_file, spoiled_mef

from bascule.bea import board, follow, nights
from bascule.bea.models import Night, Transfer
from bascule.bea.passing import NothingToSendError, UnknownNightError
from bascule.bea.rebuild import FolderNotEmptyError, rebuild
from bascule.bea.resend import (
    NoResendError,
    ResendDayError,
    ResendWaitingError,
    ask_resend,
    cancel_resend,
)
from bascule.exchange import runs
from bascule.exchange.anomalies.inbox import Filters as Asked, read_inbox
from bascule.exchange.anomalies.mending import fix
from bascule.formats.record import Fields
from bascule.journal.verify import verify_chain
from bascule.schools.directory import UnknownSchoolError

State, Origin = Transfer.State, Night.Origin


@pytest.fixture
def evenings(base: Base) -> Evenings:
    return Evenings()


def acts(base: Base, uai: str) -> int:
    with base.look() as administrator:
        row = administrator.execute(
            "SELECT count(*) FROM journal_act WHERE uai = %s", [uai]
        ).fetchone()
    return int(row[0]) if row else 0


def held(base: Base) -> int:
    with base.look() as administrator:
        row = administrator.execute(
            "SELECT count(*) FROM bea_record WHERE to_night IS NULL"
        ).fetchone()
    return int(row[0]) if row else 0


def files() -> set[str]:
    root = Path(settings.BASCULE_BEA)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_a_night_sends_what_moved_since_the_last_one(base: Base, evenings: Evenings) -> None:
    school = evenings.school
    school.bring(school.file())
    size = len(school.population.pupils)

    first = evenings.night()
    assert (counts(first), first.state) == ((size, 0, 0, 0, 0), State.ACKED)
    assert (first.file_count, first.school_count, first.base_count) == (size, size, size)
    assert first.is_reconciled is True
    assert held(base) == size
    with base.look() as administrator:
        # Their addresses are those of the guardians who lodge them.
        homes = administrator.execute(
            "SELECT count(*), count(town) FROM bea_record WHERE to_night IS NULL"
        ).fetchone()
    assert homes == (size, size)
    assert {why.code for line in evenings.lines(first) for why in line.reasons} == {"NOUVEAU"}
    assert files() == {
        f"{table}/year={YEAR}/uai={evenings.uai}/data.parquet"
        for table in ("eleves", "nationalites")
    }
    written = acts(base, evenings.uai)
    unchanged = evenings.night()
    looked_at = evenings.night(is_thorough=True)
    assert [counts(one) for one in (unchanged, looked_at)] == [(0, size, 0, 0, 0)] * 2
    assert looked_at.digest == unchanged.digest == first.digest
    assert acts(base, evenings.uai) == written

    def move(fields: Fields) -> None:
        if fields["ID_PRV_ELE"] == str(school.population.pupils[0].id):
            fields["NOM_USAGE"] = "Nouvelle"

    changing = school.bring(edited(school.population, pupil=move))
    changed = evenings.night()
    assert counts(changed) == (1, size - 1, 0, 0, 0)
    (line,) = evenings.lines(changed)
    assert (line.label, [why.words for why in line.reasons]) == ("modifié", ["état civil"])
    runs.undo(run_id=changing.pk, uai=evenings.uai, actor="head", at=evenings.later())
    assert evenings.night().digest == first.digest
    assert verify_chain(uai=evenings.uai).faults == ()


def test_an_import_that_is_undone_comes_away_the_next_night_and_every_night_is_still_there(
    base: Base, evenings: Evenings, tmp_path: Path
) -> None:
    school = evenings.school
    run = school.bring(school.file())
    signed = {"uai": evenings.uai, "actor": "head"}
    first = evenings.night()
    size = first.sent_count
    runs.undo(run_id=run.pk, at=evenings.later(), **signed)
    # Until the night, the board says what waits.
    assert {why.code for gap in evenings.reconcile().gaps for why in gap.reasons} == {
        "RETRAIT_ATTEND_LA_NUIT"
    }
    gone = evenings.night()
    assert counts(gone) == (0, 0, size, 0, 0)
    assert {why.code for line in evenings.lines(gone) for why in line.reasons} == {"IMPORT_ANNULE"}
    assert all(line.name for line in evenings.lines(gone))
    assert (held(base), files()) == (0, set())
    runs.restore(run_id=run.pk, at=evenings.later(), **signed)
    again = evenings.night()
    assert {why.code for line in evenings.lines(again) for why in line.reasons} == {"RETOUR"}

    for number, transfer in enumerate((first, gone, again)):
        done = rebuild(number=transfer.night_id, into=tmp_path / str(number))
        assert (done.school_count, done.unlike) == (1, ())
    with pytest.raises(FolderNotEmptyError):
        rebuild(number=0, into=tmp_path)


def test_a_pupil_with_a_blocking_anomaly_goes_up_the_night_after_it_is_mended(
    evenings: Evenings,
) -> None:
    school = evenings.school
    school.bring(spoiled_file(school.population, 2))
    size = len(school.population.pupils)

    night = evenings.night()
    assert counts(night) == (size - 2, 0, 0, 2, 0)
    assert (night.state, night.school_count, night.base_count) == (State.PARTIAL, size, size - 2)
    assert (night.difference_count, night.is_reconciled) == (2, True)
    kept = board.blocked(uai=evenings.uai, year=YEAR)
    assert kept.count == 2
    (whys,) = {line.reasons for line in kept.rows}
    assert [why.is_anomaly for why in whys] == [True] * len(whys)
    assert "ACMEF_B_01" in {why.code for why in whys}
    # They are told the night after too, though nothing moved.
    assert evenings.night().blocked_count == 2
    assert board.blocked(uai=evenings.uai, year=YEAR).count == 2
    gaps = evenings.reconcile().gaps
    assert {(gap.name, gap.reasons) for gap in gaps} == {
        (line.name, line.reasons) for line in kept.rows
    }

    where = {"uai": evenings.uai, "year": YEAR}
    rows = read_inbox(today=DAY, filters=Asked(code="ACMEF_B_01"), **where).rows
    fix(
        finding_ids=[row.id for row in rows], text=spoiled_mef(school.population), but_refused=True,
        actor="secretary", at=evenings.later(), **where,
    )  # fmt: skip
    after = evenings.night()
    assert after.sent_count + after.blocked_count == 2
    assert after.sent_count
    assert after.is_reconciled is True


def test_a_pupil_who_is_blocked_keeps_the_line_of_before(evenings: Evenings) -> None:
    school = evenings.school
    school.bring(school.file())
    first = evenings.night()
    school.bring(spoiled_file(school.population, 2), at=evenings.later())
    night = evenings.night()
    assert (night.blocked_count, night.withdrawn_count) == (2, 0)
    assert (night.base_count, night.is_reconciled) == (first.base_count, True)


def test_a_record_that_stands_for_another_is_told_by_its_number(evenings: Evenings) -> None:
    school = evenings.school
    run = school.bring(school.file())
    first = evenings.night()
    size = first.sent_count
    runs.undo(run_id=run.pk, uai=evenings.uai, actor="head", at=evenings.later())
    school.bring(school.file(send_number=2), at=evenings.later())
    night = evenings.night()
    assert counts(night) == (size, 0, size, 0, 0)
    assert (night.base_count, night.is_reconciled) == (size, True)
    new = {line.pupil_id for line in evenings.lines(night, "added")}
    old = evenings.lines(night, "withdrawn")
    assert {line.replaced_by for line in old} == new


def test_a_line_that_somebody_wrote_over_in_the_base_raises_an_alarm(
    base: Base, evenings: Evenings
) -> None:
    school = evenings.school
    school.bring(school.file())
    evenings.night()
    with base.look() as administrator:
        administrator.execute("UPDATE bea_record SET sex = '3' WHERE student_id = 1")
    night = evenings.night(is_thorough=True)
    assert (night.difference_count, night.is_reconciled) == (1, False)
    (gap,) = evenings.reconcile().gaps
    assert ([why.code for why in gap.reasons], gap.is_explained) == (["NON_EXPLIQUE"], False)
    (raised,) = follow.health(at=evenings.at).alarms
    assert raised.alarm is follow.Alarm.UNRECONCILED
    # A page names no command.
    assert "bascule" not in raised.sentence


def test_two_records_with_one_number_are_both_refused(base: Base, evenings: Evenings) -> None:
    school = evenings.school
    school.bring(school.file())
    two = [pupil.id for pupil in school.population.pupils[:2]]
    with base.look() as administrator:
        # As no file can: the rules of the imports look at numbers too.
        administrator.execute("SELECT set_config('bascule.act', '1', false)")
        administrator.execute("SELECT set_config('bascule.restoring', 'on', false)")
        administrator.execute(
            "UPDATE students_student SET ine = '0710000001A', ine_bea = NULL, ine_rnie = NULL WHERE id IN"
            " (SELECT student_id FROM students_enrolment WHERE private_id = ANY(%s))",
            [two],
        )

    night = evenings.night()
    assert night.refused_count == 2
    refused = evenings.lines(night, "refused")
    assert {why.code for line in refused for why in line.reasons} == {"INE_DOUBLE"}


def test_a_school_asks_that_all_its_pupils_go_up_again(base: Base, evenings: Evenings) -> None:
    school, where = evenings.school, {"uai": evenings.uai, "year": YEAR}
    school.bring(school.file())
    first = evenings.night()
    signed = {**where, "actor": "head"}
    with pytest.raises(ResendDayError):
        ask_resend(day=date(YEAR - 1, 12, 31), at=evenings.later(), **signed)
    ask_resend(day=date(YEAR, 1, 1), at=evenings.later(), **signed)
    with pytest.raises(ResendWaitingError):
        ask_resend(day=date(YEAR, 1, 1), at=evenings.later(), **signed)
    cancel_resend(at=evenings.later(), **signed)
    with pytest.raises(NoResendError):
        cancel_resend(at=evenings.later(), **signed)
    ask_resend(day=date(YEAR, 1, 1), at=evenings.later(), **signed)

    night = evenings.night()
    assert counts(night) == (first.sent_count, 0, 0, 0, 0)
    assert {line.outcome for line in evenings.lines(night)} == {"resent"}
    assert night.digest == first.digest
    # Nothing is there twice, and it is done once.
    assert held(base) == first.sent_count
    assert evenings.night().sent_count == 0


def test_the_evening_s_night_passes_once_a_day_and_a_night_is_played_again_on_demand(
    evenings: Evenings,
) -> None:
    school = evenings.school
    school.bring(school.file())
    evening = pass_night(origin=Origin.EVENING, at=evenings.later())
    assert pass_night(origin=Origin.EVENING, at=evenings.later()).pk == evening.pk
    replay = pass_night(origin=Origin.REPLAY, replays=evening.pk, at=evenings.later())
    assert (replay.replays_id, replay.digest) == (evening.pk, evening.digest)
    asked = nights.ask(day=DAY, actor="deep", at=evenings.later(), uais=[evenings.uai])
    assert asked.state == Night.State.PLANNED
    with pytest.raises(nights.AskedAlreadyError):
        nights.ask(day=DAY, actor="deep", at=evenings.later(), uais=[evenings.uai])
    done = nights.take_up(number=asked.pk, actor="bascule", clock=evenings.later)
    assert (done.state, done.digest) == (Night.State.DONE, evening.digest)
    with pytest.raises(UnknownNightError):
        pass_night(replays=99)
    with pytest.raises(UnknownSchoolError):
        pass_night(uais=["0990999Z"])
    with pytest.raises(NothingToSendError):
        pass_night(year=1999)

    tomorrow = evenings.at + timedelta(days=1)
    assert follow.health(at=tomorrow).alarms == ()
    late = follow.health(at=evenings.at + timedelta(days=3))
    assert late.is_late
    assert {one.alarm for one in late.alarms} == {follow.Alarm.LATE, follow.Alarm.STALE}
    shown = follow.list_nights()
    assert [one.night.pk for one in shown] == [asked.pk, replay.pk, evening.pk]
    assert shown[-1].totals.sent == len(school.population.pupils)
    (line,) = follow.schools_of(number=evening.pk)
    assert line.label == "accusé de réception complet"


def test_a_file_that_was_lost_or_damaged_is_written_again(
    base: Base, evenings: Evenings, tmp_path: Path
) -> None:
    evenings.school.bring(evenings.school.file())
    evenings.night()
    (path,) = Path(settings.BASCULE_BEA).glob("eleves/*/*/data.parquet")
    path.write_bytes(b"spoiled")
    waited = []
    with base.look() as other:
        # A night passes elsewhere.
        other.execute("SELECT pg_advisory_lock(hashtextextended('bascule.bea-night', 0))")

        def on_wait() -> None:
            waited.append(other.execute("SELECT pg_advisory_unlock_all()"))

        assert rebuild(number=0, into=None, on_wait=on_wait).unlike == ()
    assert waited
    path.unlink()
    assert evenings.night(is_thorough=True).state == State.ACKED
    assert path.exists()


def test_a_school_that_fails_stops_no_other_and_goes_up_the_next_night(
    base: Base, evenings: Evenings
) -> None:
    evenings.school.bring(evenings.school.file())
    other = another_school(6, number=2)
    other.bring()
    with base.look() as administrator:
        refusal = f"ALTER TABLE bea_line ADD CONSTRAINT tried CHECK (uai <> '{evenings.uai}')"
        administrator.execute(refusal.encode())
    night = pass_night(at=evenings.later())
    assert night.state == Night.State.INCOMPLETE
    failed, acked = follow.schools_of(number=night.pk)
    assert (failed.transfer.uai, failed.transfer.state) == (evenings.uai, State.FAILED)
    assert "erreur inattendue" in failed.transfer.sentence
    assert (acked.transfer.uai, acked.transfer.state) == (other.uai, State.ACKED)
    assert held(base) == acked.transfer.sent_count
    alarms = {(one.alarm, one.uai) for one in follow.health(at=evenings.at).alarms}
    assert (follow.Alarm.FAILED, evenings.uai) in alarms
    with base.look() as administrator:
        administrator.execute("ALTER TABLE bea_line DROP CONSTRAINT tried")
    assert evenings.night().state == State.ACKED
    assert follow.health(at=evenings.at).alarms == ()


def test_of_two_nights_at_once_one_waits_for_the_other(base: Base, evenings: Evenings) -> None:
    school = evenings.school
    school.bring(school.file())
    begun, waited, ended = threading.Event(), threading.Event(), []

    def second() -> None:
        begun.wait(10)
        ended.append(pass_night(on_wait=waited.set, at=evenings.at))
        connections.close_all()

    def on_school(*_: object) -> None:
        begun.set()
        assert waited.wait(10)
        assert ended == []

    other = threading.Thread(target=second)
    other.start()
    night = pass_night(on_school=on_school, at=evenings.at)
    other.join(20)

    (waiting,) = ended
    assert waiting.pk > night.pk
    assert (night.state, waiting.state) == (Night.State.DONE, Night.State.DONE)
    assert waiting.digest == night.digest
    assert held(base) == len(school.population.pupils)
    assert connection.is_usable()
