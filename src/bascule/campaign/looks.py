"""How lines are shown in a campaign: cells, shapes and tallies. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Final, NamedTuple

from bascule.campaign.campaigns import Campaign, Step
from bascule.campaign.kept import RANKS, STATE_OF, Line, day_mark, day_of
from bascule.campaign.states import State
from bascule.preparation.steps import Sentence
from bascule.values.words import said as _

#: Days over which the pace is told.
PACE_DAYS: Final = 14
#: Days beyond which a forecast says nothing.
_FORESEEN: Final = 400

KINDS: Final[Mapping[str, str]] = {
    "college": _("collège"),
    "lgt": _("lycée général et technologique"),
    "lp": _("lycée professionnel"),
    "lpo": _("lycée polyvalent"),
    "ensemble": _("collège et lycée"),
}


class Cell(NamedTuple):
    """One school at one step.

    Attributes:
        step: the step.
        state: where it stands.
        since: since when.
        late: days after the day it was expected; 0 for in time, or over.
    """

    step: Step
    state: State
    since: date
    late: int


class Shape(NamedTuple):
    """What schools whose steps stand alike have in common.

    Attributes:
        states: where each step of the campaign stands.
        over: how many are over.
        late: the days by which they are late.
        waiting: rank of the step to look at: the first blocked, else the first not over; None for none.
    """

    states: tuple[State, ...]
    over: int
    late: int
    waiting: int | None


@dataclass(slots=True)
class Row:
    """One school.

    Attributes:
        uai: its number.
        name: its name.
        line: what was read of it.
        shape: where its steps stand.
        cells: its steps; empty until they are shown.
        adviser: name of the person who advises it; blank for nobody.
        cause: why it does not go on.
    """

    uai: str
    name: str
    line: Line
    shape: Shape
    cells: Sequence[Cell] = ()
    adviser: str = ""
    cause: Sentence | None = None

    @property
    def kind(self) -> str:
        """Return what is taught, in French; blank when it is not known."""
        return KINDS.get(self.line.kind, "")

    @property
    def waiting(self) -> Cell | None:
        """Return the step to look at."""
        return None if self.shape.waiting is None else self.cells[self.shape.waiting]


@dataclass(frozen=True, slots=True)
class Tally:
    """One step across schools.

    Attributes:
        step: the step.
        due_on: by when it is expected.
        counts: schools by state.
        late: schools that are late.
        recent: schools that passed it in the last fourteen days.
        foreseen_on: when the last school passes it at this pace; None when nothing tells.
    """

    step: Step
    due_on: date
    counts: Mapping[State, int]
    late: int
    recent: int
    foreseen_on: date | None

    @property
    def over(self) -> int:
        """Count the schools for which it is over."""
        return sum(count for state, count in self.counts.items() if state.is_over)

    @property
    def left(self) -> int:
        """Count the others."""
        return sum(self.counts.values()) - self.over


class Looks:
    """Reads lines for one campaign: what depends on where steps stand is found once for all that stand alike.

    Args:
        campaign (Campaign): the campaign.
        year (int): first calendar year.
        today (date): the day, where the authority is.
    """

    def __init__(self, campaign: Campaign, year: int, today: date) -> None:
        self._steps = campaign.steps
        self._ranks = [RANKS[step.code] for step in self._steps]
        self._due = [campaign.due_on(step.code, year=year) for step in self._steps]
        self._today = today
        self._late = [max(0, (today - due).days) for due in self._due]
        self._shapes: dict[str, Shape] = {}

    def shape(self, letters: str) -> Shape:
        """Tell where the steps of the campaign stand.

        Args:
            letters (str): of a line.

        Returns:
            Shape: shared by all schools that stand alike.
        """
        if letters not in self._shapes:
            states = tuple(STATE_OF[letters[rank]] for rank in self._ranks)
            pending = [n for n, state in enumerate(states) if not state.is_over]
            blocked = [n for n in pending if states[n] is State.BLOCKED]
            self._shapes[letters] = Shape(
                states,
                len(states) - len(pending),
                max((self._late[n] for n in pending), default=0),
                next(iter(blocked or pending), None),
            )
        return self._shapes[letters]

    def cells(self, line: Line) -> list[Cell]:
        """Give the steps of a school, to be shown.

        Args:
            line (Line): what was read of it.

        Returns:
            list[Cell]: in order.
        """
        return [
            Cell(
                step,
                line.state(rank),
                day_of(line.day(rank)),
                0 if line.state(rank).is_over else late,
            )
            for step, rank, late in zip(self._steps, self._ranks, self._late, strict=True)
        ]

    def tallies(self, rows: Sequence[Row]) -> list[Tally]:
        """Count schools by step.

        Args:
            rows (Sequence[Row]): the schools.

        Returns:
            list[Tally]: in order; none without schools.
        """
        if not rows:
            return []
        shapes = Counter(row.shape for row in rows)
        since = day_mark(self._today - timedelta(days=PACE_DAYS))
        done = [row.line for row in rows]
        found = []
        for n, step in enumerate(self._steps):
            counts: Counter[State] = Counter()
            for shape, count in shapes.items():
                counts[shape.states[n]] += count
            left = sum(count for state, count in counts.items() if not state.is_over)
            rank = self._ranks[n]
            recent = sum(line.day(rank) > since and line.state(rank) is State.DONE for line in done)
            found.append(
                Tally(
                    step=step,
                    due_on=self._due[n],
                    counts={state: counts[state] for state in State},
                    late=left if self._late[n] else 0,
                    recent=recent,
                    foreseen_on=_foreseen(left, recent, self._today),
                )
            )
        return found


def _foreseen(left: int, recent: int, today: date) -> date | None:
    if not left or not recent:
        return None
    days = ceil(left * PACE_DAYS / recent)
    return today + timedelta(days=days) if days <= _FORESEEN else None
