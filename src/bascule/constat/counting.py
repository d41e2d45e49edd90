"""Count the pupils of a school present on a day: as its records were after any of its acts, as the base was any night.

Two ways that share nothing but the words of a cell: the journal's history of the school's rows, and the versions
of the academic base. Both hold whatever was written since.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from bascule.store import staging

#: What pupils are counted by, in the order of a cell.
COLUMNS: Final = (
    "mef", "division", "sexe", "age", "regime", "statut", "doublant", "lv1", "lv2",
)  # fmt: skip
#: A pupil's place in the table of counts.
Cell = tuple[str, ...]
#: After every act there is.
NOW: Final = 2**62

_TABLES: Final = {
    "enrolments": "students_enrolment",
    "pupils": "students_student",
    "schoolings": "students_schooling",
}
#: A table as it was after an act: rows written since have their state before the first of those writings; a row
#: that came back since was not there.
_AS_OF_ACT: Final = """
{name} AS MATERIALIZED (
    SELECT (jsonb_populate_record(NULL::{table}, w.before)).* FROM written_{name} w
    WHERE w.operation <> 'I' AND (w.before->>'created_act_id')::bigint <= %(act)s::bigint
    UNION ALL
    SELECT t.* FROM {table} t WHERE t.uai = %(uai)s::text AND t.created_act_id <= %(act)s::bigint
        AND NOT EXISTS (SELECT FROM written_{name} w WHERE w.row_id = t.id)
)"""
_WRITTEN: Final = """
written_{name} AS MATERIALIZED (
    SELECT DISTINCT ON (row_id) row_id, operation, before FROM journal_history
    WHERE uai = %(uai)s::text AND table_name = '{table}' AND act_id > %(act)s::bigint
    ORDER BY row_id, act_id, id
)"""
_CELL: Final = """
coalesce({mef}, ''), coalesce({division}, ''), coalesce({sex}, ''),
(%(year)s::int - extract(year FROM {birth})::int)::text, coalesce({regime}, ''), coalesce({status}, ''),
CASE WHEN {repeats} THEN 'O' WHEN NOT {repeats} THEN 'N' ELSE '' END,
coalesce((SELECT min(left(o, 4)) FROM unnest({options}) o WHERE o ~ '^03[0-9]{{2}}[0-2]1'), ''),
coalesce((SELECT min(left(o, 4)) FROM unnest({options}) o WHERE o ~ '^03[0-9]{{2}}[0-2]2'), '')"""
_PRESENT: Final = (
    "({0}.entered_on IS NULL OR {0}.entered_on <= %(day)s::date)"
    " AND ({0}.left_on IS NULL OR {0}.left_on >= %(day)s::date)"
)

_OF_SCHOOL: Final = "WITH {}, {} SELECT e.student_id, {} FROM enrolments e {} WHERE {} AND {}".format(  # noqa: S608 - our own words
    ", ".join(_WRITTEN.format(name=name, table=table) for name, table in _TABLES.items()),
    ", ".join(_AS_OF_ACT.format(name=name, table=table) for name, table in _TABLES.items()),
    _CELL.format(
        mef="c.mef", division="c.division", sex="p.sex", birth="p.birth_date", regime="e.regime",
        status="c.status", repeats="e.is_repeating", options="c.options",
    ),
    "JOIN pupils p ON p.id = e.student_id LEFT JOIN (SELECT DISTINCT ON (student_id) * FROM schoolings"
    " WHERE year = %(year)s::int ORDER BY student_id, starts_on DESC) c ON c.student_id = e.student_id",
    "e.year = %(year)s::int AND NOT e.is_expected",
    _PRESENT.format("e"),
)  # fmt: skip
_OF_BASE: Final = "SELECT r.student_id, {} FROM bea_record r WHERE {} AND {}".format(  # noqa: S608 - our own words
    _CELL.format(
        mef="r.mef", division="r.division", sex="r.sex", birth="r.birth_date", regime="r.regime",
        status="r.status", repeats="r.is_repeating", options="r.options",
    ),
    "r.uai = %(uai)s::text AND r.year = %(year)s::int AND r.from_night <= %(night)s::bigint"
    " AND (r.to_night IS NULL OR r.to_night > %(night)s::bigint)",
    _PRESENT.format("r"),
)  # fmt: skip


def of_school(*, uai: str, year: int, day: date, act_id: int = NOW) -> dict[int, Cell]:
    """Place each pupil of the records in a cell, as they were after an act.

    Args:
        uai (str): the school; it is open.
        year (int): first calendar year.
        day (date): on which pupils are present.
        act_id (int): the act; now unless one is given.

    Returns:
        dict[int, Cell]: by number of the record.
    """
    return _placed(_OF_SCHOOL, {"uai": uai, "year": year, "day": day, "act": act_id})


def of_base(*, uai: str, year: int, day: date, night: int) -> dict[int, Cell]:
    """Place each pupil of the academic base in a cell, as it was at the end of a night.

    Args:
        uai (str): the school; it is open.
        year (int): first calendar year.
        day (date): on which pupils are present.
        night (int): the night.

    Returns:
        dict[int, Cell]: by number of the record.
    """
    return _placed(_OF_BASE, {"uai": uai, "year": year, "day": day, "night": night})


def counted(placed: Mapping[int, Cell]) -> Counter[Cell]:
    """Count the pupils of each cell.

    Args:
        placed (Mapping[int, Cell]): pupils in their cells.

    Returns:
        Counter[Cell]: no name and no number in it.
    """
    return Counter(placed.values())


def written(counts: Mapping[Cell, int]) -> list[list[Any]]:
    """Write a table of counts, always the same for the same counts.

    Args:
        counts (Mapping[Cell, int]): pupils of each cell.

    Returns:
        list[list[Any]]: each cell, then its count.
    """
    return [[*cell, count] for cell, count in sorted(counts.items()) if count]


def read(rows: Iterable[list[Any]]) -> Counter[Cell]:
    """Read a table that was written.

    Args:
        rows (Iterable[list[Any]]): from `written`.

    Returns:
        Counter[Cell]: pupils of each cell.
    """
    return Counter({tuple(str(one) for one in row[:-1]): int(row[-1]) for row in rows})


def digest_of(counts: Mapping[Cell, int]) -> str:
    """Give the digest of a table of counts.

    Args:
        counts (Mapping[Cell, int]): pupils of each cell.

    Returns:
        str: SHA-256, in hexadecimal.
    """
    text = json.dumps(written(counts), separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _placed(query: str, given: dict[str, Any]) -> dict[int, Cell]:
    staging.keep_plans_stable()
    with staging.raw_cursor() as cursor:
        cursor.execute(query.encode(), given)
        return {row[0]: tuple(row[1:]) for row in cursor.fetchall()}
