"""Fictional people, as the matching reads them."""

from datetime import date

from bascule.generator.directory import CivilStatus
from bascule.ine.matching.civil import Civil


def civil_of(civil: CivilStatus) -> Civil:
    year, month, day = civil.birth
    return Civil(
        civil.family,
        civil.usual,
        civil.firsts,
        civil.sex,
        date(year, month or 1, day or 1),
        "D" if day else "M" if month else "Y",
        civil.country,
        civil.commune,
        civil.town,
    )
