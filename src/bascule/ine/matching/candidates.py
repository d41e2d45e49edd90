"""Who in the directory may be whom a school declares: found by indexes, set by set, then compared.

First those of the same birth date, or with day and month swapped, whose family name or first name begins
alike by its sound; and, whatever the date, those whose family or usual name and first name sound alike.
For whom nobody was found so, a second look: one name sounds alike and the other begins alike, and the date
is not far, or the commune is the same; or the commune of birth is the same, and the family name sounds
alike, or the date is the same. Names swapped, usual names and further first names are looked for likewise.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from django.db import connection

from bascule.ine.matching.civil import Civil, Keys, SearchKeys, search_key, search_keys
from bascule.ine.matching.model import Model
from bascule.ine.matching.verdict import DISPUTE_BITS, Candidate, Verdict, decide

#: As many are looked for at once: one statement, one memory.
_BATCH: Final = 1000
#: Below, persons are counted; above, PostgreSQL's own estimate will do.
_COUNTED: Final = 20_000

#: Between values: no file, form, name or code holds it.
_BETWEEN: Final = "\x1f"

# Constants alone are put together here; what is looked for is given apart, each column as one text: arrays
# of thousands take longer to write than to search for. Whoever is found twice is told by us: the server would
# come back to the table for the rest of each row.
_PERSON: Final = """p.id, p.root_id, p.family_name, p.usual_name, p.first_name, p.second_name,
    p.third_name, p.sex, p.birth_date, p.birth_precision, p.birth_country, p.birth_commune, p.birth_town"""


def _wanted(name: str, /, **columns: str) -> str:
    told = ", ".join(
        f"string_to_array(%s, chr({ord(_BETWEEN)}))::{kind}[]" for kind in columns.values()
    )
    names = ", ".join(columns)
    return f"{name} AS MATERIALIZED (SELECT * FROM unnest({told}) AS w ({names}))"  # noqa: S608


def _search(wanted: Iterable[str], *branches: tuple[str, str]) -> str:
    found = (
        f"SELECT w.n, {_PERSON} FROM {name} w JOIN ine_person p"  # noqa: S608
        f" ON {condition} WHERE p.retired_at IS NULL"
        for name, condition in branches
    )
    return f"WITH {', '.join(wanted)} {' UNION ALL '.join(found)}"


#: Of those who merely begin alike on one day, most are nobody's: they are not worth their way here.
_IS_LIKELY: Final = """(left(p.name_key, 3) = w.name OR left(p.first_key, 1) = w.initial
    OR p.birth_commune = w.commune)"""
#: Likewise of those who are merely called alike, at whatever age.
_IS_NEAR: Final = """(p.birth_date BETWEEN w.since AND w.until OR to_char(p.birth_date, 'MMDD') = w.month_day
    OR p.birth_commune = w.commune)"""
_NEAR: Final = _search(
    (
        _wanted("born", n="int", birth="date", name_start="text", name="text", initial="text",
                commune="text"),
        _wanted("christened", n="int", birth="date", first_start="text"),
        _wanted("named", n="int", name="text", first="text"),
    ),
    ("born", f"p.birth_date = w.birth AND p.name_start = w.name_start AND {_IS_LIKELY}"),
    ("christened", "p.birth_date = w.birth AND p.first_start = w.first_start"),
    ("named", "p.name_key = w.name AND p.first_key = w.first"),
    ("named", "p.usual_key = w.name AND p.first_key = w.first"),
)  # fmt: skip
_FAR: Final = _search(
    (
        _wanted("named", n="int", name="text", first="text", name_start="text", first_start="text",
                since="date", until="date", month_day="text", commune="text"),
        _wanted("kin", n="int", commune="text", name="text"),
        _wanted("born", n="int", commune="text", birth="date"),
    ),
    ("named", f"p.name_key = w.name AND p.first_start = w.first_start AND {_IS_NEAR}"),
    ("named", f"p.first_key = w.first AND p.name_start = w.name_start AND {_IS_NEAR}"),
    ("kin", "p.birth_commune = w.commune AND p.name_key = w.name"),
    ("born", "p.birth_date = w.birth AND p.birth_commune = w.commune"),
)  # fmt: skip


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
        likely: list[list[Candidate]] = [[] for _ in batch]

        for n, one in _scored(_near(batch), compared, model, size):
            if (start + n, one.person) not in apart:
                likely[n].append(one)
        unknown = {n: civil for n, civil in enumerate(batch) if not likely[n]}
        for n, one in _scored(_far(unknown), compared, model, size):
            if (start + n, one.person) not in apart:
                likely[n].append(one)
        verdicts += map(decide, likely)
    return verdicts


def _scored(
    found: Iterable[tuple[int, int, Civil]], compared: Sequence[Keys], model: Model, size: int
) -> Iterator[tuple[int, Candidate]]:
    """Give those found who are worth somebody's look."""
    for n, person, civil in found:
        score = model.score_above(DISPUTE_BITS, compared[n], model.keys(civil), among=size)
        if score:
            yield n, Candidate(person, score)


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


def _near(wanted: Sequence[Civil]) -> Iterator[tuple[int, int, Civil]]:
    """Find those of the same date or of the same names."""
    born, christened, named = _Rows(6), _Rows(3), _Rows(3)
    for n, civil in enumerate(wanted):
        by = search_keys(civil)
        for birth in _dates(civil):
            born.add((n, birth, *each, civil.commune) for each in _name_starts(by))
            christened.add((n, birth, start) for start in _first_starts(civil, by))
        named.add((n, *each) for each in _names(by))
    return _found(_NEAR, born, christened, named)


def _far(wanted: Mapping[int, Civil]) -> Iterator[tuple[int, int, Civil]]:
    """Find those of one same name, or who were born there then."""
    named, kin, born = _Rows(9), _Rows(3), _Rows(3)
    for n, civil in wanted.items():
        by, about = search_keys(civil), _around(civil)
        named.add(
            (n, name, first, name[:2], first[:3], *about, civil.commune)
            for name, first in _pairs(civil, by)
        )
        if civil.commune:
            kin.add([(n, civil.commune, by.name_key)])
            born.add((n, civil.commune, birth) for birth in filter(None, (civil.birth,)))
    return _found(_FAR, named, kin, born) if wanted else iter(())


class _Rows:
    """What is looked for, each once: a rank, then values."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: set[tuple[Any, ...]] = set()

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._rows.update(rows)

    def columns(self) -> list[str]:
        columns = zip(*self._rows, strict=True) if self._rows else [()] * self._width
        return [_BETWEEN.join(map(str, column)) for column in columns]


def _found(search: str, *wanted: _Rows) -> Iterator[tuple[int, int, Civil]]:
    """Give each rank, and each writing of a person that was found for it, once."""
    columns = [column for rows in wanted for column in rows.columns()]
    seen: set[tuple[int, int]] = set()
    with connection.cursor() as cursor:
        cursor.execute(search, columns)
        for row in cursor.fetchall():
            if row[:2] not in seen:
                seen.add(row[:2])
                yield row[0], row[2], _civil(row)


def _dates(civil: Civil) -> set[date]:
    """Give the dates by which somebody is looked for."""
    if civil.birth is None:
        return set()
    months = 12
    if civil.precision == "D" and civil.birth.day <= months:
        return {civil.birth, civil.birth.replace(month=civil.birth.day, day=civil.birth.month)}
    return {civil.birth}


def _around(civil: Civil) -> tuple[date, date, str]:
    """Give between which dates somebody called alike may be born, and on which day of whatever year."""
    if civil.birth is None:
        return date.min, date.max, ""
    about = timedelta(days=400)
    return civil.birth - about, civil.birth + about, f"{civil.birth:%m%d}"


def _name_starts(by: SearchKeys) -> Iterator[tuple[str, str, str]]:
    """Give how the family name may begin, names swapped or not, and the first name then."""
    name, usual, first = by
    for one, other in ((name, first), (usual or "", first), (first, name)):
        if one:
            yield one[:2], one[:3], other[:1]


def _first_starts(civil: Civil, by: SearchKeys) -> set[str]:
    """Give how the first name may begin, names swapped or not."""
    return {each[:3] for each in (by.name_key, *map(search_key, civil.firsts[:3])) if each}


def _names(by: SearchKeys) -> Iterator[tuple[str, str]]:
    """Give the names by which somebody is looked for, whatever the date."""
    name, usual, first = by
    if name and first:
        yield name, first
        yield first, name
        if usual:
            yield usual, first


def _pairs(civil: Civil, by: SearchKeys) -> Iterator[tuple[str, str]]:
    """Give every name with every first name by which somebody is looked for at last."""
    name, usual, first = by
    names = tuple(filter(None, (name, usual)))
    for each in filter(None, map(search_key, civil.firsts)):
        yield from ((one, each) for one in names)
    if name and first:
        yield first, name


def _civil(row: Sequence[Any]) -> Civil:
    _, _, _, family, usual, first, second, third, sex, birth, precision, country, commune, town = (
        row
    )
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
