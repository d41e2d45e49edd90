"""Who may have looked at a school: its people of all times, the agents it let in, its software."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from bascule.accounts.models import MachineToken, Person, Right, SupportSession
from bascule.accounts.people import display, sort_key
from bascule.store.policies import open_schools


@dataclass(frozen=True, slots=True)
class Visitors:
    """Who may have looked at a school.

    Attributes:
        people: persons, by name.
        tokens: tokens of its software, the latest first.
    """

    people: tuple[Person, ...]
    tokens: tuple[MachineToken, ...]


def visitors_of(*, uai: str) -> Visitors:
    """Tell who may have looked at a school; who reaches all schools is not among them.

    Args:
        uai (str): the school.

    Returns:
        Visitors: whom a search of its journal proposes.
    """
    with transaction.atomic():
        open_schools(uai)
        # Lists first: people are of no school, and their table is not read through the others.
        own = list(Right.objects.filter(uai=uai).values_list("person_id", flat=True).distinct())
        let_in = list(
            SupportSession.objects.filter(uai=uai).values_list("person_id", flat=True).distinct()
        )
        tokens = tuple(MachineToken.objects.filter(uai=uai).order_by("-id"))
    people = Person.objects.filter(Q(pk__in=own) | Q(pk__in=let_in))
    return Visitors(tuple(sorted(people, key=sort_key)), tokens)


def names_of(person_ids: set[int]) -> dict[int, str]:
    """Give the names of persons, as pages show them.

    Args:
        person_ids (set[int]): the persons.

    Returns:
        dict[int, str]: by person.
    """
    return {person.pk: display(person) for person in Person.objects.filter(pk__in=person_ids)}


def names_by_login(logins: Collection[str]) -> dict[str, str]:
    """Give the names of those who signed, as pages show them.

    Args:
        logins (Collection[str]): what acts and lines are signed with.

    Returns:
        dict[str, str]: for each login, the name; with the login where another account bears the same
            names; the login itself where it is no person's: a software's, a console's.
    """
    named = {login: login for login in logins}
    namesakes = Person.objects.filter(
        family_name=OuterRef("family_name"), first_name=OuterRef("first_name")
    ).exclude(pk=OuterRef("pk"))
    found = Person.objects.filter(login__in=named).annotate(is_shared=Exists(namesakes))
    for person in found if named else ():
        name = display(person)
        named[person.login] = f"{name} ({person.login})" if person.is_shared else name
    return named
