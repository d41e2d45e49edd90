"""Open a year for many schools in one press: school after school, each whole or not at all.

A school's line is written in the transaction of its act, so a press that was cut short, whatever cut it,
is taken up from what is left. Who presses, stops, resumes or undoes says so in the authority's chain; the
work itself is done by `run`, in a command or by a worker, one at a time for the whole authority.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet

from bascule.errors import NotThereError, RefusedError, TransientError, places_of
from bascule.journal.act import AUTHORITY, OpenAct, act
from bascule.preparation.models import SchoolOpening, YearOpening
from bascule.preparation.opening import (
    OpenedYear,
    Readiness,
    open_next_year,
    plan_opening,
    undo_opening,
)
from bascule.schools.directory import known_school, school_numbers
from bascule.schools.models import School
from bascule.store.policies import open_schools
from bascule.values import school_year

State = YearOpening.State
Line = SchoolOpening.State

#: What a worker takes for the whole authority while it opens schools; the server frees it when it dies.
_LOCK = "bascule.year-openings"

#: Lines that resuming takes up again.
_LEFT = (Line.FAILED, Line.BLOCKED)

_log = logging.getLogger(__name__)

#: Called after each school: its line, how many are done with, how many there are.
OnSchool = Callable[[SchoolOpening, int, int], None]
Clock = Callable[[], datetime]


class UnknownOpeningError(NotThereError):
    """There is no such press.

    Args:
        number (int): its number.
    """

    code = "opening.unknown"

    def __init__(self, number: int) -> None:
        super().__init__(f"L’ouverture n° {number} n’existe pas.")
        self.number = number


class NothingToOpenError(RefusedError):
    """Every school already has the year.

    Args:
        year (int): the year.
    """

    code = "opening.nothing-to-do"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"L’année {school_year.label(year)} est déjà ouverte pour tous ces établissements :"
            " il n’y a rien à faire."
        )
        self.year = year


class OpeningUnderWayError(RefusedError):
    """Another press is not over.

    Args:
        number (int): its number; 0 when it is not known.
    """

    code = "opening.under-way"

    def __init__(self, number: int = 0) -> None:
        which = f"L’ouverture n° {number}" if number else "Une ouverture"
        super().__init__(
            f"{which} est en cours : attendez sa fin, arrêtez-la, ou reprenez-la si elle n’avance plus."
            " Rien n’a été commencé."
        )
        self.number = number


class WrongMomentError(RefusedError):
    """The press is not in a state in which that can be asked.

    Args:
        number (int): its number.
        sentence (str): French, why.
    """

    code = "opening.wrong-moment"

    def __init__(self, number: int, sentence: str) -> None:
        super().__init__(f"Ouverture n° {number} : {sentence}")
        self.number = number


@dataclass(frozen=True, slots=True)
class OpeningDetail:
    """A press and what became of each school.

    Attributes:
        opening: the press.
        lines: its schools, by number.
        names: their names.
        counts: how many lines are in each state.
        is_at_work: something was asked of it that is not finished.
        is_held: somebody is working at a press now.
    """

    opening: YearOpening
    lines: list[SchoolOpening]
    names: dict[str, str]
    counts: dict[str, int]
    is_at_work: bool
    is_held: bool

    @property
    def carried_count(self) -> int:
        """Count the pupils expected in the year by this press."""
        return sum(line.carried_count or 0 for line in self.lines if line.state == Line.DONE)

    @property
    def ended_count(self) -> int:
        """Count the schools that were done with, well or not."""
        return len(self.lines) - self.counts.get(Line.TO_DO, 0)

    @property
    def kept(self) -> list[SchoolOpening]:
        """List the schools that undoing left open: they worked in the year since."""
        return [line for line in self.lines if line.state == Line.DONE and line.sentence]


def press(
    *, uais: Sequence[str], year: int, keeps_going: bool, actor: str, at: datetime
) -> YearOpening:
    """Ask that a year be opened for schools; those that have it already are left out.

    Args:
        uais (Sequence[str]): the schools.
        year (int): the year to open.
        keeps_going (bool): whether a school that fails, or that something hinders, stops those after it.
        actor (str): who presses.
        at (datetime): when.

    Returns:
        YearOpening: the press; `run` does it.

    Raises:
        OpeningUnderWayError: if another press is not over.
        NothingToOpenError: if all have the year already.
    """
    known = [known_school(uai).uai for uai in dict.fromkeys(uais)]
    with _asked(actor, at, "year.press") as opened:
        busy = _openings().filter(_AT_WORK).first()
        if busy is not None:
            raise OpeningUnderWayError(busy.pk)
        plans = [
            plan for plan in plan_opening(uais=known, year=year) if plan.readiness != Readiness.OPEN
        ]
        if not plans:
            raise NothingToOpenError(year)
        _open_all()
        made = YearOpening.objects.create(
            uai=AUTHORITY,
            year=year,
            state=State.PLANNED,
            keeps_going=keeps_going,
            pressed_by=actor,
            pressed_at=at,
            asked_by=actor,
        )
        SchoolOpening.objects.bulk_create(
            SchoolOpening(uai=plan.uai, opening_id=made.pk, state=Line.TO_DO) for plan in plans
        )
        opened.facts |= {
            "opening": made.pk,
            "year": year,
            "schools": len(plans),
            "keeps_going": keeps_going,
        }
        return made


def run(*, number: int, clock: Clock, on_school: OnSchool | None = None) -> YearOpening:
    """Do what was asked of a press: open what is left to open, or undo what it opened.

    Whoever asked last signs what is done in the schools.

    Args:
        number (int): the press.
        clock (Clock): tells the time of each act.
        on_school (OnSchool | None): told of each school.

    Returns:
        YearOpening: the press, done, stopped or undone; as it is when nothing is asked of it.

    Raises:
        OpeningUnderWayError: if somebody is at work on a press.
    """
    with _alone():
        opening = _read(number)
        if opening.is_asked_to_undo:
            return _undo(opening, clock, on_school)
        if opening.state not in {State.PLANNED, State.RUNNING}:
            return opening
        _set(opening, state=State.RUNNING)
        lines = _lines(opening, Q(state=Line.TO_DO))
        total = len(lines)
        for rank, line in enumerate(lines, start=1):
            if _is_asked_to_stop(opening):
                return _end(opening, State.STOPPED, clock)
            _open_one(opening, line, clock)
            if on_school:
                on_school(line, rank, total)
            if line.state != Line.DONE and not opening.keeps_going:
                return _end(opening, State.STOPPED, clock)
        return _end(opening, State.DONE, clock)


def request_stop(*, number: int, actor: str, at: datetime) -> YearOpening:
    """Ask that no other school be begun; the one under way ends.

    Args:
        number (int): the press.
        actor (str): who asks.
        at (datetime): when.

    Returns:
        YearOpening: the press.

    Raises:
        WrongMomentError: if it is over.
    """
    with _asked(actor, at, "year.stop") as opened:
        opening = _read(number)
        if not _is_at_work(opening):
            raise WrongMomentError(number, "elle est finie, il n’y a rien à arrêter.")
        opened.facts |= {"opening": number, "year": opening.year}
        _set(opening, is_asked_to_stop=True)
        if not is_held():
            # Nobody is there to see it.
            _set(opening, state=State.STOPPED, is_asked_to_stop=False, is_asked_to_undo=False)
        return opening


def resume(
    *, number: int, actor: str, at: datetime, keeps_going: bool | None = None
) -> YearOpening:
    """Ask that a press be taken up again: what was not begun, and what failed or was blocked.

    Args:
        number (int): the press.
        actor (str): who asks.
        at (datetime): when.
        keeps_going (bool | None): whether a failure stops it from now on; None for as it was pressed.

    Returns:
        YearOpening: the press; `run` does it.

    Raises:
        OpeningUnderWayError: if somebody is at work on a press.
        WrongMomentError: if nothing of it is left.
    """
    with _asked(actor, at, "year.resume") as opened:
        _refuse_if_held(number)
        opening = _read(number)
        left = len(_lines(opening, Q(state__in=(Line.TO_DO, *_LEFT))))
        if opening.state == State.UNDONE or not (left or _is_at_work(opening)):
            raise WrongMomentError(number, "il n’en reste rien à faire.")
        _open_all()
        SchoolOpening.objects.filter(opening_id=number, state__in=_LEFT).update(
            state=Line.TO_DO, sentence=""
        )
        _set(
            opening,
            state=State.PLANNED,
            is_asked_to_stop=False,
            is_asked_to_undo=False,
            keeps_going=opening.keeps_going if keeps_going is None else keeps_going,
            asked_by=actor,
            ended_at=None,
        )
        opened.facts |= {"opening": number, "year": opening.year, "schools": left}
        return opening


def request_undo(*, number: int, actor: str, at: datetime) -> YearOpening:
    """Ask that what a press opened be undone; schools that worked in the year since are left as they are.

    Args:
        number (int): the press.
        actor (str): who asks.
        at (datetime): when.

    Returns:
        YearOpening: the press; `run` does it.

    Raises:
        OpeningUnderWayError: if somebody is at work on a press.
        WrongMomentError: if it opened nothing that is left to undo.
    """
    with _asked(actor, at, "year.undo-press") as opened:
        _refuse_if_held(number)
        opening = _read(number)
        done = len(_lines(opening, Q(state=Line.DONE)))
        if not done:
            raise WrongMomentError(number, "elle n’a rien ouvert qui reste à annuler.")
        _set(opening, is_asked_to_undo=True, is_asked_to_stop=False, asked_by=actor)
        opened.facts |= {"opening": number, "year": opening.year, "schools": done}
        return opening


def is_held() -> bool:
    """Tell whether somebody is at work on a press now.

    Returns:
        bool: true while `run` runs, in whatever process.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = hashtextextended(%s, 0))",
            [_LOCK],
        )
        return bool(cursor.fetchone()[0])


def list_openings() -> list[OpeningDetail]:
    """List the presses, latest first.

    Returns:
        list[OpeningDetail]: with their schools.
    """
    with transaction.atomic():
        _open_all()
        return [_detail(opening) for opening in _openings().order_by("-id")]


def read_opening(*, number: int) -> OpeningDetail:
    """Read one press.

    Args:
        number (int): the press.

    Returns:
        OpeningDetail: with its schools.

    Raises:
        UnknownOpeningError: if there is none of this number.
    """
    with transaction.atomic():
        _open_all()
        return _detail(_read(number))


_AT_WORK = Q(state__in=(State.PLANNED, State.RUNNING)) | Q(is_asked_to_undo=True)


@contextmanager
def _asked(actor: str, at: datetime, kind: str) -> Iterator[OpenAct]:
    """Write in the authority's chain what was asked; two that ask at once wait for each other."""
    with act(uai=AUTHORITY, kind=kind, actor=actor, at=at) as opened:
        yield opened


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the openings of the authority; the server lets go when whoever holds them dies."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [_LOCK])
            is_mine = cursor.fetchone()[0]
    except DatabaseError:
        # Perhaps it is held, and the answer was lost.
        connection.close()
        raise
    if not is_mine:
        raise OpeningUnderWayError
    try:
        yield
    finally:
        _let_go()


def _let_go() -> None:
    """Free the openings; with the whole connection when there is no other way."""
    if connection.connection is None or connection.connection.closed:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [_LOCK])
    except DatabaseError:
        connection.close()


def _refuse_if_held(number: int) -> None:
    if is_held():
        raise OpeningUnderWayError
    busy = _openings().filter(_AT_WORK).exclude(pk=number).first()
    if busy is not None:
        raise OpeningUnderWayError(busy.pk)


def _openings() -> "QuerySet[YearOpening]":
    return YearOpening.objects.filter(uai=AUTHORITY)


def _open_all() -> None:
    """Open every school, within the reach of who asks."""
    open_schools(AUTHORITY, *school_numbers())


def _read(number: int) -> YearOpening:
    with transaction.atomic():
        _open_all()
        found = _openings().filter(pk=number).first()
    if found is None:
        raise UnknownOpeningError(number)
    return found


def _lines(opening: YearOpening, which: Q) -> list[SchoolOpening]:
    with transaction.atomic():
        _open_all()
        return list(SchoolOpening.objects.filter(which, opening_id=opening.pk).order_by("uai"))


def _set(opening: YearOpening, **values: object) -> None:
    """Write some columns of a press, and no other: somebody may be writing those."""
    with transaction.atomic():
        open_schools(AUTHORITY)
        _openings().filter(pk=opening.pk).update(**values)
    for name, value in values.items():
        setattr(opening, name, value)


def _is_asked_to_stop(opening: YearOpening) -> bool:
    with transaction.atomic():
        open_schools(AUTHORITY)
        return _openings().filter(pk=opening.pk, is_asked_to_stop=True).exists()


def _end(opening: YearOpening, state: State, clock: Clock) -> YearOpening:
    _set(opening, state=state, is_asked_to_stop=False, is_asked_to_undo=False, ended_at=clock())
    return opening


def _is_at_work(opening: YearOpening) -> bool:
    return opening.state in {State.PLANNED, State.RUNNING} or opening.is_asked_to_undo


def _open_one(opening: YearOpening, line: SchoolOpening, clock: Clock) -> None:
    def do(at: datetime) -> None:
        done: OpenedYear = open_next_year(
            uai=line.uai, year=opening.year, actor=opening.asked_by, at=at
        )
        line.carried_count, line.left_count = done.carried_count, done.left_count
        line.act_id, line.state, line.sentence = done.act_id, Line.DONE, ""

    _try(line, do, clock, refused=Line.BLOCKED, failed=Line.FAILED)


def _undo(opening: YearOpening, clock: Clock, on_school: OnSchool | None) -> YearOpening:
    lines = _lines(opening, Q(state=Line.DONE))
    for rank, line in enumerate(lines, start=1):
        if _is_asked_to_stop(opening):
            return _end(opening, State.STOPPED, clock)

        def do(at: datetime, line: SchoolOpening = line) -> None:
            undo_opening(uai=line.uai, year=opening.year, actor=opening.asked_by, at=at)
            line.state, line.sentence = Line.UNDONE, ""

        _try(line, do, clock, refused=Line.DONE, failed=Line.DONE)
        if on_school:
            on_school(line, rank, len(lines))
    return _end(opening, State.UNDONE, clock)


def _try(
    line: SchoolOpening,
    do: Callable[[datetime], None],
    clock: Clock,
    *,
    refused: Line,
    failed: Line,
) -> None:
    """Do a thing to a school and write its line, both or none; what goes wrong there stays there."""
    at, before = clock(), Line(line.state)
    try:
        with transaction.atomic():
            do(at)
            line.at = at
            line.save(
                update_fields=["state", "sentence", "carried_count", "left_count", "act_id", "at"]
            )
    except RefusedError as refusal:
        _note(line, before, refused, refusal.sentence, at)
    except TransientError as fault:
        _note(line, before, failed, str(fault), at)
    except Exception as fault:
        if isinstance(fault, DatabaseError) and not connection.is_usable():
            # Nothing can be written any more: whoever takes it up finds this school still to do.
            raise
        _log.error("a school could not be opened: %s", places_of(fault))
        _note(
            line,
            before,
            failed,
            "Une erreur inattendue a interrompu le travail sur cet établissement : rien n’y a été"
            " écrit. Reprenez l’ouverture ; si l’erreur revient, signalez-la à l’exploitation.",
            at,
        )


def _note(line: SchoolOpening, before: Line, after: Line, sentence: str, at: datetime) -> None:
    """Write what went wrong; a line that was done all the same, and lost its answer, stays done."""
    with transaction.atomic():
        open_schools(line.uai)
        SchoolOpening.objects.filter(pk=line.pk, uai=line.uai, state=before).update(
            state=after, sentence=sentence, at=at
        )
        line.refresh_from_db()


def _detail(opening: YearOpening) -> OpeningDetail:
    lines = list(SchoolOpening.objects.filter(opening_id=opening.pk).order_by("uai"))
    counts = Counter(line.state for line in lines)
    names = dict(
        School.objects.filter(pk__in=[line.uai for line in lines]).values_list("uai", "name")
    )
    return OpeningDetail(opening, lines, names, counts, _is_at_work(opening), is_held())
