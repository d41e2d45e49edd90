"""Read again what was done to the accounts and rights of a school, and by whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bascule.accounts import activation, delegate, manage, people, rights
from bascule.accounts.models import Person
from bascule.accounts.profiles import Permission, Profile
from bascule.journal import kinds
from bascule.journal.access import Criteria
from bascule.journal.acts import facts_of, find_acts
from bascule.journal.models import Act

#: The acts that speak of accounts and rights.
KINDS = (
    people.CREATE_ACT,
    manage.CHANGE_ACT,
    manage.DISABLE_ACT,
    manage.ENABLE_ACT,
    manage.UNBLOCK_ACT,
    activation.REISSUE_ACT,
    rights.GIVE_ACT,
    rights.WITHDRAW_ACT,
    rights.END_ACT,
    delegate.DELEGATE_ACT,
)
PAGE = 100


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done.

    Attributes:
        id: its act.
        at: when.
        what: French, what was done.
        person: to whom, as screens show the name; the login where the account is not known.
        rights: what was given or taken back, in words.
        ends_on: the last day that was given; None for none.
        by: who did it, as screens show the name; for the console, what signed.
    """

    id: int
    at: datetime
    what: str
    person: str
    rights: tuple[str, ...]
    ends_on: date | None
    by: str


def history(*, uai: str, before_id: int | None = None, most: int = PAGE) -> list[Event]:
    """Tell what was done to the accounts and rights of a school, latest first.

    Args:
        uai (str): the school.
        before_id (int | None): older than this act: the next page.
        most (int): how many at most.

    Returns:
        list[Event]: the acts, in words.
    """
    acts = find_acts(uais=[uai], criteria=Criteria(kinds=KINDS, before_id=before_id), most=most)
    told = [(act, facts_of(act)) for act in acts]
    names = _names(
        {act.actor for act in acts} | {str(facts.get("person", "")) for _, facts in told}
    )
    return [_event(act, facts, names) for act, facts in told]


def _names(logins: Iterable[str]) -> dict[str, str]:
    found = Person.objects.filter(login__in=list(logins))
    return {person.login: people.display(person) for person in found}


def _event(act: Act, facts: dict[str, Any], names: dict[str, str]) -> Event:
    login, ends = str(facts.get("person", "")), str(facts.get("to", ""))
    return Event(
        id=act.pk,
        at=act.at,
        what=kinds.words(act.kind),
        person=names.get(login, login),
        rights=_rights(facts),
        ends_on=date.fromisoformat(ends) if ends else None,
        by=names.get(act.actor, act.actor),
    )


def _rights(facts: dict[str, Any]) -> tuple[str, ...]:
    codes = [code for code in str(facts.get("permission", "")).split(",") if code]
    if codes:
        return tuple(Permission.of(code).label for code in codes)
    profile = str(facts.get("profile", ""))
    if not profile or profile == Profile.DELEGATE.code:
        return ()
    return (Profile.of(profile).label,)
