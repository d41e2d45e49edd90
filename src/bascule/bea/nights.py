"""The nights of the academic base: one at a time, in order, taken up again wherever they stopped."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Final

from django.db import DatabaseError, connection, transaction

from bascule.bea.models import Night
from bascule.bea.passing import (
    Asked,
    Clock,
    OnSchool,
    begin,
    finish,
    first_night,
    read_night,
)
from bascule.errors import RefusedError
from bascule.store.queue import ask_once

State = Night.State

#: The job that passes a night that was asked for.
TAKE_UP: Final = "bea.pass"
#: What a process takes for the whole base while a night passes; the server frees it when it dies.
_LOCK: Final = "bascule.bea-night"


class AskedAlreadyError(RefusedError):
    """The same night was asked for, and waits for its turn."""

    code = "bea.asked-already"

    def __init__(self) -> None:
        super().__init__(
            "Cette nuit est déjà demandée : elle passe dès qu’aucune autre n’est en cours. Il n’y a rien à faire."
        )


def run(
    *,
    origin: Night.Origin,
    day: date,
    actor: str,
    clock: Clock,
    uais: Sequence[str] | None = None,
    year: int | None = None,
    replays: int | None = None,
    is_thorough: bool = False,
    on_school: OnSchool | None = None,
    on_wait: Callable[[], None] | None = None,
) -> Night:
    """Pass a night; one that was cut short is ended first, and is the one when it is the same.

    Args:
        origin (Night.Origin): why. The evening's is passed once a day, however often it is asked.
        day (date): the evening it counts for.
        actor (str): who asks.
        clock (Clock): tells the time of each school.
        uais (Sequence[str] | None): some schools; None for all.
        year (int | None): one year; None for all that are open.
        replays (int | None): the schools of this night again, each compared whatever was seen of it.
        is_thorough (bool): compare also the schools in which nothing was written since the last night.
        on_school (OnSchool | None): told of each school.
        on_wait (Callable[[], None] | None): told once, when another night passes and this one waits.

    Returns:
        Night: the night, ended.

    Raises:
        UnknownSchoolError: if the directory lacks one of the schools.
        UnknownNightError: if the night to do again does not exist.
        NothingToSendError: if no school has the year.
    """
    with turn(on_wait):
        for left in _finish_left(actor, clock, on_school):
            if left.day == day and left.origin == origin and not (uais or year or replays):
                return left
        if origin == Night.Origin.EVENING:
            passed = first_night(origin=origin, day=day)
            if passed is not None:
                return passed
        night = begin(
            Asked(origin, day, uais, year, replays, is_thorough=is_thorough), actor, clock()
        )
        return finish(night, actor, clock, on_school)


def ask(
    *,
    day: date,
    actor: str,
    at: datetime,
    uais: Sequence[str] | None = None,
    year: int | None = None,
    replays: int | None = None,
) -> Night:
    """Ask that a worker pass a night, each school being compared whatever was seen of it.

    Args:
        day (date): the evening it counts for.
        actor (str): who asks.
        at (datetime): when.
        uais (Sequence[str] | None): some schools; None for all.
        year (int | None): one year; None for all that are open.
        replays (int | None): the schools of this night again.

    Returns:
        Night: the night, to come.

    Raises:
        UnknownSchoolError: if the directory lacks one of the schools.
        UnknownNightError: if the night to do again does not exist.
        NothingToSendError: if no school has the year.
        AskedAlreadyError: if the same was asked, and has not begun.
    """
    origin = Night.Origin.ASKED if replays is None else Night.Origin.REPLAY
    with transaction.atomic():
        night = begin(Asked(origin, day, uais, year, replays, is_thorough=True), actor, at)
        wanted = f"{origin}/{','.join(sorted(uais or ()))}/{year or ''}/{replays or ''}"
        about = hashlib.sha256(wanted.encode()).hexdigest()
        if not ask_once(TAKE_UP, lock=_LOCK, about=about, number=night.pk):
            raise AskedAlreadyError
    return night


def take_up(*, number: int, actor: str, clock: Clock) -> Night:
    """Pass a night that was asked for, or cut short, and those that were before it.

    Args:
        number (int): the night.
        actor (str): who signs.
        clock (Clock): tells the time of each school.

    Returns:
        Night: the night, ended.

    Raises:
        UnknownNightError: if there is no such night.
    """
    with turn(None):
        _finish_left(actor, clock, None, up_to=number)
    return read_night(number=number)


def is_held() -> bool:
    """Tell whether a night passes now.

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


def _finish_left(
    actor: str, clock: Clock, on_school: OnSchool | None, *, up_to: int | None = None
) -> list[Night]:
    """End the nights that were asked for or cut short, in order: a line ends with a later night than it began."""
    finished = []
    bound = {} if up_to is None else {"pk__lte": up_to}
    while (left := first_night(state__in=(State.PLANNED, State.RUNNING), **bound)) is not None:
        finished.append(finish(left, actor, clock, on_school))
    return finished


@contextmanager
def turn(on_wait: Callable[[], None] | None) -> Iterator[None]:
    """Hold the base, once the night that passes is over; the server lets go when whoever holds it dies.

    Args:
        on_wait (Callable[[], None] | None): told once, when somebody else holds it and this one waits.

    Yields:
        None: while the base is held.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [_LOCK])
            if not cursor.fetchone()[0]:
                if on_wait:
                    on_wait()
                cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [_LOCK])
    except BaseException:
        # Perhaps it is held, and the answer was lost.
        connection.close()
        raise
    try:
        yield
    finally:
        _let_go()


def _let_go() -> None:
    """Free the base; with the whole connection when there is no other way."""
    if connection.connection is None or connection.connection.closed:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [_LOCK])
    except DatabaseError:
        connection.close()
