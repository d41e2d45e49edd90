"""The board of a campaign: how many schools passed each step, who is stuck and why, when all will be done."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from django.core.paginator import Page, Paginator
from django.utils import timezone

from bascule.campaign.advisers import advisers_of, names_of
from bascule.campaign.campaigns import Campaign
from bascule.campaign.due import Due, due_days
from bascule.campaign.kept import (
    Line,
    Read,
    kept_causes,
    kept_codes,
    kept_lines,
    kept_readings,
    line_of,
)
from bascule.campaign.looks import ILL_NIGHTS, KINDS, Looks, Row, Shape, Tally
from bascule.campaign.reading import MOST_LIVE, read_now, stale
from bascule.campaign.states import State
from bascule.campaign.steering import reminded_lately
from bascule.exchange.rules.book import BY_CODE
from bascule.schools.directory import school_names
from bascule.values.words import said as _

#: Schools on a page.
PAGE: Final = 30
#: Rules named.
TOP: Final = 10


class Order(StrEnum):
    """How schools are put in order; the words of URLs."""

    LATE = "retard"
    NAME = "nom"
    NUMBER = "uai"
    DONE = "avancement"

    @property
    def label(self) -> str:
        """Return its French words."""
        return _ORDERS[self]


_ORDERS: Final = {
    Order.LATE: _("les plus en retard"),
    Order.NAME: _("par nom"),
    Order.NUMBER: _("par n° UAI"),
    Order.DONE: _("les moins avancés"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which schools are looked at.

    Attributes:
        department: its code, three characters; blank for all.
        kind: a code of `KINDS`; blank for all.
        software: what their files name; blank for all.
        adviser: the person who advises them; None for all.
        text: words of the name, or a number.
        step: schools that have not passed this one; with `state`, those that stand there in it.
        state: schools one of whose steps stands so.
        is_late: only those that are late.
        is_silent: only those that were not written to within the last days.
        order: how they are put in order.
        page: from 1.
    """

    department: str = ""
    kind: str = ""
    software: str = ""
    adviser: int | None = None
    text: str = ""
    step: str = ""
    state: State | None = None
    is_late: bool = False
    is_silent: bool = False
    order: Order = Order.LATE
    page: int = 1


class RuleCount(NamedTuple):
    """A rule that many records break.

    Attributes:
        code: of the rule.
        title: its words.
        open_count: anomalies that are open.
        school_count: schools that have some.
    """

    code: str
    title: str
    open_count: int
    school_count: int


@dataclass(frozen=True, slots=True)
class Headcounts:
    """Pupils of the schools looked at.

    Attributes:
        pupils: of the schools' records, those who left too.
        in_base: of the academic base, those too.
        planned: foreseen by the schools that said so.
        differing: schools whose base does not hold as many as their records.
        lacking: pupils without INE.
        ill: schools whose last night failed, or left records out.
    """

    pupils: int
    in_base: int
    planned: int
    differing: int
    lacking: int
    ill: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What filters offer: what there is.

    Attributes:
        departments: their codes.
        kinds: codes and words.
        software: what files name.
        advisers: persons and names.
    """

    departments: Sequence[str]
    kinds: Sequence[tuple[str, str]]
    software: Sequence[str]
    advisers: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Board:
    """A campaign, at an instant.

    Attributes:
        campaign: the campaign.
        year: first calendar year.
        due: by when its steps are expected.
        today: the day it was read.
        live: the schools that were read for it.
        rows: the schools looked at, in order.
        tallies: by step, of the schools looked at whatever their steps.
        school_count: how many these are.
        codes: the rules that most records break.
        headcounts: their pupils.
        choices: what filters offer.
        read_at: when the oldest was read.
    """

    campaign: Campaign
    year: int
    due: Due
    today: date
    live: Mapping[str, Read]
    rows: Sequence[Row]
    tallies: Sequence[Tally]
    school_count: int
    codes: Sequence[RuleCount]
    headcounts: Headcounts
    choices: Choices
    read_at: datetime | None

    @property
    def blocked(self) -> int:
        """Count the schools looked at that are blocked."""
        return sum(State.BLOCKED in row.shape.states for row in self.rows)

    @property
    def late(self) -> int:
        """Count those that are late."""
        return sum(row.shape.late > 0 for row in self.rows)


def read_board(
    *, campaign: Campaign, year: int, uais: Sequence[str], filters: Filters, at: datetime
) -> Board:
    """Read a campaign.

    Args:
        campaign (Campaign): the campaign.
        year (int): first calendar year.
        uais (Sequence[str]): the schools that whoever asks follows; they are opened for reading.
        filters (Filters): which of them are looked at.
        at (datetime): now.

    Returns:
        Board: all of them; what their cells show is added by `page_of`.
    """
    today = timezone.localtime(at).date()
    due = due_days(campaign=campaign, year=year)
    lines, live = read_lines(uais, year, at)
    advisers = advisers_of(uais=uais)
    names = school_names()
    looks = Looks(campaign, due, today)
    written_to = (
        reminded_lately(uais=uais, campaign=campaign.code, year=year, today=today)
        if filters.is_silent
        else set()
    )
    chosen = [
        Row(uai, names[uai], line, looks.shape(line.letters))
        for uai, line in lines.items()
        if uai in names
        and uai not in written_to
        and _is_chosen(line, names[uai], advisers.get(uai), filters)
    ]
    rank = next((n for n, code in enumerate(campaign.due) if code == filters.step), None)
    shown = [row for row in chosen if _stands(row.shape, rank, filters)]
    return Board(
        campaign=campaign,
        year=year,
        due=due,
        today=today,
        live=live,
        rows=sorted(shown, key=_KEYS[filters.order]),
        tallies=looks.tallies(chosen),
        school_count=len(chosen),
        codes=_top([row.uai for row in shown], live, year),
        headcounts=_headcounts([row.line for row in shown]),
        choices=_choices(lines.values(), advisers.values()),
        read_at=_instant(min((line.read_at for line in lines.values()), default=None)),
    )


def page_of(board: Board, *, number: int) -> "Page[Row]":
    """Give one page of a board, with the cells of each school, why it does not go on and who advises it.

    Args:
        board (Board): the board.
        number (int): which page, from 1.

    Returns:
        Page[Row]: the page.
    """
    paginator = Paginator(board.rows, PAGE)
    shown = paginator.get_page(number)
    explain(board, list(shown.object_list))
    return shown


def explain(board: Board, rows: Sequence[Row], *, step: str = "") -> None:
    """Add to schools their cells, why they do not go on, and who advises them.

    Args:
        board (Board): the board they are of.
        rows (Sequence[Row]): the schools; they are opened for reading.
        step (str): the step whose cause is wanted; blank for the one to look at.
    """
    advisers = advisers_of(uais=[row.uai for row in rows])
    names = names_of(advisers.values())
    looks = Looks(board.campaign, board.due, board.today)
    wanted = {}
    for row in rows:
        row.cells = looks.cells(row.line)
        wanted[row.uai] = step or (row.waiting.step.code if row.waiting else "")
    kept = kept_causes(
        steps={uai: code for uai, code in wanted.items() if code and uai not in board.live},
        year=board.year,
    )
    for row in rows:
        read = board.live.get(row.uai)
        row.cause = read.causes.get(wanted[row.uai]) if read else kept.get(row.uai)
        row.adviser = names.get(advisers.get(row.uai, 0), "")


def read_lines(
    uais: Sequence[str], year: int, at: datetime
) -> tuple[dict[str, Line], dict[str, Read]]:
    """Give what was kept, and what few schools did since.

    Args:
        uais (Sequence[str]): the schools; they are opened for reading.
        year (int): first calendar year.
        at (datetime): now.

    Returns:
        tuple[dict[str, Line], dict[str, Read]]: all of them, and those that were read just now.
    """
    kept = kept_lines(uais=uais, year=year)
    newer = list(uais) if len(uais) <= MOST_LIVE else stale(uais=uais, kept=kept)[:MOST_LIVE]
    before = kept_readings(uais=newer, year=year)
    live = read_now(uais=newer, year=year, at=at, before=before)
    return kept | {uai: line_of(read) for uai, read in live.items()}, live


def _is_chosen(line: Line, name: str, adviser: int | None, filters: Filters) -> bool:
    if not (
        line.uai.startswith(filters.department)
        and filters.kind in ("", line.kind)
        and filters.software in ("", line.software)
        and filters.adviser in (None, adviser)
    ):
        return False
    return not filters.text or all(
        word in f"{line.uai} {name}".casefold() for word in filters.text.casefold().split()
    )


def _stands(shape: Shape, rank: int | None, filters: Filters) -> bool:
    if filters.is_late and not shape.late:
        return False
    states = shape.states if rank is None else (shape.states[rank],)
    if filters.state is not None:
        return filters.state in states
    return rank is None or not states[0].is_over


_KEYS: Final[Mapping[Order, Callable[[Row], Any]]] = {
    Order.LATE: lambda row: (-row.shape.late, row.shape.over, row.uai),
    Order.NAME: lambda row: (row.name.casefold(), row.uai),
    Order.NUMBER: lambda row: row.uai,
    Order.DONE: lambda row: (row.shape.over, -row.shape.late, row.uai),
}


def _top(uais: Sequence[str], live: Mapping[str, Read], year: int) -> list[RuleCount]:
    """Count anomalies by rule: those kept, and those of the schools read just now."""
    counts: Counter[str] = Counter()
    schools: Counter[str] = Counter()
    kept = [uai for uai in uais if uai not in live]
    for code, count, having in kept_codes(uais=kept, year=year):
        counts[code] += count
        schools[code] += having
    for uai in uais:
        if uai in live:
            counts.update(live[uai].codes)
            schools.update(live[uai].codes.keys())
    return [
        RuleCount(code, BY_CODE[code].title if code in BY_CODE else "", count, schools[code])
        for code, count in counts.most_common(TOP)
    ]


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, tz=UTC)


def _headcounts(lines: Sequence[Line]) -> Headcounts:
    return Headcounts(
        pupils=sum(line.pupils for line in lines),
        in_base=sum(line.in_base or 0 for line in lines),
        planned=sum(line.planned or 0 for line in lines),
        differing=sum(line.in_base not in (None, line.pupils) for line in lines),
        lacking=sum(line.lacking or 0 for line in lines),
        ill=sum(line.night in ILL_NIGHTS for line in lines),
    )


def _choices(lines: Iterable[Line], advisers: Iterable[int]) -> Choices:
    known = list(lines)
    kinds = {line.kind for line in known}
    return Choices(
        departments=sorted({line.uai[:3] for line in known}),
        kinds=[(code, words) for code, words in KINDS.items() if code in kinds],
        software=sorted({line.software for line in known} - {""}),
        advisers=sorted(names_of(advisers).items(), key=lambda one: one[1]),
    )
