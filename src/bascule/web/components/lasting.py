"""How long something lasts, in the words of people."""

from typing import Final

from django.utils.translation import ngettext

_YEAR: Final = 365.25


def in_years(days: int) -> str:
    """Say a number of days, in years where it is whole years.

    Args:
        days (int): the days; `365` and `366` are a year, `3653` ten of them.

    Returns:
        str: translated.
    """
    years = round(days / _YEAR)
    if years and abs(days - years * _YEAR) < 1:
        return ngettext("%(count)s an", "%(count)s ans", years) % {"count": years}
    return ngettext("%(count)s jour", "%(count)s jours", days) % {"count": days}
