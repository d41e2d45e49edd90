"""Which software, in which version, schools really send with: read from the last file of pupils of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from bascule.exchange.flows.ways import OF_RECORDS
from bascule.schools.models import SchoolYear
from bascule.store.policies import open_schools


@dataclass(frozen=True, slots=True)
class Use:
    """A software in a version, as schools have it.

    Attributes:
        software: as their files name it.
        version: as they say it; blank for those that said none.
        schools: how many.
        last_at: when the last file came.
        formats: versions of the files themselves, as their content shows them.
    """

    software: str
    version: str
    schools: int
    last_at: datetime | None
    formats: tuple[str, ...]


def in_use(*, uais: Sequence[str], year: int) -> list[Use]:
    """Tell what schools send with.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        year (int): first calendar year.

    Returns:
        list[Use]: by software and version; schools that never sent anything are in none.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(*uais)
        cursor.execute(_IN_USE_SQL, {"uais": list(uais), "year": year, "flows": list(OF_RECORDS)})
        return [
            Use(software, version, schools, last_at, tuple(filter(None, formats)))
            for software, version, schools, last_at, formats in cursor.fetchall()
        ]


def software_of(*, uai: str, year: int) -> tuple[str, str]:
    """Tell what a school sends with.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        tuple[str, str]: name and version of its software; blank when they are not known.
    """
    with transaction.atomic():
        open_schools(uai)
        found = SchoolYear.objects.filter(uai=uai, year=year)
        return found.values_list("software", "software_version").first() or ("", "")


_IN_USE_SQL: Final = """
SELECT y.software, y.software_version, count(*), max(r.received_at),
    coalesce(array_agg(DISTINCT r.version ORDER BY r.version) FILTER (WHERE r.version <> ''), '{}')
FROM schools_schoolyear y
LEFT JOIN LATERAL (
    SELECT received_at, heading->>'version' AS version FROM exchange_importrun
    WHERE uai = y.uai AND year = y.year AND flow = ANY(%(flows)s) AND heading->>'software' = y.software
    ORDER BY id DESC LIMIT 1
) r ON true
WHERE y.uai = ANY(%(uais)s) AND y.year = %(year)s AND y.software <> ''
GROUP BY y.software, y.software_version ORDER BY count(*) DESC, y.software, y.software_version
"""
