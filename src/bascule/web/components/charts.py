"""Bars: numbers side by side, drawn by us in SVG that needs no style of its own. Pure.

What a chart shows is also a table, word for word: whoever does not see the bars reads the numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: The drawing, in its own units: it grows and shrinks with the page.
_WIDTH, _LABEL, _VALUE = 400, 112, 40
#: Width of a letter, and what a capital adds.
_LETTER, _CAPITAL = 8, 2
_BAR, _GAP, _BETWEEN = 12, 3, 9
#: Letters of a label that is not cut.
_LONGEST: Final = 22


@dataclass(frozen=True, slots=True)
class Chart:
    """Numbers to compare.

    Attributes:
        title: what they are, in words.
        head: what the lines are (`Division`).
        series: what each number of a line is; one or two.
        lines: words and numbers.
        summary: in a sentence, what one sees.
    """

    title: str
    head: str
    series: tuple[str, ...]
    lines: Sequence[tuple[str, tuple[int, ...]]]
    summary: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to draw."""
        return not any(any(numbers) for _, numbers in self.lines)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, and the number at its end."""

    y: int
    text_y: int
    width: int
    value_x: int
    value: int
    kind: int


@dataclass(frozen=True, slots=True)
class Row:
    """The bars of one line."""

    label: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart, ready to be written as SVG."""

    width: int
    height: int
    label_x: int
    bar_x: int
    bar_height: int
    rows: tuple[Row, ...]


def drawn(chart: Chart) -> Drawn:
    """Lay a chart out.

    Args:
        chart (Chart): the numbers.

    Returns:
        Drawn: where everything stands, in whole units.
    """
    most = max((number for _, numbers in chart.lines for number in numbers), default=0) or 1
    left = max((_wide(_cut(label)) + _LETTER for label, _ in chart.lines), default=0)
    left = max(left, _LABEL)
    room = _WIDTH - left - _VALUE
    each = len(chart.series) * (_BAR + _GAP) + _BETWEEN
    rows = []
    for rank, (label, numbers) in enumerate(chart.lines):
        top = rank * each
        bars = tuple(
            _bar(top, kind, number, left, room * number // most)
            for kind, number in enumerate(numbers)
        )
        middle = top + (len(numbers) * (_BAR + _GAP)) // 2 + 4
        rows.append(Row(_cut(label), middle, bars))
    return Drawn(_WIDTH, max(1, len(rows)) * each, left - 8, left, _BAR, tuple(rows))


def _bar(top: int, kind: int, number: int, left: int, width: int) -> Bar:
    y = top + kind * (_BAR + _GAP)
    return Bar(y, y + _BAR - 1, width, left + width + 5, number, kind)


def _wide(label: str) -> int:
    return _LETTER * len(label) + _CAPITAL * sum(letter.isupper() for letter in label)


def _cut(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"
