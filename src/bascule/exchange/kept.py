"""What an undoing leaves as it is: what people wrote since, and what cannot be had again beside it.

A person's word stays, with the whole pupil around it: years, periods, links, guardians. Then, what
would come back with a private id that one of those bears now cannot, so it stays too, and so on
until nothing more is held.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from psycopg import Cursor

from bascule.ine.answers import NUMBER_ACTS
from bascule.journal.reverse import Event, Values, rows_touched_since
from bascule.store import staging
from bascule.students import holdings
from bascule.students.register import (
    ADDRESSES,
    ENROLMENTS,
    GUARDIANS,
    LINKS,
    STUDENTS,
    TABLES,
)

#: The tables whose rows an undoing gives back, and the values that these rows point at.
RECORDS = tuple(table for table in TABLES if table != ADDRESSES)
PLACES = Values(ADDRESSES, "digest", ((STUDENTS, "address_id"), (GUARDIANS, "address_id")))

#: A private id as the base holds it once: for a year, or for all of them.
_Key = tuple[str, int | None, int]


class _Bearer(NamedTuple):
    """A row that bears a private id, or will again; whose it is."""

    table: str
    row_id: int
    owner: int


class Kept:
    """Tells which rows the reversal of an act leaves as they are.

    Args:
        uai (str): the school; it is open.
        act_id (int): the act to reverse.
        events (Sequence[Event]): what it did.
        kinds_not_counted (Sequence[str]): kinds of acts that are no person's hand on a record.
        acts_not_counted (Sequence[int]): acts that leave nothing of theirs, each undone by another of them.
    """

    def __init__(
        self,
        *,
        uai: str,
        act_id: int,
        events: Sequence[Event],
        kinds_not_counted: Sequence[str] = (),
        acts_not_counted: Sequence[int] = (),
    ) -> None:
        self.uai = uai
        self.act_id = act_id
        self._events = events
        self._kept_pupils: set[int] = set()
        self._kept_guardians: set[int] = set()
        with staging.raw_cursor() as cursor:
            self._touched = rows_touched_since(
                cursor,
                uai=uai,
                act_id=act_id,
                tables=TABLES,
                kinds_not_counted=kinds_not_counted,
                acts_not_counted=acts_not_counted,
                # A number that came back from the directory is no hand on the record.
                kinds_of_no_hand=NUMBER_ACTS,
            )
            self._pupils = {i for table, i in self._touched if table == STUDENTS}
            self._pupils |= {
                row["student_id"] for row in self._touched.values() if "student_id" in row
            }
            #: Guardians who stay for a reason of their own, and are named; then, those of kept pupils.
            self._own = {i for table, i in self._touched if table == GUARDIANS}
            self._guardians = set(self._own)
            self._grow(cursor)

    def is_kept(self, table: str, row_id: int, content: dict[str, Any]) -> bool:
        """Tell whether a row that would be reversed stays as it is, and note whose it is.

        Args:
            table (str): its table.
            row_id (int): its id.
            content (dict[str, Any]): one of its states.

        Returns:
            bool: True when it stays.
        """
        if table == GUARDIANS:
            if row_id in self._own:
                self._kept_guardians.add(row_id)
            return row_id in self._guardians
        owner = row_id if table == STUDENTS else content.get("student_id")
        if owner in self._pupils:
            self._kept_pupils.add(owner)
            return True
        return (table, row_id) in self._touched

    def names(self) -> tuple[str, ...]:
        """Name the pupils and guardians kept, once the reversal is done.

        Returns:
            tuple[str, ...]: NAME First name of each, sorted.
        """
        rows = holdings.students(uai=self.uai, ids=sorted(self._kept_pupils))
        pupils = {i: f"{row.family_name} {row.first_name}" for i, row in rows.items()}
        guardians = holdings.guardian_names(uai=self.uai, ids=sorted(self._kept_guardians))
        found = {*pupils.values(), *guardians.values()}
        # Those who stay away are in the history alone.
        found |= self._names_before(STUDENTS, self._kept_pupils - pupils.keys())
        found |= self._names_before(GUARDIANS, self._kept_guardians - guardians.keys())
        return tuple(sorted(found))

    def _names_before(self, table: str, ids: set[int]) -> set[str]:
        states = [(event.table, event.row_id, event.before) for event in self._events]
        states += [(name, i, content) for (name, i), content in self._touched.items()]
        return {
            f"{content['family_name']} {content['first_name']}"
            for name, i, content in states
            if name == table and i in ids and content
        }

    def _grow(self, cursor: "Cursor[Any]") -> None:
        """Keep all that hangs on what is kept, until nothing more does."""
        wanted = self._wanted()
        bearers = self._bearers(cursor, wanted.values())
        links = [e.before for e in self._events if e.table == LINKS and e.operation == "D"]
        back = {e.row_id for e in self._events if e.table == GUARDIANS and e.operation == "D"}
        there = back | self._column(
            cursor, GUARDIANS, "id", "id", {link["guardian_id"] for link in links} - back
        )
        size = -1
        while size != (size := len(self._pupils) + len(self._guardians)):
            self._guardians |= self._column(
                cursor, LINKS, "guardian_id", "student_id", self._pupils
            )
            for row, key in wanted.items():
                bearer, moves = bearers.get(key, (row, True))
                if bearer != row and not self._holds(row) and (not moves or self._holds(bearer)):
                    self._keep(row)
            self._pupils |= {
                link["student_id"]
                for link in links
                if link["guardian_id"] not in there
                or (link["guardian_id"] in back and link["guardian_id"] in self._guardians)
            }
        # A guardian who would come back for no child stays away with them.
        children: dict[int, set[int]] = {}
        for link in links:
            children.setdefault(link["guardian_id"], set()).add(link["student_id"])
        self._guardians |= {i for i in back if i in children and children[i] <= self._pupils}

    def _wanted(self) -> dict[_Bearer, _Key]:
        """Give the private ids that the reversal gives back, each with the row that would bear it."""
        wanted: dict[_Bearer, _Key] = {}
        # The latest first: the earliest state of a row is the one it ends with.
        for table, row_id, _, before in self._events:
            if table not in (ENROLMENTS, GUARDIANS) or not before:
                continue
            bearer = _Bearer(table, row_id, before.get("student_id", row_id))
            wanted.pop(bearer, None)
            if before["private_id"] is not None:
                wanted[bearer] = (table, before.get("year"), before["private_id"])
        return wanted

    def _bearers(
        self, cursor: "Cursor[Any]", keys: Iterable[_Key]
    ) -> dict[_Key, tuple[_Bearer, bool]]:
        """Find the rows that bear these private ids now, and whether the reversal would take them back."""
        numbers = list({key[2] for key in keys})
        if not numbers:
            return {}
        cursor.execute(
            "SELECT 'students_enrolment', year::int, private_id, id, student_id, created_act_id"
            " FROM students_enrolment WHERE uai = %s AND private_id = ANY(%s) UNION ALL"
            " SELECT 'students_guardian', NULL, private_id, id, id, created_act_id"
            " FROM students_guardian WHERE uai = %s AND private_id = ANY(%s)",
            [self.uai, numbers] * 2,
        )
        moving = {(event.table, event.row_id) for event in self._events}
        return {
            (table, year, number): (
                _Bearer(table, row_id, owner),
                (table, row_id) in moving or made_by == self.act_id,
            )
            for table, year, number, row_id, owner, made_by in cursor.fetchall()
        }

    def _holds(self, bearer: _Bearer) -> bool:
        """Tell whether a row is kept."""
        return bearer.owner in (self._guardians if bearer.table == GUARDIANS else self._pupils)

    def _keep(self, row: _Bearer) -> None:
        if row.table == GUARDIANS:
            self._own.add(row.owner)
            self._guardians.add(row.owner)
        else:
            self._pupils.add(row.owner)

    def _column(
        self, cursor: "Cursor[Any]", table: str, column: str, key: str, values: set[int]
    ) -> set[int]:
        if not values:
            return set()
        cursor.execute(
            f"SELECT DISTINCT {column} FROM {table} WHERE uai = %s AND {key} = ANY(%s)".encode(),  # noqa: S608 - our own names
            [self.uai, list(values)],
        )
        return {row[0] for row in cursor.fetchall() if row[0] is not None}
