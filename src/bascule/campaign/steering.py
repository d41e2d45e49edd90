"""What of a campaign waits for the authority: schools that are stuck, and those to write to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import connection, transaction

from bascule.campaign.campaigns import CAMPAIGNS, OF_AUTHORITY
from bascule.campaign.due import due_days
from bascule.campaign.kept import CATALOGUE
from bascule.campaign.looks import Looks
from bascule.campaign.states import State
from bascule.store.policies import open_schools

#: Days during which a school that was written to is left to work.
LEFT_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Steering:
    """What of a campaign waits for the authority.

    Attributes:
        campaign: code of the campaign.
        year: first calendar year.
        blocked: schools one of whose steps is blocked.
        late: schools that are late.
        to_remind: of these, those that have something to do, and were not written to lately.
    """

    campaign: str
    year: int
    blocked: int
    late: int
    to_remind: int


def steer(*, uais: Sequence[str], today: date) -> Steering:
    """Count what waits in the campaign of the year that begins, as the board last read it.

    Args:
        uais (Sequence[str]): the schools that whoever asks follows; they are opened for reading.
        today (date): the day, where the authority is.

    Returns:
        Steering: the counts.
    """
    campaign = next(iter(CAMPAIGNS.values()))
    year = campaign.year_on(today)
    looks = Looks(campaign, due_days(campaign=campaign, year=year), today)
    blocked = late = to_remind = 0
    # First, by itself: joined to the other, it would be asked again for each school.
    lately = reminded_lately(uais=uais, campaign=campaign.code, year=year, today=today)
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(*uais)
        # Schools that stand alike come as one line: there are few of these, however many schools there are.
        cursor.execute(
            "SELECT letters, count(*), count(*) FILTER (WHERE uai <> ALL(string_to_array(%s, ',')))"
            " FROM campaign_reading WHERE uai = ANY(string_to_array(%s, ',')) AND year = %s AND catalogue = %s"
            " GROUP BY letters",
            [",".join(lately), ",".join(uais), year, CATALOGUE],
        )
        for letters, count, silent in cursor.fetchall():
            shape = looks.shape(letters)
            blocked += count if State.BLOCKED in shape.states else 0
            if shape.late and shape.waiting is not None:
                late += count
                waits_for = campaign.steps[shape.waiting].code
                to_remind += 0 if waits_for in OF_AUTHORITY else silent
    return Steering(campaign.code, year, blocked, late, to_remind)


def reminded_lately(*, uais: Sequence[str], campaign: str, year: int, today: date) -> set[str]:
    """Tell which schools were written to within the last days.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        campaign (str): code of the campaign.
        year (int): first calendar year.
        today (date): the day, where the authority is.

    Returns:
        set[str]: their numbers.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(*uais)
        cursor.execute(
            "SELECT DISTINCT uai FROM campaign_reminder WHERE uai = ANY(string_to_array(%s, ','))"
            " AND campaign = %s AND year = %s AND day > %s",
            [",".join(uais), campaign, year, today - timedelta(days=LEFT_DAYS)],
        )
        return {uai for (uai,) in cursor.fetchall()}
