"""Write what was decided of a school's records: persons, numbers, links, requests, and the records' own numbers.

One transaction holds it all, in an act of the school: a stop leaves everything or nothing.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from bascule.ine.deciding import Decided, best_fit
from bascule.ine.known import Known
from bascule.ine.matching.civil import search_keys
from bascule.ine.models import Link, Number, Request
from bascule.ine.numbering import new_numbers
from bascule.ine.reasons import Reason
from bascule.ine.records import DIGEST_SQL, CivilColumns, Record
from bascule.ine.refusals import REASONS, Outcome, Refusal, standing_refusals
from bascule.ine.weights import model_in_force
from bascule.journal.act import OpenAct
from bascule.store import staging
from bascule.students.register import Register
from bascule.values.ine import ine_kind

_PERSON = (
    "id", "root_id", *CivilColumns._fields, "name_key", "usual_key", "first_key", "last_uai", "last_year", "since",
)  # fmt: skip
_NEW = Link.How.NEW


class Writer:
    """The writing side of the directory, for the length of an act that holds it.

    Args:
        opened (OpenAct): the act, of the school.
        year (int): first calendar year.
        known (Known): what the directory knows, with what was decided.
        makes_numbers (bool): whether new numbers are made here; else those who lack one wait for the outside service.
    """

    def __init__(self, opened: OpenAct, *, year: int, known: Known, makes_numbers: bool) -> None:
        self._act = opened
        self._year = year
        self._known = known
        self._makes_numbers = makes_numbers
        self._cursor = staging.raw_cursor()

    def write(self, decided: Sequence[Decided]) -> int:
        """Write all that was decided.

        Args:
            decided (Sequence[Decided]): of each record; new persons get their true numbers.

        Returns:
            int: into how many records a number was written.
        """
        created = [one for one in decided if one.how is _NEW]
        named = self._add_persons(created)
        for one in decided:
            for candidate in one.candidates:
                candidate["person"] = named.get(candidate["person"], candidate["person"])
        self._keep_up_to_date([one for one in decided if one.person_id and one.how is not _NEW])
        self._add_numbers(decided)
        given = self._give([one for one in decided if one.root is not None])
        self._link([one for one in decided if one.root is not None], given)
        self._answer(decided)
        return len(given)

    def _add_persons(self, created: Sequence[Decided]) -> dict[int, int]:
        """Add them; give the number of each by the negative one that stood for it."""
        ids = staging.take_ids(self._cursor, "ine_person", len(created))
        named: dict[int, int] = {}
        for person_id, one in zip(ids, created, strict=True):
            assert one.root is not None  # noqa: S101 - new ones have a number of their own
            self._known.numbers[person_id] = self._known.numbers.pop(one.root, [])
            named[one.root] = one.root = one.person_id = person_id
        insert_persons(
            self._cursor,
            zip(ids, (one.record.civil for one in created), strict=True),
            uai=self._act.uai,
            year=self._year,
            at=self._act.at,
        )
        return named

    def _keep_up_to_date(self, linked: Iterable[Decided]) -> None:
        """Put the civil status of the latest record in force; the one before is kept."""
        changed: dict[int, CivilColumns] = {}
        for one in linked:
            assert one.root is not None  # noqa: S101 - they are linked
            assert one.person_id is not None  # noqa: S101 - likewise
            held = self._known.civils[one.root][one.person_id]
            if self._year >= self._known.last_years[one.person_id]:
                changed[one.person_id] = one.record.civil.over(held)
        rewrite_persons(self._cursor, changed, self._known, actor=self._act.actor, at=self._act.at)
        self._cursor.execute(
            "UPDATE ine_person SET last_uai = %s, last_year = %s WHERE id = ANY(%s)"
            " AND (last_uai, last_year) IS DISTINCT FROM (%s, %s)",
            [self._act.uai, self._year, list(changed), self._act.uai, self._year],
        )

    def _add_numbers(self, decided: Sequence[Decided]) -> None:
        rows: list[tuple[str, int, str, str]] = []
        asking: list[int] = []
        waiting: list[Decided] = []
        for one in decided:
            if one.root is None:
                continue
            home = one.person_id or one.root
            rows += (_row(number, home, Number.Source.FILE) for number in one.new_numbers)
            # Two records of the same person ask once.
            if one.asks and self._known.number_in_force(one.root) is None:
                if not self._makes_numbers:
                    waiting.append(one)
                    continue
                asking.append(home)
                self._known.numbers.setdefault(one.root, []).append(("RNIE", ""))
        made = new_numbers(year=self._year, count=len(asking))
        for home, number in zip(asking, made, strict=True):
            rows.append(_row(number, home, Number.Source.GIVEN))
            root = self._known.roots.get(home, home)
            self._known.numbers[root] = [("RNIE", number)]
        staging.insert_rows(
            self._cursor,
            "ine_number",
            ("number", "person_id", "kind", "source", "since", "from_uai"),
            ((*row, self._act.at, self._act.uai) for row in rows),
        )
        self._wait_for_service(waiting)

    def _wait_for_service(self, waiting: Sequence[Decided]) -> None:
        """Leave to the outside service those who have no number, and say of whom it refused why."""
        roots = {one.root for one in waiting if one.root is not None}
        refusals = standing_refusals(self._cursor, roots) if roots else {}
        for one in waiting:
            refusal = refusals.get(one.root or 0)
            if refusal is None:
                one.state, one.reason = Request.State.WAITING, Reason.NATIONAL
            elif refusal.outcome is Outcome.DISPUTE:
                one.state, one.reason = Request.State.DISPUTE, Reason.NATIONAL_DISPUTE
            elif refusal.owner is not None and refusal.owner != one.root:
                self._refuse_number_of(one, refusal.owner)
            else:
                one.state, one.reason = Request.State.ERROR, _unusable(refusal)

    def _refuse_number_of(self, one: Decided, owner: int) -> None:
        """Put in dispute whether somebody is the person whose number the service gave, once."""
        self._known.read_persons((one.root or 0, owner))
        if owner in self._known.apart.get(one.root or 0, ()):
            one.state, one.reason = Request.State.ERROR, Reason.NATIONAL_UNUSABLE
            return
        fit = best_fit(one.record, owner, self._known, model_in_force())
        one.state, one.reason = Request.State.DISPUTE, Reason.NATIONAL_OF_ANOTHER
        one.candidates = [{"person": owner, "score": fit[1].as_json() if fit else None}]

    def _give(self, linked: Iterable[Decided]) -> dict[int, str]:
        """Write numbers into the records, where there is none."""
        rows: list[tuple[int, str | None, str | None, str | None]] = []
        given: dict[int, str] = {}
        for one in linked:
            after = self._numbers_after(one.record, one.root or 0)
            if after != one.record.numbers:
                rows.append((one.record.student_id, *after))
                given[one.record.student_id] = next(
                    number
                    for number in reversed(after)
                    if number not in (None, *one.record.numbers)
                )
        Register(uai=self._act.uai, act_id=self._act.id).give_numbers(rows)
        return given

    def _numbers_after(
        self, record: Record, root: int
    ) -> tuple[str | None, str | None, str | None]:
        ine, bea, rnie = record.numbers
        known = self._known

        def new(number: str | None) -> str | None:
            return None if number in record.numbers else number

        return (
            ine or new(known.number_in_force(root)),
            bea or new(known.first_number(root, "BEA")),
            rnie or new(known.first_number(root, "RNIE")),
        )

    def _link(self, linked: Sequence[Decided], given: dict[int, str]) -> None:
        rows = [
            {
                "student_id": one.record.student_id,
                "person_id": one.person_id,
                "how": one.how,
                "score": one.score,
                "given": given.get(one.record.student_id),
            }
            for one in linked
            if one.how is not None or not one.record.is_same or one.record.student_id in given
        ]
        bring_back(self._cursor, [one.person_id for one in linked if one.how is not None])
        self._cursor.execute(
            "INSERT INTO ine_link AS l (uai, created_act_id, act_id, student_id, person_id, how, digest, score, since,"  # noqa: S608 - our own words
            f" given, given_at) SELECT s.uai, %s, %s, s.id, v.person_id, coalesce(v.how, '{Link.How.AGENT}'),"
            f" {DIGEST_SQL}, v.score, %s, v.given, CASE WHEN v.given IS NOT NULL THEN %s::timestamptz END"
            " FROM jsonb_to_recordset(%s::jsonb) AS v"
            " (student_id bigint, person_id bigint, how text, score jsonb, given text)"
            " JOIN students_student s ON s.id = v.student_id AND s.uai = %s"
            " ON CONFLICT (student_id) DO UPDATE SET act_id = EXCLUDED.act_id, digest = EXCLUDED.digest,"
            " score = coalesce(EXCLUDED.score, l.score), given = coalesce(EXCLUDED.given, l.given),"
            " given_at = coalesce(EXCLUDED.given_at, l.given_at),"
            # Another number is to be taken back too.
            " returned_at = CASE WHEN EXCLUDED.given IS NULL THEN l.returned_at END".encode(),
            [self._act.id, self._act.id, *(self._act.at,) * 2, json.dumps(rows), self._act.uai],
        )

    def _answer(self, decided: Sequence[Decided]) -> None:
        rows = [
            {
                "student_id": one.record.student_id,
                "state": one.state,
                "reason": one.reason or "",
                "candidates": one.candidates or None,
            }
            for one in decided
        ]
        write_requests(self._cursor, self._act, year=self._year, rows=rows)


def insert_persons(
    cursor: Any, persons: Iterable[tuple[int, CivilColumns]], *, uai: str, year: int, at: datetime
) -> None:
    """Add persons; the directory is held.

    Args:
        cursor (Any): a cursor in the transaction.
        persons (Iterable[tuple[int, CivilColumns]]): id and civil status of each.
        uai (str): the school whose records they come from.
        year (int): first calendar year.
        at (datetime): when.
    """
    staging.insert_rows(
        cursor,
        "ine_person",
        _PERSON,
        ((i, i, *civil, *search_keys(civil.compared()), uai, year, at) for i, civil in persons),
    )


def bring_back(cursor: Any, person_ids: Sequence[int | None]) -> None:
    """Make persons whom a record is linked to be proposed again, if they were not; the directory is held.

    Args:
        cursor (Any): a cursor in the transaction.
        person_ids (Sequence[int | None]): the persons.
    """
    cursor.execute(
        "UPDATE ine_person SET retired_at = NULL WHERE id = ANY(%s) AND retired_at IS NOT NULL",
        [list(person_ids)],
    )


def write_requests(
    cursor: Any, opened: OpenAct, *, year: int, rows: Sequence[dict[str, Any]]
) -> None:
    """Write what became of requests, in an act of the school.

    Args:
        cursor (Any): a cursor in the transaction.
        opened (OpenAct): the act.
        year (int): first calendar year.
        rows (Sequence[dict[str, Any]]): `student_id`, `state`, `reason`, `candidates`.
    """
    cursor.execute(
        "INSERT INTO ine_request AS r (uai, created_act_id, act_id, year, student_id, state, reason, candidates,"  # noqa: S608 - our own words
        f" digest, asked_at, settled_at, settled_by) SELECT s.uai, %s, %s, %s, s.id, v.state, v.reason, v.candidates,"
        f" {DIGEST_SQL}, %s, CASE WHEN v.state = 'ATTRIBUE' THEN %s::timestamptz END,"
        " CASE WHEN v.state = 'ATTRIBUE' THEN %s END"
        " FROM jsonb_to_recordset(%s::jsonb) AS v (student_id bigint, state text, reason text, candidates jsonb)"
        " JOIN students_student s ON s.id = v.student_id AND s.uai = %s"
        " ON CONFLICT (uai, year, student_id) DO UPDATE SET act_id = EXCLUDED.act_id, state = EXCLUDED.state,"
        " reason = EXCLUDED.reason, candidates = EXCLUDED.candidates, digest = EXCLUDED.digest,"
        # A dispute is as old as its first day.
        " asked_at = CASE WHEN r.state = EXCLUDED.state THEN r.asked_at ELSE EXCLUDED.asked_at END,"
        " is_handed = r.is_handed AND EXCLUDED.state = 'LITIGE',"
        " settled_at = EXCLUDED.settled_at, settled_by = EXCLUDED.settled_by".encode(),
        [
            *(opened.id,) * 2,
            year,
            *(opened.at,) * 2,
            opened.actor,
            json.dumps(rows),
            opened.uai,
        ],
    )


def rewrite_persons(
    cursor: Any, changed: dict[int, CivilColumns], known: Known, *, actor: str, at: datetime
) -> None:
    """Put other civil statuses in force; those before are kept. The directory is held.

    Args:
        cursor (Any): a cursor in the transaction.
        changed (dict[int, CivilColumns]): by person; those that are as they were are left alone.
        known (Known): the persons, read.
        actor (str): who writes.
        at (datetime): when.
    """
    held = {person: civil for civils in known.civils.values() for person, civil in civils.items()}
    rows = [(person, civil) for person, civil in changed.items() if civil != held[person]]
    if not rows:
        return
    cursor.execute(
        "INSERT INTO ine_personstate (person_id, until, actor, before)"
        " SELECT id, %s, %s, to_jsonb(p) FROM ine_person p WHERE id = ANY(%s)",
        [at, actor, [person for person, _ in rows]],
    )
    names = (*CivilColumns._fields, "name_key", "usual_key", "first_key")
    columns = ", ".join(names)
    content = [
        dict(
            zip(
                ("id", *names),
                (person, *civil, *search_keys(civil.compared())),
                strict=True,
            )
        )
        for person, civil in rows
    ]
    cursor.execute(
        f"UPDATE ine_person p SET ({columns}) = ROW({', '.join(f'v.{name}' for name in names)})"  # noqa: S608 - our own words
        " FROM jsonb_populate_recordset(NULL::ine_person, %s::jsonb) v WHERE v.id = p.id".encode(),
        [json.dumps(content, default=str)],
    )


def _row(number: str, home: int, source: str) -> tuple[str, int, str, str]:
    kind = ine_kind(number)
    assert kind is not None  # noqa: S101 - numbers without a form were left out
    return number, home, kind.name, source


def _unusable(refusal: Refusal) -> Reason:
    return Reason.NATIONAL_UNUSABLE if refusal.owner else REASONS[refusal.outcome]
