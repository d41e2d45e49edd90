"""What opening a year costs: one press over schools, beside a bare copy of the same rows."""

import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from bascule.generator.academy import School
from bascule.preparation import openings
from bascule.preparation.models import YearOpening
from bascule.students.register import ENROLMENTS
from benchmarks.ground import ACTOR, AT, YEAR, UnexpectedEndError, deposit, prepare, timed_import

_TWIN = "bare_opening"


class Opening(NamedTuple):
    """One press.

    Attributes:
        schools: how many schools it opened.
        rows: pupils carried.
        seconds: of the press and of all its acts.
        floor: of the bare copies.
    """

    schools: int
    rows: int
    seconds: float
    floor: float


def measure_opening(connection: "psycopg.Connection[Any]", schools: Iterable[School]) -> Opening:
    """Fill schools, open their next year in one press, and copy the same rows bare.

    Args:
        connection (psycopg.Connection[Any]): the administrator's.
        schools (Iterable[School]): new to the base.

    Returns:
        Opening: what it took.

    Raises:
        UnexpectedEndError: if a school was not opened.
    """
    uais: list[str] = []
    for school in schools:
        timed_import(school.uai, deposit(prepare(school), 1))
        uais.append(school.uai)
    start = time.perf_counter()
    pressed = openings.press(uais=uais, year=YEAR + 1, keeps_going=False, actor=ACTOR, at=AT)
    done = openings.run(number=pressed.pk, clock=lambda: AT)
    seconds = time.perf_counter() - start
    detail = openings.read_opening(number=done.pk)
    if done.state != YearOpening.State.DONE:
        raise UnexpectedEndError
    return Opening(len(uais), detail.carried_count, seconds, _floor(connection, uais))


def _floor(connection: "psycopg.Connection[Any]", uais: list[str]) -> float:
    """Copy the enrolments carried into a table without index, log, policy or trigger, school by school."""
    source, twin = sql.Identifier(ENROLMENTS), sql.Identifier(_TWIN)
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(twin))
    connection.execute(
        sql.SQL("CREATE UNLOGGED TABLE {} AS SELECT * FROM {} WITH NO DATA").format(twin, source)
    )
    copying = sql.SQL(
        "INSERT INTO {} SELECT * FROM {} WHERE uai = %s AND year = %s AND NOT is_expected AND left_on IS NULL"
    ).format(twin, source)
    start = time.perf_counter()
    for uai in uais:
        connection.execute(copying, [uai, YEAR])
    seconds = time.perf_counter() - start
    connection.execute(sql.SQL("DROP TABLE {}").format(twin))
    return seconds
