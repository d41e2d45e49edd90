"""Set pupils in rows and columns: present on a day, come or gone in a period, in one year or in several."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from django.db import transaction

from bascule.figures.cells import AS_OF
from bascule.figures.dimensions import BY_CODE, DIMENSIONS, GRAINS, Dimension
from bascule.figures.models import CountedNight
from bascule.nomenclatures import lookup
from bascule.store import staging
from bascule.store.policies import open_schools
from bascule.values import school_year
from bascule.values.words import said as _

#: Stands for a dimension in columns: the years before, each on the same day.
YEARS: Final = "annee"
#: Years set side by side, at most.
MOST_YEARS: Final = 5


class Measure(Enum):
    """Which pupils are counted."""

    PRESENT = (
        "presents",
        _("élèves présents à la date"),
        "(c.entered_on IS NULL OR c.entered_on <= %(day)s::date) AND (c.left_on IS NULL OR c.left_on >= %(day)s::date)",
    )
    ENTERED = (
        "entrees",
        _("entrées dans la période"),
        "c.entered_on BETWEEN %(since)s::date AND %(day)s::date",
    )
    LEFT = (
        "sorties",
        _("sorties dans la période"),
        "c.left_on BETWEEN %(since)s::date AND %(day)s::date",
    )

    def __init__(self, word: str, label: str, condition: str) -> None:
        self.word, self.label, self.condition = word, label, condition

    @classmethod
    def of(cls, word: str) -> "Measure":
        """Find a measure by its word; the first for another word."""
        return next((one for one in cls if one.word == word), cls.PRESENT)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted.

    Attributes:
        year: first calendar year.
        day: the day on which pupils are present, or the last of the period.
        rows: code of a dimension.
        columns: code of another, `YEARS`, or blank for none.
        filters: codes kept, by dimension.
        measure: who is counted.
        since: first day of the period; None for that of the year.
        years: how many years stand side by side under `YEARS`, this one included.
    """

    year: int
    day: date
    rows: str = "etablissement"
    columns: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    measure: Measure = Measure.PRESENT
    since: date | None = None
    years: int = 2


class Head(NamedTuple):
    """A row or a column: its code, and its words."""

    code: str
    words: str


class Line(NamedTuple):
    """A row.

    Attributes:
        head: what it is.
        counts: pupils of each column.
        total: all of them; under `YEARS`, those of the year asked.
    """

    head: Head
    counts: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Pivot:
    """A table of headcounts.

    Attributes:
        asked: what was wanted, dimensions that have no sense there left out.
        rows: what rows are.
        columns: what columns are; None when they are years, or when there are none.
        heads: the columns.
        lines: the rows, in the order of their codes.
        totals: of each column.
        total: of all; under `YEARS`, of the year asked.
        known_on: the evening of the last night that is in the figures; None before any.
    """

    asked: Asked
    rows: Dimension
    columns: Dimension | None
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    totals: tuple[int, ...]
    total: int
    known_on: date | None


class Known(NamedTuple):
    """What was known at a date: a counted night, and whether it is the last."""

    night: int
    day: date
    is_last: bool


def known_at(day: date) -> Known | None:
    """Find the last counted night of a date; the last one there is when the date is before all of them.

    Args:
        day (date): the date.

    Returns:
        Known | None: the night; None before any.
    """
    nights = CountedNight.objects
    last = nights.order_by("-pk").first()
    if last is None:
        return None
    # Before the first night nothing was known: what is known now of those days is better than nothing.
    found = nights.filter(day__lte=day).order_by("-pk").first() or last
    return Known(found.pk, found.day, found.pk == last.pk)


def pivot(*, asked: Asked, uais: Sequence[str]) -> Pivot:
    """Count pupils.

    Args:
        asked (Asked): what is wanted.
        uais (Sequence[str]): the schools in sight; they are opened for reading.

    Returns:
        Pivot: the table.
    """
    rows = _dimension(asked.rows, uais) or BY_CODE["niveau"]
    columns = _dimension(asked.columns, uais)
    columns = None if columns is rows else columns
    years = [asked.year]
    if asked.columns == YEARS:
        years = [asked.year - back for back in range(min(max(asked.years, 1), MOST_YEARS))]
    found, known = _counted(asked, years, rows, columns, uais)
    row_codes = _in_order(rows, {row for row, _ in found})
    column_codes = _in_order(columns or rows, {column for _, column in found})
    if asked.columns == YEARS:
        column_codes = [str(year) for year in years]
        heads = tuple(Head(code, school_year.label(int(code))) for code in column_codes)
    elif columns:
        heads = _heads(columns, column_codes)
    else:
        column_codes, heads = [""], ()
    counts = {
        row: tuple(found.get((row, column), 0) for column in column_codes) for row in row_codes
    }
    lines = tuple(
        Line(head, counts[head.code] if heads else (), _sum(asked, counts[head.code]))
        for head in _heads(rows, row_codes)
    )
    totals = tuple(sum(column) for column in zip(*counts.values(), strict=True)) if counts else ()
    return Pivot(
        asked=asked,
        rows=rows,
        columns=columns,
        heads=heads,
        lines=lines,
        totals=totals if heads else (),
        total=_sum(asked, totals),
        known_on=known.day if known else None,
    )


def count_by(
    *,
    year: int,
    day: date,
    by: Sequence[str],
    uais: Sequence[str],
    measure: Measure = Measure.PRESENT,
) -> dict[tuple[str, ...], int]:
    """Count pupils present by several dimensions at once.

    Args:
        year (int): first calendar year.
        day (date): the day.
        by (Sequence[str]): codes of dimensions.
        uais (Sequence[str]): the schools in sight; they are opened for reading.
        measure (Measure): who is counted.

    Returns:
        dict[tuple[str, ...], int]: pupils, by codes in that order.
    """
    known = known_at(day)
    if known is None:
        return {}
    dimensions = [BY_CODE[code] for code in by]
    asked = Asked(year=year, day=day, measure=measure)
    query, given = _select(asked, year, known, dimensions, uais)
    return {tuple(row[:-1]): row[-1] for row in _run(query, given, uais)}


def dimensions_of(uais: Sequence[str]) -> list[Dimension]:
    """List the dimensions that have a sense.

    Args:
        uais (Sequence[str]): the schools in sight.

    Returns:
        list[Dimension]: all for one school; of several, those that mean the same everywhere.
    """
    return [one for one in DIMENSIONS if len(uais) == 1 or not one.is_of_one_school]


def _dimension(code: str, uais: Sequence[str]) -> Dimension | None:
    found = BY_CODE.get(code)
    return None if found is None or (found.is_of_one_school and len(uais) != 1) else found


def _counted(
    asked: Asked,
    years: Sequence[int],
    rows: Dimension,
    columns: Dimension | None,
    uais: Sequence[str],
) -> tuple[dict[tuple[str, str], int], Known | None]:
    """Count each year as it was known, and as it was, on its own day."""
    first = None
    found: dict[tuple[str, str], int] = {}
    for year in years:
        known = known_at(_same_day(asked.day, asked.year - year))
        first = first or known
        if known is None:
            break
        dimensions = [rows, columns] if columns else [rows]
        query, given = _select(asked, year, known, dimensions, uais)
        for row in _run(query, given, uais):
            column = str(year) if asked.columns == YEARS else row[1] if columns else ""
            found[row[0], column] = row[-1]
    return found, first


def _select(
    asked: Asked,
    year: int,
    known: Known,
    dimensions: Sequence[Dimension],
    uais: Sequence[str],
) -> tuple[str, dict[str, Any]]:
    back = asked.year - year
    filters = [(BY_CODE[code], kept) for code, kept in asked.filters.items() if code in BY_CODE]
    given: dict[str, Any] = {
        "year": year,
        "night": known.night,
        "uais": list(uais),
        "day": _same_day(asked.day, back),
        "since": _same_day(asked.since or school_year.starts_on(asked.year), back),
        **{f"kept_{dimension.code}": list(kept) for dimension, kept in filters},
    }
    # Cells are put together by their own columns; what is told from a MEF is told once of each, afterwards.
    of_mefstat = [one for one, _ in filters if one.needs_mefstat]
    columns = {column for one in (*dimensions, *of_mefstat) for column in one.columns}
    needed = columns.union(*(one.columns for one, _ in filters)) - {"uai"}
    grain = next((one for one, its in GRAINS.items() if needed <= set(its)), "")
    table, of_grain = (
        ("figures_broadcell", [f"c.grain = '{grain}'"]) if grain else ("figures_cell", [])
    )
    join = ""
    if any(one.needs_mefstat for one in (*dimensions, *of_mefstat)):
        given["mefs"], given["mefstats"] = _mefstats(lookup.digest("mef"))
        join = (
            " LEFT JOIN unnest(%(mefs)s::text[], %(mefstats)s::text[]) m (mef, mefstat)"
            " ON m.mef = c.mef"
        )
    kept_sql = {one: f"{one.value} = ANY(%(kept_{one.code})s::text[])" for one, _ in filters}
    state = "c.to_night IS NULL" if known.is_last else AS_OF.format("c")
    conditions = [
        *of_grain, "c.year = %(year)s::int", "c.uai = ANY(%(uais)s::text[])", state, asked.measure.condition,
        *(kept for one, kept in kept_sql.items() if one not in of_mefstat),
    ]  # fmt: skip
    raw = ", ".join(f"c.{column}" for column in sorted(columns))
    inner = (
        f"SELECT {raw}, sum(c.pupil_count) AS pupil_count FROM {table} c"  # noqa: S608 - our own words
        f" WHERE {' AND '.join(conditions)} GROUP BY {raw}"
    )
    values = [one.value for one in dimensions]
    ranks = ", ".join(str(rank) for rank in range(1, len(values) + 1))
    summed = ", ".join([*values, "sum(c.pupil_count)::int"])
    kept = " AND ".join(kept_sql[one] for one in of_mefstat) or "true"
    return f"SELECT {summed} FROM ({inner}) c{join} WHERE {kept} GROUP BY {ranks}", given  # noqa: S608


def _run(query: str, given: Mapping[str, Any], uais: Sequence[str]) -> list[tuple[Any, ...]]:
    with transaction.atomic():
        open_schools(*uais)
        with staging.raw_cursor() as cursor:
            cursor.execute(query.encode(), given)
            return cursor.fetchall()


@lru_cache(maxsize=2)
def _mefstats(_digest: str) -> tuple[str, str]:
    """Give all MEF and their MEFSTAT, as two arrays already written: there are thousands, always the same."""
    # The digest is a part of the cache's key: another content is another entry.
    pairs = [(row["code"], row.get("mefstat", "")) for row in lookup.rows("mef")]
    return _array(code for code, _ in pairs), _array(mefstat for _, mefstat in pairs)


def _array(codes: Iterable[str]) -> str:
    return "{" + ",".join(f'"{code}"' for code in codes) + "}"


def _heads(dimension: Dimension, codes: Sequence[str]) -> tuple[Head, ...]:
    words = dimension.words([code for code in codes if code])
    return tuple(Head(code, words.get(code) or code) for code in codes)


def _sum(asked: Asked, counts: Sequence[int]) -> int:
    """Add columns up; years side by side are not added."""
    return (counts[0] if counts else 0) if asked.columns == YEARS else sum(counts)


def _in_order(dimension: Dimension, codes: Iterable[str]) -> list[str]:
    """Put codes in order; what is not known comes last."""
    return sorted(codes, key=lambda code: (not code, dimension.rank(code)))


def _same_day(day: date, back: int) -> date:
    """Give the same day of an earlier year; 28 February where there is no 29."""
    try:
        return day.replace(year=day.year - back)
    except ValueError:
        return day.replace(year=day.year - back, day=28)
