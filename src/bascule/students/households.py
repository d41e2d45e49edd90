"""The households of the pupils: who writes to whom, once an address, and never to one parent at the other's.

Two legal guardians belong to one household when they live at one address and have a child in common; two
families of one building share no label.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection, transaction

from bascule.nomenclatures import lookup as nomenclatures
from bascule.store.policies import open_schools
from bascule.students.lists import Criteria, Presence, columns_of, list_pupils

_FRANCE = "100"


class _Link(NamedTuple):
    student_id: int
    pupil: str
    guardian_id: int
    civility: str | None
    name: str
    shares_address: bool | None
    address_id: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Household:
    """One household.

    Attributes:
        guardians: names of those who are written to.
        lines: their address.
        pupils: first names and divisions of their children.
        agrees: all of them agreed that their address be given to associations of parents.
    """

    guardians: Sequence[str]
    lines: Sequence[str]
    pupils: Sequence[str]
    agrees: bool


@dataclass(frozen=True, slots=True)
class Mailing:
    """Who can be written to.

    Attributes:
        households: in order of the name of the first guardian.
        unreached: pupils none of whose legal guardians has an address.
        refused_count: households left out because somebody there did not agree.
    """

    households: Sequence[Household]
    unreached: Sequence[str]
    refused_count: int


def households(
    *, uai: str, year: int, division: str = "", for_association: bool = False
) -> Mailing:
    """Gather the households of the pupils present.

    Args:
        uai (str): the school; it is opened for reading.
        year (int): first calendar year.
        division (str): code of a division; blank for all.
        for_association (bool): for an association of parents: only where all agreed.

    Returns:
        Mailing: whom one writes to, by name whatever the title, and whom one cannot.
    """
    criteria = Criteria(division=division, presence=Presence.PRESENT)
    columns = columns_of(["division"])
    listed = list_pupils(uai=uai, year=year, criteria=criteria, columns=columns, size=None)
    names = {line.id: line.name for line in listed.lines}
    divisions = {line.id: line.cells[0] for line in listed.lines}
    links = _links(uai, divisions)
    found = [_household(one) for one in _gathered(links)]
    kept = [one for one in found if one.agrees or not for_association]
    reached = {link.student_id for link in links}
    return Mailing(
        kept,
        [name for pupil_id, name in names.items() if pupil_id not in reached],
        len(found) - len(kept),
    )


def _links(uai: str, divisions: Mapping[int, Any]) -> list[_Link]:
    countries = nomenclatures.labels("pays")
    with transaction.atomic(), connection.cursor() as cursor:
        open_schools(uai)
        cursor.execute(
            "SELECT s.id, s.first_name, g.id, g.civility, coalesce(g.usual_name, g.family_name) || ' ' || g.first_name,"
            " g.shares_address, a.id, ARRAY[a.line1, a.line2, a.line3, a.line4],"
            " concat_ws(' ', a.postcode, coalesce(a.town, a.foreign_town)), a.country"
            " FROM students_guardianship l JOIN students_student s ON s.id = l.student_id AND s.uai = l.uai"
            " JOIN students_guardian g ON g.id = l.guardian_id AND g.uai = l.uai"
            " JOIN students_address a ON a.id = g.address_id AND a.uai = l.uai"
            " WHERE l.uai = %s AND l.level = '1' AND l.student_id = ANY(%s)"
            " ORDER BY g.sort_key, g.id, s.sort_key, s.id",
            [uai, list(divisions)],
        )
        return [
            _Link._make(
                (
                    student_id,
                    f"{first_name} ({divisions[student_id] or '–'})",
                    *who,
                    _place(lines, town, country, countries),
                )
            )
            for student_id, first_name, *who, lines, town, country in cursor.fetchall()
        ]


def _place(
    lines: Iterable[str | None], town: str, country: str | None, countries: Mapping[str, str]
) -> tuple[str, ...]:
    abroad = countries.get(country, country) if country and country != _FRANCE else ""
    return tuple(filter(None, (*lines, town, abroad)))


def _gathered(links: Sequence[_Link]) -> Iterable[list[_Link]]:
    """Put together the links of guardians at one address whom a child ties, directly or through another."""
    above: dict[int, int] = {}

    def top(guardian_id: int) -> int:
        while (next_one := above.get(guardian_id, guardian_id)) != guardian_id:
            guardian_id = next_one
        return guardian_id

    first: dict[tuple[int, int], int] = {}
    for link in links:
        other = top(first.setdefault((link.address_id, link.student_id), link.guardian_id))
        if (mine := top(link.guardian_id)) != other:
            above[mine] = other
    groups: dict[int, list[_Link]] = {}
    for link in links:
        groups.setdefault(top(link.guardian_id), []).append(link)
    return groups.values()


_TITLES = {"1": "M.", "2": "Mme", "3": "Mme"}


def _household(links: Sequence[_Link]) -> Household:
    guardians = {
        link.guardian_id: f"{_TITLES.get(link.civility or '', '')} {link.name}".strip()
        for link in links
    }
    return Household(
        list(guardians.values()),
        links[0].lines,
        list({link.student_id: link.pupil for link in links}.values()),
        all(link.shares_address for link in links),
    )
