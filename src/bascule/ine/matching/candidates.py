"""Who in the directory may be whom a school declares: found by indexes, set by set, then compared.

Found are those of the same birth date, or with day and month swapped, whose family name or first name
begins alike by its sound; and, whatever the date, those whose family or usual name and first name sound
alike. Names swapped with first names, usual names and further first names are looked for likewise.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any, Final

from django.db import connection

from bascule.ine.matching.civil import Civil, first_key, search_keys
from bascule.ine.matching.model import Model
from bascule.ine.matching.verdict import Candidate, Verdict, decide

#: As many are looked for at once: one statement, one memory.
_BATCH: Final = 1000
#: Below, persons are counted; above, PostgreSQL's own estimate will do.
_COUNTED: Final = 20_000

_SEARCH: Final = """
WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest(%s::int[], %s::date[], %s::text[], %s::text[])
        AS w (n, birth, name_start, first_start)
), named AS MATERIALIZED (
    SELECT * FROM unnest(%s::int[], %s::text[], %s::text[]) AS w (n, name, first)
), found AS (
    SELECT w.n, p.id FROM wanted w JOIN ine_person p
        ON p.birth_date = w.birth AND p.name_start = w.name_start WHERE w.name_start <> ''
    UNION
    SELECT w.n, p.id FROM wanted w JOIN ine_person p
        ON p.birth_date = w.birth AND p.first_start = w.first_start WHERE w.first_start <> ''
    UNION
    SELECT w.n, p.id FROM named w JOIN ine_person p
        ON p.name_key = w.name AND p.first_key = w.first
    UNION
    SELECT w.n, p.id FROM named w JOIN ine_person p
        ON p.usual_key = w.name AND p.first_key = w.first
)
SELECT f.n, p.root_id, p.family_name, p.usual_name, p.first_name, p.second_name, p.third_name, p.sex,
    p.birth_date, p.birth_precision, p.birth_country, p.birth_commune, p.birth_town
FROM found f JOIN ine_person p ON p.id = f.id
"""


def match(
    wanted: Sequence[Civil],
    model: Model,
    *,
    among: int | None = None,
    apart: Collection[tuple[int, int]] = (),
) -> list[Verdict]:
    """Say who in the directory each of several people is. The directory is open already.

    Args:
        wanted (Sequence[Civil]): whom schools declare.
        model (Model): what was learned.
        among (int | None): persons of the directory, when that is known.
        apart (Collection[tuple[int, int]]): rank of somebody wanted, and a person that it is not.

    Returns:
        list[Verdict]: in the order of those wanted.
    """
    size = among or directory_size()
    verdicts: list[Verdict] = []
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        for n, found in enumerate(candidates(batch)):
            one = model.keys(batch[n])
            verdicts.append(
                decide(
                    Candidate(person, model.score(one, model.keys(civil), among=size))
                    for person, civil in found
                    if (start + n, person) not in apart
                )
            )
    return verdicts


def directory_size() -> int:
    """Tell how many persons the directory holds, roughly when they are many.

    Returns:
        int: at least 1.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM ine_person LIMIT %s) AS first_ones", [_COUNTED]
        )
        (counted,) = cursor.fetchone()
        if counted == _COUNTED:
            cursor.execute(
                "SELECT greatest(reltuples, %s)::bigint FROM pg_class"
                " WHERE oid = 'ine_person'::regclass",
                [_COUNTED],
            )
            (counted,) = cursor.fetchone()
    return max(1, int(counted))


def candidates(wanted: Sequence[Civil]) -> list[list[tuple[int, Civil]]]:
    """Find the persons that each of several people may be, in one statement.

    Args:
        wanted (Sequence[Civil]): whom schools declare.

    Returns:
        list[list[tuple[int, Civil]]]: for each, persons (the lowest id of those that merges make one)
            and their civil statuses.
    """
    births: set[tuple[int, date, str, str]] = set()
    names: set[tuple[int, str, str]] = set()
    for n, civil in enumerate(wanted):
        births.update((n, *each) for each in _births(civil))
        names.update((n, *each) for each in _names(civil))
    found: dict[int, list[tuple[int, Civil]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_SEARCH, [*_columns(births, 4), *_columns(names, 3)])
        rows = cursor.fetchall()
    for n, root, *row in rows:
        found[n].append((root, _civil(row)))
    return [found[n] for n in range(len(wanted))]


def _columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


def _births(civil: Civil) -> Iterator[tuple[date, str, str]]:
    """Give the dates and the first letters by which somebody is looked for."""
    if civil.birth is None:
        return
    name, usual, first = search_keys(civil)
    starts = {(each[:2], "") for each in (name, usual or "", first) if each}
    for each in (*map(first_key, islice(civil.firsts, 3)), name):
        starts.add(("", each[:3]))
    dates = {civil.birth}
    months = 12
    if civil.precision == "D" and civil.birth.day <= months:
        dates.add(civil.birth.replace(month=civil.birth.day, day=civil.birth.month))
    for birth in dates:
        for name_start, first_start in starts:
            yield birth, name_start, first_start


def _names(civil: Civil) -> Iterator[tuple[str, str]]:
    """Give the names by which somebody is looked for, whatever the date."""
    name, usual, first = search_keys(civil)
    if name and first:
        yield name, first
        yield first, name
        if usual:
            yield usual, first


def _civil(row: Sequence[Any]) -> Civil:
    family, usual, first, second, third, sex, birth, precision, country, commune, town = row
    return Civil(
        family or "",
        usual or "",
        tuple(filter(None, (first, second, third))),
        sex or "",
        birth,
        precision or "D",
        country or "",
        commune or "",
        town or "",
    )
