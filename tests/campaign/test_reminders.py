"""A reminder is what was previewed, leaves once a day and step, and waits as a file that mail programs read."""

from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from tests.accounts.acting import actor
from tests.bases import Base
from tests.cast import Cast
from tests.preparation.new_year import AT, YEAR, new_year

from bascule.accounts.profiles import Profile
from bascule.campaign import reading, reminders
from bascule.campaign.board import Board, Filters, read_board
from bascule.campaign.campaigns import CAMPAIGNS
from bascule.campaign.letters import (
    Letter,
    LoneBraceError,
    UnknownFieldError,
    keep_letter,
    letter_of,
)
from bascule.campaign.reminders import (
    Message,
    NobodyToRemindError,
    deliver,
    preview,
    reminders_of,
    send,
)
from bascule.campaign.steering import steer
from bascule.campaign.waiting import What, waiting_for
from bascule.constat.rounds import open_round
from bascule.journal.access import Criteria
from bascule.journal.acts import find_acts
from bascule.ops import purge
from bascule.store.locks import SchoolIsBusyError
from bascule.store.queue import asked

RENTREE = CAMPAIGNS["rentree"]


def test_a_reminder_is_what_was_shown_and_leaves_once_a_day(base: Base, tmp_path: Path) -> None:
    school, silent = new_year(6), new_year(6, number=2)
    cast = Cast(school=school.uai, other_school=silent.uai)
    address = cast.head.email
    letter = Letter(
        "{etape} – {etablissement}", "Bonjour,\n\n{cause} ({jours} jours)\n{date}\n{conseiller}"
    )

    def board(days: int = 0) -> Board:
        at = AT + timedelta(days=days)
        return read_board(
            campaign=RENTREE, year=YEAR, uais=[school.uai, silent.uai], filters=Filters(), at=at
        )

    with pytest.raises(UnknownFieldError):
        preview(board=board(), letter=Letter("Objet", "{prenom}"), step="")
    ours = preview(board=board(), letter=letter, step="nomenclatures")
    shown = {one.uai: one for one in preview(board=board(), letter=letter, step="import")}
    today = board()
    count = send(board=today, messages=list(shown.values()), actor="deep", at=AT)
    again = preview(board=today, letter=letter, step="import")
    with pytest.raises(NobodyToRemindError):
        send(board=today, messages=again, actor="deep", at=AT)
    (row,) = reminders_of(uai=school.uai, campaign="rentree", year=YEAR)
    assert reminders.begin(first=row.pk, last=row.pk, at=AT) == 1
    with override_settings(BASCULE_HOME=tmp_path, EMAIL_BACKEND="bascule.campaign.outbox.Outbox"):
        left = [deliver(uai=school.uai, number=row.pk, at=AT) for _ in range(2)]
    (file,) = (tmp_path / "outbox").iterdir()
    read = message_from_bytes(file.read_bytes(), policy=policy.default)

    # What the rectorat has to do is asked of no head.
    assert (len(ours), [one for one in ours if one.is_ready]) == (2, [])
    # The other school has no head to write to.
    assert (count, left, shown[silent.uai].addresses) == (1, [True, False], ())
    assert file.suffix == ".eml"
    assert read["To"] == address
    # A parser gives the blank that folds the line.
    assert read["Subject"].strip() == shown[school.uai].subject
    assert read["Subject"].strip().startswith("Premier fichier d’élèves intégré – ")
    assert text_of(read) == shown[school.uai].body
    assert "Attend l’étape « Exports remis à votre logiciel »." in text_of(read)
    assert [one.is_ready for one in preview(board=board(days=1), letter=letter, step="import")] == [
        one.uai == school.uai for one in board(days=1).rows
    ]


def test_the_authority_is_told_who_is_stuck_whom_to_write_to_and_what_is_missing(
    base: Base,
) -> None:
    school, stuck = new_year(6), new_year(6, number=2)
    cast = Cast(school=school.uai, other_school=stuck.uai)
    school.receive_nomenclatures()
    assert cast.head.email
    agent, uais = actor(cast.of_authority(Profile.DEEP)), [school.uai, stuck.uai]
    day = AT.date()
    open_round(
        year=YEAR, observed_on=day - timedelta(30), opens_on=day - timedelta(20), closes_on=day - timedelta(1),
        actor="deep", at=AT,
    )  # fmt: skip
    reading.refresh(uais=uais, year=YEAR, at=AT)

    def told(days: int = 0) -> dict[What, int]:
        found = waiting_for(agent, schools=uais, at=AT + timedelta(days=days))
        return {one.what: one.count for one in found}

    def silent() -> Board:
        chosen = Filters(is_late=True, is_silent=True)
        return read_board(campaign=RENTREE, year=YEAR, uais=uais, filters=chosen, at=AT)

    with CaptureQueriesContext(connection) as asked_for:
        steer(uais=uais, today=day)
    # Three questions, each in a transaction that opens the schools, however many there are.
    assert len(asked_for) <= 12
    before, shown = told(), preview(board=silent(), letter=letter_of(RENTREE), step="")
    send(board=silent(), messages=shown, actor="deep", at=AT)

    assert before == {
        # The one waits for the authority's own nomenclatures: nobody is written to about it.
        What.SCHOOLS_BLOCKED: 1,
        What.SCHOOLS_TO_REMIND: 1,
        What.CONSTATS_MISSING: 2,
    }
    assert told() == {What.SCHOOLS_BLOCKED: 1, What.SCHOOLS_LATE: 2, What.CONSTATS_MISSING: 2}
    assert told(days=8)[What.SCHOOLS_TO_REMIND] == 1
    assert [row.uai for row in silent().rows] == [stuck.uai]


def test_a_brace_that_stands_alone_is_refused() -> None:
    Letter("{etape}", "Bonjour {conseiller}").check()
    with pytest.raises(LoneBraceError):
        Letter("{etape", "conseiller}").check()


def test_reminders_go_after_their_time_with_the_messages_that_waited(
    base: Base, tmp_path: Path
) -> None:
    school = new_year(6)
    cast = Cast(school=school.uai, other_school=school.uai)
    assert cast.head.email
    given: dict[str, Any] = {
        "campaign": RENTREE,
        "year": YEAR,
        "uais": [school.uai],
        "filters": Filters(),
        "at": AT,
    }
    board = read_board(**given)
    send(
        board=board,
        messages=preview(board=board, letter=letter_of(RENTREE), step="import"),
        actor="deep",
        at=AT,
    )
    (reminder,) = reminders_of(uai=school.uai, campaign="rentree", year=YEAR)
    reminders.begin(first=reminder.pk, last=reminder.pk, at=AT)
    with override_settings(BASCULE_HOME=tmp_path, EMAIL_BACKEND="bascule.campaign.outbox.Outbox"):
        deliver(uai=school.uai, number=reminder.pk, at=AT)
        (file,) = (tmp_path / "outbox").iterdir()
        # One that somebody takes as the folder is read.
        (tmp_path / "outbox" / "gone.eml").symlink_to("nowhere")
        assert purge.run(actor="tests", at=AT).counts["campaign"] == 0
        base.say_today(date(2031, 1, 1))
        planned = purge.plan(actor="tests", at=AT).counts["campaign"]
        assert file.exists()
        assert purge.run(actor="tests", at=AT).counts["campaign"] == planned == 2
        assert not file.exists()
    assert reminders_of(uai=school.uai, campaign="rentree", year=YEAR) == []


def test_a_press_on_many_schools_is_done_in_batches_and_taken_up_where_it_was_cut(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    uais = [new_year(3, number=number).uai for number in (1, 2, 3)]
    cast = Cast(school=uais[0], other_school=uais[1])
    for rank, uai in enumerate(uais):
        cast.give(f"head.{rank}", Profile.HEAD, uai)
    monkeypatch.setattr(reminders, "BATCH", 2)
    given: dict[str, Any] = {
        "campaign": RENTREE,
        "year": YEAR,
        "uais": uais,
        "filters": Filters(),
        "at": AT,
    }
    board = read_board(**given)
    shown = preview(board=board, letter=letter_of(RENTREE), step="import")
    assert send(board=board, messages=shown, actor="deep", at=AT) == 3
    with base.look() as administrator:

        def jobs(name: str) -> list[dict[str, Any]]:
            found = administrator.execute(
                "SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [name]
            )
            return [row[0] for row in found]

        first, second = jobs(reminders.BEGIN)
        assert jobs(reminders.DELIVER) == []
        # Nobody is written to twice, though it is pressed again meanwhile.
        again = preview(board=board, letter=letter_of(RENTREE), step="import")
        with pytest.raises(NobodyToRemindError):
            send(board=board, messages=again, actor="deep", at=AT)
        # Cut in its first batch, which is done again from its beginning.
        assert reminders.begin(first=first["first"], last=first["first"], at=AT) == 1
        assert [reminders.begin(**batch, at=AT) for batch in (first, second, first)] == [1, 1, 0]
        assert sorted(job["uai"] for job in jobs(reminders.DELIVER)) == sorted(uais)
    kinds = Criteria(kinds=(reminders.REMIND_ACT,))
    assert [len(find_acts(uais=[uai], criteria=kinds)) for uai in uais] == [1, 1, 1]


def test_a_busy_school_holds_no_other_and_what_never_left_is_not_said_sent(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    uais = [new_year(3, number=number).uai for number in (1, 2)]
    cast = Cast(school=uais[0], other_school=uais[1])
    assert cast.head_next_door.email
    assert cast.head.email
    board = read_board(campaign=RENTREE, year=YEAR, uais=uais, filters=Filters(), at=AT)

    def shown(text: str = "Objet") -> list[Message]:
        return preview(board=board, letter=Letter(text, "Corps"), step="import")

    send(board=board, messages=shown(), actor="deep", at=AT)
    with base.look() as other:
        (batch,) = asked(reminders.BEGIN)
        monkeypatch.setattr("bascule.store.locks.PATIENCE_MS", 50)
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [uais[0]])
        with pytest.raises(SchoolIsBusyError):
            reminders.begin(**batch, at=AT)
        other.execute("SELECT pg_advisory_unlock_all()")
        assert [given["uai"] for given in asked(reminders.DELIVER)] == [uais[1]]
        # It is to be tried again: nothing more is to be sent, nor asked for.
        assert ([one.is_ready for one in shown()], reminders.take_up(at=AT)) == ([False] * 2, 0)

        other.execute("UPDATE procrastinate_jobs SET status = 'failed'")
        assert [one.is_ready for one in shown()] == [True] * 2
        assert reminders.take_up(at=AT + timedelta(days=1)) == 0
        assert (reminders.take_up(at=AT), len(list(asked(reminders.BEGIN)))) == (1, 1)
        assert {one.uai: one.is_ready for one in shown()} == {uais[0]: False, uais[1]: True}
        # What never left is what was shown last.
        assert send(board=board, messages=shown("Encore"), actor="deep", at=AT) == 1
    subjects = [reminders_of(uai=uai, campaign="rentree", year=YEAR)[0].subject for uai in uais]
    assert subjects == ["Objet", "Encore"]


def text_of(message: EmailMessage) -> str:
    body = message.get_body()
    assert body is not None
    return str(body.get_content())


def test_the_text_of_a_campaign_is_kept_for_the_next_time(base: Base) -> None:
    mine = Letter("Objet", "Bonjour {etablissement}")
    first = letter_of(RENTREE)

    for _ in range(2):
        keep_letter(campaign=RENTREE, letter=mine, actor="deep", at=AT)

    assert "{cause}" in first.body
    assert letter_of(RENTREE) == mine
    assert letter_of(CAMPAIGNS["gep"]) == first
