"""Act as somebody: her rights in force, and the transaction confined as the gate confines it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone

from bascule.accounts.actor import Actor, actor_of
from bascule.accounts.models import Person
from bascule.accounts.profiles import Permission
from bascule.schools.directory import school_numbers
from bascule.store.policies import confine


def actor(person: Person) -> Actor:
    return actor_of(person, today=timezone.localdate())


@contextmanager
def confined(person: Person, permission: Permission | None = None) -> Iterator[Actor]:
    """Give the actor, in a transaction that sees what a page of this permission would."""
    with transaction.atomic():
        who = actor(person)
        confine(*who.reach(school_numbers(), permission), person_id=person.pk)
        yield who
