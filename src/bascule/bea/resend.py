"""A school asks that its pupils go up again, whatever the base already holds of them."""

from datetime import date, datetime
from typing import Final

from django.db import transaction

from bascule.bea.models import Resend
from bascule.errors import RefusedError
from bascule.journal.act import act
from bascule.schools.open_year import writable_year
from bascule.store.policies import open_schools
from bascule.values import school_year

ASK_ACT: Final = "bea.resend"
CANCEL_ACT: Final = "bea.cancel-resend"


class ResendDayError(RefusedError):
    """The day is too far from the year.

    Args:
        year (int): first calendar year.
    """

    code = "bea.resend-day"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"La date d’un renvoi pour {school_year.label(year)} va du 1er janvier {year} au 31 août"
            f" {year + 1} : corrigez-la."
        )
        self.year = year


class ResendWaitingError(RefusedError):
    """A resend waits already.

    Args:
        day (date): its day.
    """

    code = "bea.resend-waiting"

    def __init__(self, day: date) -> None:
        super().__init__(
            f"Un renvoi des élèves au {day:%d/%m/%Y} est déjà demandé : il part la nuit prochaine. Annulez-le"
            " d’abord pour en demander un autre."
        )
        self.day = day


class NoResendError(RefusedError):
    """No resend waits."""

    code = "bea.no-resend"

    def __init__(self) -> None:
        super().__init__("Aucun renvoi n’attend : il n’y a rien à annuler.")


def ask_resend(*, uai: str, year: int, day: date, actor: str, at: datetime) -> Resend:
    """Ask that the pupils of a day go up again the next night.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        day (date): those who were in the school on this day, or came after it.
        actor (str): who asks.
        at (datetime): when.

    Returns:
        Resend: what was asked.

    Raises:
        ResendDayError: if the day is far from the year.
        ResendWaitingError: if one is asked already.
    """
    if not date(year, 1, 1) <= day <= date(year + 1, 8, 31):
        raise ResendDayError(year)
    with act(uai=uai, kind=ASK_ACT, actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        waiting = _waiting(uai, year)
        if waiting is not None:
            raise ResendWaitingError(waiting.day)
        opened.facts |= {"year": year, "day": str(day)}
        return Resend.objects.create(uai=uai, year=year, day=day, asked_by=actor, asked_at=at)


def cancel_resend(*, uai: str, year: int, actor: str, at: datetime) -> None:
    """Take back a resend that waits.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        actor (str): who takes it back.
        at (datetime): when.

    Raises:
        NoResendError: if none waits.
    """
    with act(uai=uai, kind=CANCEL_ACT, actor=actor, at=at) as opened:
        waiting = _waiting(uai, year)
        if waiting is None:
            raise NoResendError
        opened.facts |= {"year": year, "day": str(waiting.day)}
        waiting.delete()


def waiting_resend(*, uai: str, year: int) -> Resend | None:
    """Tell which resend waits.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        Resend | None: it; None when none was asked.
    """
    with transaction.atomic():
        open_schools(uai)
        return _waiting(uai, year)


def _waiting(uai: str, year: int) -> Resend | None:
    return Resend.objects.filter(uai=uai, year=year, transfer_id__isnull=True).first()
