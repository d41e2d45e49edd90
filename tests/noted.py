"""What the journal of accesses holds of somebody, for tests to look at."""

from django.db import transaction

from bascule.accounts.models import Person
from bascule.journal import access
from bascule.journal.act import AUTHORITY
from bascule.journal.models import Access
from bascule.store.policies import confine


def lines_noted(person: Person) -> list[Access]:
    """Give what was noted of a person, oldest first."""
    with transaction.atomic():
        confine(person_id=person.pk)
        return access.find_own(person_id=person.pk)[::-1]


def kinds_noted(person: Person) -> list[str]:
    return [line.kind for line in lines_noted(person)]


def lines_of_nobody() -> list[Access]:
    """Give what was noted of whoever did not get in."""
    return [line for line in access.find(uais=[AUTHORITY]) if line.person_id is None][::-1]
