"""Look pupils up: the list of a year, and one record, as people read them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import connection, transaction
from psycopg import sql

from bascule.errors import NotThereError
from bascule.store.policies import open_schools
from bascule.students.models import (
    Enrolment,
    Guardianship,
    Schooling,
    Student,
)
from bascule.values import civil_identity

#: Pupils on a page of the list.
PAGE = 50


class UnknownPupilError(NotThereError):
    """The school has no such pupil that year."""

    code = "pupil.unknown"

    def __init__(self) -> None:
        super().__init__("Cet élève n’est pas dans les dossiers de l’établissement cette année-là.")


class PupilLine(NamedTuple):
    """One pupil in a list."""

    id: int
    number: int
    family_name: str
    usual_name: str | None
    first_name: str
    birth_date: date
    sex: str | None
    division: str | None
    ine: str | None
    left_on: date | None
    is_expected: bool

    @property
    def name(self) -> str:
        """Return the name as lists show it."""
        return civil_identity.display(self.family_name, self.usual_name, self.first_name)


@dataclass(frozen=True, slots=True)
class PupilPage:
    """One page of a list of pupils.

    Attributes:
        lines: the pupils, by name.
        count: pupils that answer, on all pages.
        page: from 1.
        divisions: codes of the divisions of the year that have pupils.
    """

    lines: Sequence[PupilLine]
    count: int
    page: int
    divisions: Sequence[str]


@dataclass(frozen=True, slots=True)
class PupilRecord:
    """A pupil's record in a year.

    Attributes:
        student: identity, numbers, contacts.
        enrolment: the year: entry, exit, school life.
        schoolings: periods of schooling, in order.
        links: links to guardians, legal ones first, each with its guardian.
    """

    student: Student
    enrolment: Enrolment
    schoolings: Sequence[Schooling]
    links: Sequence[Guardianship]

    @property
    def name(self) -> str:
        """Return the name as pages show it."""
        return civil_identity.display(
            self.student.family_name, self.student.usual_name, self.student.first_name
        )


_COLUMNS = sql.SQL(
    "s.id, s.number, s.family_name, s.usual_name, s.first_name, s.birth_date, s.sex, c.division,"
    " coalesce(s.ine_rnie, s.ine_bea, s.ine), e.left_on, e.is_expected"
)
_FROM = sql.SQL(
    " FROM students_student s"
    " JOIN students_enrolment e ON e.student_id = s.id AND e.year = %(year)s AND e.uai = s.uai"
    " LEFT JOIN LATERAL (SELECT division FROM students_schooling c WHERE c.uai = s.uai"
    "  AND c.student_id = s.id AND c.year = %(year)s ORDER BY c.starts_on DESC LIMIT 1) c ON true"
    " WHERE s.uai = %(uai)s"
    " AND (%(division)s = '' OR c.division = %(division)s)"
    " AND (cardinality(%(words)s::text[]) = 0 OR s.identity_key || s.sort_key LIKE ALL (%(words)s))"
    " AND (%(number)s = '' OR %(number)s IN (s.ine, s.ine_bea, s.ine_rnie))"
    " AND (%(born)s::date IS NULL OR s.birth_date = %(born)s)"
)


def find_pupils(
    *, uai: str, year: int, text: str = "", division: str = "", page: int = 1
) -> PupilPage:
    """Find pupils of a year by name, number or birth date.

    Args:
        uai (str): the school.
        year (int): the year.
        text (str): words of a name without regard for accents or case, an INE, or a birth date as
            `jj/mm/aaaa`; blank for all.
        division (str): code of a division; blank for all.
        page (int): from 1.

    Returns:
        PupilPage: the page.
    """
    wanted: dict[str, Any] = {"uai": uai, "year": year, "division": division, **_understood(text)}
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(uai)
        cursor.execute(sql.SQL("SELECT count(*){}").format(_FROM), wanted)
        (count,) = cursor.fetchone()
        page = min(max(page, 1), max(1, -(-count // PAGE)))
        cursor.execute(
            sql.SQL("SELECT {}{} ORDER BY s.sort_key, s.id LIMIT {} OFFSET {}").format(
                _COLUMNS, _FROM, sql.Literal(PAGE), sql.Literal((page - 1) * PAGE)
            ),
            wanted,
        )
        lines = [PupilLine(*row) for row in cursor.fetchall()]
        cursor.execute(
            "SELECT DISTINCT division FROM students_schooling"
            " WHERE uai = %s AND year = %s AND division IS NOT NULL ORDER BY division",
            [uai, year],
        )
        divisions = [code for (code,) in cursor.fetchall()]
    return PupilPage(lines, count, page, divisions)


def read_pupil(*, uai: str, year: int, pupil_id: int) -> PupilRecord:
    """Read one record.

    Args:
        uai (str): the school.
        year (int): the year.
        pupil_id (int): our number of the pupil.

    Returns:
        PupilRecord: the record.

    Raises:
        UnknownPupilError: if the school has no such pupil that year.
    """
    with transaction.atomic():
        open_schools(uai)
        student = Student.objects.select_related("address").filter(uai=uai, pk=pupil_id).first()
        enrolment = Enrolment.objects.filter(uai=uai, year=year, student_id=pupil_id).first()
        if student is None or enrolment is None:
            raise UnknownPupilError
        return PupilRecord(
            student,
            enrolment,
            list(
                Schooling.objects.filter(uai=uai, year=year, student_id=pupil_id).order_by(
                    "starts_on"
                )
            ),
            list(
                Guardianship.objects.filter(uai=uai, student_id=pupil_id)
                .select_related("guardian", "guardian__address")
                .order_by("level", "guardian__sort_key")
            ),
        )


def _understood(text: str) -> dict[str, Any]:
    """Tell what a text typed in the search box means."""
    text = text.strip()
    found: dict[str, Any] = {"words": [], "number": "", "born": None}
    try:
        day, month, year = map(int, text.split("/"))
        return {**found, "born": date(year, month, day)}
    except ValueError:
        pass
    tight = text.replace(" ", "").upper()
    if len(tight) in {10, 11} and any(character.isdigit() for character in tight):
        return {**found, "number": tight}
    # The key of a word holds letters and digits only: nothing that LIKE would read.
    words = [civil_identity.key(word) for word in text.split()]
    return {**found, "words": [f"%{word}%" for word in words if word]}


def names_of(*, uai: str, pupil_ids: Collection[int]) -> dict[int, str]:
    """Give the names of pupils of a school, as lists show them.

    Args:
        uai (str): the school.
        pupil_ids (Collection[int]): our numbers of the pupils.

    Returns:
        dict[int, str]: by pupil; those the school does not have are left out.
    """
    with transaction.atomic():
        open_schools(uai)
        found = Student.objects.filter(uai=uai, pk__in=pupil_ids).only(
            "family_name", "usual_name", "first_name"
        )
        return {
            one.pk: civil_identity.display(one.family_name, one.usual_name, one.first_name)
            for one in found
        }
