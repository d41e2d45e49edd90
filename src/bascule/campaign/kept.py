"""What was read of schools, as it is kept: whole for one, in a line for thousands."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Final, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from bascule.campaign.campaigns import STEPS
from bascule.campaign.models import Reading
from bascule.campaign.states import State
from bascule.preparation.steps import Sentence
from bascule.store.policies import open_schools


@dataclass(frozen=True, slots=True)
class Read:
    """What the steps of a school's year are.

    Attributes:
        uai: the school.
        read_at: when.
        states: by code of step.
        since: since when, by code of step, in seconds.
        causes: what is missing, by code of step that is not over.
        kind: what is taught there.
        software: what its files name; blank for none.
        pupils: pupils of the records.
        in_base: pupils of the academic base; None before a first night.
        planned: pupils foreseen; None when nothing was said.
        lacking: pupils without INE; None while it was not read.
        night: how the last night ended; blank before a first one.
        codes: open anomalies by rule.
        seen_act_id: its last act.
    """

    uai: str
    read_at: datetime
    states: Mapping[str, State]
    since: Mapping[str, int]
    causes: Mapping[str, Sentence] = field(default_factory=dict)
    kind: str = ""
    software: str = ""
    pupils: int = 0
    in_base: int | None = None
    planned: int | None = None
    lacking: int | None = None
    night: str = ""
    codes: Mapping[str, int] = field(default_factory=dict)
    seen_act_id: int = 0


class Line(NamedTuple):
    """A reading in short: what the board has of thousands of schools.

    Attributes:
        uai: the school.
        letters: where each step of `STEPS` stands.
        days: since when, four figures each.
        kind: what is taught there.
        software: what its files name.
        pupils: pupils of the records.
        in_base: pupils of the academic base.
        planned: pupils foreseen.
        lacking: pupils without INE; None while it was not read.
        night: how the last night ended; blank before a first one.
        seen_act_id: its last act.
        read_at: when, in seconds.
    """

    uai: str
    letters: str
    days: str
    kind: str
    software: str
    pupils: int
    in_base: int | None
    planned: int | None
    lacking: int | None
    night: str
    seen_act_id: int
    read_at: int

    def state(self, rank: int) -> State:
        """Tell where a step stands.

        Args:
            rank (int): its rank among `STEPS`.

        Returns:
            State: where.
        """
        return STATE_OF[self.letters[rank]]

    def day(self, rank: int) -> str:
        """Tell since when, as days are compared.

        Args:
            rank (int): its rank among `STEPS`.

        Returns:
            str: from `day_mark`.
        """
        return self.days[rank * FIGURES : (rank + 1) * FIGURES]


#: Figures of a day.
FIGURES: Final = 4
_LETTERS: Final = {
    State.NOT_STARTED: "o",
    State.IN_PROGRESS: "p",
    State.BLOCKED: "b",
    State.DONE: "d",
    State.NOT_APPLICABLE: "n",
}
#: The letter of a step that is done.
DONE: Final = _LETTERS[State.DONE]
STATE_OF: Final = {letter: state for state, letter in _LETTERS.items()}
#: Rank of each step in a line.
RANKS: Final = {code: rank for rank, code in enumerate(STEPS)}
#: A line of other steps is as if the school had never been read.
CATALOGUE: Final = hashlib.sha256(",".join(STEPS).encode()).hexdigest()[:8]


def day_mark(day: date) -> str:
    """Write a day so that later days come after.

    Args:
        day (date): a day of our time.

    Returns:
        str: four figures of base 16.
    """
    return f"{day.toordinal() - _FIRST_DAY:04x}"


@cache
def day_of(mark: str) -> date:
    """Read a day back.

    Args:
        mark (str): from `day_mark`.

    Returns:
        date: the day.
    """
    return date.fromordinal(int(mark, 16) + _FIRST_DAY)


_FIRST_DAY: Final = date(1970, 1, 1).toordinal()


def local_day(seconds: int) -> date:
    """Give the day of an instant, where the authority is.

    Args:
        seconds (int): since 1970.

    Returns:
        date: the day.
    """
    return datetime.fromtimestamp(seconds, tz=timezone.get_current_timezone()).date()


def line_of(read: Read) -> Line:
    """Give a reading in short.

    Args:
        read (Read): the reading.

    Returns:
        Line: the same.
    """
    return Line(
        read.uai,
        "".join(_LETTERS[read.states[code]] for code in STEPS),
        "".join(day_mark(local_day(read.since[code])) for code in STEPS),
        read.kind,
        read.software,
        read.pupils,
        read.in_base,
        read.planned,
        read.lacking,
        read.night,
        read.seen_act_id,
        int(read.read_at.timestamp()),
    )


def kept_lines(*, uais: Sequence[str], year: int) -> dict[str, Line]:
    """Give what was kept of schools, in short.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        year (int): first calendar year.

    Returns:
        dict[str, Line]: of those that were read.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(*uais)
        cursor.execute(
            "SELECT uai, letters, days, kind, software, pupil_count, base_count, planned_count, lacking_count, night,"
            " seen_act_id, floor(extract(epoch FROM read_at))::bigint FROM campaign_reading"
            " WHERE uai = ANY(string_to_array(%s, ',')) AND year = %s AND catalogue = %s",
            [",".join(uais), year, CATALOGUE],
        )
        return {row[0]: Line(*row) for row in cursor.fetchall()}


def kept_readings(*, uais: Sequence[str], year: int) -> dict[str, Read]:
    """Give all that was kept of a few schools.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        year (int): first calendar year.

    Returns:
        dict[str, Read]: of those that were read.
    """
    with transaction.atomic():
        open_schools(*uais)
        return {row.uai: _read(row) for row in Reading.objects.filter(uai__in=uais, year=year)}


def kept_causes(*, steps: Mapping[str, str], year: int) -> dict[str, Sentence]:
    """Give why schools do not go on, one step of each.

    Args:
        steps (Mapping[str, str]): code of the step, by school; they are opened for reading.
        year (int): first calendar year.

    Returns:
        dict[str, Sentence]: of those of which something is said.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(*steps)
        cursor.execute(
            "SELECT r.uai, r.causes -> w.step FROM unnest(%s::text[], %s::text[]) w (uai, step)"
            " JOIN campaign_reading r ON r.uai = w.uai WHERE r.uai = ANY(%s) AND r.year = %s AND r.causes ? w.step",
            [list(steps), list(steps.values()), list(steps), year],
        )
        return {uai: Sentence(*json.loads(said)) for uai, said in cursor.fetchall()}


def kept_codes(*, uais: Sequence[str], year: int) -> list[tuple[str, int, int]]:
    """Count the open anomalies that were kept, by rule.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        year (int): first calendar year.

    Returns:
        list[tuple[str, int, int]]: the rule, its anomalies, the schools that have some.
    """
    if not uais:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(*uais)
        cursor.execute(
            "SELECT c.key, sum(c.value::int), count(*) FROM campaign_reading r, jsonb_each_text(r.codes) c"
            " WHERE r.uai = ANY(string_to_array(%s, ',')) AND r.year = %s GROUP BY c.key",
            [",".join(uais), year],
        )
        return [(code, int(count), schools) for code, count, schools in cursor.fetchall()]


def keep(reads: Iterable[Read], *, year: int) -> None:
    """Keep readings in the place of those before.

    Args:
        reads (Iterable[Read]): the readings; their schools are open.
        year (int): first calendar year.
    """
    Reading.objects.bulk_create(
        [_row(one, year) for one in reads],
        update_conflicts=True,
        unique_fields=["uai", "year"],
        update_fields=[
            "read_at", "seen_act_id", "steps", "causes", "kind", "software", "pupil_count", "base_count",
            "planned_count", "lacking_count", "night", "codes", "letters", "days", "catalogue",
        ],
    )  # fmt: skip


def _row(one: Read, year: int) -> Reading:
    line = line_of(one)
    return Reading(
        uai=one.uai,
        year=year,
        read_at=one.read_at,
        seen_act_id=one.seen_act_id,
        steps={code: [state.value, one.since[code]] for code, state in one.states.items()},
        causes={code: [said.text, dict(said.figures)] for code, said in one.causes.items()},
        letters=line.letters,
        days=line.days,
        catalogue=CATALOGUE,
        kind=one.kind,
        software=one.software,
        pupil_count=one.pupils,
        base_count=one.in_base,
        planned_count=one.planned,
        lacking_count=one.lacking,
        night=one.night,
        codes=dict(one.codes),
    )


def _read(row: Reading) -> Read:
    known = [(code, its) for code, its in row.steps.items() if code in STEPS]
    return Read(
        uai=row.uai,
        read_at=row.read_at,
        states={code: State(its[0]) for code, its in known},
        since={code: its[1] for code, its in known},
        causes={code: Sentence(*its) for code, its in row.causes.items()},
        kind=row.kind,
        software=row.software,
        pupils=row.pupil_count,
        in_base=row.base_count,
        planned=row.planned_count,
        lacking=row.lacking_count,
        night=row.night,
        codes=row.codes,
        seen_act_id=row.seen_act_id,
    )
