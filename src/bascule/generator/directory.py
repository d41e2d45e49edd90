"""A directory of fictional persons, as large as a country's: civil status only, in the order of birth.

Any part of it is made again from the seed, so nothing is held: persons are made in blocks of some 200
who are born in the same days, and whoever looks like somebody is in the same block. Here on purpose:
homonyms, which frequent names bring by themselves, and full ones; twins, of one sex or two; two
surnames, usual names; births abroad, whose day or month nobody knows.
"""

# ruff: noqa: PLR2004
# The shares of a fictional population: a name for each would say less than the number.

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import NamedTuple

from bascule.generator.frequencies import COMMUNES, Pool, pools
from bascule.generator.places import BIRTH_TOWNS, FRANCE
from bascule.values import civil_identity

_OF_A_BLOCK = 200


class Birthday(NamedTuple):
    """A date of birth of which a part may be unknown.

    Attributes:
        year: four digits.
        month: 1 to 12; 0 when it is unknown, and then the day is too.
        day: 1 to 31; 0 when it is unknown.
    """

    year: int
    month: int
    day: int


class CivilStatus(NamedTuple):
    """What a civil registry knows of somebody, or what a school's software makes of it.

    Attributes:
        family: family name, in capitals.
        usual: usual name, in capitals, or empty.
        firsts: one to three first names.
        sex: `1` male, `2` female; empty when the software does not say.
        birth: date of birth.
        country: code of the country of birth; empty when the software does not say.
        commune: number of the commune of birth; empty for a birth abroad.
        town: town of birth abroad; empty for a birth in France.
    """

    family: str
    usual: str
    firsts: tuple[str, ...]
    sex: str
    birth: Birthday
    country: str
    commune: str
    town: str


class Person(NamedTuple):
    """Somebody in the directory.

    Attributes:
        id: rank in the directory, from 0.
        civil: civil status.
        pool: rank of its names in `frequencies.pools`.
        twin_of: id of the person whose twin it is, made just before; None for others.
        homonym_of: id of the person who has the same names, sex and date of birth, made just before;
            None for others. Another place, other further first names.
    """

    id: int
    civil: CivilStatus
    pool: int
    twin_of: int | None = None
    homonym_of: int | None = None


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of what makes matching hard a directory holds. Each is 0 to 1.

    Attributes:
        twins: births after which a twin is born.
        same_sex: twins of the same sex.
        homonyms: persons after whom a full homonym is added.
        usual: persons with a usual name.
        two_names: persons who bear two family names.
        second: persons with a second first name.
        third: of these, persons with a third one.
        day_unknown: of births abroad on the first of a month, those of which no day is known; of
            those of January, half have no month either.
    """

    twins: float = 0.016
    same_sex: float = 0.65
    homonyms: float = 0.001
    usual: float = 0.04
    two_names: float = 0.08
    second: float = 0.55
    third: float = 0.4
    day_unknown: float = 0.8


def likeness(civil: CivilStatus) -> tuple[str, str, Birthday]:
    """Return what two civil statuses share that cannot be told apart by names and birth.

    Args:
        civil (CivilStatus): of a person or of a query.

    Returns:
        tuple[str, str, Birthday]: family name and first first name without accents, date of birth.
    """
    return civil_identity.key(civil.family), civil_identity.key(civil.firsts[0]), civil.birth


class Directory:
    """Fictional persons, always the same for a seed and a size.

    Args:
        size (int): persons.
        seed (int): another seed, other persons.
        shares (Shares): what it holds.
        first_birth (date): no one is older.
        last_birth (date): no one is younger.
    """

    def __init__(
        self,
        size: int,
        seed: int = 1,
        *,
        shares: Shares = Shares(),
        first_birth: date = date(2004, 1, 1),
        last_birth: date = date(2018, 12, 31),
    ) -> None:
        self.size = size
        self.shares = shares
        self._seed = seed
        self._first_birth = first_birth.toordinal()
        self._days = last_birth.toordinal() - self._first_birth + 1
        self._blocks = max(1, min(self._days, size // _OF_A_BLOCK))
        self._held: tuple[int, tuple[Person, ...]] = (-1, ())

    def persons(self) -> Iterator[Person]:
        """Make every person, one block held at a time.

        Yields:
            Person: in the order of ids; births follow, to within the days of a block.
        """
        for number in range(self._blocks):
            yield from self._block(number)

    def person(self, number: int) -> Person:
        """Make one person, and the block around.

        Args:
            number (int): its id, 0 to the size less one.

        Returns:
            Person: the same as `persons` gives.
        """
        if not 0 <= number < self.size:
            raise IndexError(number)
        block = self._block_of_day(((number + 1) * self._days - 1) // self.size)
        return self._block(block)[number - self._ids(block).start]

    def born_around(self, birth: Birthday) -> tuple[Person, ...]:
        """Make those among whom everybody of a date of birth is.

        Args:
            birth (Birthday): an unknown day or month is looked for as the first one.

        Returns:
            tuple[Person, ...]: a block; empty for a date that is out of the directory.
        """
        day = date(birth.year, birth.month or 1, birth.day or 1).toordinal() - self._first_birth
        return self._block(self._block_of_day(day)) if 0 <= day < self._days else ()

    def stranger(self, near: Person, random: Random) -> CivilStatus:
        """Make somebody by the frequencies of the directory, who may look like one of its persons.

        Args:
            near (Person): the stranger is born in the same days.
            random (Random): the generator to draw from.

        Returns:
            CivilStatus: of a person who is not in the directory.
        """
        day = ((near.id + 1) * self._days - 1) // self.size
        days = self._days_of(self._block_of_day(day))
        return self._civil(pools()[_drawn(random)], days, random)

    def twin(self, person: Person, random: Random) -> CivilStatus:
        """Make a twin: same family, birth and place, other first names, the same sex or not.

        Args:
            person (Person): somebody.
            random (Random): the generator to draw from.

        Returns:
            CivilStatus: with another first first name.
        """
        civil, sex = person.civil, person.civil.sex
        if random.random() >= self.shares.same_sex:
            sex = "1" if sex == "2" else "2"
        firsts = civil.firsts
        while civil_identity.key(firsts[0]) == civil_identity.key(civil.firsts[0]):
            firsts = self._firsts(pools()[person.pool], sex, random)
        return civil._replace(firsts=firsts, sex=sex)

    def _days_of(self, block: int) -> range:
        return range(block * self._days // self._blocks, (block + 1) * self._days // self._blocks)

    def _block_of_day(self, day: int) -> int:
        return ((day + 1) * self._blocks - 1) // self._days

    def _ids(self, block: int) -> range:
        days = self._days_of(block)
        return range(days.start * self.size // self._days, days.stop * self.size // self._days)

    def _block(self, number: int) -> tuple[Person, ...]:
        if self._held[0] != number:
            self._held = (number, tuple(self._made(number)))
        return self._held[1]

    def _made(self, number: int) -> Iterator[Person]:
        random = Random(f"{self._seed}/directory/{number}")
        days, ids = self._days_of(number), self._ids(number)
        at = ids.start
        while at < ids.stop:
            pool = _drawn(random)
            person = Person(at, self._civil(pools()[pool], days, random), pool)
            yield person
            at += 1
            share = random.random()
            if at < ids.stop and share < self.shares.twins + self.shares.homonyms:
                if share < self.shares.twins:
                    yield Person(at, self.twin(person, random), pool, twin_of=person.id)
                elif person.civil.birth.day:
                    yield Person(at, self._homonym(person, random), pool, homonym_of=person.id)
                else:
                    continue
                at += 1

    def _civil(self, pool: Pool, days: range, random: Random) -> CivilStatus:
        draw, shares = random.random, self.shares
        family, usual = pool.families.pick(random), ""
        share = draw()
        if share < shares.two_names:
            mark = " " if share < 0.7 * shares.two_names else "-"
            family = f"{family}{mark}{pools()[_drawn(random)].families.pick(random)}"
        elif share < shares.two_names + shares.usual:
            other = pools()[_drawn(random)].families.pick(random)
            usual = other if draw() < 0.5 else f"{family} {other}"
        sex = "1" if draw() < 0.512 else "2"
        firsts = self._firsts(pool, sex, random)
        born = date.fromordinal(self._first_birth + days.start + int(draw() * len(days)))
        birth = Birthday(born.year, born.month, born.day)
        if draw() >= pool.abroad:
            return CivilStatus(family, usual, firsts, sex, birth, FRANCE, COMMUNES.pick(random), "")
        if birth.day == 1 and draw() < shares.day_unknown:
            month = 0 if birth.month == 1 and draw() < 0.5 else birth.month
            birth = Birthday(birth.year, month, 0)
        country = pool.countries[int(draw() * len(pool.countries))]
        towns = BIRTH_TOWNS[country]
        town = towns[int(draw() * len(towns))]
        return CivilStatus(family, usual, firsts, sex, birth, country, "", town)

    def _firsts(self, pool: Pool, sex: str, random: Random) -> tuple[str, ...]:
        names = pool.girls if sex == "2" else pool.boys
        first = names.pick(random)
        if random.random() >= self.shares.second:
            return (first,)
        firsts: tuple[str, ...] = (first, names.pick(random))
        if random.random() < self.shares.third:
            firsts += (names.pick(random),)
        return tuple(dict.fromkeys(firsts))

    def _homonym(self, person: Person, random: Random) -> CivilStatus:
        civil = person.civil
        commune = civil.commune
        while commune == civil.commune:
            commune = COMMUNES.pick(random)
        further = self._firsts(pools()[person.pool], civil.sex, random)[1:]
        firsts = (civil.firsts[0], *(first for first in further if first not in civil.firsts))
        return civil._replace(firsts=firsts, country=FRANCE, commune=commune, town="", usual="")


def _drawn(random: Random) -> int:
    return int(random.random() * len(pools()))
