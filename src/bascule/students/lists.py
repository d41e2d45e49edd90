"""List the pupils of a year: who answers, in what order, with which columns.

One query gives a page and the count of all. Names are searched in the stored keys, walked along the index of
the school: docs/decisions/0025 says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple

from django.db import connection, transaction
from psycopg import sql

from bascule.nomenclatures import lookup as nomenclatures
from bascule.schools.structures import mefs_retained
from bascule.store.policies import open_schools
from bascule.students.columns import COLUMNS, Column
from bascule.students.rows import INE_SQL
from bascule.students.typed import understood
from bascule.values import civil_identity
from bascule.values.words import said as _

#: Pupils on a page.
SIZES: Final = (25, 50, 100)
PAGE: Final = 50


class Presence(Enum):
    """Where a pupil stands in the year."""

    PRESENT = ("presents", _("scolarisés"), "e.left_on IS NULL AND NOT e.is_expected")
    LEFT = ("sortis", _("sortis"), "e.left_on IS NOT NULL")
    EXPECTED = ("attendus", _("attendus"), "e.left_on IS NULL AND e.is_expected")

    def __init__(self, word: str, label: str, condition: str) -> None:
        self.word, self.label, self.condition = word, label, condition


_NO_LEGAL: Final = (
    "NOT EXISTS (SELECT FROM students_guardianship l"
    " WHERE l.uai = s.uai AND l.student_id = s.id AND l.level = '1')"
)
_INCOMPLETE: Final = (
    "(e.is_blocked OR s.sex IS NULL OR s.nationality IS NULL OR s.birth_country IS NULL"
    f" OR e.regime IS NULL OR c.mef IS NULL OR c.division IS NULL OR {_NO_LEGAL})"
)
_NO_INE: Final = f"{INE_SQL} IS NULL"


class Lack(Enum):
    """What a record lacks, among pupils at school unless one asks for others."""

    INE = ("ine", _("sans INE"), _NO_INE)
    DIVISION = ("division", _("sans division"), "c.division IS NULL")
    GUARDIAN = ("responsable", _("sans représentant légal"), _NO_LEGAL)
    #: What the academic base asks of each pupil.
    DATA = (
        "donnees",
        _("à compléter"),
        _INCOMPLETE,
    )

    def __init__(self, word: str, label: str, condition: str) -> None:
        self.word, self.label, self.condition = word, label, condition


class Sort(Enum):
    """What a list is sorted on; names come next."""

    NAME = ("nom", ())
    DIVISION = ("division", ("c.division",))
    BORN = ("naissance", ("s.birth_date",))
    NUMBER = ("numero", ("s.number",))
    ENTERED = ("entree", ("e.entered_on",))
    LEFT = ("sortie", ("e.left_on",))

    def __init__(self, word: str, on: tuple[str, ...]) -> None:
        self.word, self.on = word, on


@dataclass(frozen=True, slots=True)
class Criteria:
    """Who is listed; what is blank asks nothing.

    Attributes:
        text: as typed in the search.
        division: code of a division.
        mef: code of a MEF.
        regime: code of a régime.
        sex: 1 or 2.
        presence: where they stand.
        lacks: what their records lack, all of it.
        sort: what they are sorted on.
        is_descending: from the last to the first.
    """

    text: str = ""
    division: str = ""
    mef: str = ""
    regime: str = ""
    sex: str = ""
    presence: Presence | None = None
    lacks: frozenset[Lack] = field(default_factory=frozenset)
    sort: Sort = Sort.NAME
    is_descending: bool = False


class Pupil(NamedTuple):
    """One line: the pupil's id and whole name, and the columns asked for, in words."""

    id: int
    name: str
    cells: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list.

    Attributes:
        lines: the pupils.
        count: pupils that answer, on all pages.
        page: from 1.
    """

    lines: Sequence[Pupil]
    count: int
    page: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What a list may be filtered by: codes that pupils of the year have, with their words."""

    divisions: Sequence[str]
    mefs: Mapping[str, str]
    regimes: Mapping[str, str]


def list_pupils(
    *,
    uai: str,
    year: int,
    criteria: Criteria,
    columns: Sequence[Column],
    page: int = 1,
    size: int | None = PAGE,
) -> Listed:
    """List pupils of a year.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        criteria (Criteria): who, and in what order.
        columns (Sequence[Column]): what is told of each; whoever asks may see them.
        page (int): from 1; the last one when it is beyond.
        size (int | None): pupils on a page; None for all on one.

    Returns:
        Listed: the page.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(uai)
        # What is expected of a school's rows is far too much: compiling would cost more than asking.
        cursor.execute("SELECT set_config('jit', 'off', true)")
        found = _ask(cursor, uai, year, criteria, columns, page, size)
        if size and found.count and not found.lines:
            found = _ask(cursor, uai, year, criteria, columns, -(-found.count // size), size)
        words = _words(uai, year, columns)
    lines = [
        line._replace(
            cells=tuple(
                column.told(value, words) for column, value in zip(columns, line.cells, strict=True)
            ),
        )
        for line in found.lines
    ]
    return Listed(lines, found.count, found.page)


def choices(*, uai: str, year: int) -> Choices:
    """Give what the lists of a year may be filtered by.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.

    Returns:
        Choices: what its pupils have.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(uai)
        cursor.execute(
            "SELECT (SELECT array_agg(DISTINCT division) FROM students_schooling WHERE uai = %s AND year = %s),"
            " (SELECT array_agg(DISTINCT mef) FROM students_schooling WHERE uai = %s AND year = %s),"
            " (SELECT array_agg(DISTINCT regime) FROM students_enrolment WHERE uai = %s AND year = %s)",
            [uai, year] * 3,
        )
        divisions, mefs, regimes = (
            sorted(code for code in codes or () if code) for codes in cursor.fetchone()
        )
        of_mefs, of_regimes = mefs_retained(uai=uai, year=year), nomenclatures.labels("regime")
    return Choices(
        divisions,
        {code: of_mefs.get(code) or code for code in mefs},
        {code: of_regimes.get(code) or code for code in regimes},
    )


def _words(uai: str, year: int, columns: Sequence[Column]) -> dict[str, Mapping[str, str]]:
    wanted = {column.words for column in columns if column.words}
    return {
        table: mefs_retained(uai=uai, year=year) if table == "mef" else nomenclatures.labels(table)
        for table in wanted
    }


_SCHOOLING: Final = sql.SQL(
    " LEFT JOIN LATERAL (SELECT k.division, k.mef, k.status FROM students_schooling k WHERE k.uai = s.uai"
    " AND k.student_id = s.id AND k.year = %(year)s ORDER BY k.starts_on DESC LIMIT 1) c ON true"
)
_ADDRESS: Final = sql.SQL(" LEFT JOIN students_address a ON a.id = s.address_id AND a.uai = s.uai")
_GUARDIANS: Final = sql.SQL(
    " LEFT JOIN LATERAL (SELECT"
    " string_agg(coalesce(g.usual_name, g.family_name) || ' ' || g.first_name, ' ; ' ORDER BY g.sort_key, g.id)"
    " AS names,"
    " string_agg(concat_ws(' / ', g.mobile_phone, g.personal_phone, g.work_phone), ' ; '"
    " ORDER BY g.sort_key, g.id) AS phones,"
    " string_agg(g.email, ' ; ' ORDER BY g.sort_key, g.id) AS emails"
    " FROM students_guardianship l JOIN students_guardian g ON g.id = l.guardian_id AND g.uai = l.uai"
    " WHERE l.uai = s.uai AND l.student_id = s.id AND l.level = '1') r ON true"
)
_JOINS: Final = {"c": _SCHOOLING, "a": _ADDRESS, "r": _GUARDIANS}


def _ask(
    cursor: Any,
    uai: str,
    year: int,
    criteria: Criteria,
    columns: Sequence[Column],
    page: int,
    size: int | None,
) -> Listed:
    conditions, values = _conditions(criteria)
    order = (*criteria.sort.on, "s.sort_key", "s.id")
    asked = " ".join((*conditions, *order))
    page = max(page, 1)
    ways = ("DESC NULLS LAST", "DESC", "DESC") if criteria.is_descending else ("ASC NULLS LAST",)
    # The joins of what is only shown are made for the pupils of the page.
    statement = sql.SQL(
        "WITH chosen AS (SELECT s.id, e.id AS enrolment_id, {keys} FROM students_student s"
        " JOIN students_enrolment e ON e.student_id = s.id AND e.uai = s.uai AND e.year = %(year)s{to_choose}"
        " WHERE s.uai = %(uai)s{conditions})"
        " SELECT n.count, p.id, s.family_name, s.usual_name, s.first_name{columns}"
        " FROM (SELECT count(*) FROM chosen) n LEFT JOIN"
        " (SELECT * FROM chosen ORDER BY {order} LIMIT {limit} OFFSET {offset}) p ON true"
        " LEFT JOIN students_student s ON s.id = p.id AND s.uai = %(uai)s"
        " LEFT JOIN students_enrolment e ON e.id = p.enrolment_id AND e.uai = %(uai)s{to_show}"
        " ORDER BY {order}"
    ).format(
        keys=sql.SQL(", ").join(
            sql.SQL("{} AS k{}").format(sql.SQL(key), sql.SQL(str(rank)))
            for rank, key in enumerate(order)
        ),
        to_choose=_SCHOOLING if "c." in asked else sql.SQL(""),
        conditions=sql.SQL("").join(sql.SQL(" AND {}").format(sql.SQL(one)) for one in conditions),
        columns=sql.SQL("").join(
            sql.SQL(", {}").format(sql.SQL(column.expression)) for column in columns
        ),
        order=sql.SQL(", ").join(
            sql.SQL("k{} {}").format(sql.SQL(str(rank)), sql.SQL(ways[min(rank, len(ways) - 1)]))
            for rank, _key in enumerate(order)
        ),
        limit=sql.Literal(size),
        offset=sql.Literal((page - 1) * size if size else 0),
        to_show=sql.SQL("").join(
            join
            for alias, join in _JOINS.items()
            if any(f"{alias}." in column.expression for column in columns)
        ),
    )
    cursor.execute(statement, {"uai": uai, "year": year, **values})
    rows = cursor.fetchall()
    lines = [
        Pupil(row[1], civil_identity.display(*row[2:5]), row[5:])
        for row in rows
        if row[1] is not None
    ]
    return Listed(lines, rows[0][0], page)


#: All that is known of the names of a pupil `s`, a blank before each word.
NAMES_SQL: Final = "(' ' || translate(s.identity_key, '|', ' ') || ' ' || s.sort_key)"


def _conditions(criteria: Criteria) -> tuple[list[str], dict[str, Any]]:
    typed = understood(criteria.text)
    # A key holds letters and digits only: nothing that LIKE would read.
    words = [f"% {word}%" for word in typed.words]
    wanted: tuple[tuple[str, str, Any], ...] = (
        (f"{NAMES_SQL} LIKE ALL (%(words)s)", "words", words),
        ("s.birth_date = %(born)s", "born", typed.born),
        ("%(national)s IN (s.ine_rnie, s.ine_bea, s.ine)", "national", typed.national),
        ("s.number = %(number)s", "number", typed.number),
        ("c.division = %(division)s", "division", criteria.division),
        ("c.mef = %(mef)s", "mef", criteria.mef),
        ("e.regime = %(regime)s", "regime", criteria.regime),
        ("s.sex = %(sex)s", "sex", criteria.sex),
    )
    asked = [one for one in wanted if one[2] not in (None, "", [])]
    conditions = [condition for condition, _name, _value in asked]
    conditions += [lack.condition for lack in Lack if lack in criteria.lacks]
    # Of who left, or is in no file yet, nothing is lacking.
    presence = criteria.presence or (Presence.PRESENT if criteria.lacks else None)
    if presence:
        conditions.append(presence.condition)
    return conditions, {name: value for _condition, name, value in asked}


def columns_of(keys: Sequence[str]) -> list[Column]:
    """Give the columns of some keys, in the order of the lists.

    Args:
        keys (Sequence[str]): keys; those that are none are passed over.

    Returns:
        list[Column]: the columns.
    """
    return [column for column in COLUMNS if column.key in set(keys)]
