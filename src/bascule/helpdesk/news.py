"""Publish news on the portal, and take it down."""

from datetime import date, datetime, timedelta

from bascule.errors import NotThereError, RefusedError
from bascule.helpdesk.models import News
from bascule.journal.act import AUTHORITY, act

#: Pieces of news that the portal shows.
SHOWN = 3
#: How long a piece may stay.
LONGEST = timedelta(days=180)


class UnknownNewsError(NotThereError):
    """There is no such piece of news."""

    code = "news.unknown"

    def __init__(self) -> None:
        super().__init__("Cette actualité a déjà été retirée.")


class WrongNewsPeriodError(RefusedError):
    """The days given bound no period, or too long a one."""

    code = "news.wrong-period"

    def __init__(self) -> None:
        super().__init__(
            f"Une actualité s’affiche jusqu’à une date à venir, {LONGEST.days} jours au plus après son début. Corrigez"
            " ses dates."
        )


def publish(
    *, title: str, body: str, starts_on: date, ends_on: date, actor: str, at: datetime
) -> News:
    """Publish a piece of news.

    Args:
        title (str): up to 100 characters.
        body (str): plain text; a blank line begins a paragraph.
        starts_on (date): first day.
        ends_on (date): last day, included.
        actor (str): who signs.
        at (datetime): when.

    Returns:
        News: the piece.

    Raises:
        WrongNewsPeriodError: if the days bound no period, or more than `LONGEST`.
    """
    if not starts_on <= ends_on <= starts_on + LONGEST or ends_on < at.date():
        raise WrongNewsPeriodError
    with act(uai=AUTHORITY, kind="news.publish", actor=actor, at=at) as opened:
        piece = News.objects.create(
            title=title,
            body=body,
            starts_on=starts_on,
            ends_on=ends_on,
            written_by=actor,
            written_at=at,
        )
        opened.facts |= {"news": piece.pk, "title": title}
        return piece


def withdraw(*, news_id: int, actor: str, at: datetime) -> None:
    """Take a piece of news down.

    Args:
        news_id (int): the piece.
        actor (str): who signs.
        at (datetime): when.

    Raises:
        UnknownNewsError: if it is no longer there.
    """
    with act(uai=AUTHORITY, kind="news.withdraw", actor=actor, at=at) as opened:
        opened.facts |= {"news": news_id}
        deleted, _ = News.objects.filter(pk=news_id).delete()
        if not deleted:
            raise UnknownNewsError


def current(*, today: date, most: int = SHOWN) -> list[News]:
    """Give what the portal shows, latest first.

    Args:
        today (date): the day, where the authority is.
        most (int): how many at most.

    Returns:
        list[News]: the pieces.
    """
    return list(
        News.objects.filter(starts_on__lte=today, ends_on__gte=today).order_by("-starts_on", "-id")[
            :most
        ]
    )


def every_piece() -> list[News]:
    """Give all pieces, latest first.

    Returns:
        list[News]: the pieces, past and to come.
    """
    return list(News.objects.order_by("-starts_on", "-id"))
