"""Find addresses that are one place written in several ways, and make them one, as one act that can be undone.

An address never changes: those who live at the others are pointed at the one that is kept. The software stays
the reference: where it writes the other way, the next file proposes its own again.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bascule.errors import NotThereError
from bascule.exchange.amend.verbs import PLACE_ACT
from bascule.exchange.import_pipeline.conductor import reading
from bascule.journal.act import act
from bascule.schools.open_year import writable_year
from bascule.store import staging
from bascule.students import holdings
from bascule.students.register import Register
from bascule.students.rows import AddressRow
from bascule.values.civil_identity import key

#: Places told at most.
_MOST = 100
_NOWHERE = (None, None)
#: What is written short in addresses, in the words of the national standard for post.
_SHORT = {
    "ALL": "ALLEE", "AV": "AVENUE", "AVE": "AVENUE", "BD": "BOULEVARD", "BLD": "BOULEVARD", "BVD": "BOULEVARD",
    "BAT": "BATIMENT", "CH": "CHEMIN", "CHE": "CHEMIN", "IMP": "IMPASSE", "LOT": "LOTISSEMENT", "PL": "PLACE",
    "R": "RUE", "RES": "RESIDENCE", "RTE": "ROUTE", "SQ": "SQUARE", "ST": "SAINT", "STE": "SAINTE",
}  # fmt: skip
_STOPS = frozenset(("D", "DE", "DES", "DU", "L", "LA", "LE", "LES"))
#: `12bis` and `12 BIS` are one number.
_NUMBER = re.compile(r"(?<=\d)(?=[A-Z])")


class UnknownPlaceError(NotThereError):
    """Nobody of the school lives at that address, or not any more."""

    code = "merge.unknown-address"

    def __init__(self) -> None:
        super().__init__("L’une de ces adresses ne sert plus à personne dans l’établissement.")


class Writing(NamedTuple):
    """One way in which a place is written.

    Attributes:
        id: of the address.
        text: in one line.
        who: names of those who live there.
    """

    id: int
    text: str
    who: Sequence[str]


@dataclass(frozen=True, slots=True)
class Place:
    """One place, written in several ways.

    Attributes:
        writings: the one that most people share first.
    """

    writings: tuple[Writing, ...]


def find_places(*, uai: str) -> list[Place]:
    """Find the places that are written in several ways.

    Args:
        uai (str): the school; it is opened for reading.

    Returns:
        list[Place]: a hundred at most.
    """
    with reading(uai):
        staging.keep_plans_stable()
        people: dict[int, list[str]] = defaultdict(list)
        for address_id, name in holdings.who_lives_where(uai=uai):
            people[address_id].append(name)
        rows = holdings.addresses(uai=uai, ids=sorted(people))
    alike: dict[str, list[Writing]] = defaultdict(list)
    for address_id, row in rows.items():
        text = ", ".join(part for part in row[:-1] if part)
        alike[_key_of(row)].append(Writing(address_id, text, people[address_id]))
    found = [
        Place(tuple(sorted(writings, key=lambda one: (-len(one.who), one.id))))
        for place, writings in alike.items()
        if place and len(writings) > 1
    ]
    return sorted(found, key=lambda place: place.writings[0].text)[:_MOST]


def merge_addresses(
    *, uai: str, year: int, keep_id: int, merge_ids: Sequence[int], actor: str, at: datetime
) -> int:
    """Point all who live at some addresses at another.

    Args:
        uai (str): the school.
        year (int): the year in which one works; it is not closed.
        keep_id (int): the address that is kept.
        merge_ids (Sequence[int]): the others.
        actor (str): who merges.
        at (datetime): when.

    Returns:
        int: the act, by which it is undone.

    Raises:
        UnknownPlaceError: if nobody lives at one of them.
    """
    with act(uai=uai, kind=PLACE_ACT, actor=actor, at=at) as opened:
        writable_year(uai=uai, year=year)
        staging.keep_plans_stable()
        others = sorted(set(merge_ids) - {keep_id})
        moved: dict[str, list[int]] = {"pupil": [], "guardian": []}
        for address_id in (keep_id, *others):
            living = holdings.names_at(uai=uai, address_id=address_id)
            if not living or not others:
                raise UnknownPlaceError
            for kind, person_id, _ in living if address_id != keep_id else ():
                moved[kind].append(person_id)
        students = holdings.students(uai=uai, ids=moved["pupil"])
        guardians = holdings.guardians(uai=uai, ids=moved["guardian"])
        for student in students.values():
            student.address_id = keep_id
        for guardian in guardians.values():
            guardian.address_id = keep_id
        register = Register(uai=uai, act_id=opened.id)
        register.change_students([(i, row, _NOWHERE) for i, row in students.items()])
        register.change_guardians([(i, row, _NOWHERE) for i, row in guardians.items()])
        opened.facts |= {
            "year": year,
            "kept": keep_id,
            "merged": others,
            "pupils": len(students),
            "guardians": len(guardians),
        }
        return opened.id


def _key_of(row: AddressRow) -> str:
    """Give what the ways of writing one place have in common; blank when there is too little to tell."""
    lines = " ".join(part for part in row[:4] if part)
    words = [_SHORT.get(word, word) for word in key(_NUMBER.sub(" ", lines.upper())).split()]
    said = [word for word in words if word not in _STOPS]
    town = [_SHORT.get(word, word) for word in key(row.town or row.foreign_town or "").split()]
    return "|".join((" ".join(said), row.postcode or "", " ".join(town))) if said else ""
