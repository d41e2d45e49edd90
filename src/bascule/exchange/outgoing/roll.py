"""The pupils of one school's year and their families, as plain values: what the files are made of. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bascule.exchange.outgoing.words import given, numbered
from bascule.formats.record import Fields, Record
from bascule.students.rows import (
    AddressRow,
    EnrolmentRow,
    GuardianRow,
    LinkRow,
    SchoolingRow,
    StudentRow,
)


@dataclass(frozen=True, slots=True)
class RollPupil:
    """A pupil of the year, present or gone.

    Attributes:
        id: `ELEVE_ID`.
        number: `ELENOET`.
        student: who it is.
        enrolment: the year.
        schooling: the period that is active on the day of the export; None when there is none.
        latest: the last period, perhaps still to come: the one that the software knows.
        came_late: schooling began after the first day of the year.
        links: id of each guardian, and what it is to the pupil.
        groups: codes of the groups that hold the pupil on the day of the export, or held until the exit.
    """

    id: int
    number: int
    student: StudentRow
    enrolment: EnrolmentRow
    schooling: SchoolingRow | None = None
    latest: SchoolingRow | None = None
    came_late: bool = False
    links: tuple[tuple[int, LinkRow], ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Roll:
    """A school's year.

    Attributes:
        pupils: in the order of their names; those who are only expected are not there.
        guardians: those linked to these pupils, by id (`PERSONNE_ID`), in the order of their names.
        addresses: those of these pupils and guardians, by id (`ADRESSE_ID`).
    """

    pupils: tuple[RollPupil, ...] = ()
    guardians: dict[int, GuardianRow] = field(default_factory=dict)
    addresses: dict[int, AddressRow] = field(default_factory=dict)


def address_id(row: StudentRow | GuardianRow) -> int | None:
    """Give the address of somebody.

    Args:
        row (StudentRow | GuardianRow): a stored row; only one that is being imported has no id yet.

    Returns:
        int | None: `ADRESSE_ID`; None where there is none.
    """
    return row.address_id if isinstance(row.address_id, int) else None


def address_records(
    roll: Roll, ids: Iterable[int | None], countries: dict[str, str]
) -> Iterator[Record]:
    """Give the block of addresses that ends an official export.

    Args:
        roll (Roll): the year.
        ids (Iterable[int | None]): the addresses wanted, as often as they are used.
        countries (dict[str, str]): name of each country, by code.

    Yields:
        Record: `ADRESSE`, each once, in order of id.
    """
    wanted = sorted({place for place in ids if place is not None})
    yield from numbered("ADRESSE", (_address(i, roll.addresses[i], countries) for i in wanted))


def _address(place: int, address: AddressRow, countries: dict[str, str]) -> Fields:
    return given(
        {
            "@ADRESSE_ID": str(place),
            "LIGNE1_ADRESSE": address.line1,
            "LIGNE2_ADRESSE": address.line2,
            "LIGNE3_ADRESSE": address.line3,
            "LIGNE4_ADRESSE": address.line4,
            "COMMUNE_ETRANGERE": address.foreign_town,
            "CODE_POSTAL": address.postcode,
            "CODE_PAYS": address.country,
            "LL_PAYS": countries.get(address.country or ""),
            "LIBELLE_POSTAL": address.town,
        }
    )
