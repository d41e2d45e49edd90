"""Steps are told from facts: what is kept is what facts say, and the board shows what is newer."""

from datetime import date, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.db import transaction
from tests.bases import Base
from tests.cast import Cast
from tests.keys_of import totp_key
from tests.preparation.new_year import AT, YEAR, NewYear, new_year
from tests.qualification.by_hand import qualified

from bascule.bea import nights
from bascule.bea.models import Night
from bascule.campaign import phase, reading
from bascule.campaign.board import Board, Filters, page_of, read_board, read_lines
from bascule.campaign.campaigns import CAMPAIGNS
from bascule.campaign.kept import kept_lines, kept_readings, line_of
from bascule.campaign.letters import letter_of
from bascule.campaign.looks import Row, evenings
from bascule.campaign.models import Change
from bascule.campaign.reminders import preview
from bascule.campaign.sheets import write_sheet
from bascule.campaign.states import State
from bascule.constat.rounds import open_round
from bascule.constat.sign import sign
from bascule.exchange.papers.table import TableForm
from bascule.journal.act import act
from bascule.ops import purge
from bascule.schools.models import SchoolYear
from bascule.schools.open_year import change_state
from bascule.store.policies import open_schools
from bascule.students.models import Enrolment, Student

RENTREE = CAMPAIGNS["rentree"]


def board_of(*schools: NewYear, filters: Filters | None = None, days: int = 0) -> Board:
    return read_board(
        campaign=RENTREE,
        year=YEAR,
        uais=[school.uai for school in schools],
        filters=filters or Filters(),
        at=AT + timedelta(days=days),
    )


def states(board: Board, uai: str) -> dict[str, State]:
    row = next(row for row in board.rows if row.uai == uai)
    return dict(zip(RENTREE.due, row.shape.states, strict=True))


def test_a_step_goes_green_with_its_fact_and_the_board_says_what_waits_and_why(base: Base) -> None:
    school, behind = new_year(12), new_year(12, number=2)
    cast = Cast(school=school.uai, other_school=behind.uai)
    before = states(board_of(school, behind), school.uai)
    reading.refresh(uais=[school.uai, behind.uai], year=YEAR, at=AT)

    school.receive_common_data()
    school.receive_structures()
    school.receive_nomenclatures()
    school.export()
    school.bring()
    totp_key(cast.head)
    board = board_of(school, behind, days=1)
    now = states(board, school.uai)
    late: list[Row] = list(page_of(board, number=1).object_list)

    # Nothing stands there before its fact; the authority is waited for.
    assert before["nomenclatures"] is State.BLOCKED
    assert {code for code, state in before.items() if state is State.DONE} == set()
    assert {code for code, state in now.items() if state.is_over} >= {
        "keys", "nomenclatures", "profile", "structures", "exports", "software", "import", "blocked",
    }  # fmt: skip
    # The other stays where it was, is told why, and comes first: it is the later of the two.
    row = late[0]
    assert row.uai == behind.uai
    assert row.waiting
    assert row.waiting.step.code == "nomenclatures"
    assert "le rectorat les envoie" in str(row.cause)
    assert row.shape.late == (date(YEAR, 11, 6) - RENTREE.due_on("nomenclatures", year=YEAR)).days
    tally = next(one for one in board.tallies if one.step.code == "import")
    assert (tally.over, tally.late, tally.recent) == (1, 1, 1)
    # Evening after evening: nothing at first, all that is over today.
    over = sum(one.over for one in board.tallies)
    assert evenings(board.tallies, board.today)[-1][1] == over
    assert evenings(board.tallies, board.today)[0][1] < over
    assert tally.foreseen_on == date(YEAR, 11, 20)


def test_filters_and_the_sheet_keep_what_is_asked_for(base: Base) -> None:
    school, behind = new_year(6), new_year(6, number=2)
    school.receive_nomenclatures()

    def found(**asked: object) -> set[str]:
        return {row.uai for row in board_of(school, behind, filters=Filters(**asked)).rows}  # type: ignore[arg-type]

    assert found() == {school.uai, behind.uai}
    assert found(step="nomenclatures") == {behind.uai}
    assert found(step="nomenclatures", state=State.DONE) == {school.uai}
    assert found(state=State.BLOCKED) == {behind.uai}
    assert found(kind="college") == {school.uai}
    assert found(department="000") == found(software="INCONNU") == found(text="zzz") == set()
    qualified(editor="Ailleurs", software="AUTRE", version="1")
    assert found(step="software", state=State.BLOCKED) == set(), "no file named its own yet"
    school.receive_structures()
    school.export()
    school.bring()
    assert found(step="software", state=State.BLOCKED) == {school.uai}
    assert found(is_late=True, department=school.uai[:3]) == {school.uai, behind.uai}
    board = board_of(school, behind)
    lines = write_sheet(board, form=TableForm.CSV, author="deep", at=AT).decode("utf-8-sig")
    workbook = ZipFile(BytesIO(write_sheet(board, form=TableForm.XLSX, author="deep", at=AT)))
    assert [line.split(";")[0] for line in lines.splitlines()[1:]] == [behind.uai, school.uai]
    assert "le rectorat les envoie" in lines
    assert "xl/worksheets/sheet1.xml" in workbook.namelist()


def test_what_is_kept_is_what_facts_say_and_what_changed_is_told(base: Base) -> None:
    school = new_year(6)
    reading.refresh_stale(at=AT)
    school.receive_nomenclatures()
    stale = reading.stale(uais=[school.uai], kept=kept_lines(uais=[school.uai], year=YEAR))

    read = reading.refresh_stale(at=AT + timedelta(minutes=1))
    kept = kept_readings(uais=[school.uai], year=YEAR)[school.uai]
    again = reading.read_now(
        uais=[school.uai], year=YEAR, at=AT + timedelta(days=3), before={school.uai: kept}
    )[school.uai]

    assert (stale, read) == ([school.uai], 1)
    assert kept_lines(uais=[school.uai], year=YEAR)[school.uai] == line_of(kept)
    assert reading.stale(uais=[school.uai], kept={school.uai: line_of(kept)}) == []
    # Read days later, what has not moved waits since the day it was first seen.
    assert (again.states, again.since) == (kept.states, kept.since)
    assert _changes(school.uai)["nomenclatures"] == ("bloquee", "faite")


def test_what_was_forgotten_of_a_year_is_not_read_again(base: Base) -> None:
    closed, left_open = new_year(3), new_year(3, number=2)
    uais = [closed.uai, left_open.uai]
    reading.refresh_stale(at=AT)
    change_state(state=SchoolYear.State.CLOSED, **closed.where)
    base.say_today(date(2031, 1, 1))

    purge.run(actor="tests", at=AT)
    kept = [list(kept_lines(uais=uais, year=YEAR))]
    reading.refresh_stale(at=AT.replace(year=2031))
    kept.append(list(kept_lines(uais=uais, year=YEAR)))

    assert kept == [[left_open.uai]] * 2


def _changes(uai: str) -> dict[str, tuple[str, str]]:
    with transaction.atomic():
        open_schools(uai)
        return {one.step: (one.before, one.after) for one in Change.objects.order_by("id")}


def test_a_task_of_the_authority_is_seen_from_facts_and_decided_by_somebody(base: Base) -> None:
    school, behind = new_year(6), new_year(6, number=2)
    school.receive_nomenclatures()
    uais = [school.uai, behind.uai]

    def tasks() -> dict[str, phase.Standing]:
        lines, _live = read_lines(uais, YEAR, AT)
        found = phase.read_tasks(
            campaign=RENTREE, year=YEAR, uais=uais, lines=list(lines.values()), version="1.2"
        )
        return {one.declared.code: one for one in found}

    signed = {"campaign": RENTREE, "year": YEAR, "code": "nomenclatures", "actor": "deep", "at": AT}
    phase.begin(**signed)
    with pytest.raises(phase.WrongMomentError):
        phase.begin(**signed)
    phase.end(note="Publiées, une école reste.", **signed)
    with pytest.raises(phase.UnusableNoteError):
        phase.decide(is_go=True, reason=" ", **signed)
    phase.decide(is_go=False, reason="Il en manque une.", **signed)
    found = tasks()
    row = found["nomenclatures"].row

    assert {code: one.seen.state for code, one in found.items()} == {
        "version": State.DONE,
        "year": State.DONE,
        "nomenclatures": State.IN_PROGRESS,
        "gep": State.NOT_STARTED,
    }
    assert row is not None
    assert (row.operator, row.ended_at, row.is_go, row.reason) == (
        "deep",
        AT,
        False,
        "Il en manque une.",
    )
    assert [line["said"] for line in row.log] == [
        "commencée", "Publiées, une école reste.", "Il en manque une.",
    ]  # fmt: skip


def test_the_constat_is_done_once_its_head_signed(base: Base) -> None:
    school = new_year(6)
    totp_key(Cast(school=school.uai, other_school=school.uai).head)
    school.receive_structures()
    school.receive_nomenclatures()
    school.export()
    school.bring()
    signed = {"uai": school.uai, "year": YEAR, "actor": "claire.morel", "at": AT}
    closed = states(board_of(school), school.uai)["constat"]
    open_round(
        year=YEAR, opens_on=AT.date(), closes_on=AT.date(), observed_on=AT.date(), actor="deep", at=AT,
    )  # fmt: skip
    waiting = states(board_of(school), school.uai)["constat"]
    nights.run(day=AT.date(), origin=Night.Origin.ASKED, actor="tests", clock=lambda: AT)
    with act(uai=school.uai, kind="test", actor="tests", at=AT) as opened:
        bare = {"ine": None, "ine_rnie": None, "ine_bea": None, "act_id": opened.id}
        one = Student.objects.filter(uai=school.uai).values_list("pk", flat=True)[0]
        Student.objects.filter(uai=school.uai, pk=one).update(**bare)
    board = board_of(school)
    ready = states(board, school.uai)["constat"]
    # Beside its steps: how its night ended, and who has no number.
    assert (board.rows[0].night, board.headcounts.ill) == ("accusé de réception complet", 0)
    assert board.headcounts.lacking == 1
    sign(signatory="Claire MOREL", explanations={}, **signed)

    with act(uai=school.uai, kind="test", actor="tests", at=AT) as opened:
        leaver = Enrolment.objects.filter(uai=school.uai).order_by("pk")[0].pk
        gone = {"left_on": AT.date(), "exit_reason": "10", "act_id": opened.id}
        Enrolment.objects.filter(pk=leaver).update(**gone)

    assert (closed, waiting, ready) == (State.NOT_STARTED, State.NOT_STARTED, State.IN_PROGRESS)
    board = board_of(school)
    assert states(board, school.uai)["constat"] is State.DONE
    # Who leaves stays in the base to the end of the year: it holds as many as the records.
    assert (board.headcounts.differing, board.headcounts.pupils) == (0, board.headcounts.in_base)


def test_nobody_is_late_nor_written_to_for_a_constat_that_is_not_opened(base: Base) -> None:
    assert base
    school = new_year(6)
    before = board_of(school)
    open_round(
        year=YEAR, opens_on=AT.date(), closes_on=AT.date(), observed_on=AT.date(), actor="deep", at=AT,
    )  # fmt: skip
    after = board_of(school, days=1)

    # The declared day is past.
    assert AT.date() > RENTREE.due_on("constat", year=YEAR)
    assert (before.tallies[-1].due_on, before.tallies[-1].late) == (None, 0)
    assert preview(board=before, letter=letter_of(RENTREE), step="constat") == []
    assert (after.tallies[-1].due_on, after.tallies[-1].late) == (AT.date(), 1)
    assert len(preview(board=after, letter=letter_of(RENTREE), step="constat")) == 1
