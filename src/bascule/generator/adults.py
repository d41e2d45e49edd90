"""The adults of fictional families: parents together or apart, grandparents, foster homes, the care service."""

# ruff: noqa: PLR2004, FBT003
# The shares of a fictional population: a name for each would say less than the number.

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from bascule.generator import names
from bascule.generator.frequencies import pool_of
from bascule.generator.names import Origin, Word
from bascule.generator.people import (
    CARE,
    CONTACT,
    ELDER,
    FATHER,
    FOSTER,
    GUARDIAN,
    IN_CHARGE,
    LEGAL,
    MOTHER,
    OTHER,
    RELATIVE,
    Link,
    Person,
)
from bascule.generator.places import (
    FRANCE,
    Address,
    Town,
    draw_address,
)


def weighted(*pairs: tuple[str, int]) -> tuple[str, ...]:
    """Give codes as often as they weigh, to be drawn from.

    Args:
        *pairs (tuple[str, int]): code and weight of each.

    Returns:
        tuple[str, ...]: the codes, repeated.
    """
    return tuple(code for code, weight in pairs for _ in range(weight))


_PROFESSIONS = weighted(
    ("10", 2), ("21", 4), ("22", 4), ("23", 3), ("31", 6), ("33", 3), ("34", 5), ("35", 2), ("37", 12),
    ("38", 12), ("42", 4), ("43", 6), ("45", 3), ("46", 8), ("47", 5), ("48", 3), ("52", 6), ("53", 3),
    ("54", 8), ("55", 5), ("56", 4), ("62", 5), ("63", 4), ("64", 2), ("65", 2), ("67", 3), ("68", 1),
    ("69", 1), ("74", 1), ("81", 1), ("85", 6), ("99", 6),
)  # fmt: skip


class Family(NamedTuple):
    """What the children of a family have in common.

    Attributes:
        origin: where names come from.
        name: family name of the children.
        usual: their usual name, or blank.
        home: where they live.
        links: to their adults.
    """

    origin: Origin
    name: Word
    usual: str
    home: Address
    links: tuple[Link, ...]


class Adults:
    """Makes the adults of one school, family after family.

    Args:
        towns (tuple[Town, ...]): where they live.
        random (Random): draws.
        ids (Iterator[int]): gives the next id.
        phone_style (int): 0 to 3, how the school writes numbers.
        gives_children (bool): whether it says how many children an adult has.

    Attributes:
        persons: those made, in their order.
    """

    def __init__(
        self,
        towns: tuple[Town, ...],
        random: Random,
        ids: Iterator[int],
        *,
        phone_style: int,
        gives_children: bool,
    ) -> None:
        self.persons: list[Person] = []
        self._towns, self._random, self._ids = towns, random, ids
        self._phone_style, self._gives_children = phone_style, gives_children
        self._care: Person | None = None

    def family(self, count: int) -> Family:
        """Make the adults of a family.

        Args:
            count (int): its children in the school.

        Returns:
            Family: what its children have in common.
        """
        draw = self._random.random
        origin = names.ORIGINS[int(draw() * len(names.ORIGINS))]
        home = draw_address(self._towns, self._random)
        share = draw()
        if share < 0.87:
            return self._two_parents(origin, home, count, together=share < 0.62)
        if share < 0.975:
            return self._one_parent(origin, home, count)
        return self._without_parents(origin, home, count, share)

    def _two_parents(self, origin: Origin, home: Address, count: int, *, together: bool) -> Family:
        random, draw = self._random, self._random.random
        other = origin if draw() < 0.85 else names.ORIGINS[int(draw() * len(names.ORIGINS))]
        his, hers = _family_name(origin, random), _family_name(other, random)
        married = his.text if draw() < (0.6 if together else 0.15) and his != hers else ""
        if married and draw() < 0.08:
            married = f"{hers.text}-{his.text}"
        mother = self.person("2", hers, married, names.pick(other.mothers, random), home, count)
        elsewhere = home if together else draw_address(self._towns, random)
        father = self.person("1", his, "", names.pick(origin.fathers, random), elsewhere, count)
        takes_turns = together or draw() < 0.35
        with_mother = together or draw() < 0.85
        links = [
            Link(mother.id, LEGAL, MOTHER, draw() < 0.6, with_mother or takes_turns, with_mother, with_mother),
            Link(
                father.id, LEGAL, FATHER, draw() < 0.6, takes_turns or not with_mother,
                not with_mother, not with_mother,
            ),
        ]  # fmt: skip
        if draw() < 0.4:
            links.reverse()
        self._add_others(links, origin, home, has_step_parent=not together and draw() < 0.15)
        usual = ""
        share = draw()
        if share < 0.83 or his == hers:
            name = his
        elif share < 0.88:
            name = hers
        elif share < 0.94:
            name = Word(f"{his.text} {hers.text}", his.slug + hers.slug)
        elif share < 0.97:
            name = Word(f"{hers.text}-{his.text}", hers.slug + his.slug)
        else:
            name, usual = his, f"{his.text} {hers.text}"
        return Family(origin, name, usual, home if with_mother else elsewhere, tuple(links))

    def _one_parent(self, origin: Origin, home: Address, count: int) -> Family:
        random, draw = self._random, self._random.random
        name = _family_name(origin, random)
        if draw() < 0.86:
            other = _family_name(origin, random)
            parent = self.person("2", name, "", names.pick(origin.mothers, random), home, count)
            links = [Link(parent.id, LEGAL, MOTHER, True, True, True, True)]
            name = other if draw() < 0.3 else name
        else:
            parent = self.person("1", name, "", names.pick(origin.fathers, random), home, count)
            links = [Link(parent.id, LEGAL, FATHER, True, True, True, True)]
        self._add_others(links, origin, home, has_step_parent=False)
        return Family(origin, name, "", home, tuple(links))

    def _without_parents(self, origin: Origin, home: Address, count: int, share: float) -> Family:
        """Make a child in care, under guardianship, or raised by grandparents."""
        random = self._random
        name, own = _family_name(origin, random), _family_name(origin, random)
        is_woman = random.random() < 0.6
        civility = "2" if is_woman else "1"
        links: tuple[Link, ...]
        if share < 0.985:
            foster = self.person(civility, own, "", names.pick(origin.mothers, random), home, count)
            links = (
                Link(self._care_service().id, LEGAL, CARE, True, False, True, False),
                Link(foster.id, IN_CHARGE, FOSTER, False, True, False, True),
            )
        elif share < 0.993:
            first = names.pick(origin.mothers if is_woman else origin.fathers, random)
            guardian = self.person(civility, own, "", first, home, count)
            links = (Link(guardian.id, LEGAL, GUARDIAN, True, True, True, True),)
        else:
            first = names.pick(names.ELDERS if is_woman else names.OLD_MEN, random)
            elder = self.person(civility, name, "", first, home, count)
            parent = self.person(
                "2", own, name.text, names.pick(origin.mothers, random), None, count
            )
            links = (
                Link(parent.id, LEGAL, MOTHER, False, False, True, False),
                Link(elder.id, IN_CHARGE, ELDER, True, True, False, True),
            )
        return Family(origin, name, "", home, links)

    def _care_service(self) -> Person:
        """Return the service in charge of children in care: one person for the whole school."""
        if self._care is None:
            town = self._towns[-1]
            self._care = Person(
                next(self._ids), "2", "AIDE SOCIALE À L'ENFANCE", "", "Service",
                Address("1 PLACE DU DEPARTEMENT", "", town.postcode, town.name, "", FRANCE),
                False, "99", "", "0199009900", "", None, "ase@example.org", None,
            )  # fmt: skip
            self.persons.append(self._care)
        return self._care

    def _add_others(
        self, links: list[Link], origin: Origin, home: Address, *, has_step_parent: bool
    ) -> None:
        """Add now and then a step-parent who takes charge, and adults to be called."""
        random, draw = self._random, self._random.random
        if has_step_parent:
            name = _family_name(origin, random)
            other = self.person("1", name, "", names.pick(origin.fathers, random), home, 1)
            links.append(Link(other.id, IN_CHARGE, OTHER, False, True))
        share = draw()
        for _ in range(0 if share < 0.82 else 1 if share < 0.97 else 2):
            is_woman = draw() < 0.7
            name = _family_name(origin, random)
            first = names.pick(names.ELDERS if is_woman else names.OLD_MEN, random)
            civility = "2" if is_woman else "1"
            called = self.person(civility, name, "", first, home if draw() < 0.3 else None, 0)
            share = draw()
            kinship = ELDER if share < 0.6 else RELATIVE if share < 0.8 else OTHER
            links.append(Link(called.id, CONTACT, kinship))

    def person(
        self,
        civility: str,
        family: Word,
        usual: str,
        first: Word,
        address: Address | None,
        count: int,
    ) -> Person:
        """Make an adult.

        Args:
            civility (str): `1` M., `2` Mme.
            family (Word): family name.
            usual (str): usual name, or blank.
            first (Word): first name.
            address (Address | None): None when it is not known.
            count (int): children in the school; 0 for who is only called.

        Returns:
            Person: among the others from now on.
        """
        draw = self._random.random
        email = ""
        if draw() < 0.8:
            mark = int(draw() * 90) + 10 if draw() < 0.3 else ""
            email = f"{first.slug}.{family.slug}{mark}@example.{'org' if draw() < 0.7 else 'com'}"
        mobile = self.phone("063998") if draw() < 0.93 else ""
        person = Person(
            next(self._ids),
            civility,
            family.text,
            usual,
            first.text,
            address,
            draw() < 0.7,
            _PROFESSIONS[int(draw() * len(_PROFESSIONS))] if count else "77",
            self.phone("019900") if draw() < 0.35 else "",
            self.phone("026191") if draw() < 0.15 else "",
            mobile,
            draw() < 0.9 if mobile else None,
            email,
            max(1, count + int(draw() * 2.2)) if self._gives_children else None,
        )
        self.persons.append(person)
        return person

    def phone(self, start: str) -> str:
        """Draw a number of the ranges kept for fiction, in the habit of the school.

        Args:
            start (str): how it begins.

        Returns:
            str: the number.
        """
        number = int(self._random.random() * 10_000)
        style = self._phone_style
        if style == 0:
            return f"{start}{number:04d}"
        if style == 1:
            return f"+33{start[1:]}{number:04d}"
        mark = " " if style == 2 else "."
        return mark.join(
            (start[:2], start[2:4], start[4:], f"{number // 100:02d}", f"{number % 100:02d}")
        )


def _family_name(origin: Origin, random: Random) -> Word:
    """Draw a family name as often as people bear it: schools of an académie share few."""
    return names.word(pool_of(origin).families.pick(random))
