"""Who in the directory may be whom a school declares: found by indexes, set by set, then compared.

First those of the same birth date, or with day and month swapped, whose family name or first name begins
alike by its sound; and, whatever the date, those whose family or usual name and first name sound alike.
For whom nobody was found so, a second look: one name sounds alike and the other begins alike, whatever the
date; or the commune of birth is the same, and the family name sounds alike, or the date is the same. Names
swapped, usual names and further first names are looked for likewise.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any, Final

from django.db import connection

from bascule.ine.matching.civil import Civil, Keys, search_key, search_keys
from bascule.ine.matching.model import Model
from bascule.ine.matching.verdict import DISPUTE_BITS, Candidate, Outcome, Verdict, decide

#: As many are looked for at once: one statement, one memory.
_BATCH: Final = 1000
#: Below, persons are counted; above, PostgreSQL's own estimate will do.
_COUNTED: Final = 20_000

# Constants alone are put together here: what is looked for is given apart.
_SHOWN: Final = """
SELECT f.n, p.root_id, p.family_name, p.usual_name, p.first_name, p.second_name, p.third_name, p.sex,
    p.birth_date, p.birth_precision, p.birth_country, p.birth_commune, p.birth_town
FROM found f JOIN ine_person p ON p.id = f.id WHERE p.retired_at IS NULL
"""

_NEAR: Final = f"""
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
){_SHOWN}"""  # noqa: S608

_FAR: Final = f"""
WITH named AS MATERIALIZED (
    SELECT * FROM unnest(%s::int[], %s::text[], %s::text[]) AS w (n, name, first_start)
), called AS MATERIALIZED (
    SELECT * FROM unnest(%s::int[], %s::text[], %s::text[]) AS w (n, first, name_start)
), born AS MATERIALIZED (
    SELECT * FROM unnest(%s::int[], %s::text[], %s::date[], %s::text[])
        AS w (n, commune, birth, name)
), found AS (
    SELECT w.n, p.id FROM named w JOIN ine_person p
        ON p.name_key = w.name AND p.first_start = w.first_start
    UNION
    SELECT w.n, p.id FROM called w JOIN ine_person p
        ON p.first_key = w.first AND p.name_start = w.name_start
    UNION
    SELECT w.n, p.id FROM born w JOIN ine_person p
        ON p.birth_commune = w.commune AND p.name_key = w.name
    UNION
    SELECT w.n, p.id FROM born w JOIN ine_person p
        ON p.birth_date = w.birth AND p.birth_commune = w.commune
){_SHOWN}"""  # noqa: S608


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
        compared = [model.keys(civil) for civil in batch]

        def judged(
            n: int,
            found: list[tuple[int, Civil]],
            start: int = start,
            compared: list[Keys] = compared,
        ) -> Verdict:
            return decide(
                Candidate(person, score)
                for person, civil in found
                if (start + n, person) not in apart
                and (
                    score := model.score_above(
                        DISPUTE_BITS, compared[n], model.keys(civil), among=size
                    )
                )
            )

        decided = [judged(n, found) for n, found in enumerate(_near(batch))]
        unknown = [n for n, verdict in enumerate(decided) if verdict.outcome is Outcome.NOBODY]
        for n, found in zip(unknown, _far([batch[n] for n in unknown]), strict=True):
            decided[n] = judged(n, found)
        verdicts += decided
    return verdicts


def directory_size() -> int:
    """Tell how many persons the directory holds, roughly when they are many.

    Returns:
        int: at least 1.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'ine_person'::regclass")
        (counted,) = cursor.fetchone()
        if counted < _COUNTED:
            cursor.execute("SELECT count(*) FROM ine_person")
            (counted,) = cursor.fetchone()
    return max(1, int(counted))


def _near(wanted: Sequence[Civil]) -> list[list[tuple[int, Civil]]]:
    """Find those of the same date or of the same names."""
    births = {(n, *each) for n, civil in enumerate(wanted) for each in _births(civil)}
    names = {(n, *each) for n, civil in enumerate(wanted) for each in _names(civil)}
    return _found(_NEAR, [*_columns(births, 4), *_columns(names, 3)], len(wanted))


def _far(wanted: Sequence[Civil]) -> list[list[tuple[int, Civil]]]:
    """Find those of one same name, or who were born there then."""
    pairs = {(n, *each) for n, civil in enumerate(wanted) for each in _pairs(civil)}
    named = {(n, name, first[:3]) for n, name, first in pairs}
    called = {(n, first, name[:2]) for n, name, first in pairs}
    born = {
        (n, civil.commune, civil.birth, search_keys(civil).name_key)
        for n, civil in enumerate(wanted)
        if civil.commune
    }
    columns = [*_columns(named, 3), *_columns(called, 3), *_columns(born, 4)]
    return _found(_FAR, columns, len(wanted))


def _found(search: str, columns: list[list[Any]], count: int) -> list[list[tuple[int, Civil]]]:
    found: dict[int, list[tuple[int, Civil]]] = defaultdict(list)
    if count:
        with connection.cursor() as cursor:
            cursor.execute(search, columns)
            for n, root, *row in cursor.fetchall():
                found[n].append((root, _civil(row)))
    return [found[n] for n in range(count)]


def _columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


def _births(civil: Civil) -> Iterator[tuple[date, str, str]]:
    """Give the dates and the first letters by which somebody is looked for."""
    if civil.birth is None:
        return
    name, usual, first = search_keys(civil)
    starts = {(each[:2], "") for each in (name, usual or "", first) if each}
    for each in (*map(search_key, islice(civil.firsts, 3)), name):
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


def _pairs(civil: Civil) -> Iterator[tuple[str, str]]:
    """Give every name with every first name by which somebody is looked for at last."""
    name, usual, first = search_keys(civil)
    names = tuple(filter(None, (name, usual)))
    for each in filter(None, map(search_key, civil.firsts)):
        yield from ((one, each) for one in names)
    if name and first:
        yield first, name


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
