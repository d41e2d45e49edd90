"""Read of a school's year the records that have something to ask of the directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from bascule.ine.matching.civil import Civil
from bascule.ine.refusals import HAS_COME_SQL
from bascule.store import staging

#: What a link and a request remember of a record: whatever else changes, it is not asked about again. The
#: first half is of the civil status, the second of the numbers.
CIVIL_DIGEST_SQL = (
    "substr(sha256(convert_to(ROW(s.family_name, s.usual_name, s.first_name, s.second_name, s.third_name, s.sex,"
    " s.birth_date, s.birth_country, s.birth_commune, s.birth_town)::text, 'UTF8')), 1, 8)"
)
DIGEST_SQL = (
    f"({CIVIL_DIGEST_SQL} ||"
    " substr(sha256(convert_to(ROW(s.ine, s.ine_bea, s.ine_rnie)::text, 'UTF8')), 1, 8))"
)

_FRANCE = "100"


class CivilColumns(NamedTuple):
    """A civil status in the columns that hold it: those of records and of persons."""

    family_name: str
    usual_name: str | None
    first_name: str
    second_name: str | None
    third_name: str | None
    sex: str | None
    birth_date: date
    birth_precision: str
    birth_country: str | None
    birth_commune: str | None
    birth_town: str | None

    def compared(self) -> Civil:
        """Give it as the matching compares it.

        Returns:
            Civil: the same.
        """
        return Civil(
            self.family_name,
            self.usual_name or "",
            tuple(filter(None, (self.first_name, self.second_name, self.third_name))),
            self.sex or "",
            self.birth_date,
            self.birth_precision,
            self.birth_country or "",
            self.birth_commune or "",
            self.birth_town or "",
        )

    def over(self, other: "CivilColumns") -> "CivilColumns":
        """Give what is known when this one is written after another: what is missing stays as it was.

        Args:
            other (CivilColumns): the one before.

        Returns:
            CivilColumns: both together.
        """
        kept = {name: old for name, old in other._asdict().items() if getattr(self, name) is None}
        together = self._replace(**kept)
        if self.birth_precision != "D" and self.birth_date.year == other.birth_date.year:
            return together._replace(
                birth_date=other.birth_date, birth_precision=other.birth_precision
            )
        return together


@dataclass(frozen=True, slots=True)
class Record:
    """A pupil's record in a school's year.

    Attributes:
        student_id: the pupil.
        civil: the civil status.
        numbers: INE, that of the académie's base, that of the national registry, as the record holds them.
        person_id: the person it is linked to, if it is.
        is_same: whether it is as it was when it was linked.
        is_same_civil: whether its civil status is, at least.
    """

    student_id: int
    civil: CivilColumns
    numbers: tuple[str | None, str | None, str | None]
    person_id: int | None
    is_same: bool
    is_same_civil: bool


_SELECT = (
    "SELECT s.id, s.family_name, s.usual_name, s.first_name, s.second_name, s.third_name, s.sex, s.birth_date,"  # noqa: S608 - our own words
    " s.birth_country, s.birth_commune, s.birth_town, s.ine, s.ine_bea, s.ine_rnie,"
    f" l.person_id, l.digest IS NOT DISTINCT FROM {DIGEST_SQL},"
    f" substr(l.digest, 1, 8) IS NOT DISTINCT FROM {CIVIL_DIGEST_SQL}"
    " FROM students_enrolment e JOIN students_student s ON s.id = e.student_id AND s.uai = e.uai"
    " LEFT JOIN ine_link l ON l.student_id = s.id AND l.uai = e.uai"
    " LEFT JOIN ine_request r ON r.uai = e.uai AND r.year = e.year AND r.student_id = s.id"
    " WHERE e.uai = %s AND e.year = %s AND NOT e.is_expected"
)


def records_to_ask_for(*, uai: str, year: int, again: bool) -> list[Record]:
    """Read the accepted records of a year that are new, or changed since they were looked at.

    Args:
        uai (str): the school; it is open, and the directory too.
        year (int): first calendar year.
        again (bool): those in dispute or in error too.

    Returns:
        list[Record]: in order of id.
    """
    return _read(
        f"{_SELECT} AND NOT e.is_blocked AND (r.id IS NULL OR r.digest <> {DIGEST_SQL}"
        # Who waits for the outside service is asked about again once it answered.
        f" OR (r.state = 'NON_TRAITE' AND r.reason <> 'national') OR {HAS_COME_SQL}"
        " OR (%s AND r.state IN ('LITIGE', 'ERREUR')))"
        # Whose answer waits for a second agent is that agent's to settle, whatever comes meanwhile.
        " AND NOT EXISTS (SELECT FROM ine_merge w JOIN ine_request q ON q.id = w.request_id AND q.uai = w.request_uai"
        " WHERE w.state = 'asked' AND q.uai = e.uai AND q.student_id = s.id) ORDER BY s.id",
        [uai, year, again],
    )


def years_answered(*, uais: Sequence[str]) -> list[tuple[str, int]]:
    """List the years of schools for whose pupils the outside service answered, and whose requests do not know yet.

    Args:
        uais (Sequence[str]): the schools; they are open, and the directory too.

    Returns:
        list[tuple[str, int]]: school and year.
    """
    with staging.raw_cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT r.uai, r.year FROM ine_request r"  # noqa: S608 - our own words
            " JOIN students_enrolment e ON e.uai = r.uai AND e.year = r.year AND e.student_id = r.student_id"
            " JOIN ine_link l ON l.uai = r.uai AND l.student_id = r.student_id"
            f" WHERE r.uai = ANY(%s) AND NOT e.is_expected AND NOT e.is_blocked AND {HAS_COME_SQL}".encode(),
            [list(uais)],
        )
        return [(uai, year) for uai, year in cursor]


def record_of(*, uai: str, year: int, student_id: int) -> Record | None:
    """Read one record.

    Args:
        uai (str): the school; it is open.
        year (int): first calendar year.
        student_id (int): the pupil.

    Returns:
        Record | None: None when the school does not have the pupil that year.
    """
    found = _read(f"{_SELECT} AND s.id = %s", [uai, year, student_id])
    return found[0] if found else None


def lost_numbers(*, uai: str) -> list[tuple[Record, str]]:
    """Read the records that no longer hold the number that the directory gave them.

    Args:
        uai (str): the school; it is open.

    Returns:
        list[tuple[Record, str]]: each with the number.
    """
    with staging.raw_cursor() as cursor:
        cursor.execute(
            "SELECT s.id, s.family_name, s.usual_name, s.first_name, s.second_name, s.third_name, s.sex, s.birth_date,"  # noqa: S608 - our own words
            " s.birth_country, s.birth_commune, s.birth_town, s.ine, s.ine_bea, s.ine_rnie, l.person_id, false,"
            f" substr(l.digest, 1, 8) = {CIVIL_DIGEST_SQL}, l.given"
            " FROM ine_link l JOIN students_student s ON s.id = l.student_id AND s.uai = l.uai"
            " WHERE l.uai = %s AND l.given IS NOT NULL"
            " AND NOT l.given = ANY(array_remove(ARRAY[s.ine, s.ine_bea, s.ine_rnie], NULL)) ORDER BY s.id".encode(),
            [uai],
        )
        return [(_record(row[:-1]), row[-1]) for row in cursor]


def _read(query: str, values: list[Any]) -> list[Record]:
    with staging.raw_cursor() as cursor:
        cursor.execute(query.encode(), values)
        return [_record(row) for row in cursor]


def _record(row: tuple[Any, ...]) -> Record:
    return Record(row[0], civil_of(row[1:11]), row[11:14], *row[14:])


def civil_of(columns: tuple[Any, ...]) -> CivilColumns:
    """Read the civil status of a record, which knows no precision of its own.

    Args:
        columns (tuple[Any, ...]): names, sex, birth date, country, commune and town, in the order of the table.

    Returns:
        CivilColumns: abroad, the first of January is what is written for a day that is not known.
    """
    born, country = columns[6], columns[7]
    is_vague = born.month == born.day == 1 and country is not None and country != _FRANCE
    return CivilColumns._make((*columns[:7], "Y" if is_vague else "D", *columns[7:]))
