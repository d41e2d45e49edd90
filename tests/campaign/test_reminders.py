"""A reminder is what was previewed, leaves once a day and step, and waits as a file that mail programs read."""

from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.test import override_settings
from tests.bases import Base
from tests.cast import Cast
from tests.preparation.new_year import AT, YEAR, new_year

from bascule.campaign.board import Board, Filters, read_board
from bascule.campaign.campaigns import CAMPAIGNS
from bascule.campaign.letters import Letter, UnknownFieldError, keep_letter, letter_of
from bascule.campaign.reminders import NobodyToRemindError, deliver, preview, reminders_of, send
from bascule.ops import purge

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
    shown = {one.uai: one for one in preview(board=board(), letter=letter, step="import")}
    today = board()
    count = send(board=today, messages=list(shown.values()), actor="deep", at=AT)
    again = preview(board=today, letter=letter, step="import")
    with pytest.raises(NobodyToRemindError):
        send(board=today, messages=again, actor="deep", at=AT)
    (asked,) = reminders_of(uai=school.uai, campaign="rentree", year=YEAR)
    with override_settings(BASCULE_HOME=tmp_path, EMAIL_BACKEND="bascule.campaign.outbox.Outbox"):
        left = [deliver(uai=school.uai, number=asked.pk, at=AT) for _ in range(2)]
    (file,) = (tmp_path / "outbox").iterdir()
    read = message_from_bytes(file.read_bytes(), policy=policy.default)

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


def test_reminders_go_after_their_time_with_the_messages_that_waited(
    base: Base, tmp_path: Path
) -> None:
    school = new_year(6)
    cast = Cast(school=school.uai, other_school=school.uai)
    assert cast.head.email
    asked = {
        "campaign": RENTREE,
        "year": YEAR,
        "uais": [school.uai],
        "filters": Filters(),
        "at": AT,
    }
    board = read_board(**asked)
    send(
        board=board,
        messages=preview(board=board, letter=letter_of(RENTREE), step=""),
        actor="deep",
        at=AT,
    )
    (reminder,) = reminders_of(uai=school.uai, campaign="rentree", year=YEAR)
    with override_settings(BASCULE_HOME=tmp_path, EMAIL_BACKEND="bascule.campaign.outbox.Outbox"):
        deliver(uai=school.uai, number=reminder.pk, at=AT)
        (file,) = (tmp_path / "outbox").iterdir()
        assert purge.run(actor="tests", at=AT).counts["campaign"] == 0
        base.say_today(date(2031, 1, 1))
        planned = purge.plan(actor="tests", at=AT).counts["campaign"]
        assert file.exists()
        assert purge.run(actor="tests", at=AT).counts["campaign"] == planned == 2
        assert not file.exists()
    assert reminders_of(uai=school.uai, campaign="rentree", year=YEAR) == []


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
