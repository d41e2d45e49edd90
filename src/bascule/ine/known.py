"""What the directory knows that may concern the records of a school, read for all of them together."""

from collections.abc import Iterable
from typing import Any

from bascule.ine.records import CivilColumns
from bascule.store import staging
from bascule.values.ine import ine_kind

_CIVIL = ", ".join(f"p.{name}" for name in CivilColumns._fields)


class Known:
    """Persons by their numbers, and numbers by their persons; a person stands for all those that merges make one.

    Args:
        uai (str): the school; it is open, and the directory too.
    """

    def __init__(self, uai: str) -> None:
        self._cursor = staging.raw_cursor()
        #: The person of each number that was looked up or read.
        self.owners: dict[str, int] = {}
        #: The numbers of each person read: kind, then number, the oldest first.
        self.numbers: dict[int, list[tuple[str, str]]] = {}
        #: The civil statuses of each person read, by id: several where persons were merged.
        self.civils: dict[int, dict[int, CivilColumns]] = {}
        #: The year of the last record that each civil status was compared with.
        self.last_years: dict[int, int] = {}
        #: Whom an agent said that each person read is not.
        self.apart: dict[int, set[int]] = {}
        #: The record of the school that each person has already.
        self.taken: dict[int, int] = {}
        #: The person of each id that a link names.
        self.roots: dict[int, int] = {}
        self._read_taken(uai)

    def read_numbers(self, numbers: Iterable[str]) -> None:
        """Look numbers up.

        Args:
            numbers (Iterable[str]): those of the records.
        """
        self._cursor.execute(
            "SELECT n.number, p.root_id FROM ine_number n JOIN ine_person p ON p.id = n.person_id"
            " WHERE n.number = ANY(%s)",
            [list(set(numbers))],
        )
        self.owners |= dict(self._cursor.fetchall())

    def read_persons(self, roots: Iterable[int]) -> None:
        """Read persons, their numbers, and whom they are not.

        Args:
            roots (Iterable[int]): which; those already read are not read again.
        """
        wanted = [root for root in set(roots) if root not in self.civils]
        if not wanted:
            return
        for row in self._rows(
            f"SELECT p.root_id, p.id, coalesce(p.last_year, 0), {_CIVIL} FROM ine_person p"  # noqa: S608 - our own words
            " WHERE p.root_id = ANY(%s)",
            wanted,
        ):
            self.civils.setdefault(row[0], {})[row[1]] = CivilColumns(*row[3:])
            self.last_years[row[1]] = row[2]
            self.roots[row[1]] = row[0]
        for root, kind, number in self._rows(
            "SELECT p.root_id, n.kind, n.number FROM ine_person p JOIN ine_number n ON n.person_id = p.id"
            " WHERE p.root_id = ANY(%s) ORDER BY n.since, n.number",
            wanted,
        ):
            self.numbers.setdefault(root, []).append((kind, number))
            self.owners[number] = root
        for one, other in self._rows(
            "SELECT o.root_id, t.root_id FROM ine_apart a JOIN ine_person o ON o.id = a.one_id"
            " JOIN ine_person t ON t.id = a.other_id WHERE a.withdrawn_at IS NULL"
            " AND (a.one_id = ANY(%s) OR a.other_id = ANY(%s))",
            *(self._members(wanted),) * 2,
        ):
            self.apart.setdefault(one, set()).add(other)
            self.apart.setdefault(other, set()).add(one)

    def add_number(self, root: int, number: str) -> None:
        """Note that a person has a number from now on.

        Args:
            root (int): the person.
            number (str): an INE.
        """
        kind = ine_kind(number)
        if kind is not None:
            self.numbers.setdefault(root, []).append((kind.name, number))
            self.owners[number] = root

    def first_number(self, root: int, kind: str) -> str | None:
        """Give the number of a kind that is in force.

        Args:
            root (int): the person.
            kind (str): `BEA`, `RNIE` or `APPRENTICE`.

        Returns:
            str | None: the oldest one.
        """
        return next((n for its, n in self.numbers.get(root, ()) if its == kind), None)

    def number_in_force(self, root: int) -> str | None:
        """Give the number by which a person is known.

        Args:
            root (int): the person.

        Returns:
            str | None: that of the national registry, else that of the académie's base, else whichever there is.
        """
        return (
            self.first_number(root, "RNIE")
            or self.first_number(root, "BEA")
            or self.first_number(root, "APPRENTICE")
        )

    def _read_taken(self, uai: str) -> None:
        # A link outlives the record that an undoing removed: it comes back with it.
        for student_id, person_id, root in self._rows(
            "SELECT l.student_id, l.person_id, p.root_id FROM ine_link l JOIN ine_person p ON p.id = l.person_id"
            " JOIN students_student s ON s.id = l.student_id AND s.uai = l.uai WHERE l.uai = %s",
            uai,
        ):
            self.roots[person_id] = root
            self.taken[root] = student_id

    def _members(self, roots: Iterable[int]) -> list[int]:
        return [person for root in roots for person in self.civils.get(root, ())]

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        self._cursor.execute(query.encode(), values)
        return self._cursor.fetchall()
