"""The fictional académies: their schools, of every kind and size.

Everything follows from a seed. A school is known by its number: it is the same school, whatever the
others, and whether or not they are ever made.
"""

# ruff: noqa: PLR2004
# The shares of a fictional population: a name for each would say less than the number.

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from random import Random

from bascule.generator import names
from bascule.generator.places import DEPARTMENTS, TOWNS, Address, Town, draw_address
from bascule.values.uai import make_uai

SMALLEST, LARGEST = 30, 1300
#: Schools that the fictional départements can hold; the numbers above are those of primary schools.
MOST_SCHOOLS = 4999


class Kind(Enum):
    """What a school teaches, with its code and its official name."""

    COLLEGE = ("CLG", "COLLEGE PRIVE")
    LYCEE = ("LYC", "LYCEE GENERAL ET TECHNO PRIVE")
    LYCEE_PRO = ("LP", "LYCEE PROFESSIONNEL PRIVE")
    POLYVALENT = ("LYC", "LYCEE POLYVALENT PRIVE")

    @property
    def type_code(self) -> str:
        """Return the code of the type of school, as `CODE_TYPE_ETAB`."""
        return self.value[0]

    @property
    def official_name(self) -> str:
        """Return what the school is, thirty characters at most."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class School:
    """A fictional school.

    Attributes:
        seed: seed of its académie.
        number: from 1; with the seed, all that is needed to make it again.
        uai: number with its key, in a département that does not exist.
        kind: what it teaches.
        name: its own name, thirty characters at most.
        pupils: pupils in its file, leavers included.
        town: where it stands.
        neighbours: towns its pupils come from, its own first.
        address: its street.
        head: name of the head, in capitals, first name first.
        head_title: `DIRECTRICE`, `DIRECTEUR`.
        contract: contract of its divisions: `3` association, `1` none.
        has_other_contract: whether a few divisions have the other contract.
        has_boarders: whether it lodges pupils.
        software: name of its software, ten characters at most.
        gives_pupil_address: whether its software gives the address of pupils, not only of persons.
    """

    seed: int
    number: int
    uai: str
    kind: Kind
    name: str
    pupils: int
    town: Town
    neighbours: tuple[Town, ...]
    address: Address
    head: str
    head_title: str
    contract: str
    has_other_contract: bool
    has_boarders: bool
    software: str
    gives_pupil_address: bool

    @property
    def department(self) -> str:
        """Return the département, in the three characters of a UAI."""
        return self.uai[:3]

    @property
    def email(self) -> str:
        """Return the address of its office."""
        return f"ce.{self.uai.lower()}@example.org"

    def random(self, *purpose: object) -> Random:
        """Return a generator of its own, the same in every process.

        Args:
            *purpose (object): what it is for (words, numbers); each gives another sequence.

        Returns:
            Random: seeded.
        """
        return Random("/".join(map(str, (self.seed, self.number, *purpose))))


@dataclass(frozen=True, slots=True)
class Academy:
    """A fictional académie: schools that are made when they are asked for.

    Attributes:
        name: its name.
        seed: what everything follows from.
        sizes: pupils of each school, in the order of their numbers.
        kinds: what each school teaches, or empty to draw it.
    """

    name: str
    seed: int
    sizes: tuple[int, ...]
    kinds: tuple[Kind, ...] = ()

    @property
    def pupils(self) -> int:
        """Return the number of pupils of all schools."""
        return sum(self.sizes)

    def __len__(self) -> int:
        return len(self.sizes)

    def __iter__(self) -> Iterator[School]:
        return map(self.school, range(1, len(self.sizes) + 1))

    def school(self, number: int) -> School:
        """Make one school.

        Args:
            number (int): from 1 to the number of schools.

        Returns:
            School: always the same for this académie.
        """
        kind = self.kinds[number - 1] if self.kinds else None
        return _school(self.seed, number, self.sizes[number - 1], kind)


def one_school(pupils: int = 600, *, seed: int = 1, kind: Kind = Kind.COLLEGE) -> School:
    """Make a school of a chosen size.

    Args:
        pupils (int): pupils in its file, leavers included; at least 1, at most 20,000.
        seed (int): another seed, another school.
        kind (Kind): what it teaches.

    Returns:
        School: number 1 of an académie of its own.
    """
    return Academy("École seule", seed, (pupils,), (kind,)).school(1)


def academy(schools: int = 130, pupils: int = 60_000, *, seed: int = 1) -> Academy:
    """Make an académie's private sector.

    Args:
        schools (int): how many, at most `MOST_SCHOOLS`.
        pupils (int): in all; a school has from 30 to 1,300.
        seed (int): another seed, another académie.

    Returns:
        Academy: its schools are made when they are asked for.
    """
    return Academy("Valbrune", seed, _sizes(schools, pupils, seed))


def nation(schools: int = 3_900, pupils: int = 1_100_000, *, seed: int = 1) -> Academy:
    """Make the private sector of a whole nation, as one long list of schools.

    Args:
        schools (int): how many, at most `MOST_SCHOOLS`.
        pupils (int): in all.
        seed (int): another seed, another nation.

    Returns:
        Academy: its schools are made when they are asked for.
    """
    return Academy("Nation fictive", seed, _sizes(schools, pupils, seed))


def demo(*, seed: int = 1) -> Academy:
    """Make the small académie of the demonstration: a dozen schools of every kind.

    Args:
        seed (int): another seed, other schools.

    Returns:
        Academy: twelve schools, 2,400 pupils.
    """
    kinds = (
        *(Kind.COLLEGE,) * 6, *(Kind.LYCEE,) * 3, *(Kind.LYCEE_PRO,) * 2, Kind.POLYVALENT,
    )  # fmt: skip
    return Academy(
        "Valbrune", seed, (240, 310, 120, 420, 96, 64, 280, 190, 210, 140, 90, 240), kinds
    )


def _sizes(schools: int, pupils: int, seed: int) -> tuple[int, ...]:
    """Share pupils out: many small schools, a few large ones, and the exact sum."""
    random = Random(f"{seed}/sizes/{schools}/{pupils}")
    weights = [random.lognormvariate(0, 0.7) for _ in range(schools)]
    scale = pupils / sum(weights)
    sizes = [min(LARGEST, max(SMALLEST, round(weight * scale))) for weight in weights]
    missing = pupils - sum(sizes)
    while missing:
        step = 1 if missing > 0 else -1
        movable = [rank for rank, size in enumerate(sizes) if SMALLEST <= size + step <= LARGEST]
        for rank in random.sample(movable, min(abs(missing), len(movable))):
            sizes[rank] += step
            missing -= step
    return tuple(sizes)


_KINDS = (*(Kind.COLLEGE,) * 9, *(Kind.LYCEE,) * 5, *(Kind.LYCEE_PRO,) * 3, *(Kind.POLYVALENT,) * 2)
_SOFTWARE = ("SCOLIBRE", "CARTABLE", "PRIVECOLE", "EXEMPLE", "REGISTRE+", "LA CLOCHE")
_PATRONS = (
    "SAINTE ODILE DES PRES", "NOTRE DAME DU VAL D ORLE", "SAINT QUIRIACE", "LES TILLEULS", "SAINT ELME",
    "LA PROVIDENCE DU BREUIL", "SAINTE OLDE", "L ERMITAGE", "SAINT ARVAN", "MONTCERF", "LE BON SECOURS",
    "SAINTE JEANNE DES BOIS", "LES CORDELIERS", "SACRE CŒUR DE MARNOUVILLE", "LA TOURMALINE",
    "INSTITUTION BEAUPRE", "SAINT JOSEPH DES TANNEURS", "ECOLE NOUVELLE DE L ORLE", "LA SAINTE FAMILLE",
    "NOTRE DAME DES GENETS", "SAINT MICHEL DU MOULIN", "LES QUATRE CHENES", "MARIE DE L INCARNATION",
    "JEAN DE LA FONTAINE", "SAINTE CLAIRE EN BRESLE", "LA COLOMBIERE", "SAINT VINCENT", "SAINTE ANNE",
    "ASSOMPTION", "SAINT BENOIT", "BLANCHE DE CHANTEPIERRE", "LES HIRONDELLES",
)  # fmt: skip


def _school(seed: int, number: int, pupils: int, kind: Kind | None) -> School:
    random = Random(f"{seed}/{number}/school")
    # A school of one département only would leave the other untried.
    department = DEPARTMENTS[number % 5 == 0]
    towns = TOWNS[department]
    town = random.choice(towns)
    neighbours = (town, *random.sample(towns, 6))
    is_woman = random.random() < 0.6
    origin = random.choice(names.ORIGINS)
    first = names.pick(origin.mothers if is_woman else origin.fathers, random)
    family = names.pick(origin.families, random)
    drawn_kind = random.choice(_KINDS)
    return School(
        seed=seed,
        number=number,
        uai=make_uai(department, number),
        kind=kind or drawn_kind,
        name=random.choice(_PATRONS),
        pupils=pupils,
        town=town,
        neighbours=neighbours,
        address=draw_address((town,), random)._replace(
            line2="", postcode=town.postcode, town=town.name, foreign_town="", country="100"
        ),
        head=f"{first.text} {family.text}".upper()[:25],
        head_title="DIRECTRICE" if is_woman else "DIRECTEUR",
        contract="1" if random.random() < 0.05 else "3",
        has_other_contract=random.random() < 0.08,
        has_boarders=random.random() < 0.25,
        software=random.choice(_SOFTWARE),
        gives_pupil_address=random.random() < 0.5,
    )
