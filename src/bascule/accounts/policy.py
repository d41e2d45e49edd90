"""The first wall: may this actor do this, there? The second one is in PostgreSQL."""

from bascule.accounts.actor import Actor
from bascule.accounts.profiles import Permission


def may(actor: Actor, permission: Permission, *, uai: str) -> bool:
    """Tell whether an actor may do something in a school.

    Args:
        actor (Actor): who asks.
        permission (Permission): what.
        uai (str): the school, or `AUTHORITY`.

    Returns:
        bool: true if a right in force says so.
    """
    return actor.holds(permission, uai)


def belongs(actor: Actor, *, uai: str) -> bool:
    """Tell whether an actor has anything to do with a school; others are told that it is not there.

    Args:
        actor (Actor): who asks.
        uai (str): the school, or `AUTHORITY`.

    Returns:
        bool: true if any right in force holds there.
    """
    return any(right.covers(uai) for right in actor.rights)
