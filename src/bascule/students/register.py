"""Write many records at once: one statement a table, within an act, which the caller opens.

The rows are those of `bascule.students.rows`; ids are ours and never given twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg import Cursor

from bascule.store import staging
from bascule.students.rows import (
    AddressRow,
    EnrolmentRow,
    GuardianRow,
    LinkRow,
    MembershipRow,
    SchoolingRow,
    StudentRow,
)

#: Line and rank of the record a row comes from; what has no line comes from no file, and is stored without either.
Position = tuple[int | None, int | None]
BY_HAND: Position = (None, None)

ADDRESSES = "students_address"
STUDENTS = "students_student"
ENROLMENTS = "students_enrolment"
SCHOOLINGS = "students_schooling"
MEMBERSHIPS = "students_membership"
GUARDIANS = "students_guardian"
LINKS = "students_guardianship"

#: The tables that hold a school's records, in the order in which rows may be added.
TABLES = (ADDRESSES, STUDENTS, ENROLMENTS, SCHOOLINGS, MEMBERSHIPS, GUARDIANS, LINKS)

_NUMBERS = "numbers"


class Register:
    """The writing side of one school's records, for the length of one act.

    Args:
        uai (str): the school.
        act_id (int): the act that signs what is written.
    """

    def __init__(self, *, uai: str, act_id: int) -> None:
        self.uai = uai
        self.act_id = act_id
        self._cursor: Cursor[Any] = staging.raw_cursor()
        self._foreseen: dict[str, Sequence[int]] = {}

    def foresee(self, *, addresses: int, guardians: int, students: int) -> None:
        """Take the ids and numbers of rows to come, so that nothing waits until they are written.

        Args:
            addresses (int): how many will be added, all at once.
            guardians (int): likewise.
            students (int): likewise.
        """
        counts = {ADDRESSES: addresses, GUARDIANS: guardians, STUDENTS: students}
        self._foreseen |= staging.take_ids_of_tables(self._cursor, counts)
        self._foreseen[_NUMBERS] = self._take_numbers(students)

    def add_addresses(self, addresses: Mapping[bytes, AddressRow]) -> dict[bytes, int]:
        """Add addresses.

        Args:
            addresses (Mapping[bytes, AddressRow]): by digest; none of them is stored yet.

        Returns:
            dict[bytes, int]: `ADRESSE_ID` of each, by digest.
        """
        ids = self._new_ids(ADDRESSES, len(addresses))
        self._insert(
            ADDRESSES,
            ("id", "digest", *AddressRow._fields),
            ((i, digest, *row) for i, (digest, row) in zip(ids, addresses.items(), strict=True)),
        )
        return dict(zip(addresses, ids, strict=True))

    def add_guardians(self, rows: Sequence[tuple[GuardianRow, Position]]) -> dict[int | None, int]:
        """Add guardians.

        Args:
            rows (Sequence[tuple[GuardianRow, Position]]): values and where they come from, each of another rank.

        Returns:
            dict[int | None, int]: `PERSONNE_ID` by rank.
        """
        values = GuardianRow.values
        ids = self._new_ids(GUARDIANS, len(rows))
        self._insert(
            GUARDIANS,
            ("id", "line", "rank", *GuardianRow.columns),
            (
                (i, *(where if where[0] else BY_HAND), *values(row))
                for i, (row, where) in zip(ids, rows, strict=True)
            ),
        )
        return {rank: i for i, (_, (_, rank)) in zip(ids, rows, strict=True)}

    def add_students(self, rows: Sequence[tuple[StudentRow, Position]]) -> dict[int | None, int]:
        """Add pupils; each gets the school's next number (`ELENOET`).

        Args:
            rows (Sequence[tuple[StudentRow, Position]]): values and where they come from, each of another rank.

        Returns:
            dict[int | None, int]: `ELEVE_ID` by rank.
        """
        values = StudentRow.values
        ids = self._new_ids(STUDENTS, len(rows))
        numbers = self._foreseen.pop(_NUMBERS, ()) or self._take_numbers(len(rows))
        self._insert(
            STUDENTS,
            ("id", "number", "line", "rank", *StudentRow.columns),
            (
                (i, number, *(where if where[0] else BY_HAND), *values(row))
                for i, number, (row, where) in zip(ids, numbers, rows, strict=True)
            ),
        )
        return {rank: i for i, (_, (_, rank)) in zip(ids, rows, strict=True)}

    def add_enrolments(self, year: int, rows: Sequence[tuple[int, EnrolmentRow, Position]]) -> None:
        """Add pupils' years.

        Args:
            year (int): first calendar year.
            rows (Sequence[tuple[int, EnrolmentRow, Position]]): pupil, values, where they come from.
        """
        values = EnrolmentRow.values
        self._insert(
            ENROLMENTS,
            ("student_id", "line", "rank", *EnrolmentRow.columns),
            (
                (student_id, *(where if where[0] else BY_HAND), *values(row))
                for student_id, row, where in rows
            ),
            year=year,
        )

    def add_schoolings(self, year: int, rows: Sequence[tuple[int, SchoolingRow, Position]]) -> None:
        """Add periods of schooling.

        Args:
            year (int): first calendar year.
            rows (Sequence[tuple[int, SchoolingRow, Position]]): pupil, values, where they come from.
        """
        values = SchoolingRow.values
        self._insert(
            SCHOOLINGS,
            ("student_id", "line", "rank", *SchoolingRow.columns),
            (
                (student_id, *(where if where[0] else BY_HAND), *values(row))
                for student_id, row, where in rows
            ),
            year=year,
        )

    def add_memberships(
        self, year: int, rows: Sequence[tuple[int, MembershipRow, Position]]
    ) -> None:
        """Put pupils into groups.

        Args:
            year (int): first calendar year.
            rows (Sequence[tuple[int, MembershipRow, Position]]): pupil, values, where they come from.
        """
        values = MembershipRow.values
        self._insert(
            MEMBERSHIPS,
            ("student_id", "line", "rank", *MembershipRow.columns),
            (
                (student_id, *(where if where[0] else BY_HAND), *values(row))
                for student_id, row, where in rows
            ),
            year=year,
        )

    def add_links(self, rows: Sequence[tuple[int, int, LinkRow]]) -> None:
        """Link guardians to pupils.

        Args:
            rows (Sequence[tuple[int, int, LinkRow]]): pupil, guardian, what one is to the other.
        """
        values = LinkRow.values
        self._insert(
            LINKS,
            ("student_id", "guardian_id", *LinkRow.columns),
            ((student_id, guardian_id, *values(row)) for student_id, guardian_id, row in rows),
        )

    def change_students(self, rows: Sequence[tuple[int, StudentRow, Position]]) -> None:
        """Rewrite pupils.

        Args:
            rows (Sequence[tuple[int, StudentRow, Position]]): id, values, where they come from.
        """
        values = StudentRow.values
        self._update(
            STUDENTS,
            ("line", "rank", *StudentRow.columns),
            ((i, *(where if where[0] else BY_HAND), *values(row)) for i, row, where in rows),
        )

    def give_numbers(self, rows: Sequence[tuple[int, str | None, str | None, str | None]]) -> None:
        """Write the national numbers of pupils; where they come from in a file stays as it is.

        Args:
            rows (Sequence[tuple[int, str | None, str | None, str | None]]): id, INE, that of the académie's base,
                that of the national registry: all three as they are to be.
        """
        self._update(STUDENTS, ("ine", "ine_bea", "ine_rnie"), rows)

    def change_enrolments(self, rows: Sequence[tuple[int, EnrolmentRow, Position]]) -> None:
        """Rewrite pupils' years.

        Args:
            rows (Sequence[tuple[int, EnrolmentRow, Position]]): id, values, where they come from.
        """
        values = EnrolmentRow.values
        self._update(
            ENROLMENTS,
            ("line", "rank", *EnrolmentRow.columns),
            ((i, *(where if where[0] else BY_HAND), *values(row)) for i, row, where in rows),
        )

    def change_schoolings(self, rows: Sequence[tuple[int, SchoolingRow, Position]]) -> None:
        """Rewrite periods of schooling.

        Args:
            rows (Sequence[tuple[int, SchoolingRow, Position]]): id, values, where they come from.
        """
        values = SchoolingRow.values
        self._update(
            SCHOOLINGS,
            ("line", "rank", *SchoolingRow.columns),
            ((i, *(where if where[0] else BY_HAND), *values(row)) for i, row, where in rows),
        )

    def change_memberships(self, rows: Sequence[tuple[int, MembershipRow, Position]]) -> None:
        """Rewrite places in groups.

        Args:
            rows (Sequence[tuple[int, MembershipRow, Position]]): id, values, where they come from.
        """
        values = MembershipRow.values
        self._update(
            MEMBERSHIPS,
            ("line", "rank", *MembershipRow.columns),
            ((i, *(where if where[0] else BY_HAND), *values(row)) for i, row, where in rows),
        )

    def change_guardians(self, rows: Sequence[tuple[int, GuardianRow, Position]]) -> None:
        """Rewrite guardians.

        Args:
            rows (Sequence[tuple[int, GuardianRow, Position]]): id, values, where they come from.
        """
        values = GuardianRow.values
        self._update(
            GUARDIANS,
            ("line", "rank", *GuardianRow.columns),
            ((i, *(where if where[0] else BY_HAND), *values(row)) for i, row, where in rows),
        )

    def change_links(self, rows: Sequence[tuple[int, LinkRow]]) -> None:
        """Rewrite links.

        Args:
            rows (Sequence[tuple[int, LinkRow]]): id, values.
        """
        values = LinkRow.values
        self._update(LINKS, LinkRow.columns, ((i, *values(row)) for i, row in rows))

    def remove(self, table: str, ids: Sequence[int]) -> None:
        """Remove rows; their last state stays in the history.

        Args:
            table (str): one of `TABLES`.
            ids (Sequence[int]): the rows.
        """
        staging.delete_rows(self._cursor, table, uai=self.uai, ids=ids)

    def free_private_ids(self, table: str, ids: Sequence[int]) -> None:
        """Take private ids back from those who bore them.

        Args:
            table (str): `ENROLMENTS` or `GUARDIANS`.
            ids (Sequence[int]): the rows.
        """
        self._set(table, ids, "private_id = NULL")

    def confirm(self, enrolment_ids: Sequence[int]) -> None:
        """Count as present the pupils carried from the year before, now that a file holds them.

        Args:
            enrolment_ids (Sequence[int]): the enrolments.
        """
        self._set(ENROLMENTS, enrolment_ids, "is_expected = false")

    def move_schoolings(self, schooling_ids: Sequence[int], *, mef: str) -> None:
        """Put periods of schooling under another MEF, by hand.

        Args:
            schooling_ids (Sequence[int]): the periods.
            mef (str): the MEF, eleven characters.
        """
        if schooling_ids:
            self._cursor.execute(
                f"UPDATE {SCHOOLINGS} SET mef = %s, line = NULL, rank = NULL, act_id = %s"  # noqa: S608 - our own name
                " WHERE uai = %s AND id = ANY(%s)".encode(),
                [mef, self.act_id, self.uai, list(schooling_ids)],
            )

    def _set(self, table: str, ids: Sequence[int], assignment: str) -> None:
        if ids:
            self._cursor.execute(
                f"UPDATE {table} SET {assignment}, act_id = %s WHERE uai = %s AND id = ANY(%s)".encode(),  # noqa: S608 - our own names
                [self.act_id, self.uai, list(ids)],
            )

    def _new_ids(self, table: str, count: int) -> Sequence[int]:
        return self._foreseen.pop(table, ()) or staging.take_ids(self._cursor, table, count)

    def _take_numbers(self, count: int) -> Sequence[int]:
        if count == 0:
            return ()
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE schools_school SET last_pupil_number = last_pupil_number + %s WHERE uai = %s"
                " RETURNING last_pupil_number",
                [count, self.uai],
            )
            last: int = cursor.fetchone()[0]
        return range(last - count + 1, last + 1)

    def _insert(
        self,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
        **constants: int,
    ) -> None:
        signature = {"uai": self.uai, "created_act_id": self.act_id, "act_id": self.act_id}
        staging.insert_rows(
            self._cursor, table, columns, rows, constants={**signature, **constants}
        )

    def _update(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        staging.update_rows(
            self._cursor,
            table,
            ("id", "uai", "act_id", *columns),
            ((row[0], self.uai, self.act_id, *row[1:]) for row in rows),
        )
