"""By when each step of a campaign is expected: as it is declared, but where the authority itself opens it."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from bascule.campaign.campaigns import STEPS, Campaign
from bascule.constat.rounds import round_of

#: By code of step: its last day; None while the authority has not opened it, and nobody is late.
Due = Mapping[str, date | None]

_CONSTAT: Final = STEPS["constat"].code


def due_days(*, campaign: Campaign, year: int) -> Due:
    """Tell by when the steps of a campaign are expected.

    Args:
        campaign (Campaign): the campaign.
        year (int): first calendar year.

    Returns:
        Due: by code, in order.
    """
    declared = {code: campaign.due_on(code, year=year) for code in campaign.due}
    if _CONSTAT not in declared:
        return declared
    opened = round_of(year=year)
    return {**declared, _CONSTAT: opened.closes_on if opened else None}
