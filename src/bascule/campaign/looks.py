"""How lines are shown in a campaign: cells, shapes and tallies. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Final, NamedTuple

from bascule.bea.models import Transfer
from bascule.campaign.campaigns import Campaign, Step
from bascule.campaign.due import Due
from bascule.campaign.kept import DONE, FIGURES, RANKS, STATE_OF, Line, day_mark, day_of
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

#: Nights of the academic base that somebody looks at.
ILL_NIGHTS: Final = frozenset((Transfer.State.PARTIAL.value, Transfer.State.FAILED.value))


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
        waiting: rank of the step to look at: the first blocked, else the first opened that is not over; None for none.
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
    def night(self) -> str:
        """Return how the last night of the academic base ended, in French; blank before a first one."""
        return Transfer.State(self.line.night).label if self.line.night else ""

    @property
    def is_night_ill(self) -> bool:
        """Tell whether that night failed, or left records out."""
        return self.line.night in ILL_NIGHTS

    @property
    def is_over(self) -> bool:
        """Tell whether all its steps are over."""
        return self.shape.over == len(self.shape.states)

    @property
    def waiting(self) -> Cell | None:
        """Return the step to look at."""
        return None if self.shape.waiting is None else self.cells[self.shape.waiting]


@dataclass(frozen=True, slots=True)
class Tally:
    """One step across schools.

    Attributes:
        step: the step.
        due_on: by when it is expected; None while it is not opened.
        counts: schools by state.
        late: schools that are late.
        passed: schools that passed it, by day, as days are compared.
        recent: of these, those of the last fourteen days.
        foreseen_on: when the last school passes it at this pace; None when nothing tells.
    """

    step: Step
    due_on: date | None
    counts: Mapping[State, int]
    late: int
    passed: Mapping[str, int]
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
        due (Due): by when its steps are expected.
        today (date): the day, where the authority is.
    """

    def __init__(self, campaign: Campaign, due: Due, today: date) -> None:
        self._steps = campaign.steps
        self._ranks = [RANKS[step.code] for step in self._steps]
        self._due = [due[step.code] for step in self._steps]
        self._today = today
        self._late = [max(0, (today - day).days) if day else 0 for day in self._due]
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
            opened = [n for n in pending if self._due[n] is not None]
            blocked = [n for n in pending if states[n] is State.BLOCKED]
            self._shapes[letters] = Shape(
                states,
                len(states) - len(pending),
                max((self._late[n] for n in pending), default=0),
                next(iter(blocked or opened), None),
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
                state,
                day_of(line.day(rank)),
                0 if state.is_over else late,
            )
            for step, state, rank, late in zip(
                self._steps, self.shape(line.letters).states, self._ranks, self._late, strict=True
            )
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
        found = []
        for n, step in enumerate(self._steps):
            counts: Counter[State] = Counter()
            for shape, count in shapes.items():
                counts[shape.states[n]] += count
            left = sum(count for state, count in counts.items() if not state.is_over)
            rank = self._ranks[n]
            first, end = rank * FIGURES, (rank + 1) * FIGURES
            passed = Counter(
                row.line.days[first:end] for row in rows if row.line.letters[rank] == DONE
            )
            recent = sum(count for day, count in passed.items() if day > since)
            found.append(
                Tally(
                    step=step,
                    due_on=self._due[n],
                    counts={state: counts[state] for state in State},
                    late=left if self._late[n] else 0,
                    passed=passed,
                    recent=recent,
                    foreseen_on=_foreseen(left, recent, self._today),
                )
            )
        return found


def evenings(tallies: Sequence[Tally], today: date) -> list[tuple[date, int]]:
    """Tell how many steps were passed, evening after evening.

    Args:
        tallies (Sequence[Tally]): the steps.
        today (date): the day, where the authority is.

    Returns:
        list[tuple[date, int]]: the last fourteen days, and the steps passed by then; those without object too.
    """
    passed: Counter[str] = Counter()
    for tally in tallies:
        passed.update(tally.passed)
    without = sum(tally.counts[State.NOT_APPLICABLE] for tally in tallies)
    days = [today - timedelta(days=back) for back in range(PACE_DAYS - 1, -1, -1)]
    return [
        (day, without + sum(count for mark, count in passed.items() if mark <= day_mark(day)))
        for day in days
    ]


def _foreseen(left: int, recent: int, today: date) -> date | None:
    if not left or not recent:
        return None
    days = ceil(left * PACE_DAYS / recent)
    return today + timedelta(days=days) if days <= _FORESEEN else None
