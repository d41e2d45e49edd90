"""Which column of a table is what: proposed from its headings and its values. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from bascule.exchange.flows.fields import FIELDS, GUARDIAN, PUPIL, missing_of
from bascule.formats.sheet import Sheet
from bascule.values.civil_identity import key

#: Rows among which the headings are looked for: titles and blanks may stand above.
_HEADINGS_WITHIN: Final = 15
_VALUES_LOOKED_AT: Final = 60
#: How a column without a heading is called, but for its place.
NAMELESS: Final = "(colonne "
#: Share of the values that must look like those of a field for the values alone to decide.
_MOSTLY: Final = 0.8

#: Words by which a heading says that it is about a guardian, and which one.
_WHOM: Final = (
    ("MERE", 1),
    ("RESPONSABLE 1", 1),
    ("RESP 1", 1),
    ("RESP1", 1),
    ("REPRESENTANT 1", 1),
    ("LEGAL 1", 1),
    ("PARENT 1", 1),
    ("PERE", 2),
    ("RESPONSABLE 2", 2),
    ("RESP 2", 2),
    ("RESP2", 2),
    ("REPRESENTANT 2", 2),
    ("LEGAL 2", 2),
    ("PARENT 2", 2),
    ("RESPONSABLE", 1),
    ("RESP", 1),
    ("REPRESENTANT", 1),
    ("LEGAL", 1),
    ("PARENT", 1),
    ("TUTEUR", 1),
)
#: Small words that tell nothing.
_EMPTY: Final = frozenset(("DE", "DU", "DES", "LA", "LE", "L", "D", "CODE", "N", "NO"))


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for a table.

    Attributes:
        row: place of the row of headings, from 0.
        headings: text of each heading.
        columns: field of each column that is told, by heading.
    """

    row: int
    headings: tuple[str, ...]
    columns: dict[str, str]

    def missing(self) -> list[str]:
        """Name the fields without which no pupil can be read.

        Returns:
            list[str]: their titles.
        """
        return missing_of(self.columns.values())


def propose(
    sheet: Sheet, kept: Mapping[str, str] | None = None, *, row: int | None = None
) -> Proposal:
    """Propose what each column of a table is.

    Args:
        sheet (Sheet): the table.
        kept (Mapping[str, str] | None): what a person said before, by heading; a column that is not there is none.
        row (int | None): place of the row of headings, from 0, when a person says it.

    Returns:
        Proposal: headings and fields.
    """
    if row is not None and 0 <= row < len(sheet.rows):
        return _of_row(sheet, row, kept)
    found = [_of_row(sheet, place, kept) for place in range(_rows_within(sheet))]
    return max(found, key=lambda one: (len(one.columns), len(_named(one.headings)), -one.row))


def marks(sheet: Sheet) -> list[str]:
    """Give the mark of each row that may be that of the headings.

    Args:
        sheet (Sheet): the table.

    Returns:
        list[str]: as `mark` gives them.
    """
    return [mark(_headings(sheet, row)) for row in range(_rows_within(sheet))]


def rows_offered(sheet: Sheet) -> dict[int, tuple[str, ...]]:
    """Give the rows that may be that of the headings.

    Args:
        sheet (Sheet): the table.

    Returns:
        dict[int, tuple[str, ...]]: their cells that are not blank, by place from 0.
    """
    rows = {row: tuple(filter(None, sheet.rows[row])) for row in range(_rows_within(sheet))}
    return {row: cells for row, cells in rows.items() if len(cells) > 1}


def mark(headings: Sequence[str]) -> str:
    """Give what tells a row of headings from others, whatever their order.

    Args:
        headings (Sequence[str]): of a proposal.

    Returns:
        str: a digest of those that have a name.
    """
    return sha256("\n".join(sorted(_named(headings))).encode()).hexdigest()


def _named(headings: Sequence[str]) -> list[str]:
    return [heading for heading in headings if not heading.startswith(NAMELESS)]


def _rows_within(sheet: Sheet) -> int:
    return min(len(sheet.rows), _HEADINGS_WITHIN)


def _of_row(sheet: Sheet, row: int, kept: Mapping[str, str] | None) -> Proposal:
    headings = _headings(sheet, row)
    if kept is not None:
        columns = {heading: kept[heading] for heading in headings if kept.get(heading) in FIELDS}
        return Proposal(row, headings, columns)
    columns = {}
    whom = 0
    for place, heading in enumerate(headings):
        whom = _whom(heading) or (whom if _goes_on(heading, columns, whom) else 0)
        code = _told(heading, whom) or _by_values(sheet, row, place)
        if code and code not in columns.values():
            columns[heading] = code
    return Proposal(row, headings, columns)


def _headings(sheet: Sheet, row: int) -> tuple[str, ...]:
    """Give the headings of a row, each with the guardian that a merged cell above it names."""
    cells = sheet.rows[row]
    above = sheet.rows[row - 1] if row else ()
    if len(list(filter(None, above))) >= len(list(filter(None, cells))) or not any(
        map(_is_whom, above)
    ):
        return _distinct(cells)
    named: list[str] = []
    whose = ""
    for place, cell in enumerate(cells):
        whose = (above[place] if place < len(above) else "") or whose
        is_theirs = _is_whom(whose) and _told(cell, _whom(whose)) and not _whom(cell)
        named.append(f"{whose} – {cell}" if is_theirs else cell)
    return _distinct(named)


def _is_whom(cell: str) -> bool:
    return bool(_whom(cell)) and len(cell.split()) <= _WORDS_OF_WHOM


#: "Responsable légal 1", "Mère": more words are a title.
_WORDS_OF_WHOM: Final = 3


def _distinct(row: Sequence[str]) -> tuple[str, ...]:
    """Tell headings apart that are the same or blank, as merged cells leave them."""
    seen: dict[str, int] = {}
    names: list[str] = []
    for place, cell in enumerate(row, 1):
        name = " ".join(cell.split()) or f"{NAMELESS}{place})"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def _whom(heading: str) -> int:
    text = f" {key(heading)} "
    return next((number for word, number in _WHOM if f" {word} " in text), 0)


def _goes_on(heading: str, columns: Mapping[str, str], whom: int) -> bool:
    """Tell whether a heading that names nobody is still about the guardian of the columns before it."""
    if not whom or not _told(heading, whom):
        return False
    return _told(heading, 0) == "" or _told(heading, 0) in columns.values()


def _told(heading: str, whom: int) -> str:
    """Give the field that the words of a heading tell, blank when they tell none."""
    text = key(re.sub(r"\s\(\d+\)$", "", heading))
    for word, _ in _WHOM if whom else ():
        text = " ".join(f" {text} ".replace(f" {word} ", " ").split())
    prefix = f"guardian{whom}." if whom else ""
    fields = GUARDIAN if whom else PUPIL
    best: tuple[int, str] = (0, "")
    for field in fields:
        for word in field.words:
            if _is_said(word, text):
                best = max(best, (len(word), prefix + field.code))
    return best[1]


def _is_said(word: str, text: str) -> bool:
    """Tell whether a heading says a word, and little else."""
    said = [part for part in text.split() if part not in _EMPTY]
    wanted = [part for part in word.split() if part not in _EMPTY]
    return bool(wanted) and said == wanted


def _by_values(sheet: Sheet, row: int, place: int) -> str:
    """Give the field that the values of a column tell by themselves."""
    values = [
        line[place]
        for line in sheet.rows[row + 1 : row + 1 + _VALUES_LOOKED_AT]
        if place < len(line) and line[place]
    ]
    for code in ("ine", "mef", "guardian1.email"):
        looks = FIELDS[code].looks_like
        if values and looks and sum(map(looks, values)) >= _MOSTLY * len(values):
            return code
    return ""
