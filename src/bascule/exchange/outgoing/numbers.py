"""Write the INE alone: what a school's software takes back, pupil by pupil. Pure.

The XML is in the form of the pupils' export, so that whatever reads one reads the other; nothing in it
but who the pupil is, the numbers, and the elements that the form cannot do without.
"""

from collections.abc import Iterator, Sequence

from bascule.exchange.outgoing.roll import Roll, RollPupil
from bascule.exchange.outgoing.words import (
    Sending,
    flag,
    french_day,
    given,
    header,
    number,
    numbered,
)
from bascule.formats.record import Fields, Record

#: Head of the table.
COLUMNS = (
    "INE", "Identifiant du logiciel", "Identifiant de la base", "Nom", "Nom d’usage", "Prénom", "Date de naissance",
    "Division",
)  # fmt: skip
_DEFAULT_REGIME = "0"


def with_numbers(roll: Roll) -> list[RollPupil]:
    """Give the pupils who have an INE.

    Args:
        roll (Roll): the year.

    Returns:
        list[RollPupil]: in the order of their names.
    """
    return [pupil for pupil in roll.pupils if _in_force(pupil)]


def numbers(sending: Sending, pupils: Sequence[RollPupil]) -> Iterator[Record]:
    """Write the INE of pupils.

    Args:
        sending (Sending): the export.
        pupils (Sequence[RollPupil]): those who have one.

    Yields:
        Record: the file.
    """
    yield header(sending)
    yield from numbered("ELEVE", (_pupil(pupil) for pupil in pupils))


def table(pupils: Sequence[RollPupil]) -> list[tuple[object, ...]]:
    """Give the same as a table.

    Args:
        pupils (Sequence[RollPupil]): those who have an INE.

    Returns:
        list[tuple[object, ...]]: cells in the order of `COLUMNS`.
    """
    return [
        (
            _in_force(pupil),
            pupil.enrolment.private_id,
            pupil.id,
            pupil.student.family_name,
            pupil.student.usual_name,
            pupil.student.first_name,
            french_day(pupil.student.birth_date),
            pupil.schooling.division if pupil.schooling else None,
        )
        for pupil in pupils
    ]


def _in_force(pupil: RollPupil) -> str | None:
    return pupil.student.national_number


def _pupil(pupil: RollPupil) -> Fields:
    student, enrolment = pupil.student, pupil.enrolment
    return given(
        {
            "@ELEVE_ID": str(pupil.id),
            "@ELENOET": str(pupil.number),
            "ID_NATIONAL": _in_force(pupil),
            "INE_BEA": student.ine_bea,
            "INE_RNIE": student.ine_rnie,
            "ELENOET": str(pupil.number),
            "ID_PRV_ELE": number(enrolment.private_id),
            "NOM_DE_FAMILLE": student.family_name,
            "NOM_USAGE": student.usual_name,
            "PRENOM": student.first_name,
            "DATE_NAISS": french_day(student.birth_date),
            "DOUBLEMENT": flag(bool(enrolment.is_repeating)),
            "CODE_REGIME": enrolment.regime or _DEFAULT_REGIME,
            "ADHESION_TRANSPORT": flag(bool(enrolment.takes_transport)),
        }
    )
