"""Tell a school where the INE of its pupils stand: who has none and why, what came since the last export."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction

from bascule.ine.directory import open_directory
from bascule.ine.models import Number, Request
from bascule.ine.reasons import WORDS, Reason, Words
from bascule.journal.milestones import Milestone, reached_in
from bascule.schools.directory import school_numbers
from bascule.store import staging
from bascule.store.policies import open_schools
from bascule.students.rows import INE_SQL
from bascule.values import civil_identity
from bascule.values.ine import IneKind, ine_kind
from bascule.values.words import said as _

#: The pupil's latest division of the year.
_DIVISION_SQL = (
    "coalesce((SELECT c.division FROM students_schooling c WHERE c.uai = e.uai AND c.year = e.year"
    " AND c.student_id = s.id ORDER BY c.starts_on DESC LIMIT 1), '')"
)
_CLOSED_SQL = "EXISTS (SELECT FROM schools_schoolyear y WHERE y.uai = e.uai AND y.year = e.year AND y.state = 'closed')"
#: Stands for the state of a request of a closed year.
_PAST_STATE = "clos"


class Stand(StrEnum):
    """Where the INE of a pupil stands; the words of URLs."""

    KNOWN = "connu"
    TO_TAKE = "a-reexporter"
    TAKEN = "repris"
    DISPUTE = "litige"
    ERROR = "erreur"
    TO_ASK = "a-demander"
    BLOCKED = "bloque"
    PAST = "annee-close"

    @property
    def label(self) -> str:
        """Return its French words."""
        return _LABELS[self]

    @property
    def has_number(self) -> bool:
        """Whether the pupil has an INE."""
        return self in (Stand.KNOWN, Stand.TO_TAKE, Stand.TAKEN)


_LABELS = {
    Stand.KNOWN: _("INE connu"),
    Stand.TO_TAKE: _("INE reçu, à réexporter"),
    Stand.TAKEN: _("INE reçu et repris par votre logiciel"),
    Stand.DISPUTE: _("en litige"),
    Stand.ERROR: _("en erreur"),
    Stand.TO_ASK: _("à demander cette nuit"),
    Stand.BLOCKED: _("fiche bloquée"),
    Stand.PAST: _("sans INE, année close"),
}
_TO_ASK = Words(
    _("L’INE n’a pas encore été demandé."), _("Rien à faire : il sera demandé cette nuit.")
)
_PAST = Words(
    _("L’année est close : l’INE n’est plus demandé pour elle."),
    _("Rien à faire : si l’élève revient une autre année, il sera demandé alors."),
)
_BLOCKED = Words(
    _("Une anomalie bloque la fiche : l’INE n’est pas demandé."),
    _("Corrigez l’anomalie dans votre logiciel et renvoyez le fichier, ou corrigez la fiche ici."),
)


@dataclass(frozen=True, slots=True)
class PupilNumber:
    """The INE of a pupil, or why there is none.

    Attributes:
        student_id: the pupil.
        name: as lists show it.
        division: code of the division, where there is one.
        number: the INE.
        stand: where it stands.
        reason: why there is none, or why it is in dispute.
        given_at: when the directory gave it.
        taken_at: when a file of the school first carried it.
    """

    student_id: int
    name: str
    division: str
    number: str | None
    stand: Stand
    reason: Reason | None
    given_at: datetime | None
    taken_at: datetime | None

    @property
    def words(self) -> Words | None:
        """Return why there is none, and what to do; None for who has one without dispute."""
        if self.reason is not None:
            return WORDS[self.reason]
        others = {Stand.TO_ASK: _TO_ASK, Stand.BLOCKED: _BLOCKED, Stand.PAST: _PAST}
        return others.get(self.stand)


@dataclass(frozen=True, slots=True)
class Standing:
    """The INE of a school's year.

    Attributes:
        pupils: in the order of their names.
        counts: by where they stand.
        to_take: numbers that came since the last export of the pupils: it is to be made again.
        exported_at: when that was; None if never.
    """

    pupils: list[PupilNumber]
    counts: Mapping[Stand, int]
    to_take: int
    exported_at: datetime | None

    @property
    def without(self) -> list[PupilNumber]:
        """Return those who have none."""
        return [pupil for pupil in self.pupils if not pupil.stand.has_number and not pupil.number]


def standing(*, uai: str, year: int) -> Standing:
    """Tell where the INE of the pupils of a year stand.

    Args:
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        Standing: pupil by pupil, and counts.
    """
    with transaction.atomic():
        open_schools(uai)
        export = reached_in(uai, year=year).get(Milestone.PUPILS_SENT)
        with staging.raw_cursor() as cursor:
            cursor.execute(
                f"SELECT s.id, s.family_name, s.usual_name, s.first_name, {_DIVISION_SQL},"  # noqa: S608 - our own words
                f" {INE_SQL}, e.is_blocked,"
                # Nobody asks for a closed year any more, nor settles what stood there.
                f" CASE WHEN {_CLOSED_SQL} THEN '{_PAST_STATE}' ELSE r.state END,"
                f" CASE WHEN NOT {_CLOSED_SQL} THEN r.reason END, l.given_at, l.returned_at"
                " FROM students_enrolment e JOIN students_student s ON s.id = e.student_id AND s.uai = e.uai"
                " LEFT JOIN ine_link l ON l.student_id = s.id AND l.uai = e.uai"
                " LEFT JOIN ine_request r ON r.student_id = s.id AND r.uai = e.uai AND r.year = e.year"
                " WHERE e.uai = %s AND e.year = %s AND NOT e.is_expected ORDER BY s.sort_key, s.id".encode(),
                [uai, year],
            )
            pupils = [
                PupilNumber(
                    row[0],
                    civil_identity.display(*row[1:4]),
                    row[4],
                    row[5],
                    _stand(row[5], row[7], *row[9:], is_blocked=row[6]),
                    Reason(row[8]) if row[8] else None,
                    *row[9:],
                )
                for row in cursor
            ]
    sent_at = export.at if export else None
    to_take = sum(
        pupil.given_at is not None
        and pupil.taken_at is None
        and (sent_at is None or pupil.given_at > sent_at)
        for pupil in pupils
    )
    return Standing(pupils, Counter(pupil.stand for pupil in pupils), to_take, sent_at)


def numbers_to_take(*, uais: Sequence[str]) -> dict[tuple[str, int], int]:
    """Count the numbers that came to schools since their last export of the pupils.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.

    Returns:
        dict[tuple[str, int], int]: by school and year not closed; those that have none are not there.
    """
    if not uais:
        return {}
    with transaction.atomic():
        open_schools(*uais)
        with staging.raw_cursor() as cursor:
            cursor.execute(
                "SELECT e.uai, e.year, count(*) FROM ine_link l"
                " JOIN students_enrolment e ON e.uai = l.uai AND e.student_id = l.student_id AND NOT e.is_expected"
                " JOIN schools_schoolyear y ON y.uai = e.uai AND y.year = e.year AND y.state <> 'closed'"
                " LEFT JOIN journal_yearmilestone m ON m.uai = e.uai AND m.year = e.year AND m.name = %s"
                " WHERE l.uai = ANY(%s) AND l.given_at IS NOT NULL AND l.returned_at IS NULL"
                " AND (m.at IS NULL OR l.given_at > m.at) GROUP BY 1, 2",
                [Milestone.PUPILS_SENT.value, list(uais)],
            )
            return {(uai, year): count for uai, year, count in cursor}


def _stand(
    number: str | None,
    state: str | None,
    given_at: datetime | None,
    taken_at: datetime | None,
    *,
    is_blocked: bool,
) -> Stand:
    if state == Request.State.DISPUTE:
        return Stand.DISPUTE
    if number is not None:
        if given_at is None:
            return Stand.KNOWN
        return Stand.TO_TAKE if taken_at is None else Stand.TAKEN
    if is_blocked and state != _PAST_STATE:
        return Stand.BLOCKED
    return {_PAST_STATE: Stand.PAST, Request.State.ERROR: Stand.ERROR}.get(
        state or "", Stand.TO_ASK
    )


class GivenNumber(NamedTuple):
    """A number that the directory gave a pupil.

    Attributes:
        student_id: the pupil.
        private_id: id in the school's software, when there is one.
        name: as lists show it.
        division: code of the division, where there is one.
        number: the INE.
    """

    student_id: int
    private_id: int | None
    name: str
    division: str
    number: str


def numbers_given(*, uai: str, year: int, since: datetime, until: datetime) -> list[GivenNumber]:
    """List the numbers that came for the pupils of a year.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        since (datetime): after this instant.
        until (datetime): up to this one.

    Returns:
        list[GivenNumber]: in the order of the pupils' names.
    """
    with transaction.atomic(), staging.raw_cursor() as cursor:
        open_schools(uai)
        cursor.execute(
            f"SELECT s.id, e.private_id, s.family_name || ' ' || s.first_name, {_DIVISION_SQL}, l.given"  # noqa: S608 - our own words
            " FROM ine_link l JOIN students_student s ON s.id = l.student_id AND s.uai = l.uai"
            " JOIN students_enrolment e ON e.student_id = s.id AND e.uai = l.uai AND e.year = %s"
            " WHERE l.uai = %s AND l.given_at > %s AND l.given_at <= %s ORDER BY s.sort_key, s.id".encode(),
            [year, uai, since, until],
        )
        return [GivenNumber(*row) for row in cursor]


@dataclass(frozen=True, slots=True)
class SchoolNumbers:
    """The INE of a school's year, in numbers.

    Attributes:
        uai: the school.
        name: its name.
        pupils: those of the year, expected ones left out.
        known: those who have an INE.
        given: those whose INE the directory gave.
        to_take: of these, those that no file of the school carried yet.
        disputes: requests in dispute.
        errors: requests in error.
        blocked: pupils kept back by an anomaly, without an INE.
        is_closed: whether the year is: nothing is asked, nor in dispute, any more.
    """

    uai: str
    name: str
    pupils: int
    known: int
    given: int
    to_take: int
    disputes: int
    errors: int
    blocked: int
    is_closed: bool

    @property
    def to_ask(self) -> int:
        """Return those for whom the next night asks."""
        return (
            0
            if self.is_closed
            else max(0, self.pupils - self.known - self.disputes - self.errors - self.blocked)
        )


def overview(*, year: int, uais: Sequence[str] | None = None) -> list[SchoolNumbers]:
    """Count the INE of schools.

    Args:
        year (int): first calendar year.
        uais (Sequence[str] | None): the schools; None for all those within reach.

    Returns:
        list[SchoolNumbers]: those that have pupils that year, in the order of their numbers.
    """
    with transaction.atomic(), staging.raw_cursor() as cursor:
        open_schools(*(school_numbers() if uais is None else uais))
        cursor.execute(
            "SELECT e.uai, coalesce(max(c.name), ''), count(*), count(n.number), count(l.given),"  # noqa: S608 - our own words
            " count(l.given) FILTER (WHERE l.returned_at IS NULL),"
            " count(*) FILTER (WHERE r.state = 'LITIGE' AND n.number IS NULL AND y.state <> 'closed'),"
            " count(*) FILTER (WHERE r.state = 'ERREUR' AND n.number IS NULL AND y.state <> 'closed'),"
            " count(*) FILTER (WHERE e.is_blocked AND n.number IS NULL"
            " AND coalesce(r.state, '') NOT IN ('LITIGE', 'ERREUR')), bool_or(y.state = 'closed')"
            " FROM students_enrolment e JOIN students_student s ON s.id = e.student_id AND s.uai = e.uai"
            " JOIN schools_schoolyear y ON y.uai = e.uai AND y.year = e.year"
            f" CROSS JOIN LATERAL (SELECT {INE_SQL} AS number) n"
            " LEFT JOIN schools_school c ON c.uai = e.uai"
            " LEFT JOIN ine_link l ON l.student_id = s.id AND l.uai = e.uai"
            " LEFT JOIN ine_request r ON r.student_id = s.id AND r.uai = e.uai AND r.year = e.year"
            " WHERE e.year = %s AND NOT e.is_expected GROUP BY e.uai ORDER BY e.uai",
            [year],
        )
        return [SchoolNumbers(*row) for row in cursor]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the directory says of a number.

    Attributes:
        number: the number asked about.
        kind: its form; None for a text that has none.
        person_id: whose it is; None when nobody's.
        in_force: the number by which that person is known now.
        others: the other numbers of that person.
        source: where the number comes from.
        since: since when it is known.
    """

    number: str
    kind: IneKind | None
    person_id: int | None = None
    in_force: str | None = None
    others: tuple[str, ...] = ()
    source: Number.Source | None = None
    since: datetime | None = None

    @property
    def is_retired(self) -> bool:
        """Whether another number stands for it now."""
        return self.in_force not in (None, self.number)


def resolve(number: str) -> Resolved:
    """Tell whose a number is, retired or not.

    Args:
        number (str): an INE.

    Returns:
        Resolved: the person and the number in force; nobody's for one that was never seen.
    """
    text = number.strip().upper()
    with transaction.atomic(), staging.raw_cursor() as cursor:
        open_directory()
        cursor.execute(
            "SELECT p.root_id, n.source, n.since FROM ine_number n JOIN ine_person p ON p.id = n.person_id"
            " WHERE n.number = %s",
            [text],
        )
        found = cursor.fetchone()
        if found is None:
            return Resolved(text, ine_kind(text))
        cursor.execute(
            "SELECT n.number FROM ine_number n JOIN ine_person p ON p.id = n.person_id WHERE p.root_id = %s"
            # As records are given theirs: that of the registry, else that of the base; the oldest of each.
            " ORDER BY array_position(ARRAY['RNIE', 'BEA', 'APPRENTICE'], n.kind::text), n.since, n.number",
            [found[0]],
        )
        numbers = [row[0] for row in cursor]
    return Resolved(
        text,
        ine_kind(text),
        found[0],
        numbers[0],
        tuple(one for one in numbers if one != text),
        Number.Source(found[1]),
        found[2],
    )
