"""Forget the reminders that schools had, with their addresses, and how the steps of past years were read."""

from typing import Final

from django.db import connection

#: A year that the school has not closed is still read each minute: what went would come back.
_YEAR_OVER: Final = """make_date(year + 1, 8, 31) < purge_limit('campaign') AND NOT EXISTS (
    SELECT FROM schools_schoolyear y WHERE y.uai = {0}.uai AND y.year = {0}.year AND y.state <> 'closed')"""

#: A reminder that never left goes too: nobody waits for it any more.
_GOING: Final = {
    "campaign_reminder": "day < purge_limit('campaign')",
    "campaign_change": _YEAR_OVER.format("campaign_change"),
    "campaign_reading": _YEAR_OVER.format("campaign_reading"),
}


def forget(*, uai: str) -> int:
    """Remove what campaigns of long ago left in a school, within an act.

    Args:
        uai (str): the school.

    Returns:
        int: reminders, and states of steps.
    """
    gone = 0
    with connection.cursor() as cursor:
        for table, which in _GOING.items():
            cursor.execute(f"DELETE FROM {table} WHERE uai = %s AND {which}", [uai])  # noqa: S608 - our own names
            gone += int(cursor.rowcount)
    return gone
