"""Write to the schools that are waited for: what each would receive, then the sending itself, once a day and step."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr
from smtplib import SMTPException
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from bascule.campaign.board import Board, explain
from bascule.campaign.campaigns import OF_AUTHORITY
from bascule.campaign.letters import Letter
from bascule.campaign.looks import Cell, Row
from bascule.campaign.models import Reminder
from bascule.campaign.school import heads_of
from bascule.errors import RefusedError, TransientError
from bascule.journal.act import act
from bascule.schools.directory import school_numbers
from bascule.store.locks import SchoolIsBusyError
from bascule.store.policies import open_schools
from bascule.store.queue import ask_once, asked
from bascule.values import school_year

REMIND_ACT: Final = "campaign.remind"
#: Name of the job that sends one.
DELIVER: Final = "campaigns.remind"
#: Name of the job that begins a batch of them.
BEGIN: Final = "campaigns.begin"
#: Schools whose act one job writes.
BATCH: Final = 200


class NobodyToRemindError(RefusedError):
    """No school that answers is to be written to."""

    code = "reminder.nobody"

    def __init__(self) -> None:
        super().__init__(
            "Aucun établissement n’est à relancer : ils ont fini, attendent le rectorat, n’ont pas d’adresse, ou ont"
            " été relancés aujourd’hui. Changez de filtre."
        )


class MailUnreachableError(TransientError):
    """The mail server does not answer, or the outbox cannot be written: it is tried again later."""


@dataclass(frozen=True, slots=True)
class Message:
    """What one school would receive.

    Attributes:
        uai: the school.
        name: its name.
        cell: the step it is waited for at.
        addresses: to whom.
        subject: filled in.
        body: filled in.
        is_sent: whether it was written to today about this step already, or is about to be.
    """

    uai: str
    name: str
    cell: Cell
    addresses: tuple[str, ...]
    subject: str
    body: str
    is_sent: bool

    @property
    def is_of_authority(self) -> bool:
        """Tell whether the step waits for the authority, and not for the school."""
        return self.cell.step.code in OF_AUTHORITY

    @property
    def is_ready(self) -> bool:
        """Tell whether it would be sent."""
        return bool(self.addresses) and not self.is_sent and not self.is_of_authority


def preview(*, board: Board, letter: Letter, step: str) -> list[Message]:
    """Give the very messages that schools would receive.

    Args:
        board (Board): the schools looked at; those that have nothing left to do are left out.
        letter (Letter): the model.
        step (str): what they are written to about; blank for what each is waited for at.

    Returns:
        list[Message]: one for each school.

    Raises:
        UnusableLetterError: if the model is blank or too long.
        UnknownFieldError: if a field of the model is none.
    """
    letter.check()
    waited = [row for row in board.rows if row.shape.waiting is not None]
    explain(board, waited, step=step)
    uais = [row.uai for row in waited]
    with transaction.atomic():
        open_schools(*uais)
        heads = heads_of(uais=uais, today=board.today)
        held = _held()
        today = Reminder.objects.filter(uai__in=uais, **_of_day(board))
        sent = {
            (one.uai, one.step)
            for one in today.only("uai", "step", "state")
            if one.state == Reminder.State.SENT or one.pk in held
        }
    found = []
    for row in waited:
        cell = _cell(board, row, step)
        if cell is None:
            continue
        filled = letter.filled(_values(board, row, cell))
        addresses = tuple(dict.fromkeys(one.email for one in heads.get(row.uai, ()) if one.email))
        is_sent = (row.uai, cell.step.code) in sent
        found.append(
            Message(row.uai, row.name, cell, addresses, filled.subject, filled.body, is_sent)
        )
    return found


def send(*, board: Board, messages: Sequence[Message], actor: str, at: datetime) -> int:
    """Ask that messages be sent, each in an act of its school; a worker sends them.

    All are written down at once, as they were shown. Workers write the acts, batch after batch: whoever asks holds no
    school, what is cut is taken up from those that are left, and nothing is sent twice.

    Args:
        board (Board): the board they were made from.
        messages (Sequence[Message]): from `preview`.
        actor (str): who asks.
        at (datetime): now.

    Returns:
        int: how many schools are written to.

    Raises:
        NobodyToRemindError: if none of them is to be sent.
    """
    ready = [one for one in messages if one.is_ready]
    if not ready:
        raise NobodyToRemindError
    with transaction.atomic():
        numbers = _plan(board, ready, actor, at)
        _ask(numbers)
    return len(numbers)


def take_up(*, at: datetime) -> int:
    """Ask again for the reminders of the day that were asked for, and that no batch holds any more.

    Args:
        at (datetime): now.

    Returns:
        int: how many.
    """
    with transaction.atomic():
        open_schools(*school_numbers())
        planned = Reminder.objects.filter(
            state=Reminder.State.PLANNED, day=timezone.localtime(at).date()
        )
        held = _held()
        left = [pk for pk in planned.order_by("pk").values_list("pk", flat=True) if pk not in held]
        _ask(left)
    return len(left)


def begin(*, first: int, last: int, at: datetime) -> int:
    """Write the act of each reminder of a batch that has none yet, and ask that it be sent.

    Args:
        first (int): the lowest of their numbers.
        last (int): the highest.
        at (datetime): now.

    Returns:
        int: how many were begun now.

    Raises:
        SchoolIsBusyError: if another act held a school; all the others are begun.
    """
    with transaction.atomic():
        open_schools(*school_numbers())
        planned = Reminder.objects.filter(
            pk__gte=first, pk__lte=last, state=Reminder.State.PLANNED
        ).order_by("pk")
        rows = list(planned.values_list("uai", "pk", "asked_by"))
    count, busy = 0, None
    for uai, number, actor in rows:
        try:
            count += _begin(uai, number, actor, at)
        except SchoolIsBusyError as fault:
            busy = fault
    if busy is not None:
        raise busy
    return count


def _of_day(board: Board) -> dict[str, Any]:
    return {"campaign": board.campaign.code, "year": board.year, "day": board.today}


def _ask(numbers: Sequence[int]) -> None:
    for first in range(0, len(numbers), BATCH):
        batch = numbers[first : first + BATCH]
        # A lock of its own: a school that is busy keeps no other batch waiting.
        lock = f"reminders/{batch[0]}-{batch[-1]}"
        ask_once(BEGIN, lock=lock, first=batch[0], last=batch[-1])


def _held() -> set[int]:
    """Give the numbers of the reminders that some job, not over yet, is to begin or to send."""
    held = {given["number"] for given in asked(DELIVER)}
    for batch in asked(BEGIN):
        held.update(range(batch["first"], batch["last"] + 1))
    return held


def _plan(board: Board, ready: Sequence[Message], actor: str, at: datetime) -> list[int]:
    """Write messages down; one that its school had today already is left out, one that never left is written anew."""
    open_schools(*(one.uai for one in ready))
    new = {**_of_day(board), "state": Reminder.State.PLANNED, "asked_by": actor, "asked_at": at}
    shown = {(one.uai, one.cell.step.code): one for one in ready}
    today = Reminder.objects.filter(uai__in=[one.uai for one in ready], **_of_day(board))
    unsent = today.exclude(state=Reminder.State.SENT).order_by("pk").select_for_update()
    held = _held()
    for row in unsent:
        one = shown.get((row.uai, row.step))
        if one is not None and row.pk not in held:
            text = {"addresses": list(one.addresses), "subject": one.subject, "body": one.body}
            Reminder.objects.filter(pk=row.pk).update(**text, **new)
    Reminder.objects.bulk_create(
        [
            Reminder(
                uai=one.uai,
                step=one.cell.step.code,
                addresses=list(one.addresses),
                subject=one.subject,
                body=one.body,
                **new,
            )
            for one in ready
        ],
        ignore_conflicts=True,
        batch_size=BATCH,
    )
    return list(Reminder.objects.filter(**new).order_by("pk").values_list("pk", flat=True))


def _begin(uai: str, number: int, actor: str, at: datetime) -> bool:
    # One transaction a school: none is held for the others, and what was begun stays begun.
    # One that was begun meanwhile has its act: this one is taken back.
    with (
        suppress(Reminder.DoesNotExist),
        act(uai=uai, kind=REMIND_ACT, actor=actor, at=at) as opened,
    ):
        planned = Reminder.objects.filter(uai=uai, state=Reminder.State.PLANNED)
        row = planned.select_for_update().get(pk=number)
        opened.facts |= {"campaign": row.campaign, "step": row.step, "reminder": number}
        row.state = Reminder.State.ASKED
        row.save(update_fields=["state"])
        ask_once(DELIVER, lock=f"reminder/{uai}", about=str(number), uai=uai, number=number)
        return True
    return False


def deliver(*, uai: str, number: int, at: datetime) -> bool:
    """Send a message that was asked for; one that left already does not leave again.

    Args:
        uai (str): the school.
        number (int): the reminder.
        at (datetime): now.

    Returns:
        bool: whether it left now.

    Raises:
        MailUnreachableError: if it could not leave now.
    """
    with transaction.atomic():
        open_schools(uai)
        row = (
            Reminder.objects.select_for_update()
            .filter(pk=number, uai=uai, state=Reminder.State.ASKED)
            .first()
        )
        if row is None:
            return False
        # The same each time: a server or a folder that got it before the base knew keeps one.
        mark = f"{row.uai}.{row.campaign}.{row.year}.{row.step}.{row.day:%Y%m%d}@bascule"
        message = EmailMessage(
            subject=row.subject,
            body=row.body,
            from_email=formataddr((settings.BASCULE_AUTHORITY_NAME, settings.BASCULE_MAIL_FROM)),
            to=row.addresses,
            headers={"Message-ID": f"<{mark}>", "Auto-Submitted": "auto-generated"},
        )
        try:
            message.send()
        except (OSError, SMTPException) as fault:
            raise MailUnreachableError from fault
        row.state, row.sent_at = Reminder.State.SENT, at
        row.save(update_fields=["state", "sent_at"])
        return True


def reminders_of(*, uai: str, campaign: str, year: int) -> list[Reminder]:
    """List what a school was written to about.

    Args:
        uai (str): the school; it is opened for reading.
        campaign (str): the campaign.
        year (int): first calendar year.

    Returns:
        list[Reminder]: the latest first.
    """
    with transaction.atomic():
        open_schools(uai)
        return list(Reminder.objects.filter(uai=uai, campaign=campaign, year=year).order_by("-id"))


def _cell(board: Board, row: Row, step: str) -> Cell | None:
    """Give the step that a school is written to about; None when it has passed it, or it is not opened."""
    if not step:
        return row.waiting
    if board.due.get(step) is None:
        return None
    return next(
        (cell for cell in row.cells if cell.step.code == step and not cell.state.is_over), None
    )


def _values(board: Board, row: Row, cell: Cell) -> dict[str, str]:
    due_on = board.due[cell.step.code]
    return {
        "etablissement": row.name,
        "uai": row.uai,
        "campagne": f"{board.campaign.label} {school_year.label(board.year)}",
        "etape": cell.step.label,
        "cause": str(row.cause) if row.cause else "",
        "date": f"{due_on:%d/%m/%Y}" if due_on else "",
        "jours": str(cell.late),
        "conseiller": row.adviser or settings.BASCULE_AUTHORITY_NAME,
    }
