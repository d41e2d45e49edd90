"""What is past its time goes: planned, then done, school after school, each in one act; then told.

How long each kind is kept is `bascule.journal.retention`; what is removed, `forgetting` in each capability.
A school is done whole or not at all; what was cut is taken up by the next run.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from django.db import transaction

from bascule.bea import forgetting as of_bea
from bascule.campaign import forgetting as of_campaigns, outbox
from bascule.certificates import forgetting as of_certificates
from bascule.constat import forgetting as of_constat
from bascule.exchange import forgetting as of_exchange
from bascule.ine import forgetting as of_ine
from bascule.journal import retention, seal
from bascule.journal.access import Criteria
from bascule.journal.act import AUTHORITY, OpenAct, act
from bascule.journal.acts import facts_of, find_acts
from bascule.journal.retention import PUPILS_ACT, Kind
from bascule.schools.directory import school_numbers
from bascule.store.locks import SchoolIsBusyError
from bascule.students import forgetting as of_students

FILES_ACT: Final = "purge.files"
PERSONS_ACT: Final = "purge.persons"
RUN_ACT: Final = "purge.run"

#: What is counted; `rows` and `history` are those of the pupils removed, and of all that goes with them.
COUNTED: Final = (
    Kind.FILE.value,
    Kind.REPORT.value,
    Kind.PUPIL.value,
    "rows",
    "history",
    Kind.PERSON.value,
    Kind.ACCESS.value,
    Kind.CAMPAIGN.value,
)


class Hold(NamedTuple):
    """Pupils past their time who stay, since a constat that counts them can still be disputed.

    Attributes:
        year: of the constat.
        pupils: how many; one of several years is counted in each.
        until: the last day on which it can be disputed, in any school that holds some.
    """

    year: int
    pupils: int
    until: date


@dataclass(frozen=True, slots=True)
class Report:
    """What a purge removed, or would.

    Attributes:
        at: when.
        counts: how many, by what is counted.
        schools: schools in which something went.
        busy: schools that another piece of work held; the next run does them.
        holds: who stays for a constat, by year.
    """

    at: datetime
    counts: dict[str, int]
    schools: int
    busy: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()


class _RehearsedError(Exception):
    """Ends a rehearsal, and with it all that it wrote."""


def plan(*, actor: str, at: datetime) -> Report:
    """Tell what a purge would remove now: it is done for good, then taken back.

    Args:
        actor (str): who asks.
        at (datetime): now.

    Returns:
        Report: exact counts; nothing is changed.
    """
    return _all(actor, at, rehearses=True)


def run(*, actor: str, at: datetime) -> Report:
    """Remove what is past its time.

    Args:
        actor (str): who asks.
        at (datetime): now.

    Returns:
        Report: what went; the journal of the authority has it too, unless it is nothing.
    """
    done = _all(actor, at, rehearses=False)
    if not any(done.counts.values()) and not done.busy and not done.holds:
        return done
    with act(uai=AUTHORITY, kind=RUN_ACT, actor=actor, at=at) as opened:
        opened.facts |= {
            "counts": done.counts,
            "schools": done.schools,
            "busy": list(done.busy),
            "holds": [[one.year, one.pupils, one.until.isoformat()] for one in done.holds],
        }
    return done


def last_report() -> Report | None:
    """Give the report of the last purge that removed anything.

    Returns:
        Report | None: the report; None when there was none.
    """
    for found in find_acts(uais=[AUTHORITY], criteria=Criteria(kinds=(RUN_ACT,)), most=1):
        facts = facts_of(found)
        holds = [Hold(y, n, date.fromisoformat(day)) for y, n, day in facts.get("holds", [])]
        return Report(
            found.at, facts["counts"], facts["schools"], tuple(facts["busy"]), tuple(holds)
        )
    return None


def _all(actor: str, at: datetime, *, rehearses: bool) -> Report:
    counts, schools, busy = Counter(dict.fromkeys(COUNTED, 0)), 0, []
    holds: list[Hold] = []
    uais = school_numbers()
    for uai in (*uais, AUTHORITY):
        try:
            gone = _in_school(uai, actor, at, holds, rehearses=rehearses)
        except SchoolIsBusyError:
            busy.append(uai)
            continue
        counts.update(gone)
        schools += any(gone.values()) and uai != AUTHORITY
    counts[Kind.CAMPAIGN.value] += outbox.forget(
        before=retention.limit((Kind.CAMPAIGN,)), removes=not rehearses
    )
    counts[Kind.PERSON.value] += _persons(uais, actor, at, rehearses=rehearses)
    return Report(at, dict(counts), schools, tuple(busy), _summed(holds))


def _summed(holds: list[Hold]) -> tuple[Hold, ...]:
    by_year: dict[int, Hold] = {}
    for one in holds:
        found = by_year.get(one.year, Hold(one.year, 0, one.until))
        by_year[one.year] = Hold(one.year, found.pupils + one.pupils, max(found.until, one.until))
    return tuple(by_year[year] for year in sorted(by_year))


def _in_school(
    uai: str, actor: str, at: datetime, holds: list[Hold], *, rehearses: bool
) -> Counter[str]:
    gone: Counter[str] = Counter()
    with _taken_back(lambda: rehearses):
        if uai != AUTHORITY:
            gone += _acted(uai, FILES_ACT, actor, at, _files)
            gone += _acted(
                uai, PUPILS_ACT, actor, at, lambda one: _pupils(one, holds, writes=not rehearses)
            )
        gone[Kind.ACCESS.value] = seal.forget(uai=uai, actor=actor, at=at)
    return gone


def _files(opened: OpenAct) -> Counter[str]:
    return Counter(
        {
            Kind.FILE.value: of_exchange.forget_files(uai=opened.uai),
            Kind.REPORT.value: of_exchange.forget_reports(uai=opened.uai),
            Kind.CAMPAIGN.value: of_campaigns.forget(uai=opened.uai),
        }
    )


def _pupils(opened: OpenAct, holds: list[Hold], *, writes: bool) -> Counter[str]:
    uai = opened.uai
    due = of_students.due(uai=uai)
    enrolled = of_students.years_of(uai=uai, ids=due) if due else set()
    disputed = of_constat.disputed(uai=uai)
    held = {pupil for pupil, year in enrolled if year in disputed}
    counted = Counter(year for _, year in enrolled if year in disputed)
    holds.extend(Hold(year, count, disputed[year]) for year, count in counted.items())
    ids = [pupil for pupil in due if pupil not in held]
    if not ids:
        return Counter()
    rows = of_exchange.forget_pupils(uai=uai, ids=ids)
    rows += of_certificates.forget(uai=uai, ids=ids)
    rows += of_ine.forget_links(uai=uai, ids=ids)
    gone = of_students.forget(uai=uai, ids=ids)
    history = gone.pop("history")
    rows += sum(gone.values()) + of_ine.forget_decisions(uai=uai, ids=ids)
    rows += of_bea.forget(uai=uai, ids=ids, writes=writes)
    # Who they were can be shown by whoever still has their numbers, and by nobody else.
    opened.facts["years"] = sorted({year for pupil, year in enrolled if pupil not in held})
    opened.facts["digest"] = hashlib.sha256(json.dumps(ids).encode()).hexdigest()
    return Counter({Kind.PUPIL.value: len(ids), "rows": rows, "history": history})


def _persons(uais: tuple[str, ...], actor: str, at: datetime, *, rehearses: bool) -> int:
    roots = of_ine.due(uais=uais)
    if not roots:
        return 0
    with (
        _taken_back(lambda: rehearses),
        act(uai=AUTHORITY, kind=PERSONS_ACT, actor=actor, at=at) as opened,
    ):
        count = of_ine.forget_persons(roots=roots)
        opened.facts["persons"] = count
    return count


def _acted(
    uai: str, kind: str, actor: str, at: datetime, work: Callable[[OpenAct], Counter[str]]
) -> Counter[str]:
    """Do it in an act, which is not written where there was nothing to do."""
    gone: Counter[str] = Counter()
    with (
        _taken_back(lambda: not any(gone.values())),
        act(uai=uai, kind=kind, actor=actor, at=at) as opened,
    ):
        gone.update(work(opened))
        opened.facts |= dict(gone)
    return gone


@contextmanager
def _taken_back(when: Callable[[], bool]) -> Iterator[None]:
    """Take back all that the block wrote, if that is asked for at its end."""
    with suppress(_RehearsedError), transaction.atomic():
        yield
        if when():
            raise _RehearsedError
