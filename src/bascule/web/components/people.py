"""Who did it, as a page says it: names inside a school, logins to who only looks at it."""

from collections.abc import Collection

from bascule.accounts.actor import Actor
from bascule.accounts.visitors import names_by_login


def names_for(actor: Actor, *, uai: str, logins: Collection[str]) -> dict[str, str]:
    """Give the names behind logins, to whoever may see them.

    Args:
        actor (Actor): who looks.
        uai (str): the school.
        logins (Collection[str]): what acts and files are signed with.

    Returns:
        dict[str, str]: a name for each login; the login itself to an agent who only looks, and for software.
    """
    is_of_school = any(right.uai == uai for right in actor.rights) and not actor.only_looks_at(uai)
    found = names_by_login(logins) if is_of_school and logins else {}
    return {login: found.get(login, login) for login in logins}
