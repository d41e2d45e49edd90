"""The pupils that tests speak of."""

from datetime import date
from typing import NamedTuple

from django.db import transaction

from bascule.store.policies import open_schools
from bascule.students.models import Student
from bascule.values import civil_identity


class PupilOf(NamedTuple):
    id: int
    number: int
    ine: str | None
    family_name: str
    first_name: str
    birth_date: date
    name: str


def pupils_of(uai: str, year: int) -> list[PupilOf]:
    """Give the pupils of a year, by name."""
    with transaction.atomic():
        open_schools(uai)
        found = Student.objects.filter(uai=uai, enrolment__year=year).order_by("sort_key", "pk")
        return [
            PupilOf(
                one.pk,
                one.number,
                one.ine_rnie or one.ine_bea or one.ine,
                one.family_name,
                one.first_name,
                one.birth_date,
                civil_identity.display(one.family_name, one.usual_name, one.first_name),
            )
            for one in found
        ]
