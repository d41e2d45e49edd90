"""Read a school's records in bulk, as plain rows: what an import compares and an export writes."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from psycopg import sql

from bascule.store import staging
from bascule.students.register import TABLES
from bascule.students.rows import (
    AddressRow,
    EnrolmentRow,
    GuardianRow,
    LinkRow,
    MembershipRow,
    Namesake,
    SchoolingRow,
    StudentRow,
)


class PupilKey(NamedTuple):
    """By what a stored pupil is recognised."""

    id: int
    identity_key: str
    birth_date: date
    numbers: tuple[str | None, str | None, str | None]
    private_id: int | None
    enrolment_id: int | None


class PersonKey(NamedTuple):
    """By what a stored guardian is recognised."""

    id: int
    identity_key: str
    private_id: int | None


class Present(NamedTuple):
    """A pupil that counts in a year: confirmed, and not left."""

    id: int
    private_id: int | None
    label: str
    division: str
    identity_key: str


def is_empty(*, uai: str) -> bool:
    """Tell whether a school has no record yet: nothing of a first file can be known.

    Args:
        uai (str): the school.

    Returns:
        bool: True when it has no pupil, guardian nor address.
    """
    found: bool = _fetch(
        "SELECT EXISTS (SELECT FROM students_student WHERE uai = %s)"
        " OR EXISTS (SELECT FROM students_guardian WHERE uai = %s)"
        " OR EXISTS (SELECT FROM students_address WHERE uai = %s)",
        *(uai,) * 3,
    )[0][0]
    return not found


def pupil_keys(
    *,
    uai: str,
    year: int,
    ids: Sequence[int],
    numbers: Sequence[str],
    private_ids: Sequence[int],
    identities: Sequence[str],
) -> list[PupilKey]:
    """Read the keys of the pupils whom any of these may mean.

    Args:
        uai (str): the school.
        year (int): the year whose private ids count.
        ids (Sequence[int]): our own ids.
        numbers (Sequence[str]): national numbers.
        private_ids (Sequence[int]): ids of the school's software, that year.
        identities (Sequence[str]): identity keys.

    Returns:
        list[PupilKey]: in order of id.
    """
    # Two statements, not a join: while the tables are young, what the planner believes of them lets it
    # walk all the enrolments of the school again for each pupil.
    holders = {
        student_id: (private_id, enrolment_id)
        for student_id, private_id, enrolment_id in _fetch(
            "SELECT student_id, private_id, id FROM students_enrolment"
            " WHERE uai = %s AND year = %s AND private_id = ANY(%s)",
            uai,
            year,
            list(private_ids),
        )
    }
    rows = _fetch(
        "SELECT id, identity_key, birth_date, ine, ine_bea, ine_rnie FROM students_student WHERE uai = %s"
        " AND (id = ANY(%s) OR identity_key = ANY(%s) OR ine = ANY(%s) OR ine_bea = ANY(%s) OR ine_rnie = ANY(%s))"
        " ORDER BY id",
        uai,
        [*ids, *holders],
        list(identities),
        *(list(numbers),) * 3,
    )
    return [
        PupilKey(
            row[0], row[1], row[2], (row[3], row[4], row[5]), *holders.get(row[0], (None, None))
        )
        for row in rows
    ]


def person_keys(*, uai: str, ids: Sequence[int], private_ids: Sequence[int]) -> list[PersonKey]:
    """Read the keys of the guardians whom any of these may mean.

    Args:
        uai (str): the school.
        ids (Sequence[int]): our own ids.
        private_ids (Sequence[int]): ids of the school's software.

    Returns:
        list[PersonKey]: in order of id.
    """
    return [
        PersonKey(*row)
        for row in _fetch(
            "SELECT id, identity_key, private_id FROM students_guardian"
            " WHERE uai = %s AND (id = ANY(%s) OR private_id = ANY(%s)) ORDER BY id",
            uai,
            list(ids),
            list(private_ids),
        )
    ]


def guardians_of_pupils(*, uai: str, student_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Read who is linked to pupils.

    Args:
        uai (str): the school.
        student_ids (Sequence[int]): the pupils.

    Returns:
        list[tuple[int, int]]: pupil, guardian.
    """
    return _fetch(
        "SELECT student_id, guardian_id FROM students_guardianship WHERE uai = %s AND student_id = ANY(%s)",
        uai,
        list(student_ids),
    )


def children_of(*, uai: str, guardian_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Read whom guardians are linked to.

    Args:
        uai (str): the school.
        guardian_ids (Sequence[int]): the guardians.

    Returns:
        list[tuple[int, int]]: pupil, guardian.
    """
    return _fetch(
        "SELECT student_id, guardian_id FROM students_guardianship WHERE uai = %s AND guardian_id = ANY(%s)"
        " ORDER BY student_id",
        uai,
        list(guardian_ids),
    )


def names_at(*, uai: str, address_id: int) -> list[tuple[str, int, str]]:
    """Read who lives at an address.

    Args:
        uai (str): the school.
        address_id (int): the address.

    Returns:
        list[tuple[str, int, str]]: `pupil` or `guardian`, id, NAME First name.
    """
    return _fetch(
        "SELECT 'pupil', id, family_name || ' ' || first_name FROM students_student"
        " WHERE uai = %s AND address_id = %s UNION ALL"
        " SELECT 'guardian', id, family_name || ' ' || first_name FROM students_guardian"
        " WHERE uai = %s AND address_id = %s ORDER BY 3",
        *(uai, address_id) * 2,
    )


def who_lives_where(*, uai: str) -> list[tuple[int, str]]:
    """Read at which address each pupil and guardian lives.

    Args:
        uai (str): the school.

    Returns:
        list[tuple[int, str]]: address, NAME First name; by name.
    """
    rows = _fetch(
        "SELECT address_id, family_name || ' ' || first_name, sort_key FROM students_student"
        " WHERE uai = %s AND address_id IS NOT NULL UNION ALL"
        " SELECT address_id, family_name || ' ' || first_name, sort_key FROM students_guardian"
        " WHERE uai = %s AND address_id IS NOT NULL ORDER BY 3",
        uai,
        uai,
    )
    return [(address_id, name) for address_id, name, _ in rows]


def students(*, uai: str, ids: Sequence[int]) -> dict[int, StudentRow]:
    """Read pupils.

    Args:
        uai (str): the school.
        ids (Sequence[int]): which.

    Returns:
        dict[int, StudentRow]: by id.
    """
    return {
        row[0]: StudentRow(*row[1:])
        for row in _rows("students_student", StudentRow.columns, uai, ids)
    }


def guardians(*, uai: str, ids: Sequence[int]) -> dict[int, GuardianRow]:
    """Read guardians.

    Args:
        uai (str): the school.
        ids (Sequence[int]): which.

    Returns:
        dict[int, GuardianRow]: by id.
    """
    return {
        row[0]: GuardianRow(*row[1:])
        for row in _rows("students_guardian", GuardianRow.columns, uai, ids)
    }


def enrolments(
    *, uai: str, year: int, student_ids: Sequence[int]
) -> dict[int, tuple[int, bool, EnrolmentRow]]:
    """Read pupils' years.

    Args:
        uai (str): the school.
        year (int): which year.
        student_ids (Sequence[int]): whose.

    Returns:
        dict[int, tuple[int, bool, EnrolmentRow]]: by pupil: id, whether it is only expected, values.
    """
    return {
        row[0]: (row[1], row[2], EnrolmentRow(*row[3:]))
        for row in _year_rows(
            "students_enrolment",
            ("student_id", "id", "is_expected", *EnrolmentRow.columns),
            uai,
            year,
            student_ids,
        )
    }


def schoolings(
    *, uai: str, year: int, student_ids: Sequence[int]
) -> list[tuple[int, int, SchoolingRow]]:
    """Read periods of schooling.

    Args:
        uai (str): the school.
        year (int): which year.
        student_ids (Sequence[int]): whose.

    Returns:
        list[tuple[int, int, SchoolingRow]]: pupil, id, values; earliest first.
    """
    rows = [
        (row[0], row[1], SchoolingRow(*row[2:]))
        for row in _year_rows(
            "students_schooling",
            ("student_id", "id", *SchoolingRow.columns),
            uai,
            year,
            student_ids,
        )
    ]
    return sorted(rows, key=lambda row: row[2].starts_on)


def links(*, uai: str, student_ids: Sequence[int]) -> list[tuple[int, int, int, LinkRow]]:
    """Read the links of pupils.

    Args:
        uai (str): the school.
        student_ids (Sequence[int]): whose.

    Returns:
        list[tuple[int, int, int, LinkRow]]: pupil, guardian, id, values; in order of id.
    """
    names = _names(("student_id", "guardian_id", "id", *LinkRow.columns))
    query = sql.SQL(
        "SELECT {} FROM students_guardianship WHERE uai = %s AND student_id = ANY(%s) ORDER BY id"
    ).format(names)
    return [
        (row[0], row[1], row[2], LinkRow(*row[3:])) for row in _fetch(query, uai, list(student_ids))
    ]


def addresses(*, uai: str, ids: Sequence[int]) -> dict[int, AddressRow]:
    """Read addresses.

    Args:
        uai (str): the school.
        ids (Sequence[int]): which.

    Returns:
        dict[int, AddressRow]: by id.
    """
    return {
        row[0]: AddressRow(*row[1:])
        for row in _rows("students_address", AddressRow._fields, uai, ids)
    }


def address_ids(*, uai: str, digests: Sequence[bytes]) -> dict[bytes, int]:
    """Find the addresses that already exist.

    Args:
        uai (str): the school.
        digests (Sequence[bytes]): what makes two addresses one.

    Returns:
        dict[bytes, int]: `ADRESSE_ID` of those that exist.
    """
    if not digests:
        return {}
    return dict(
        _fetch(
            "SELECT digest, id FROM students_address WHERE uai = %s AND digest = ANY(%s)",
            uai,
            list(digests),
        )
    )


def present_pupils(*, uai: str, year: int) -> list[Present]:
    """Read the pupils that count in a year.

    Args:
        uai (str): the school.
        year (int): which year.

    Returns:
        list[Present]: in the order of their names.
    """
    return [
        Present(*row)
        for row in _fetch(
            "SELECT s.id, e.private_id, s.family_name || ' ' || s.first_name,"
            " coalesce((SELECT c.division FROM students_schooling c WHERE c.uai = e.uai AND c.year = e.year"
            " AND c.student_id = s.id ORDER BY c.starts_on DESC LIMIT 1), ''), s.identity_key"
            " FROM students_enrolment e JOIN students_student s ON s.id = e.student_id AND s.uai = e.uai"
            " WHERE e.uai = %s AND e.year = %s AND e.left_on IS NULL AND NOT e.is_expected"
            " ORDER BY s.sort_key, s.id",
            uai,
            year,
        )
    ]


def present_ids(*, uai: str, year: int) -> list[int]:
    """Read who counts in a year, by id alone.

    Args:
        uai (str): the school.
        year (int): which year.

    Returns:
        list[int]: in no order.
    """
    return [
        row[0]
        for row in _fetch(
            "SELECT student_id FROM students_enrolment"
            " WHERE uai = %s AND year = %s AND left_on IS NULL AND NOT is_expected",
            uai,
            year,
        )
    ]


def headcounts(*, uai: str, year: int, of: Iterable[int]) -> Counter[str]:
    """Count the pupils of each division.

    Args:
        uai (str): the school.
        year (int): which year.
        of (Iterable[int]): the pupils to count.

    Returns:
        Counter[str]: by division code.
    """
    divisions: dict[int, str | None] = dict(
        _fetch(
            "SELECT student_id, division FROM students_schooling WHERE uai = %s AND year = %s ORDER BY starts_on",
            uai,
            year,
        )
    )
    return Counter(division for division in map(divisions.get, of) if division)


def namesakes(*, uai: str, birth_dates: Sequence[date]) -> list[Namesake]:
    """Read the pupils born on some days.

    Args:
        uai (str): the school.
        birth_dates (Sequence[date]): the days.

    Returns:
        list[Namesake]: in order of id.
    """
    if not birth_dates:
        return []
    rows = _fetch(
        "SELECT id, family_name, usual_name, first_name, second_name, third_name, birth_date"
        " FROM students_student WHERE uai = %s AND birth_date = ANY(%s) ORDER BY id",
        uai,
        list(birth_dates),
    )
    return [Namesake(*row) for row in rows]


def memberships(*, uai: str, year: int) -> list[tuple[int, int, MembershipRow]]:
    """Read who is in which group.

    Args:
        uai (str): the school.
        year (int): which year.

    Returns:
        list[tuple[int, int, MembershipRow]]: pupil, id of the row, the place; by pupil, then by group.
    """
    query = sql.SQL(
        "SELECT student_id, id, {} FROM students_membership WHERE uai = %s AND year = %s"
        ' ORDER BY student_id, group_code COLLATE "C"'
    ).format(_names(MembershipRow.columns))
    return [(row[0], row[1], MembershipRow(*row[2:])) for row in _fetch(query, uai, year)]


def link_count(*, uai: str) -> int:
    """Count the links between guardians and pupils.

    Args:
        uai (str): the school.

    Returns:
        int: how many.
    """
    count: int = _fetch("SELECT count(*) FROM students_guardianship WHERE uai = %s", uai)[0][0]
    return count


def enrolments_with_private_id(*, uai: str, year: int, but_of: Sequence[int]) -> list[int]:
    """Find the enrolments of a year that bear a private id.

    Args:
        uai (str): the school.
        year (int): which year.
        but_of (Sequence[int]): pupils to leave out.

    Returns:
        list[int]: ids of the enrolments.
    """
    rows = _fetch(
        "SELECT id FROM students_enrolment WHERE uai = %s AND year = %s AND private_id IS NOT NULL"
        " AND NOT student_id = ANY(%s) ORDER BY id",
        uai,
        year,
        list(but_of),
    )
    return [row[0] for row in rows]


def guardians_with_private_id(*, uai: str, but: Sequence[int]) -> list[int]:
    """Find the guardians who bear a private id.

    Args:
        uai (str): the school.
        but (Sequence[int]): guardians to leave out.

    Returns:
        list[int]: their ids.
    """
    rows = _fetch(
        "SELECT id FROM students_guardian WHERE uai = %s AND private_id IS NOT NULL"
        " AND NOT id = ANY(%s) ORDER BY id",
        uai,
        list(but),
    )
    return [row[0] for row in rows]


def guardian_names(*, uai: str, ids: Sequence[int]) -> dict[int, str]:
    """Read how people read guardians.

    Args:
        uai (str): the school.
        ids (Sequence[int]): which.

    Returns:
        dict[int, str]: NAME First name, by id.
    """
    if not ids:
        return {}
    return dict(
        _fetch(
            "SELECT id, family_name || ' ' || first_name FROM students_guardian WHERE uai = %s AND id = ANY(%s)",
            uai,
            list(ids),
        )
    )


def touched_since(*, uai: str, act_id: int) -> tuple[set[int], set[int]]:
    """Find the pupils and guardians written by any act after one.

    Args:
        uai (str): the school.
        act_id (int): the act.

    Returns:
        tuple[set[int], set[int]]: ids of pupils, ids of guardians.
    """
    pupils: set[int] = set()
    guardians_touched: set[int] = set()
    for table, row_id, student_id in _fetch(
        "SELECT table_name, row_id, (before->>'student_id')::bigint FROM journal_history"
        " WHERE uai = %s AND act_id > %s AND table_name LIKE 'students%%'"
        " UNION ALL SELECT 'students_student', id, NULL FROM students_student WHERE uai = %s AND created_act_id > %s"
        " UNION ALL SELECT 'students_guardian', id, NULL FROM students_guardian WHERE uai = %s AND created_act_id > %s"
        " UNION ALL SELECT 'students_enrolment', id, student_id FROM students_enrolment"
        " WHERE uai = %s AND created_act_id > %s"
        " UNION ALL SELECT 'students_schooling', id, student_id FROM students_schooling"
        " WHERE uai = %s AND created_act_id > %s"
        " UNION ALL SELECT 'students_guardianship', id, student_id FROM students_guardianship"
        " WHERE uai = %s AND created_act_id > %s"
        # A row that an undoing brought back is as old as it was: only the history knows of its return.
        " UNION ALL SELECT h.table_name, h.row_id, r.student_id FROM journal_history h JOIN ("
        " SELECT 'students_enrolment' AS name, id, student_id FROM students_enrolment WHERE uai = %s"
        " UNION ALL SELECT 'students_schooling', id, student_id FROM students_schooling WHERE uai = %s"
        " UNION ALL SELECT 'students_guardianship', id, student_id FROM students_guardianship WHERE uai = %s"
        ") r ON r.name = h.table_name AND r.id = h.row_id"
        " WHERE h.uai = %s AND h.act_id > %s AND h.operation = 'I'",
        *(uai, act_id) * 6,
        *(uai,) * 4,
        act_id,
    ):
        if table == "students_guardian":
            guardians_touched.add(row_id)
        elif table == "students_student":
            pupils.add(row_id)
        elif student_id is not None:
            pupils.add(student_id)
    return pupils, guardians_touched


def schoolings_by_mef(
    *, uai: str, year: int, mefs: Sequence[str]
) -> dict[str, list[tuple[int, int]]]:
    """Find the periods of schooling of a year that are under some MEF.

    Args:
        uai (str): the school; it is open.
        year (int): which year.
        mefs (Sequence[str]): the MEF.

    Returns:
        dict[str, list[tuple[int, int]]]: for each MEF that has any, the id of each period and its pupil.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    rows = _fetch(
        "SELECT mef, id, student_id FROM students_schooling"
        " WHERE uai = %s AND year = %s AND mef = ANY(%s) ORDER BY id",
        uai,
        year,
        list(mefs),
    )
    for mef, row_id, student_id in rows:
        found.setdefault(mef, []).append((row_id, student_id))
    return found


def state_digest(*, uai: str) -> str:
    """Give the digest of all a school's records: equal states, equal digests.

    Args:
        uai (str): the school.

    Returns:
        str: SHA-256 over every row of every table, hexadecimal.
    """
    digest = hashlib.sha256()
    with staging.raw_cursor() as cursor:
        for table in TABLES:
            digest.update(table.encode())
            cursor.execute(
                sql.SQL("SELECT to_jsonb(t)::text FROM {} t WHERE uai = %s ORDER BY id").format(
                    sql.Identifier(table)
                ),
                [uai],
            )
            for (text,) in cursor:
                digest.update(text.encode())
    return digest.hexdigest()


def _rows(
    table: str, columns: Sequence[str], uai: str, ids: Sequence[int]
) -> list[tuple[Any, ...]]:
    if not ids:
        return []
    query = sql.SQL("SELECT id, {} FROM {} WHERE uai = %s AND id = ANY(%s)").format(
        _names(columns), sql.Identifier(table)
    )
    return _fetch(query, uai, list(ids))


def _year_rows(
    table: str, columns: Sequence[str], uai: str, year: int, student_ids: Sequence[int]
) -> list[tuple[Any, ...]]:
    if not student_ids:
        return []
    query = sql.SQL(
        "SELECT {} FROM {} WHERE uai = %s AND year = %s AND student_id = ANY(%s)"
    ).format(_names(columns), sql.Identifier(table))
    return _fetch(query, uai, year, list(student_ids))


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _fetch(query: Any, *parameters: Any) -> list[Any]:
    with staging.raw_cursor() as cursor:
        cursor.execute(query.encode() if isinstance(query, str) else query, parameters)
        return cursor.fetchall()


class YearPupil(NamedTuple):
    """A pupil and his or her year, confirmed by a file; present or gone."""

    id: int
    number: int
    student: StudentRow
    enrolment: EnrolmentRow


def pupils_of_year(*, uai: str, year: int) -> list[YearPupil]:
    """Read the pupils of a year, those who left included, those only expected left out.

    Args:
        uai (str): the school.
        year (int): which year.

    Returns:
        list[YearPupil]: in the order of their names.
    """
    columns = [
        sql.SQL("s.{}").format(sql.Identifier(name))
        for name in ("id", "number", *StudentRow.columns)
    ]
    columns += [sql.SQL("e.{}").format(sql.Identifier(name)) for name in EnrolmentRow.columns]
    query = sql.SQL(
        "SELECT {} FROM students_enrolment e JOIN students_student s ON s.id = e.student_id AND s.uai = e.uai"
        " WHERE e.uai = %s AND e.year = %s AND NOT e.is_expected ORDER BY s.sort_key, s.id"
    ).format(sql.SQL(", ").join(columns))
    split = 2 + len(StudentRow.columns)
    return [
        YearPupil(row[0], row[1], StudentRow(*row[2:split]), EnrolmentRow(*row[split:]))
        for row in _fetch(query, uai, year)
    ]
