"""The people of a fictional school, as its software holds them: pupils, adults, and what links them."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from bascule.generator.places import (
    Address,
)
from bascule.generator.school import TeachingYear

LEGAL, IN_CHARGE, CONTACT = "1", "2", "3"
MOTHER, FATHER, ELDER, RELATIVE = "10", "20", "38", "39"
FOSTER, GUARDIAN, CARE, SELF, OTHER = "42", "50", "51", "70", "90"


@dataclass(slots=True)
class Person:
    """An adult of a school's file.

    Attributes:
        id: 0 to 99999, the software's own.
        civility: `1` M., `2` Mme.
        family: family name.
        usual: usual name, or empty.
        first: first name.
        address: or None when it is not known.
        shares_address: consent to pass the address on to parents' associations.
        profession: code.
        home_phone: or empty, like the next two.
        work_phone: or empty.
        mobile: or empty.
        sms: consent to text messages; None when it was not asked.
        email: or empty.
        children: dependent children; None when the software does not know.
    """

    id: int
    civility: str
    family: str
    usual: str
    first: str
    address: Address | None
    shares_address: bool
    profession: str
    home_phone: str
    work_phone: str
    mobile: str
    sms: bool | None
    email: str
    children: int | None


class Link(NamedTuple):
    """What an adult is to a pupil.

    Attributes:
        person: id of the adult.
        level: `1` legal, `2` in charge, `3` to be called.
        kinship: code, two digits.
        pays: pays the school fees.
        lodges: the pupil lives there.
        receives: receives the grants.
        is_first: to be called first.
    """

    person: int
    level: str
    kinship: str
    pays: bool = False
    lodges: bool = False
    receives: bool = False
    is_first: bool = False


class LastYear(NamedTuple):
    """Where a pupil was the year before.

    Attributes:
        uai: the school; empty when only the département is known.
        department: three characters; used when there is no school.
        origin: code of the provenance.
        mef: or empty.
        division: or empty.
        status: or empty.
        options: codes de gestion.
    """

    uai: str
    department: str
    origin: str
    mef: str
    division: str
    status: str
    options: tuple[str, ...]


@dataclass(slots=True)
class Pupil:
    """A pupil of a school's file. An empty text stands for what the software does not know.

    Attributes:
        id: 0 to 99999, the software's own.
        ine: national number in force.
        ine_bea: given by the académie.
        ine_rnie: given by the registry.
        family: family name.
        usual: usual name.
        first: first name.
        second: second first name.
        third: third first name.
        sex: `1` boy, `2` girl.
        birth: date of birth.
        nationality: code of a country.
        birth_country: code of a country.
        birth_commune: for a birth in France.
        birth_town: for a birth abroad.
        entered_on: first day in the school.
        left_on: last day in the school, for a leaver.
        exit_reason: code, for a leaver.
        address: or None when the software gives the guardians' only.
        mobile: telephone.
        sms: consent to text messages; None when it was not asked.
        email: e-mail.
        transport: takes the school bus.
        regime: code.
        repeats: repeats its year.
        grants: code and number of parts of each.
        links: its guardians.
        mef: its MEF; empty for a leaver whose schooling the software has dropped.
        division: its division.
        status: code.
        starts_on: start of its schooling this year.
        ends_on: end of its schooling this year, for a leaver.
        options: subject and mode (`O`, `F`) of each.
        last_year: or None for a leaver whose record the software has emptied.
    """

    id: int
    ine: str
    ine_bea: str
    ine_rnie: str
    family: str
    usual: str
    first: str
    second: str
    third: str
    sex: str
    birth: date
    nationality: str
    birth_country: str
    birth_commune: str
    birth_town: str
    entered_on: date
    left_on: date | None
    exit_reason: str
    address: Address | None
    mobile: str
    sms: bool | None
    email: str
    transport: bool
    regime: str
    repeats: bool
    grants: tuple[tuple[str, int], ...]
    links: tuple[Link, ...]
    mef: str
    division: str
    status: str
    starts_on: date
    ends_on: date | None
    options: tuple[tuple[str, str], ...]
    last_year: LastYear | None

    @property
    def has_left(self) -> bool:
        """Return whether the pupil left during the year."""
        return self.left_on is not None


@dataclass(slots=True)
class Population:
    """All that a school's software sends.

    Attributes:
        teaching: the school's year.
        persons: by id.
        pupils: by id.
    """

    teaching: TeachingYear
    persons: list[Person]
    pupils: list[Pupil]

    @property
    def present(self) -> list[Pupil]:
        """Return the pupils who have not left."""
        return [pupil for pupil in self.pupils if pupil.left_on is None]
