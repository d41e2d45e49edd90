"""Find persons of the directory by a number, or by names as they sound; each search by name is journalled."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from django.db import transaction

from bascule.ine.directory import open_directory
from bascule.ine.matching.civil import search_key
from bascule.ine.models import Person
from bascule.ine.shown import LABELS, civil_columns, name_of, texts_of
from bascule.ine.standing import resolve
from bascule.journal.access import Visitor, note
from bascule.schools.models import School
from bascule.store import staging
from bascule.students.typed import understood

#: Persons that a search shows at most.
MOST_FOUND: Final = 20
SEARCHED: Final = "identity.searched"

#: The order in which a person is known by its numbers.
_IN_ORDER: Final = (
    "array_position(ARRAY['RNIE', 'BEA', 'APPRENTICE'], n.kind::text), n.since, n.number"
)


class Found(NamedTuple):
    """A person that was looked for.

    Attributes:
        person_id: as merges make it.
        name: as lists show it.
        birth: date of birth, as pages show it.
        place: of birth.
        number: the INE in force; blank for none.
        school_name: where the child was last.
        year: and when.
    """

    person_id: int
    name: str
    birth: str
    place: str
    number: str
    school_name: str
    year: int | None


def find(*, text: str, visitor: Visitor, at: datetime) -> list[Found]:
    """Find persons by an INE, or by names as they sound; a search by name is noted.

    Args:
        text (str): an INE; or a family or usual name, with a first name or without, in any order, with a birth date
            or without.
        visitor (Visitor): who looks.
        at (datetime): when.

    Returns:
        list[Found]: `MOST_FOUND` at most, those seen last first.
    """
    typed = understood(text)
    with transaction.atomic():
        open_directory()
        if typed.national:
            owner = resolve(typed.national).person_id
            return _found([owner]) if owner else []
        if not typed.words:
            return []
        found = _found(_named(typed.words, typed.born))
        note(kind=SEARCHED, visitor=visitor, at=at, facts={"found": len(found)})
        return found


def _named(words: Sequence[str], born: date | None) -> list[int]:
    """Find who sounds so: one word is a family or usual name, several are a name and a first name."""
    parts = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    pairs = [
        (search_key(a), search_key(b)) for one, two in parts for a, b in ((one, two), (two, one))
    ]
    pairs = [pair for pair in pairs if all(pair)]
    alone = search_key(" ".join(words))
    with staging.raw_cursor() as cursor:
        cursor.execute(
            "SELECT root_id FROM (SELECT p.root_id, p.last_year, p.id FROM ine_person p WHERE p.name_key = %(alone)s"
            " UNION SELECT p.root_id, p.last_year, p.id FROM ine_person p WHERE p.usual_key = %(alone)s"
            " UNION SELECT p.root_id, p.last_year, p.id FROM unnest(%(names)s::text[], %(firsts)s::text[]) AS w (n, f)"
            " JOIN ine_person p ON p.name_key = w.n AND p.first_key = w.f"
            " UNION SELECT p.root_id, p.last_year, p.id FROM unnest(%(names)s::text[], %(firsts)s::text[]) AS w (n, f)"
            " JOIN ine_person p ON p.usual_key = w.n AND p.first_key = w.f) q JOIN ine_person b USING (id, root_id)"
            " WHERE b.retired_at IS NULL AND (%(born)s::date IS NULL OR b.birth_date = %(born)s::date)"
            " GROUP BY root_id ORDER BY max(q.last_year) DESC NULLS LAST, root_id LIMIT %(most)s",
            {
                "alone": alone,
                "names": [pair[0] for pair in pairs],
                "firsts": [pair[1] for pair in pairs],
                "born": born,
                "most": MOST_FOUND,
            },
        )
        return [row[0] for row in cursor]


def _found(roots: Sequence[int]) -> list[Found]:
    schools = dict(School.objects.values_list("uai", "name"))
    numbers: dict[int, str] = {}
    with staging.raw_cursor() as cursor:
        cursor.execute(
            "SELECT p.root_id, n.number FROM ine_number n JOIN ine_person p ON p.id = n.person_id"  # noqa: S608 - our own words
            f" WHERE p.root_id = ANY(%s) ORDER BY {_IN_ORDER}".encode(),
            [list(roots)],
        )
        for root, number in cursor:
            numbers.setdefault(root, number)
    held: dict[int, Person] = {}
    for one in Person.objects.filter(root_id__in=roots).order_by("-last_year", "pk"):
        held.setdefault(one.root_id, one)
    shown = []
    for root in roots:
        one = held[root]
        texts = dict(zip(LABELS, texts_of(civil_columns(one)), strict=True))
        shown.append(
            Found(
                root,
                name_of(civil_columns(one)),
                texts["Naissance"],
                texts["Lieu de naissance"],
                numbers.get(root, ""),
                schools.get(one.last_uai or "", ""),
                one.last_year,
            )
        )
    return shown
