"""Open the year after for a school, its pupils who stay carried into it; undo it while nothing was done there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

from django.db import connection
from django.db.models import Q

from bascule.errors import RefusedError
from bascule.journal.act import act
from bascule.journal.milestones import Milestone, leave, reach, reached
from bascule.journal.models import Act
from bascule.journal.reverse import reverse_act
from bascule.nomenclatures.models import ProfileEntry
from bascule.schools.directory import known_school, list_schools
from bascule.schools.models import SchoolYear, Structure
from bascule.schools.open_year import YearAlreadyOpenError, years_of
from bascule.students.carry import Moves, carry_pupils, count_moves
from bascule.students.models import Enrolment, Schooling
from bascule.students.register import ENROLMENTS
from bascule.values import school_year

State = SchoolYear.State

OPEN_ACT = "year.open"
UNDO_OPENING_ACT = "year.undo-opening"

#: The table of years.
YEARS = "schools_schoolyear"

#: Blocks of the common data that belong to one year: the school says them again for the next.
_OF_A_YEAR = frozenset(("ANNEE_SCOLAIRE", "ANNEE_SCOLAIRE_AD", "PERIODES", "FERMETURES"))

#: What a school did in a year, as a refusal says it.
_DONE: Mapping[Milestone, str] = MappingProxyType(
    {
        Milestone.STRUCTURES_CARRIED: "les structures ont été reprises",
        Milestone.STRUCTURES_CHANGED: "les structures ont été modifiées",
        Milestone.STRUCTURES_VALIDATED: "les structures ont été validées",
        Milestone.COMMON_CHANGED: "les données communes ont été modifiées",
        Milestone.COMMON_VERIFIED: "les données communes ont été vérifiées",
        Milestone.RELEASE_RECEIVED: "des nomenclatures ont été reçues",
        Milestone.PROFILE_CHANGED: "le profilage a été modifié",
        Milestone.PROFILE_VALIDATED: "le profilage a été validé",
        Milestone.NOMENCLATURE_SENT: "les nomenclatures ont été exportées",
        Milestone.STRUCTURES_SENT: "les structures ont été exportées",
        Milestone.COMMON_SENT: "les données communes ont été exportées",
        Milestone.PUPILS_IMPORTED: "un fichier d’élèves a été intégré",
    }
)


class CannotOpenYearError(RefusedError):
    """Something of the school stands in the way of its next year.

    Args:
        uai (str): the school.
        year (int): the year to open.
        hindrance (str): French, what it is and what to do.
    """

    code = "year.cannot-open"

    def __init__(self, uai: str, year: int, hindrance: str) -> None:
        super().__init__(
            f"L’année {school_year.label(year)} ne peut pas être ouverte pour {uai}. {hindrance}"
        )
        self.uai, self.year, self.hindrance = uai, year, hindrance


class CannotUndoOpeningError(RefusedError):
    """The opening of a year can no longer be undone, or there is none.

    Args:
        uai (str): the school.
        year (int): the year.
        reasons (Sequence[str]): French, what was done since.
    """

    code = "year.cannot-undo-opening"

    def __init__(self, uai: str, year: int, reasons: Sequence[str]) -> None:
        super().__init__(
            f"L’ouverture de l’année {school_year.label(year)} ne peut pas être annulée pour {uai} :"
            f" {' ; '.join(reasons)}. Rien n’a été changé. Annulez d’abord ce qui a été fait dans cette année."
        )
        self.uai, self.year, self.reasons = uai, year, tuple(reasons)


class Readiness(Enum):
    """Whether a year can be opened for a school."""

    READY = "ready"
    #: It is there already.
    OPEN = "open"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class SchoolPlan:
    """What opening a year would do for a school.

    Attributes:
        uai: the school.
        name: its name.
        readiness: whether it can be done.
        sentence: French: why it cannot, or what deserves a look; blank for nothing.
        moves: its pupils of the year before.
    """

    uai: str
    name: str
    readiness: Readiness
    sentence: str
    moves: Moves


@dataclass(frozen=True, slots=True)
class OpenedYear:
    """What opening a year did.

    Attributes:
        uai: the school.
        year: the year opened.
        act_id: the act that did it.
        carried_count: pupils expected in it.
        left_count: pupils of the year before who had left.
    """

    uai: str
    year: int
    act_id: int
    carried_count: int
    left_count: int


def plan_opening(*, uais: Sequence[str], year: int) -> list[SchoolPlan]:
    """Tell, school by school, what opening a year would do.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        year (int): the year to open.

    Returns:
        list[SchoolPlan]: in the order of the directory.
    """
    wanted = set(uais)
    years: dict[str, list[SchoolYear]] = {}
    for row in years_of(*uais):
        years.setdefault(row.uai, []).append(row)
    moves = count_moves(uais=uais, year=year - 1)
    return [
        _plan(school.uai, school.name, years.get(school.uai, []), year, moves)
        for school in list_schools()
        if school.uai in wanted
    ]


def open_next_year(*, uai: str, year: int, actor: str, at: datetime) -> OpenedYear:
    """Open a year in preparation beside the one under way, and carry the pupils who stay: one act.

    Args:
        uai (str): the school.
        year (int): the year to open; the one before is under way.
        actor (str): who opens it.
        at (datetime): when, with its time zone.

    Returns:
        OpenedYear: what was done.

    Raises:
        YearAlreadyOpenError: if the school already has it.
        CannotOpenYearError: if the year before is not under way, or another is in preparation.
    """
    known_school(uai)
    with act(uai=uai, kind=OPEN_ACT, actor=actor, at=at) as opened:
        years = {row.year: row for row in SchoolYear.objects.filter(uai=uai)}
        if year in years:
            raise YearAlreadyOpenError(uai, year, years[year].get_state_display())
        hindrance = _hindrance(years.values(), year)
        if hindrance:
            raise CannotOpenYearError(uai, year, hindrance)
        before = years[year - 1]
        _open(before, year)
        carried = carry_pupils(
            uai=uai,
            year=year,
            act_id=opened.id,
            ends_on=before.ends_on,
            management_codes=_management_codes(uai, year - 1),
        )
        left = Enrolment.objects.filter(
            uai=uai, year=year - 1, is_expected=False, left_on__isnull=False
        ).count()
        opened.facts |= {"year": year, "carried": carried, "left": left}
        reach(opened, Milestone.YEAR_OPENED, year=year)
        return OpenedYear(uai, year, opened.id, carried, left)


def undo_opening(*, uai: str, year: int, actor: str, at: datetime) -> int:
    """Undo the opening of a year, as one act: the school's records are again as they were.

    Args:
        uai (str): the school.
        year (int): the year opened.
        actor (str): who undoes it.
        at (datetime): when, with its time zone.

    Returns:
        int: how many pupils are no longer expected.

    Raises:
        CannotUndoOpeningError: if it was not opened so, or the school did something in it since.
    """
    known_school(uai)
    with act(uai=uai, kind=UNDO_OPENING_ACT, actor=actor, at=at) as opened:
        act_id = _act_of_opening(uai, year)
        reasons = _done_since(uai, year, act_id)
        if reasons:
            raise CannotUndoOpeningError(uai, year, reasons)
        done = reverse_act(
            opened,
            reversed_act_id=act_id,
            events=(),
            tables=(YEARS, ENROLMENTS),
            values=(),
            is_kept=nothing_is_kept,
            own_columns={},
        )
        # The year is a row too.
        expected = done.removed_count - 1
        opened.facts |= {"year": year, "opening": act_id, "removed": expected}
        leave(opened, Milestone.YEAR_OPENED, year=year)
        return expected


def was_opened_since(*, uai: str, year: int, act_id: int) -> bool:
    """Tell whether a year was opened, its pupils carried into it, after an act of the school.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): the year.
        act_id (int): the act.

    Returns:
        bool: true while that opening stands.
    """
    opening = reached(uai, year=year)[uai].get(Milestone.YEAR_OPENED)
    return (
        opening is not None
        and opening.act_id > act_id
        and Act.objects.filter(uai=uai, pk=opening.act_id, kind=OPEN_ACT).exists()
    )


def nothing_is_kept(*_row: object) -> bool:
    """Say of any row that reversing an act may take it back.

    Args:
        *_row (object): its table, id and content.

    Returns:
        bool: false.
    """
    return False


def _plan(
    uai: str, name: str, years: Sequence[SchoolYear], year: int, moves: Mapping[str, Moves]
) -> SchoolPlan:
    found = moves.get(uai, Moves())
    there = next((row for row in years if row.year == year), None)
    if there is not None:
        sentence = f"L’année {school_year.label(year)} est déjà {there.get_state_display()}."
        return SchoolPlan(uai, name, Readiness.OPEN, sentence, found)
    hindrance = _hindrance(years, year)
    if hindrance:
        return SchoolPlan(uai, name, Readiness.BLOCKED, hindrance, found)
    warning = (
        ""
        if found.staying
        else f"Aucun élève confirmé en {school_year.label(year - 1)} : l’année s’ouvre vide."
    )
    return SchoolPlan(uai, name, Readiness.READY, warning, found)


def _hindrance(years: Any, year: int) -> str:
    """Say what stands in the way of a year; blank for nothing."""
    states = {row.year: row for row in years}
    before, label = states.get(year - 1), school_year.label(year - 1)
    if before is None:
        return f"L’année {label} n’existe pas : ouvrez-la d’abord, comme année en cours."
    if before.state == State.PREPARATION:
        return f"L’année {label} est encore en préparation : elle doit d’abord être en cours."
    if before.state == State.CLOSED:
        return f"L’année {label} est close : elle doit être en cours."
    other = next((row.year for row in years if row.state == State.PREPARATION), None)
    if other is not None:
        return (
            f"L’année {school_year.label(other)} est déjà en préparation : une seule peut l’être."
        )
    return ""


def _open(before: SchoolYear, year: int) -> None:
    SchoolYear(
        uai=before.uai,
        year=year,
        state=State.PREPARATION,
        starts_on=school_year.starts_on(year),
        ends_on=school_year.ends_on(year),
        common={
            block: content for block, content in before.common.items() if block not in _OF_A_YEAR
        },
    ).save(force_insert=True)


def _management_codes(uai: str, year: int) -> dict[str, str]:
    """Read the *code de gestion* of each subject, from the school's own profile."""
    entries = ProfileEntry.objects.filter(uai=uai, year=year, block="MATIERE")
    return {
        key: fields["CODE_GESTION"]
        for key, fields in entries.values_list("key", "fields")
        if fields.get("CODE_GESTION")
    }


def _act_of_opening(uai: str, year: int) -> int:
    opening = reached(uai, year=year)[uai].get(Milestone.YEAR_OPENED)
    if (
        opening is None
        or not Act.objects.filter(uai=uai, pk=opening.act_id, kind=OPEN_ACT).exists()
    ):
        raise CannotUndoOpeningError(uai, year, ["elle n’a pas été ouverte avec ses élèves"])
    return opening.act_id


def _done_since(uai: str, year: int, act_id: int) -> list[str]:
    """Say what was done in a year since it was opened."""
    milestones = reached(uai, year=year)[uai]
    done = [words for milestone, words in _DONE.items() if milestone in milestones]
    of_year = {"uai": uai, "year": year}
    row = SchoolYear.objects.get(**of_year)
    if row.state != State.PREPARATION:
        done.append(f"l’année est maintenant {row.get_state_display()}")
    elif row.act_id != act_id:
        done.append("les paramètres de l’année ont été modifiés")
    others = ~Q(created_act_id=act_id) | ~Q(act_id=act_id)
    if (
        Enrolment.objects.filter(others, **of_year).exists()
        or Schooling.objects.filter(**of_year).exists()
        or _carried_fewer(uai, year, act_id)
    ):
        done.append("des dossiers d’élèves ont été modifiés")
    # What stands there without a milestone.
    if not milestones.keys() - {Milestone.YEAR_OPENED}:
        if Structure.objects.filter(**of_year).exists():
            done.append("des structures existent")
        if ProfileEntry.objects.filter(**of_year).exists():
            done.append("un profilage existe")
    return done


def _carried_fewer(uai: str, year: int, act_id: int) -> bool:
    """Tell whether a pupil carried by an act was removed since and is not back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM journal_history h WHERE h.uai = %s AND h.table_name = %s"
            " AND h.operation = 'D' AND (h.before ->> 'created_act_id')::bigint = %s"
            " AND NOT EXISTS (SELECT FROM students_enrolment e"
            " WHERE e.uai = h.uai AND e.year = %s AND e.id = h.row_id))",
            [uai, ENROLMENTS, act_id, year],
        )
        return bool(cursor.fetchone()[0])
