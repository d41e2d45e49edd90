"""Count the cells of the nights that passed: whenever one wants, as often as one wants, with the same result.

A night counts the schools that it compared; the cells that are as before stay. The base keeps every version, so
what was not counted in time is counted later, and all of it can be counted again.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from bascule.bea.models import Night, Transfer
from bascule.figures.dimensions import CELL, GRAINS
from bascule.figures.models import CountedNight
from bascule.journal.act import AUTHORITY
from bascule.schools.directory import school_numbers
from bascule.store import staging
from bascule.store.policies import open_schools

#: Schools counted in one transaction: what bounds its memory.
_BATCH: Final = 200
_LOCK: Final = "bascule.figures"
_ENDED: Final = (Night.State.DONE, Night.State.INCOMPLETE)

#: A line in force at a night, for a table of versions.
AS_OF: Final = "{0}.from_night <= %(night)s::bigint AND ({0}.to_night IS NULL OR {0}.to_night > %(night)s::bigint)"

#: The cells of schools' years as the base was at a night, whatever was counted before. Languages are told by the
#: subject: LV1 and LV2 end with their rank, whether taught at school, by mail or elsewhere.
COUNTED: Final = f"""
SELECT r.uai, r.year, {", ".join(f"{value} AS {name}" for name, value in CELL.items())}, count(*)::int AS pupil_count
FROM unnest(%(uais)s::text[], %(years)s::int[]) AS w (uai, year)
JOIN bea_record r ON r.uai = w.uai AND r.year = w.year AND {AS_OF.format("r")}
LEFT JOIN schools_schoolyear y ON y.uai = r.uai AND y.year = r.year
LEFT JOIN schools_structure d ON d.uai = r.uai AND d.year = r.year AND d.kind = 'D' AND d.code = r.division
LEFT JOIN LATERAL (SELECT min(left(o, 4)) FILTER (WHERE o ~ '^03[0-9]{{2}}[0-2]1') AS first,
    min(left(o, 4)) FILTER (WHERE o ~ '^03[0-9]{{2}}[0-2]2') AS second FROM unnest(r.options) o) l ON true
GROUP BY {", ".join(str(rank) for rank in range(1, len(CELL) + 3))}
"""  # noqa: S608 - our own words


def _keeping(columns: Sequence[str], grain: str = "") -> str:
    """Give the parts of a statement that bring cells, or broad ones of a grain, to what was counted."""
    listed = ", ".join(columns)
    alike = f"ROW(uai, year, {listed}, pupil_count)::text AS alike"
    if grain:
        table, name = "figures_broadcell", f"of_{grain}"
        told = (
            f"SELECT uai, year, {listed}, sum(pupil_count)::int AS pupil_count FROM counted"  # noqa: S608
            f" GROUP BY uai, year, {listed}"
        )
        own, value, is_own = "grain, ", f"'{grain}', ", f"AND grain = '{grain}'"
    else:
        table, name, told, own, value, is_own = (
            "figures_cell",
            "of_all",
            "TABLE counted",
            "",
            "",
            "",
        )
    return f"""
{name}_told AS MATERIALIZED (SELECT t.*, {alike} FROM ({told}) t),
{name}_held AS MATERIALIZED (
    SELECT c.id, {alike} FROM {table} c
    WHERE (uai, year) IN (SELECT * FROM unnest(%(uais)s::text[], %(years)s::int[])) AND uai = ANY(%(uais)s::text[])
        AND to_night IS NULL {is_own}
), {name}_ended AS (
    UPDATE {table} c SET to_night = %(night)s::bigint
    FROM {name}_held h LEFT JOIN {name}_told t ON t.alike = h.alike WHERE c.id = h.id AND t.alike IS NULL
), {name}_new AS (
    INSERT INTO {table} ({own}uai, year, from_night, {listed}, pupil_count)
    SELECT {value}t.uai, t.year, %(night)s::bigint, {", ".join(f"t.{one}" for one in columns)}, t.pupil_count
    FROM {name}_told t LEFT JOIN {name}_held h ON h.alike = t.alike WHERE h.id IS NULL
)"""  # noqa: S608 - our own words


_KEPT: Final = [_keeping(tuple(CELL)), *(_keeping(columns, one) for one, columns in GRAINS.items())]
#: All kinds in one statement: the base is read once, and none is ever seen without the others.
_COUNT: Final = f"WITH counted AS MATERIALIZED ({COUNTED}),{','.join(_KEPT)} SELECT"


def keep_up(*, clock: Callable[[], datetime]) -> int:
    """Count the nights that ended and were not counted, in order.

    Args:
        clock (Callable[[], datetime]): tells the time.

    Returns:
        int: how many nights.
    """
    left = _left()
    for night in left:
        _count(night, clock)
    return len(left)


def _left() -> list[Night]:
    with transaction.atomic():
        open_schools(AUTHORITY)
        counted = CountedNight.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        nights = Night.objects.filter(uai=AUTHORITY, pk__gt=counted).order_by("pk")
        # One that is not over yet holds those that came after it: they are counted in order.
        found = []
        for night in nights:
            if night.state not in _ENDED:
                break
            found.append(night)
        return found


def _count(night: Night, clock: Callable[[], datetime]) -> None:
    for uais, years in _compared(night.pk):
        with transaction.atomic():
            open_schools(*uais)
            staging.keep_plans_stable()
            with staging.raw_cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_LOCK])
                given: dict[str, Any] = {"night": night.pk, "uais": uais, "years": years}
                cursor.execute(_COUNT.encode(), given)
    CountedNight.objects.get_or_create(
        pk=night.pk, defaults={"day": night.day, "counted_at": clock()}
    )


def _compared(number: int) -> Iterator[tuple[Sequence[str], Sequence[int]]]:
    """Give the schools' years that a night compared, some at a time."""
    with transaction.atomic():
        open_schools(*school_numbers())
        lines = Transfer.objects.filter(night_id=number, lines_id__gte=0, digest__isnull=False)
        found = [
            (uai, year)
            for uai, year, pk, lines_id in lines.order_by("uai", "year").values_list(
                "uai", "year", "pk", "lines_id"
            )
            if pk == lines_id
        ]
    for start in range(0, len(found), _BATCH):
        some = found[start : start + _BATCH]
        yield [uai for uai, _ in some], [year for _, year in some]
