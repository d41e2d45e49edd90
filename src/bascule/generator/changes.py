"""A day in the life of a school's file: the same pupils, with what the secretary changed.

The acts are listed with the records they touch, so that a test can ask of an import: these, and no
others.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from enum import Enum
from typing import NamedTuple

from bascule.generator.courses import COURSES
from bascule.generator.names import ELDERS
from bascule.generator.places import draw_address
from bascule.generator.population import (
    CONTACT,
    ELDER,
    LEGAL,
    Link,
    Maker,
    Person,
    Population,
    Pupil,
)


class ActKind(Enum):
    """What a secretary does."""

    MOVE = "new address of a family"
    PHONE = "new telephone of a guardian"
    EMAIL = "new e-mail of a guardian"
    DIVISION = "other division"
    REGIME = "other régime"
    LEAVE = "pupil leaves"
    ARRIVE = "pupil arrives"
    NAME = "name corrected"
    ADD_GUARDIAN = "guardian added"
    REMOVE_GUARDIAN = "guardian removed"
    OPTION = "optional subject taken or dropped"
    NUMBER = "national number learnt"
    TRANSPORT = "school bus taken or left"


class Act(NamedTuple):
    """One thing done.

    Attributes:
        kind: what.
        pupils: ids of the pupils' records that are new or changed.
        persons: ids of the persons' records that are new or changed.
    """

    kind: ActKind
    pupils: tuple[int, ...] = ()
    persons: tuple[int, ...] = ()


class NextDay(NamedTuple):
    """A later state of a school's file.

    Attributes:
        population: the new state; records that did not change are the same objects.
        acts: what was done since.
    """

    population: Population
    acts: tuple[Act, ...]


def next_day(population: Population, share: float, seed: int, *, on: date) -> NextDay:
    """Change some records as a day's work does. The population given is left as it is.

    Args:
        population (Population): a school's population.
        share (float): pupils concerned, 0 to 1 of those present.
        seed (int): another seed, other changes.
        on (date): the day, within the school year; whoever leaves or arrives does so on it.

    Returns:
        NextDay: as many acts as pupils concerned; no record is touched twice.
    """
    return _Day(population, seed, on).work(share)


class _Day:
    def __init__(self, population: Population, seed: int, on: date) -> None:
        self.before = population
        self.on = on
        self.seed = seed
        self.random = population.teaching.school.random(population.teaching.year, "day", seed, on)
        self.persons = {person.id: person for person in population.persons}
        self.pupils = {pupil.id: pupil for pupil in population.pupils}
        self.touched_persons: set[int] = set()
        self.touched_pupils: set[int] = set()
        self.residents: dict[int, list[int]] = {}
        for pupil in population.pupils:
            for link in pupil.links:
                self.residents.setdefault(link.person, []).append(pupil.id)
        self.maker: Maker | None = None

    def work(self, share: float) -> NextDay:
        present = [pupil.id for pupil in self.before.present]
        count = round(share * len(present))
        acts: list[Act] = []
        self.random.shuffle(present)
        for pupil_id in present:
            if len(acts) == count:
                break
            if pupil_id in self.touched_pupils:
                continue
            kind = self.random.choice(_KINDS)
            act = _ACTS[kind](self, self.pupils[pupil_id])
            acts.append(act or _transport(self, self.pupils[pupil_id]))
        persons = sorted(self.persons.values(), key=lambda person: person.id)
        pupils = sorted(self.pupils.values(), key=lambda pupil: pupil.id)
        return NextDay(Population(self.before.teaching, persons, pupils), tuple(acts))

    def put(self, *records: Person | Pupil) -> None:
        for record in records:
            if isinstance(record, Person):
                self.persons[record.id] = record
                self.touched_persons.add(record.id)
            else:
                self.pupils[record.id] = record
                self.touched_pupils.add(record.id)

    def newcomers(self) -> Maker:
        if self.maker is None:
            purpose = f"arrivals/{self.seed}/{self.on}"
            self.maker = Maker(self.before.teaching, self.on, purpose, self.before)
        return self.maker

    def untouched_guardian(self, pupil: Pupil) -> Person | None:
        for link in pupil.links:
            if link.level == LEGAL and link.person not in self.touched_persons:
                return self.persons[link.person]
        return None


def _move(day: _Day, pupil: Pupil) -> Act | None:
    """Move everyone who lives where the pupil does: guardians, and children who have an address."""
    lodging = [link.person for link in pupil.links if link.lodges]
    if not lodging:
        return None
    old = day.persons[lodging[0]].address
    persons = [person for person in map(day.persons.__getitem__, lodging) if person.address == old]
    children = {child for person in persons for child in day.residents.get(person.id, ())}
    pupils = [day.pupils[child] for child in sorted(children) if day.pupils[child].address == old]
    if old is None or {person.id for person in persons} & day.touched_persons:
        return None
    if {child.id for child in pupils} & day.touched_pupils:
        return None
    new = old
    while new == old:
        new = draw_address(day.before.teaching.school.neighbours, day.random)
    day.put(*(replace(person, address=new) for person in persons))
    day.put(*(replace(child, address=new) for child in pupils))
    day.touched_pupils.add(pupil.id)
    return Act(
        ActKind.MOVE,
        tuple(child.id for child in pupils),
        tuple(person.id for person in persons),
    )


def _phone(day: _Day, pupil: Pupil) -> Act | None:
    guardian = day.untouched_guardian(pupil)
    if guardian is None:
        return None
    old = "".join(filter(str.isdigit, guardian.mobile))[-4:]
    new = old
    while new == old:
        new = f"{day.random.randrange(10_000):04d}"
    mobile = f"063998{new}"
    return _person_changed(day, ActKind.PHONE, replace(guardian, mobile=mobile, sms=True))


def _email(day: _Day, pupil: Pupil) -> Act | None:
    guardian = day.untouched_guardian(pupil)
    if guardian is None:
        return None
    email = f"famille{guardian.id}.{day.random.randrange(1000, 10_000)}@example.org"
    return _person_changed(day, ActKind.EMAIL, replace(guardian, email=email))


def _person_changed(day: _Day, kind: ActKind, person: Person) -> Act:
    day.put(person)
    return Act(kind, persons=(person.id,))


def _pupil_changed(day: _Day, kind: ActKind, pupil: Pupil, *persons: Person) -> Act:
    day.put(pupil, *persons)
    return Act(kind, (pupil.id,), tuple(person.id for person in persons))


def _division(day: _Day, pupil: Pupil) -> Act | None:
    others = [
        division.code
        for division in day.before.teaching.divisions
        if division.code != pupil.division and pupil.mef in division.mefs
    ]
    if not others:
        return None
    return _pupil_changed(day, ActKind.DIVISION, replace(pupil, division=day.random.choice(others)))


def _regime(day: _Day, pupil: Pupil) -> Act:
    regime = "2" if pupil.regime == "0" else "0"
    return _pupil_changed(day, ActKind.REGIME, replace(pupil, regime=regime))


def _leave(day: _Day, pupil: Pupil) -> Act | None:
    if pupil.entered_on >= day.on:
        return None
    reason = day.random.choice(("10", "11", "12", "24", "42"))
    left = replace(pupil, left_on=day.on, ends_on=day.on, exit_reason=reason)
    return _pupil_changed(day, ActKind.LEAVE, left)


def _arrive(day: _Day, pupil: Pupil) -> Act:
    """Seat a new child in the division of a pupil."""
    maker = day.newcomers()
    seen = len(maker.persons)
    division = next(
        division for division in day.before.teaching.divisions if division.code == pupil.division
    )
    maker.add_family([(division, COURSES[pupil.mef])], arrives_on=day.on)
    newcomer, persons = maker.pupils[-1], maker.persons[seen:]
    return _pupil_changed(day, ActKind.ARRIVE, newcomer, *persons)


def _name(day: _Day, pupil: Pupil) -> Act:
    """Correct a name: a letter was missing."""
    return _pupil_changed(day, ActKind.NAME, replace(pupil, family=f"{pupil.family}S"))


def _add_guardian(day: _Day, pupil: Pupil) -> Act:
    elder = Person(
        next(day.newcomers().person_ids), "2", pupil.family, "", day.random.choice(ELDERS).text,
        None, shares_address=False, profession="77", home_phone="", work_phone="",
        mobile=f"063998{day.random.randrange(10_000):04d}", sms=None, email="", children=None,
    )  # fmt: skip
    links = (*pupil.links, Link(elder.id, CONTACT, ELDER))
    return _pupil_changed(day, ActKind.ADD_GUARDIAN, replace(pupil, links=links), elder)


def _remove_guardian(day: _Day, pupil: Pupil) -> Act | None:
    """Remove the last guardian, when a legal one is left. The person stays in the file."""
    kept = pupil.links[:-1]
    if not any(link.level == LEGAL for link in kept):
        return None
    return _pupil_changed(day, ActKind.REMOVE_GUARDIAN, replace(pupil, links=kept))


def _option(day: _Day, pupil: Pupil) -> Act | None:
    extras = COURSES[pupil.mef].extras
    if not extras:
        return None
    subject = extras[0][0]
    option = (subject, "F")
    if option in pupil.options:
        options = tuple(taken for taken in pupil.options if taken != option)
    else:
        options = (*pupil.options, option)
    return _pupil_changed(day, ActKind.OPTION, replace(pupil, options=options))


def _number(day: _Day, pupil: Pupil) -> Act | None:
    if pupil.ine_rnie:
        return None
    number = day.newcomers().next_number()
    return _pupil_changed(day, ActKind.NUMBER, replace(pupil, ine=number, ine_rnie=number))


def _transport(day: _Day, pupil: Pupil) -> Act:
    return _pupil_changed(day, ActKind.TRANSPORT, replace(pupil, transport=not pupil.transport))


_ACTS: dict[ActKind, Callable[[_Day, Pupil], Act | None]] = {
    ActKind.MOVE: _move,
    ActKind.PHONE: _phone,
    ActKind.EMAIL: _email,
    ActKind.DIVISION: _division,
    ActKind.REGIME: _regime,
    ActKind.LEAVE: _leave,
    ActKind.ARRIVE: _arrive,
    ActKind.NAME: _name,
    ActKind.ADD_GUARDIAN: _add_guardian,
    ActKind.REMOVE_GUARDIAN: _remove_guardian,
    ActKind.OPTION: _option,
    ActKind.NUMBER: _number,
    ActKind.TRANSPORT: _transport,
}
_WEIGHTS = {
    ActKind.MOVE: 12, ActKind.PHONE: 20, ActKind.EMAIL: 8, ActKind.DIVISION: 12, ActKind.REGIME: 12,
    ActKind.LEAVE: 5, ActKind.ARRIVE: 5, ActKind.NAME: 4, ActKind.ADD_GUARDIAN: 5,
    ActKind.REMOVE_GUARDIAN: 4, ActKind.OPTION: 5, ActKind.NUMBER: 6, ActKind.TRANSPORT: 2,
}  # fmt: skip
_KINDS = tuple(kind for kind, weight in _WEIGHTS.items() for _ in range(weight))
