"""Sessions: who a browser is, until when; what a person sees and ends of hers; what was typed and is kept.

A Django session holds, besides its data: `person`, `key`, `started_at`, `seen_at` once signed in;
`pending` between the password and the key; `kept` for the form that an ended session would have lost.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Q
from django.http import QueryDict

from bascule.accounts.actor import Actor, actor_of
from bascule.accounts.models import Key, Person, Session, SupportSession
from bascule.accounts.session_store import IDLE, KEPT, LONGEST
from bascule.store.policies import confine

#: Writing "seen now" at each request would write a row at each request.
_SEEN_EVERY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """Who a browser is.

    Attributes:
        actor: who is signed in; None for nobody.
        language: the language she chose; blank for none.
        ended_person_id: whose session has just ended; None for nobody's.
    """

    actor: Actor | None = None
    language: str = ""
    ended_person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that was sent when the session had ended.

    Attributes:
        path: where it was sent.
        fields: names and values, in order; never a password or a code.
    """

    path: str
    fields: tuple[tuple[str, str], ...]


def recognise(
    session: SessionBase, *, today: date, at: datetime, address: str | None = None
) -> Entry:
    """Tell who a browser is, and note that it was seen.

    Args:
        session (SessionBase): the session of the request.
        today (date): the day, where the authority is.
        at (datetime): now.
        address (str | None): where the request came from.

    Returns:
        Entry: who.
    """
    person_id = session.get("person")
    if person_id is None:
        return Entry()
    if at >= ends_at(session):
        return Entry(ended_person_id=person_id)
    found = Person.objects.filter(pk=person_id, state=Person.State.ACTIVE)
    if session.get("key") is not None:
        # A key may have been lost in the instant between the code and the session.
        found = found.filter(keys__pk=session["key"], keys__state=Key.State.ACTIVE)
    person = found.first()
    if person is None:
        return Entry(ended_person_id=person_id)
    if (at - datetime.fromisoformat(session["seen_at"])).total_seconds() > _SEEN_EVERY_SECONDS:
        session["seen_at"] = at.isoformat()
    support = _support(session, person, at)
    actor = actor_of(person, today=today, address=address, support=support)
    return Entry(actor=actor, language=person.language)


def ends_at(session: SessionBase) -> datetime:
    """Tell when a signed-in session ends, if nothing more is asked.

    Args:
        session (SessionBase): a signed-in session.

    Returns:
        datetime: the instant.
    """
    seen = datetime.fromisoformat(session["seen_at"])
    started = datetime.fromisoformat(session["started_at"])
    return min(seen + IDLE, started + LONGEST)


def begin(
    session: SessionBase,
    *,
    person: Person,
    key_id: int | None,
    at: datetime,
    address: str | None,
    agent: str,
) -> Kept | None:
    """Sign a browser in, under a new session number.

    Args:
        session (SessionBase): the session of the request.
        person (Person): who proved to be herself.
        key_id (int | None): the key she used.
        at (datetime): now.
        address (str | None): where the request came from.
        agent (str): what the browser says it is.

    Returns:
        Kept | None: the form that waits for her; None for none.
    """
    kept = kept_form(session) if session.get("person") in (None, person.pk) else None
    session.flush()
    session.update(
        {
            "person": person.pk,
            "key": key_id,
            "started_at": at.isoformat(),
            "seen_at": at.isoformat(),
            "address": address,
            "agent": agent[:200],
        }
    )
    if kept:
        session["kept"] = {"path": kept.path, "fields": kept.fields}
    return kept


def list_sessions(*, person_id: int, at: datetime) -> Sequence[Session]:
    """List the open sessions of a person, last seen first.

    Args:
        person_id (int): the person.
        at (datetime): now.

    Returns:
        Sequence[Session]: the sessions.
    """
    return list(
        Session.objects.filter(
            person_id=person_id, seen_at__gt=at - IDLE, started_at__gt=at - LONGEST
        ).order_by("-seen_at")
    )


def end_sessions(*, person_id: int, but: str | None = None, key_id: int | None = None) -> int:
    """End the sessions of a person, at once.

    Args:
        person_id (int): the person.
        but (str | None): the number of one that stays.
        key_id (int | None): only those opened with this key.

    Returns:
        int: sessions ended.
    """
    found = Session.objects.filter(person_id=person_id)
    if key_id is not None:
        found = found.filter(key_id=key_id)
    ended, _ = found.exclude(session_key=but or "").delete()
    return ended


def end_session(*, person_id: int, handle: str) -> bool:
    """End one session of a person.

    Args:
        person_id (int): the person.
        handle (str): what `handle_of` gives of it.

    Returns:
        bool: whether there was one.
    """
    for session in Session.objects.filter(person_id=person_id):
        if handle_of(session) == handle:
            session.delete()
            return True
    return False


def purge(*, at: datetime) -> int:
    """Forget the sessions that ended long ago; what was typed waits in them no longer.

    Args:
        at (datetime): now.

    Returns:
        int: sessions forgotten.
    """
    ended = Q(seen_at__lt=at - IDLE - KEPT) | Q(started_at__lt=at - LONGEST - KEPT)
    # Before sign-in a session has only the date that Django gave it.
    count, _ = Session.objects.filter(ended | Q(person=None, expire_date__lt=at)).delete()
    return count


def handle_of(session: Session) -> str:
    """Name a session on a page without showing the number that opens it.

    Args:
        session (Session): the session.

    Returns:
        str: sixteen hexadecimal digits.
    """
    return hashlib.sha256(session.session_key.encode()).hexdigest()[:16]


def keep_form(session: SessionBase, *, path: str, typed: QueryDict) -> None:
    """Keep a form that was sent when the session had ended.

    Args:
        session (SessionBase): the session that ended.
        path (str): where it was sent.
        typed (QueryDict): what was typed.
    """
    fields = [(name, value) for name, value in fields_of(typed) if not is_secret_field(name)]
    session["kept"] = {"path": path, "fields": fields}


def fields_of(typed: QueryDict) -> list[tuple[str, str]]:
    """Give what was typed into a form, so that it can be sent again.

    Args:
        typed (QueryDict): what the browser sent.

    Returns:
        list[tuple[str, str]]: names and values, without the mark of the browser.
    """
    return [
        (name, value)
        for name, values in typed.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]


def is_secret_field(name: str) -> bool:
    """Tell whether a field of a form holds what must be written down nowhere.

    Args:
        name (str): its name.

    Returns:
        bool: True for passwords, passphrases and codes.
    """
    return any(word in name for word in ("password", "passphrase", "code"))


def kept_form(session: SessionBase) -> Kept | None:
    """Give the form that waits.

    Args:
        session (SessionBase): the session.

    Returns:
        Kept | None: the form; None for none.
    """
    kept: dict[str, Any] | None = session.get("kept")
    if kept is None:
        return None
    return Kept(kept["path"], tuple((name, value) for name, value in kept["fields"]))


def drop_kept_form(session: SessionBase) -> None:
    """Forget the form that waits.

    Args:
        session (SessionBase): the session.
    """
    session.pop("kept", None)


def _support(session: SessionBase, person: Person, at: datetime) -> SupportSession | None:
    """Give the support session that the agent entered with this browser, while it is open."""
    support_id = session.get("support")
    if support_id is None:
        return None
    confine(person_id=person.pk)
    found = SupportSession.objects.filter(
        pk=support_id, person=person, state=SupportSession.State.OPEN, ends_at__gt=at
    ).first()
    if found is None:
        session.pop("support", None)
    return found
