"""The register of keys: one line for each thing that happened to a key. Lines are only ever added.

PostgreSQL refuses to change or remove one. What a line says stays when the key is long withdrawn.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from bascule.accounts.keys.moves import Move
from bascule.accounts.models import Key, KeyEvent
from bascule.values.words import said as _

#: Lines on a page.
PAGE: Final = 50

_MOVES: Final = {move.code: move.label for move in Move}
#: What happens to a key besides its moves.
_OTHERS: Final = {
    "renewed": _("Nouvelle feuille de codes"),
    "resynced": _("Remise au pas"),
    "restored": _("Codes passés après le retour d’une sauvegarde"),
}
_LONGEST_DETAIL: Final = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the register, as it is shown.

    Attributes:
        id: its number.
        at: when.
        kind: code of what happened.
        words: French words for it.
        key_id: the key.
        key: what the key is, in French.
        serial: what is written on it; blank for nothing.
        actor: login of who did it; two when two were needed.
        holder: who held the key then, as screens show it; blank for nobody.
        login: the holder's login; blank for nobody.
        detail: French, or a code; blank for nothing.
    """

    id: int
    at: datetime
    kind: str
    words: str
    key_id: int
    key: str
    serial: str
    actor: str
    holder: str
    login: str
    detail: str


def write(*, key: Key, kind: str, actor: str, at: datetime, detail: str = "") -> None:
    """Add a line.

    Args:
        key (Key): the key, with whoever holds it, or held it until now.
        kind (str): what happened: the code of a move, or one of `_OTHERS`.
        actor (str): who did it; two logins where two persons were needed.
        at (datetime): when.
        detail (str): French, or a code; no name of a person, never a secret.
    """
    write_all([key], kind=kind, actor=actor, at=at, detail=detail)


def write_all(
    keys: Iterable[Key], *, kind: str, actor: str, at: datetime, detail: str = ""
) -> None:
    """Add the same line for many keys.

    Args:
        keys (Iterable[Key]): the keys, with whoever holds them.
        kind (str): what happened.
        actor (str): who did it.
        at (datetime): when.
        detail (str): French, or a code; no name of a person, never a secret.
    """
    KeyEvent.objects.bulk_create(
        (
            KeyEvent(
                key=key,
                at=at,
                kind=kind,
                actor=actor,
                person_id=key.person_id,
                detail=detail[:_LONGEST_DETAIL],
            )
            for key in keys
        ),
        batch_size=1000,
    )


def history_of(*, key_id: int) -> Sequence[Line]:
    """Tell the life of a key.

    Args:
        key_id (int): the key.

    Returns:
        Sequence[Line]: the oldest first.
    """
    found = KeyEvent.objects.filter(key_id=key_id).select_related("key", "person").order_by("id")
    return [_line(event) for event in found]


def find(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    text: str = "",
    kind: str = "",
    page: int = 1,
) -> Page[Line]:
    """Find lines, the latest first.

    Args:
        since (datetime | None): from this instant on.
        until (datetime | None): before this instant.
        text (str): a serial number, or the login of who did it or of who held the key.
        kind (str): of this kind only.
        page (int): which page, from 1.

    Returns:
        Page[Line]: one page of them.
    """
    paginator = Paginator(_found(since, until, text, kind), PAGE)
    found = paginator.get_page(page)
    lines = [_line(event) for event in found.object_list]
    return Page(lines, found.number, cast("Paginator[Line]", paginator))


def every_line(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    text: str = "",
    kind: str = "",
) -> Iterator[Line]:
    """Give all the lines that `find` would page, to be written to a file.

    Args:
        since (datetime | None): from this instant on.
        until (datetime | None): before this instant.
        text (str): a serial number, or a login.
        kind (str): of this kind only.

    Yields:
        Line: the latest first.
    """
    for event in _found(since, until, text, kind).iterator(chunk_size=1000):
        yield _line(event)


def words(kind: str) -> str:
    """Say what happened.

    Args:
        kind (str): its code.

    Returns:
        str: French; the code for what is not known.
    """
    return _MOVES.get(kind) or _OTHERS.get(kind) or kind


def kinds() -> list[tuple[str, str]]:
    """List what may happen to a key, to choose from.

    Returns:
        list[tuple[str, str]]: codes and French words.
    """
    return [*_MOVES.items(), *_OTHERS.items()]


def name_of(key: Key) -> str:
    """Say what a key is: an object with a number is not the application that computes like it.

    Args:
        key (Key): the key.

    Returns:
        str: French.
    """
    if key.kind == Key.Kind.TOTP and key.serial:
        return "clé OTP (à l’heure)"
    return Key.Kind(key.kind).label


def _found(
    since: datetime | None, until: datetime | None, text: str, kind: str
) -> "QuerySet[KeyEvent]":
    wanted: dict[str, Any] = {}
    wanted |= {"at__gte": since} if since else {}
    wanted |= {"at__lt": until} if until else {}
    wanted |= {"kind": kind} if kind else {}
    found = KeyEvent.objects.filter(**wanted)
    if text.strip():
        typed = text.strip()
        found = found.filter(
            Q(key__serial__icontains=typed)
            | Q(actor__icontains=typed)
            | Q(person__login__icontains=typed)
        )
    return found.select_related("key", "person").order_by("-id")


def _line(event: KeyEvent) -> Line:
    person = event.person
    return Line(
        id=event.pk,
        at=event.at,
        kind=event.kind,
        words=words(event.kind),
        key_id=event.key_id,
        key=name_of(event.key),
        serial=event.key.serial,
        actor=event.actor,
        holder=f"{person.family_name} {person.first_name}" if person else "",
        login=person.login if person else "",
        detail=event.detail,
    )
