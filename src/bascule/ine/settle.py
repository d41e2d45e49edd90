"""Ask the directory about a school's pupils: the one service of every path, the night's, the screen's, the command's.

Each accepted record is linked to a person, or in dispute, or lacks something; numbers come back into the
records that have none. Done again, it does nothing; cut anywhere, it did everything or nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from bascule.errors import RefusedError, TransientError
from bascule.ine.deciding import Decided, cases_of, decide_all, numbers_of
from bascule.ine.directory import hold_directory, open_directory
from bascule.ine.known import Known
from bascule.ine.matching.candidates import match
from bascule.ine.matching.verdict import Verdict
from bascule.ine.models import Link, Request
from bascule.ine.records import Record, records_to_ask_for
from bascule.ine.weights import model_in_force
from bascule.ine.writing import Writer
from bascule.journal.act import OpenAct, act
from bascule.schools.open_year import refuse_closed_year
from bascule.store.policies import open_schools

#: What the acts of this verb are called.
SETTLE_ACT = "ine.give"

State = Request.State


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a school's year.

    Attributes:
        asked: records that were looked at, this time.
        linked: those linked to a person that the directory knew.
        created: persons that it did not know.
        given: records into which a number was written.
        disputes: requests of the year in dispute, in all.
        errors: requests of the year in error, in all.
        act_id: the act; None when there was nothing to do.
    """

    asked: int = 0
    linked: int = 0
    created: int = 0
    given: int = 0
    disputes: int = 0
    errors: int = 0
    act_id: int | None = None


def settle(*, uai: str, year: int, actor: str, at: datetime, again: bool = False) -> Settled:
    """Ask about the pupils of a school's year who are new, or changed since they were asked about.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        actor (str): who asks.
        at (datetime): when.
        again (bool): ask again about those in dispute or in error.

    Returns:
        Settled: what was done, and what is left.

    Raises:
        YearClosedError: if the year is closed: its records change no more.
    """
    with transaction.atomic():
        open_schools(uai)
        refuse_closed_year(uai=uai, year=year)
        open_schools(uai)
        open_directory()
        if not records_to_ask_for(uai=uai, year=year, again=again):
            return Settled(**_left(uai, year))
    with act(uai=uai, kind=SETTLE_ACT, actor=actor, at=at) as opened:
        hold_directory()
        return ask(opened, year=year, again=again)


@dataclass(frozen=True, slots=True)
class SchoolSettled:
    """What became of one school among others.

    Attributes:
        uai: the school.
        done: what was done; None when it could not be.
        sentence: French, why not.
    """

    uai: str
    done: Settled | None
    sentence: str = ""


def settle_schools(
    *,
    uais: Iterable[str],
    year: int,
    actor: str,
    clock: Callable[[], datetime],
    again: bool = False,
) -> Iterator[SchoolSettled]:
    """Ask for schools, one after the other; what goes wrong in one stays there.

    Stopped anywhere and begun again, it does what is left.

    Args:
        uais (Iterable[str]): the schools.
        year (int): first calendar year.
        actor (str): who asks.
        clock (Callable[[], datetime]): gives the time.
        again (bool): ask again about those in dispute or in error.

    Yields:
        SchoolSettled: each school, as soon as it is done.
    """
    for uai in uais:
        try:
            done = settle(uai=uai, year=year, actor=actor, at=clock(), again=again)
        except RefusedError as refusal:
            yield SchoolSettled(uai, None, refusal.sentence)
        except TransientError as fault:
            yield SchoolSettled(uai, None, str(fault))
        else:
            yield SchoolSettled(uai, done)


def ask(opened: OpenAct, *, year: int, again: bool = False) -> Settled:
    """Ask about a school's year within an act of the school that holds the directory.

    Args:
        opened (OpenAct): the act.
        year (int): first calendar year.
        again (bool): ask again about those in dispute or in error.

    Returns:
        Settled: what was done, and what is left.
    """
    uai = opened.uai
    records = records_to_ask_for(uai=uai, year=year, again=again)
    known = Known(uai)
    decided = _decide(records, known)
    makes_numbers = not settings.BASCULE_INE_SERVICE
    given = Writer(opened, year=year, known=known, makes_numbers=makes_numbers).write(decided)
    counts = Counter(
        "created" if one.how is Link.How.NEW else "linked" for one in decided if one.how
    )
    done = Settled(
        asked=len(records),
        linked=counts["linked"],
        created=counts["created"],
        given=given,
        act_id=opened.id,
        **_left(uai, year),
    )
    opened.facts |= {
        "year": year,
        "asked": done.asked,
        "linked": done.linked,
        "created": done.created,
        "given": done.given,
        "disputes": done.disputes,
        "errors": done.errors,
    }
    return done


def _decide(records: list[Record], known: Known) -> list[Decided]:
    model = model_in_force()
    known.read_numbers(n for record in records for n in numbers_of(record))
    linked = {record.person_id for record in records if record.person_id is not None}
    known.read_persons({known.roots[person] for person in linked} | set(known.owners.values()))
    cases = cases_of(records, known, model)
    unsure = [i for i, case in enumerate(cases) if not case.is_sure]
    found = match(
        [cases[i].record.civil.compared() for i in unsure],
        model,
        apart={
            (rank, person)
            for rank, i in enumerate(unsure)
            for person in known.apart.get(cases[i].owner or 0, ())
        },
    )
    verdicts: list[Verdict | None] = [None] * len(cases)
    for i, verdict in zip(unsure, found, strict=True):
        verdicts[i] = verdict
    known.read_persons(one.person for verdict in found for one in verdict.candidates)
    return decide_all(cases, verdicts, known, model)


def _left(uai: str, year: int) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE state = %s), count(*) FILTER (WHERE state = %s)"
            " FROM ine_request WHERE uai = %s AND year = %s",
            [State.DISPUTE, State.ERROR, uai, year],
        )
        disputes, errors = cursor.fetchone()
    return {"disputes": disputes, "errors": errors}
