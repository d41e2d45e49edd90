"""What schools forecast for their divisions (`EFFECTIF_PREVU`), beside the pupils who are there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db import transaction

from bascule.figures.dimensions import BY_CODE, level_of
from bascule.figures.pivot import Head, count_by
from bascule.schools.models import Structure
from bascule.store.policies import open_schools


class Forecast(NamedTuple):
    """A school or a level.

    Attributes:
        head: which.
        planned: pupils forecast, in the divisions that have a forecast.
        real: pupils present in these divisions.
        without: divisions that have none.
    """

    head: Head
    planned: int
    real: int
    without: int

    @property
    def change(self) -> int:
        """Return those present less those forecast."""
        return self.real - self.planned


@dataclass(slots=True)
class _Sums:
    planned: int = 0
    real: int = 0
    without: int = 0


def forecasts(*, year: int, day: date, by: str, uais: Sequence[str]) -> list[Forecast]:
    """Compare forecasts with the pupils present.

    Args:
        year (int): first calendar year.
        day (date): the day.
        by (str): `etablissement` or `niveau`.
        uais (Sequence[str]): the schools in sight; they are opened for reading.

    Returns:
        list[Forecast]: by code; a level is that of the first MEF of a division.
    """
    real = count_by(year=year, day=day, by=("etablissement", "division"), uais=uais)
    with transaction.atomic():
        open_schools(*uais)
        divisions = list(
            Structure.objects.filter(
                uai__in=uais, year=year, kind=Structure.Kind.DIVISION
            ).values_list("uai", "code", "mefs", "planned_count")
        )
    found: dict[str, _Sums] = {}
    for uai, code, mefs, planned in divisions:
        head = uai if by == "etablissement" else level_of(str(mefs[0]) if mefs else "")
        sums = found.setdefault(head, _Sums())
        if planned is None:
            sums.without += 1
        else:
            sums.planned += planned
            sums.real += real.get((uai, code), 0)
    dimension = BY_CODE[by]
    words = dimension.words([code for code in found if code])
    return [
        Forecast(Head(code, words.get(code) or code), one.planned, one.real, one.without)
        for code, one in sorted(
            found.items(), key=lambda pair: (not pair[0], dimension.rank(pair[0]))
        )
    ]
