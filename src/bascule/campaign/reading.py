"""Read the steps of schools from facts, and keep what was read: the board reads that, and what is newer."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from bascule.campaign.campaigns import STEPS
from bascule.campaign.facts import SchoolFacts, school_facts
from bascule.campaign.kept import Line, Read, keep, kept_lines, kept_readings
from bascule.campaign.models import Change, Reading
from bascule.campaign.states import Found, State
from bascule.schools.directory import school_numbers
from bascule.schools.models import SchoolYear
from bascule.store.policies import open_schools, put_back
from bascule.values import school_year

#: Schools read in one transaction.
CHUNK: Final = 100
#: Schools read again each time although nothing says that they changed: rights end, keys are handed, nights pass.
SWEPT: Final = 300
#: What was read so lately is not read again for nothing.
FRESH: Final = timedelta(seconds=45)
#: Schools that a page reads itself.
MOST_LIVE: Final = 60
#: Acts looked at again besides those that are newer than all that was seen: they are numbered before they end.
_LAGGING: Final = 500


def find_steps(facts: SchoolFacts) -> dict[str, Found]:
    """Tell all steps from facts. Pure.

    Args:
        facts (SchoolFacts): of a school's year.

    Returns:
        dict[str, Found]: by code.
    """
    return {code: step.proof(facts) for code, step in STEPS.items()}


def read_now(
    *, uais: Sequence[str], year: int, at: datetime, before: Mapping[str, Read] | None = None
) -> dict[str, Read]:
    """Read schools from the facts themselves.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading, for the time of the call.
        year (int): first calendar year.
        at (datetime): now.
        before (Mapping[str, Read] | None): what was kept of them, which tells since when a step waits.

    Returns:
        dict[str, Read]: of each school.
    """
    kept = before or {}
    found = {}
    for uai, facts in school_facts(uais=uais, year=year, at=at).items():
        steps = find_steps(facts)
        found[uai] = Read(
            uai=uai,
            states={code: one.state for code, one in steps.items()},
            since=_since(steps, kept.get(uai), at),
            causes={code: one.sentence for code, one in steps.items() if not one.state.is_over},
            kind=kind_of(facts.year.retained),
            software=facts.software,
            pupils=facts.records,
            in_base=facts.in_base,
            planned=facts.planned,
            lacking=facts.numbers.lacking,
            night=facts.night,
            codes=facts.codes,
            seen_act_id=facts.act_id,
            read_at=at,
        )
    return found


def stale(*, uais: Sequence[str], kept: Mapping[str, Line]) -> list[str]:
    """Tell which schools did something since they were read, or never were.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        kept (Mapping[str, Line]): what was kept of them.

    Returns:
        list[str]: these schools.
    """
    newest = max((one.seen_act_id for one in kept.values()), default=0)
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(*uais)
        cursor.execute(
            "SELECT uai, max(id) FROM journal_act WHERE id > %s GROUP BY uai", [newest - _LAGGING]
        )
        last = dict(cursor.fetchall())
    return [uai for uai in uais if uai not in kept or last.get(uai, 0) > kept[uai].seen_act_id]


def refresh(*, uais: Sequence[str], year: int, at: datetime) -> int:
    """Read schools again, and keep what was read; each hundred of them is one transaction.

    Args:
        uais (Sequence[str]): the schools.
        year (int): first calendar year.
        at (datetime): now.

    Returns:
        int: how many steps changed.
    """
    wanted = sorted(uais)
    return sum(
        _refresh(wanted[first : first + CHUNK], year, at) for first in range(0, len(wanted), CHUNK)
    )


def refresh_stale(*, at: datetime) -> int:
    """Read again the schools that did something since, and some of the others, in each year that is open.

    Args:
        at (datetime): now.

    Returns:
        int: how many schools were read.
    """
    uais = school_numbers()
    count = 0
    today = timezone.localtime(at).date()
    for year, having in open_years(uais).items():
        kept = kept_lines(uais=uais, year=year)
        first = stale(uais=uais, kept=kept)
        if school_year.ends_on(year) < today:
            # What was forgotten of a year that is over for a school stays so, though it is open elsewhere.
            first = [uai for uai in first if uai in kept or uai in having]
        fresh = (at - FRESH).timestamp()
        others = sorted(
            (uai for uai in kept.keys() - set(first) if kept[uai].read_at <= fresh),
            key=lambda uai: (kept[uai].read_at, uai),
        )
        wanted = [*first, *others[:SWEPT]]
        refresh(uais=wanted, year=year, at=at)
        count += len(wanted)
    return count


def open_years(uais: Sequence[str]) -> dict[int, set[str]]:
    """Tell which years schools have that are not closed.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.

    Returns:
        dict[int, set[str]]: in order, and the schools that have each.
    """
    found: dict[int, set[str]] = {}
    with transaction.atomic():
        open_schools(*uais)
        rows = SchoolYear.objects.exclude(state=SchoolYear.State.CLOSED).order_by("year")
        for year, uai in rows.values_list("year", "uai"):
            found.setdefault(year, set()).add(uai)
    return found


def kind_of(mefs: Sequence[str]) -> str:
    """Tell what is taught by the codes of MEF.

    Args:
        mefs (Sequence[str]): codes, of which the first figures are the level.

    Returns:
        str: a code of `KINDS`; blank when they say nothing.
    """
    levels = {
        "C" if mef.startswith("1") else "G" if mef.startswith(("20", "21")) else "P"
        for mef in mefs
        if mef.startswith(("1", "2"))
    }
    return _KINDS.get("".join(sorted(levels)), "")


#: By levels: college, general or technological, vocational.
_KINDS: Final = {
    "C": "college",
    "G": "lgt",
    "P": "lp",
    "GP": "lpo",
    "CG": "ensemble",
    "CP": "ensemble",
    "CGP": "ensemble",
}


def _refresh(uais: Sequence[str], year: int, at: datetime) -> int:
    # Whoever reads the page meanwhile sees what was kept before.
    with transaction.atomic(), put_back():
        open_schools(*uais)
        # Two readers of one school: the second waits, and finds nothing changed.
        list(Reading.objects.select_for_update().filter(uai__in=uais, year=year).order_by("uai"))
        before = kept_readings(uais=uais, year=year)
        now = read_now(uais=uais, year=year, at=at, before=before)
        keep(now.values(), year=year)
        changes = [
            change for one in now.values() for change in _changes(before.get(one.uai), one, year)
        ]
        Change.objects.bulk_create(changes)
    return len(changes)


def _changes(before: Read | None, now: Read, year: int) -> Iterator[Change]:
    """Tell which steps changed; of a school not read before, those that are begun."""
    was = before.states if before else dict.fromkeys(now.states, State.NOT_STARTED)
    for code, state in now.states.items():
        if was.get(code, state) is not state:
            yield Change(
                uai=now.uai,
                year=year,
                step=code,
                before=was[code].value,
                after=state.value,
                at=datetime.fromtimestamp(now.since[code], tz=UTC),
            )


def _since(steps: Mapping[str, Found], before: Read | None, at: datetime) -> dict[str, int]:
    """Tell since when each step stands where it does: its fact, else when it was first seen so, else its turn."""
    found = {}
    for code, one in steps.items():
        turn = [steps[needed].at for needed in STEPS[code].after]
        if one.at is not None:
            since = int(one.at.timestamp())
        elif before is not None and before.states.get(code) is one.state:
            since = before.since[code]
        elif before is None and turn and all(turn):
            since = max(int(done.timestamp()) for done in turn if done)
        else:
            since = int(at.timestamp())
        found[code] = since
    return found
