"""Who looks at what is her own."""

from bascule.accounts.actor import Actor
from bascule.accounts.models import Person
from bascule.web.gate import PageRequest


def actor_of(request: PageRequest) -> Actor:
    """Give who is signed in, on a page that nobody else opens.

    Args:
        request (PageRequest): the request.

    Returns:
        Actor: who.
    """
    assert request.actor is not None  # noqa: S101 - the gate lets nobody else through
    return request.actor


def person_of(request: PageRequest) -> Person:
    """Give the account of who is signed in.

    Args:
        request (PageRequest): the request.

    Returns:
        Person: her row.
    """
    return Person.objects.get(pk=actor_of(request).person_id)
