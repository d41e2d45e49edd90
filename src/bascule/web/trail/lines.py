"""Lines of the journal as pages show them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from bascule.accounts.visitors import names_by_login, names_of
from bascule.journal.access import Criteria
from bascule.journal.act import AUTHORITY
from bascule.journal.acts import facts_of
from bascule.journal.models import Access, Act
from bascule.schools.models import School
from bascule.web.trail import words

#: Lines on a page.
PAGE = 50

_STUDENT = "student/"
Row = TypeVar("Row", Access, Act)


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        id: its number.
        at: when.
        uai: the school; blank for the authority.
        place: its name.
        kind: what happened, as a code.
        what: in words.
        login: who, as the journal writes it.
        who: her name; the name of the token for software; blank for nobody known.
        is_machine: whether it is software.
        person_id: the person; None for none.
        about: what it is about, as a code.
        thing: in words.
        pupil: name of the pupil it is about, for who may read it.
        detail: what else it says, in words.
        facts: what else it says, in codes.
        purpose: why one looked.
        address: from where.
    """

    id: int
    at: datetime
    uai: str
    place: str
    kind: str
    what: str
    login: str
    who: str = ""
    is_machine: bool = False
    person_id: int | None = None
    about: str = ""
    thing: str = ""
    pupil: str = ""
    detail: str = ""
    facts: str = ""
    purpose: str = ""
    address: str = ""

    @property
    def pupil_id(self) -> str:
        """Return the number of the pupil it is about; blank for none."""
        return self.about.removeprefix(_STUDENT) if self.about.startswith(_STUDENT) else ""


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """A page of lines.

    Attributes:
        rows: the lines, latest first.
        next_id: the line below which the next page begins; None on the last page.
    """

    rows: Sequence[Row]
    next_id: int | None


Find = Callable[[Criteria, int], Sequence[Row]]


def sliced(find: Find[Row], criteria: Criteria) -> Slice[Row]:
    """Find a page of lines, and where the next one begins.

    Args:
        find (Find[Row]): finds lines: which, how many at most.
        criteria (Criteria): which.

    Returns:
        Slice[Row]: the page.
    """
    found = find(criteria, PAGE + 1)
    rows = found[:PAGE]
    return Slice(rows, rows[-1].pk if len(found) > PAGE else None)


def every(find: Find[Row], criteria: Criteria, *, most: int) -> Iterator[Row]:
    """Find all lines, a few thousand at a time.

    Args:
        find (Find[Row]): finds lines.
        criteria (Criteria): which.
        most (int): how many at most.

    Yields:
        Row: the lines, latest first.
    """
    left = most
    while left > 0:
        found = find(criteria, min(left, _AT_ONCE))
        yield from found
        left -= len(found)
        if len(found) < _AT_ONCE:
            return
        criteria = replace(criteria, before_id=found[-1].pk)


_AT_ONCE = 5000


def of_accesses(rows: Collection[Access], *, pupils: Mapping[int, str] | None = None) -> list[Line]:
    """Show accesses.

    Args:
        rows (Collection[Access]): the lines.
        pupils (Mapping[int, str] | None): names of pupils by number, for who may read them.

    Returns:
        list[Line]: as pages show them.
    """
    people = names_of({row.person_id for row in rows if row.person_id is not None})
    places = _places({row.uai for row in rows})
    return [
        Line(
            id=row.pk,
            at=row.at,
            uai="" if row.uai == AUTHORITY else row.uai,
            place=places.get(row.uai, ""),
            kind=row.kind,
            what=words.kind(row.kind),
            login=row.actor,
            who=people.get(row.person_id or 0, row.actor),
            is_machine=row.person_id is None and row.kind.startswith("api."),
            person_id=row.person_id,
            about=row.about,
            thing=words.thing(row.about),
            pupil=(pupils or {}).get(_pupil(row) or 0, ""),
            detail=words.detail(row.facts),
            facts=words.raw(row.facts),
            purpose=row.purpose,
            address=row.address or "",
        )
        for row in rows
    ]


def of_acts(rows: Collection[Act]) -> list[Line]:
    """Show acts.

    Args:
        rows (Collection[Act]): the acts.

    Returns:
        list[Line]: as pages show them.
    """
    places = _places({row.uai for row in rows})
    names = names_by_login({row.actor for row in rows})
    return [
        Line(
            id=row.pk,
            at=row.at,
            uai="" if row.uai == AUTHORITY else row.uai,
            place=places.get(row.uai, ""),
            kind=row.kind,
            what=words.kind(row.kind),
            login=row.actor,
            who=names[row.actor],
            about=f"run/{row.run_id}" if row.run_id else "",
            thing=words.thing(f"run/{row.run_id}") if row.run_id else "",
            facts=words.raw(facts_of(row)),
        )
        for row in rows
    ]


def pupils_of(rows: Collection[Access]) -> set[int]:
    """Give the pupils that lines are about.

    Args:
        rows (Collection[Access]): the lines.

    Returns:
        set[int]: our numbers of the pupils.
    """
    return {number for row in rows if (number := _pupil(row)) is not None}


def _pupil(row: Access) -> int | None:
    number = row.about.removeprefix(_STUDENT)
    return int(number) if number != row.about and number.isdecimal() else None


def _places(uais: set[str]) -> dict[str, Any]:
    return dict(School.objects.filter(pk__in=uais).values_list("uai", "name"))
