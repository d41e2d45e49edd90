"""Look pupils up: one record, as people read it, and names."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction

from bascule.errors import NotThereError
from bascule.store.policies import open_schools
from bascule.students.models import (
    Enrolment,
    Guardianship,
    Schooling,
    Student,
)
from bascule.values import civil_identity


class UnknownPupilError(NotThereError):
    """The school has no such pupil that year."""

    code = "pupil.unknown"

    def __init__(self) -> None:
        super().__init__("Cet élève n’est pas dans les dossiers de l’établissement cette année-là.")


@dataclass(frozen=True, slots=True)
class PupilRecord:
    """A pupil's record in a year.

    Attributes:
        student: identity, numbers, contacts.
        enrolment: the year: entry, exit, school life.
        schoolings: periods of schooling, in order.
        links: links to guardians, legal ones first, each with its guardian.
    """

    student: Student
    enrolment: Enrolment
    schoolings: Sequence[Schooling]
    links: Sequence[Guardianship]

    @property
    def name(self) -> str:
        """Return the name as pages show it."""
        return civil_identity.display(
            self.student.family_name, self.student.usual_name, self.student.first_name
        )


def read_pupil(*, uai: str, year: int, pupil_id: int) -> PupilRecord:
    """Read one record.

    Args:
        uai (str): the school.
        year (int): the year.
        pupil_id (int): our number of the pupil.

    Returns:
        PupilRecord: the record.

    Raises:
        UnknownPupilError: if the school has no such pupil that year.
    """
    with transaction.atomic():
        open_schools(uai)
        student = Student.objects.select_related("address").filter(uai=uai, pk=pupil_id).first()
        enrolment = Enrolment.objects.filter(uai=uai, year=year, student_id=pupil_id).first()
        if student is None or enrolment is None:
            raise UnknownPupilError
        return PupilRecord(
            student,
            enrolment,
            list(
                Schooling.objects.filter(uai=uai, year=year, student_id=pupil_id).order_by(
                    "starts_on"
                )
            ),
            list(
                Guardianship.objects.filter(uai=uai, student_id=pupil_id)
                .select_related("guardian", "guardian__address")
                .order_by("level", "guardian__sort_key")
            ),
        )


def names_of(*, uai: str, pupil_ids: Collection[int]) -> dict[int, str]:
    """Give the names of pupils of a school, as lists show them.

    Args:
        uai (str): the school.
        pupil_ids (Collection[int]): our numbers of the pupils.

    Returns:
        dict[int, str]: by pupil; those the school does not have are left out.
    """
    with transaction.atomic():
        open_schools(uai)
        found = Student.objects.filter(uai=uai, pk__in=pupil_ids).only(
            "family_name", "usual_name", "first_name"
        )
        return {
            one.pk: civil_identity.display(one.family_name, one.usual_name, one.first_name)
            for one in found
        }


def years_of_pupil(*, uai: str, pupil_id: int) -> list[int]:
    """List the years in which a school has a pupil.

    Args:
        uai (str): the school; it is opened for reading.
        pupil_id (int): the pupil.

    Returns:
        list[int]: first calendar years.
    """
    with transaction.atomic():
        open_schools(uai)
        found = Enrolment.objects.filter(uai=uai, student_id=pupil_id).order_by("year")
        return list(found.values_list("year", flat=True))


def other_children(*, uai: str, guardian_id: int, pupil_id: int) -> list[str]:
    """Name the other pupils of a guardian.

    Args:
        uai (str): the school; it is opened for reading.
        guardian_id (int): the guardian.
        pupil_id (int): the pupil who is left out.

    Returns:
        list[str]: names.
    """
    with transaction.atomic():
        open_schools(uai)
        links = Guardianship.objects.filter(uai=uai, guardian_id=guardian_id)
        others = list(links.exclude(student_id=pupil_id).values_list("student_id", flat=True))
    return list(names_of(uai=uai, pupil_ids=others).values()) if others else []
