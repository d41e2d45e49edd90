"""The pupils of a fictional school and their families, as a school's software holds them.

What makes real files hard is here on purpose: siblings and twins, homonyms, two surnames, usual names,
separated parents, children in care, adults who answer for themselves, births abroad, late entries,
leavers whose record is half empty, numbers not known yet. What is wrong is not: see `faults`.
"""

# ruff: noqa: PLR2004, FBT003
# The shares of a fictional population: a name for each would say less than the number.

from datetime import date, timedelta
from random import Random

from bascule.generator import names
from bascule.generator.adults import Adults, Family, weighted
from bascule.generator.courses import CM2, Course, Pack
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
    SELF,
    LastYear,
    Link,
    Person,
    Population,
    Pupil,
)
from bascule.generator.places import (
    BIRTH_COMMUNES,
    BIRTH_TOWNS,
    FRANCE,
)
from bascule.generator.school import Division, TeachingYear
from bascule.values.ine import make_ine_bea, make_ine_rnie
from bascule.values.uai import make_uai

#: The face of the population: its people come with it.
__all__ = [
    "ADULT",
    "CARE",
    "CONTACT",
    "ELDER",
    "FATHER",
    "FOSTER",
    "GUARDIAN",
    "IN_CHARGE",
    "LEGAL",
    "MOTHER",
    "OTHER",
    "RELATIVE",
    "SELF",
    "LastYear",
    "Link",
    "Maker",
    "Person",
    "Population",
    "Pupil",
    "populate",
]

ADULT = 18
_MOST_IDS = 99_999
#: Fictional national numbers begin with 99, which no school year can be: they are nobody's.
_FIRST_INE = 990_000_000
_FIRST_BEA = 9_900_000_000
_INE_OF_A_SCHOOL = 1_999
_PRIMARY_SCHOOLS = 5_000
_REASONS = weighted(
    ("10", 34), ("11", 18), ("12", 12), ("13", 8), ("14", 2), ("19", 2), ("21", 2), ("24", 5), ("27", 3),
    ("29", 2), ("30", 1), ("35", 1), ("40", 2), ("41", 1), ("42", 4), ("44", 2), ("99", 1),
)  # fmt: skip

#: Entry, exit and its reason, start of this year's schooling.
_Stay = tuple[date, date | None, str, date]


def populate(teaching: TeachingYear, *, on: date | None = None) -> Population:
    """Make the pupils of a school and their families.

    Args:
        teaching (TeachingYear): the school's year.
        on (date | None): the day of the picture: nobody leaves nor enters late after it. By default
            15 October of the year; before September there are no movements at all.

    Returns:
        Population: as many pupils as the school says, leavers included.
    """
    return Maker(teaching, on or date(teaching.year, 10, 15)).population()


class Maker:
    """Makes the families of one school, one after the other.

    Args:
        teaching (TeachingYear): the school's year.
        on (date): the day of the picture.
        purpose (str): what the drawing is for: another purpose, another sequence.
        known (Population | None): the families that are there already, whose ids are taken.
    """

    def __init__(
        self,
        teaching: TeachingYear,
        on: date,
        purpose: str = "population",
        known: "Population | None" = None,
    ) -> None:
        school, year = teaching.school, teaching.year
        self.teaching = teaching
        self.random = random = school.random(year, purpose)
        self.pupils: list[Pupil] = []
        self._start = teaching.starts_on
        self._days = max(0, (min(on, teaching.ends_on) - self._start).days - 6)
        fixed = school.random("habits")
        self._regimes = _regimes(fixed, has_boarders=school.has_boarders)
        phone_style, gives_children = fixed.randrange(4), fixed.random() < 0.5
        self._births = tuple(fixed.choices(BIRTH_COMMUNES, k=4))
        pupils = known.pupils if known else []
        taken_pupils = {pupil.id for pupil in pupils}
        taken_persons = {person.id for person in known.persons} if known else set()
        most = min(_MOST_IDS, max(9_999, school.pupils * 7))
        ids = random.sample(range(1, most), min(most - 1, 8 * school.pupils + 100))
        self.person_ids = (number for number in ids if number not in taken_persons)
        self._adults = Adults(
            school.neighbours,
            random,
            self.person_ids,
            phone_style=phone_style,
            gives_children=gives_children,
        )
        self.persons = self._adults.persons
        self._pupil_ids = (number for number in reversed(ids) if number not in taken_pupils)
        used = (_serial_of(pupil) for pupil in pupils)
        self._serial = max(used, default=0) or school.number * _INE_OF_A_SCHOOL
        self._identities = {
            (names.slug(pupil.family), names.slug(pupil.first), pupil.birth) for pupil in pupils
        }
        self._before = _divisions_before(teaching)

    def population(self) -> Population:
        """Fill every seat of the school.

        Returns:
            Population: sorted by id.
        """
        random, draw = self.random, self.random.random
        seats = [
            (division, seat) for division in self.teaching.divisions for seat in division.seats
        ]
        random.shuffle(seats)
        while seats:
            share = draw()
            count = 1 if share < 0.78 else 2 if share < 0.965 else 3
            self.add_family([seats.pop() for _ in range(min(count, len(seats)))])
        self.persons.sort(key=_by_id)
        self.pupils.sort(key=_by_id)
        return Population(self.teaching, self.persons, self.pupils)

    def add_family(
        self, seats: list[tuple[Division, Course]], arrives_on: date | None = None
    ) -> None:
        """Make a family with one child for each seat.

        Args:
            seats (list[tuple[Division, Course]]): where the children learn.
            arrives_on (date | None): day on which the children enter the school; drawn by default.
        """
        family = self._adults.family(len(seats))
        siblings: list[Pupil] = []
        for division, course in seats:
            stay = (
                (arrives_on, None, "", arrives_on) if arrives_on else self._stay(division, course)
            )
            siblings.append(self._pupil(family, (division, course), stay, siblings))
        self.pupils += siblings

    def _pupil(  # noqa: PLR0915 - one plain passage over a pupil's record: speed
        self,
        family: Family,
        seat: tuple[Division, Course],
        stay: _Stay,
        siblings: list[Pupil],
    ) -> Pupil:
        division, course = seat
        random, draw = self.random, self.random.random
        origin, name = family.origin, family.name
        school = self.teaching.school
        share = draw()
        age = course.age + (
            0 if share < 0.905 else 1 if share < 0.968 else 2 if share < 0.977 else -1
        )
        repeats = age > course.age and draw() < 0.25
        birth = self._birth(age, siblings)
        is_girl = draw() < 0.5
        first, name = self._name(name, origin, birth, siblings, is_girl=is_girl)
        given = origin.girls if is_girl else origin.boys
        share = draw()
        second = names.pick(given, random).text if share < 0.55 else ""
        third = names.pick(given, random).text if share < 0.22 else ""

        country, commune, town, nationality = self._birth_place(origin)
        ine, ine_bea, ine_rnie = self._numbers()
        entered_on, left_on, reason, starts_on = stay
        is_emptied = left_on is not None and draw() < 0.3

        pack = course.packs[int(draw() * len(course.packs))]
        options = [(subject, "O") for subject in pack.subjects]
        for subject, chance in course.extras:
            if draw() < chance:
                options.append((subject, "F"))

        links = family.links
        if age >= ADULT and self._is_adult(birth) and draw() < 0.3:
            links = self._own_guardian(name, first, is_girl=is_girl, family=family)
        grants: tuple[tuple[str, int], ...] = ()
        if draw() < 0.14:
            grants = (
                ("8", 1 + int(draw() * 3)) if course.age < 15 else ("1", 1 + int(draw() * 6)),
            )
            if draw() < 0.06:
                grants += (("2", 1),)
        mobile = self._adults.phone("063998") if draw() < (0.25 if age < 14 else 0.6) else ""
        home = family.home
        email = f"{first.slug}.{name.slug}.eleve@example.net" if draw() < 0.25 else ""
        return Pupil(
            next(self._pupil_ids), ine, ine_bea, ine_rnie,
            name.text, family.usual, first.text, second, third,
            "2" if is_girl else "1", birth, nationality, country, commune, town,
            entered_on, left_on, reason,
            home if school.gives_pupil_address else None,
            mobile, draw() < 0.5 if mobile else None, email,
            draw() < 0.22, self._regimes[int(draw() * len(self._regimes))], repeats, grants,
            () if is_emptied else links,
            "" if is_emptied else course.mef,
            "" if is_emptied else division.code,
            "AP" if course.mef[:2] == "24" and draw() < 0.02 else "ST",
            starts_on, left_on, tuple(options),
            None if is_emptied else self._last_year(course, pack, entered_on, repeats=repeats),
        )  # fmt: skip

    def _name(
        self, name: Word, origin: Origin, birth: date, siblings: list[Pupil], *, is_girl: bool
    ) -> tuple[Word, Word]:
        """Draw a first name that no sibling has; no two pupils share name, first name and birth."""
        random = self.random
        given = origin.girls if is_girl else origin.boys
        taken = {sibling.first for sibling in siblings}
        while True:
            first = names.pick(given, random)
            if random.random() < 0.002 and self.pupils and not siblings:
                # A homonym: the name of another pupil, down to the first name.
                other = self.pupils[int(random.random() * len(self.pupils))]
                first = Word(other.first, names.slug(other.first))
                name = Word(other.family, names.slug(other.family))
            identity = (name.slug, first.slug, birth)
            if first.text not in taken and identity not in self._identities:
                self._identities.add(identity)
                return first, name

    def _birth(self, age: int, siblings: list[Pupil]) -> date:
        """Draw a birth date; two siblings born less than ten months apart are twins."""
        ordinal = date(self.teaching.year - age, 1, 1).toordinal() + int(self.random.random() * 365)
        for sibling in siblings:
            if abs(sibling.birth.toordinal() - ordinal) < 300:
                return sibling.birth
        return date.fromordinal(ordinal)

    def _is_adult(self, birth: date) -> bool:
        start = self._start
        return (birth.year + ADULT, birth.month, birth.day) <= (start.year, start.month, start.day)

    def _own_guardian(
        self, name: Word, first: Word, *, is_girl: bool, family: Family
    ) -> tuple[Link, ...]:
        """Make an adult pupil answer for himself or herself; the parents are called."""
        myself = self._adults.person("2" if is_girl else "1", name, "", first, family.home, 1)
        myself.profession = "84"
        parents = (Link(link.person, CONTACT, link.kinship) for link in family.links)
        return (Link(myself.id, LEGAL, SELF, True, True, True, True), *parents)

    def _birth_place(self, origin: Origin) -> tuple[str, str, str, str]:
        """Draw country, commune, town abroad, and nationality."""
        draw = self.random.random
        is_french = origin is names.ORIGINS[0]
        if draw() < (0.006 if is_french else 0.13):
            country = origin.countries[int(draw() * len(origin.countries))]
            towns = BIRTH_TOWNS[country]
            nationality = FRANCE if is_french or draw() < 0.45 else country
            return country, "", towns[int(draw() * len(towns))], nationality
        communes = self._births if draw() < 0.8 else BIRTH_COMMUNES
        nationality = FRANCE if is_french or draw() < 0.93 else origin.countries[0]
        return FRANCE, communes[int(draw() * len(communes))], "", nationality

    def _numbers(self) -> tuple[str, str, str]:
        """Draw the number in force, the one of the académie, the one of the registry."""
        rnie = self.next_number()
        share = self.random.random()
        if share < 0.04:
            return "", "", ""
        if share < 0.06:
            bea = make_ine_bea(_FIRST_BEA + self._serial)
            return bea, bea, ""
        return rnie, make_ine_bea(_FIRST_BEA + self._serial) if share < 0.25 else "", rnie

    def next_number(self) -> str:
        """Return a national number of the registry that nobody has.

        Returns:
            str: its digits begin with 99, which no real number does.
        """
        self._serial += 1
        return make_ine_rnie(_FIRST_INE + self._serial)

    def _stay(self, division: Division, course: Course) -> _Stay:
        """Draw entry, exit, reason, and start of this year's schooling."""
        draw, start = self.random.random, self._start
        share = draw()
        if share < 0.018 and self._days > 1:
            late = start + timedelta(days=6 + int(draw() * self._days))
            return late, None, "", late
        entered_on = start
        if not division.level.is_entry and draw() < 0.85:
            entered_on = date(start.year - 1 - int(draw() * ((course.age - 11) % 4)), 9, 1)
        if share > 0.98 and self._days > 1:
            left_on = start + timedelta(days=6 + int(draw() * self._days))
            return entered_on, left_on, _REASONS[int(draw() * len(_REASONS))], start
        return entered_on, None, "", start

    def _last_year(
        self, course: Course, pack: Pack, entered_on: date, *, repeats: bool
    ) -> LastYear:
        draw = self.random.random
        school = self.teaching.school
        mef = course.mef if repeats else course.before[0]
        if entered_on < self._start:
            codes = self._before.get(mef) or ("",)
            before = codes[int(draw() * len(codes))]
            return LastYear(school.uai, "", "2", mef, before, "ST", pack.before)
        share = draw()
        if share < 0.03:
            return LastYear("", "099", "7" if share < 0.02 else "6", "", "", "", ())
        if share < 0.1:
            return LastYear("", school.department, "1", mef, "", "", ())
        number = _PRIMARY_SCHOOLS + int(draw() * 800)
        division_code = ("CM2" if draw() < 0.7 else "CM2 B") if mef == CM2 else ""
        origin = "1" if draw() < 0.5 else "2"
        return LastYear(
            make_uai(school.department, number), "", origin, mef, division_code, "ST", pack.before
        )


def _by_id(record: Person | Pupil) -> int:
    return record.id


def _serial_of(pupil: Pupil) -> int:
    """Return the serial of a pupil's national number, 0 without one."""
    if pupil.ine_rnie:
        return int(pupil.ine_rnie[:9]) - _FIRST_INE
    return int(pupil.ine_bea[:10]) - _FIRST_BEA if pupil.ine_bea else 0


def _divisions_before(teaching: TeachingYear) -> dict[str, tuple[str, ...]]:
    """Return the divisions of each MEF: last year's bore the same codes."""
    divisions: dict[str, list[str]] = {}
    for division in teaching.divisions:
        for mef in division.mefs:
            divisions.setdefault(mef, []).append(division.code)
    return {mef: tuple(codes) for mef, codes in divisions.items()}


def _regimes(fixed: Random, *, has_boarders: bool) -> tuple[str, ...]:
    by_day = fixed.random() < 0.3
    lunch = (("21",) * 5, ("22",) * 8, ("24",) * 25, ("25",) * 12) if by_day else (("2",) * 50,)
    regimes = [regime for part in lunch for regime in part]
    regimes += ["0"] * 30 + ["1"] * 2 + ["29"] * 2
    if has_boarders:
        regimes += ["3"] * 8 + ["35"] * 4 + ["4"]
    return tuple(regimes)
