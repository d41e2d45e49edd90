"""Machine tokens: a school's software calls the API in the name of its school, and of nobody in it.

A token says its school, its number and a secret: `bsc_0990001N_12_…`. It is shown once, to whoever
makes it; the base keeps a digest. It is good for one school, a few scopes and a time; it is renewed
beside the old one, so that the software never stops, and withdrawn at once.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from django.db import transaction
from django.db.models import F

from bascule.accounts.actor import Actor
from bascule.accounts.models import MachineToken
from bascule.accounts.scopes import Scope
from bascule.errors import NotThereError, RefusedError
from bascule.journal.access import count_about, last_about
from bascule.journal.act import act
from bascule.store.policies import confine, open_schools
from bascule.values.uai import is_uai

CREATE_ACT, ROTATE_ACT, WITHDRAW_ACT = "token.create", "token.rotate", "token.withdraw"
#: The line that each call leaves in the journal of accesses: what "last used" is read from.
CALL_KIND = "api.call"

#: Longest life of a token: a school year and a little, so that one renews it once a year.
LONGEST = timedelta(days=400)
#: From how long before its end a page says that it ends.
ENDS_SOON = timedelta(days=30)

#: Calls of one token within a minute: far above what software needs, below what harms others.
CALLS_A_MINUTE = 600

_NAME_LENGTH = 60
#: 32 random bytes, as 43 characters that a header takes as they are.
_SECRET_BYTES = 32
_SHAPE = re.compile(r"bsc_([0-9]{7}[A-Z])_([0-9]{1,18})_([A-Za-z0-9_-]{43})", re.ASCII).fullmatch
#: What is compared when there is no token: always the same work.
_NO_DIGEST = bytes(32)


class UnknownTokenError(NotThereError):
    """The school has no such token in force.

    Args:
        token_id (int): its number.
    """

    code = "token.unknown"

    def __init__(self, token_id: int) -> None:
        super().__init__(
            "Ce jeton n’est plus en service : il a été retiré, ou n’est pas de cet établissement."
        )
        self.token_id = token_id


class UnusableNameError(RefusedError):
    """A token has a name, by which the journal and people know it."""

    code = "token.name-unusable"

    def __init__(self) -> None:
        super().__init__(
            f"Donnez au jeton un nom de 1 à {_NAME_LENGTH} caractères, par exemple celui du logiciel."
        )


class NoScopeError(RefusedError):
    """A token is good for something."""

    code = "token.no-scope"

    def __init__(self) -> None:
        super().__init__(
            "Le jeton ne permettrait rien. Choisissez au moins une chose que le logiciel pourra faire."
        )


class WrongEndError(RefusedError):
    """A token ends, neither before it begins nor in a far time.

    Args:
        latest_on (date): the last day it may have.
    """

    code = "token.wrong-end"

    def __init__(self, latest_on: date) -> None:
        super().__init__(
            "Le dernier jour du jeton doit être à venir, et au plus tard le"
            f" {latest_on:%d/%m/%Y} ({LONGEST.days} jours) : choisissez un autre jour."
        )
        self.latest_on = latest_on


class AlreadyRenewedError(RefusedError):
    """The token has a successor already.

    Args:
        token_id (int): the successor.
    """

    code = "token.already-renewed"

    def __init__(self, token_id: int) -> None:
        super().__init__(
            "Ce jeton a déjà été renouvelé, et les deux sont valables. Retirez l’ancien quand le"
            " logiciel utilise le nouveau, ou retirez le nouveau pour en faire un autre."
        )
        self.token_id = token_id


class Standing(Enum):
    """Where a token is in its life."""

    GOOD = "good"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A token just made.

    Attributes:
        token: its row.
        text: what the software sends. Shown once, kept nowhere.
    """

    token: MachineToken
    text: str


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who calls with a token whose secret is right.

    Attributes:
        token_id: the token.
        uai: its school, to which the transaction is confined.
        name: what signs in the journal.
        scopes: what it may do.
        expires_on: its last day.
        standing: whether it may call.
    """

    token_id: int
    uai: str
    name: str
    scopes: tuple[Scope, ...]
    expires_on: date
    standing: Standing

    @property
    def about(self) -> str:
        """Return the token as lines of the journal name it."""
        return about(self.token_id)

    @property
    def signature(self) -> str:
        """Return what signs an act; no login of a person looks like it."""
        return f"{self.name} (jeton {self.token_id})"


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token in the list of its school.

    Attributes:
        token: its row, with who made it.
        scopes: what it may do.
        standing: whether it may call.
        last_used_at: when the software last called with it; None for never.
    """

    token: MachineToken
    scopes: tuple[Scope, ...]
    standing: Standing
    last_used_at: datetime | None


def create(
    *,
    uai: str,
    name: str,
    scopes: Collection[Scope],
    expires_on: date,
    actor: Actor,
    at: datetime,
    today: date,
) -> MadeToken:
    """Make a token for a school's software. Whether whoever makes it may is decided by the page.

    Args:
        uai (str): the school.
        name (str): how people and the journal call it, 1 to 60 characters.
        scopes (Collection[Scope]): what it may do, one thing at least.
        expires_on (date): last day, included; at most `LONGEST` from today.
        actor (Actor): who makes it.
        at (datetime): when.
        today (date): the day, where the authority is.

    Returns:
        MadeToken: the token and its text.

    Raises:
        UnusableNameError: if the name is blank or too long.
        NoScopeError: if it may do nothing.
        WrongEndError: if its last day is past, or too far.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= _NAME_LENGTH:
        raise UnusableNameError
    if not scopes:
        raise NoScopeError
    _check_end(expires_on, today)
    with act(uai=uai, kind=CREATE_ACT, actor=actor.login, at=at) as opened:
        made = _make(uai, name, scopes, expires_on, actor, at)
        opened.facts |= {
            "token": made.token.pk,
            "scopes": made.token.scopes,
            "to": expires_on.isoformat(),
        }
    return made


def rotate(
    *, uai: str, token_id: int, expires_on: date, actor: Actor, at: datetime, today: date
) -> MadeToken:
    """Make a successor of a token, with its name and scopes.

    The old one stays good until its own end, or until it is withdrawn: the software changes when it can.

    Args:
        uai (str): the school.
        token_id (int): the token.
        expires_on (date): last day of the new one, included.
        actor (Actor): who renews it.
        at (datetime): when.
        today (date): the day, where the authority is.

    Returns:
        MadeToken: the new token and its text.

    Raises:
        AlreadyRenewedError: if it has a successor that is good.
        WrongEndError: if the last day is past, or too far.
    """
    _check_end(expires_on, today)
    with act(uai=uai, kind=ROTATE_ACT, actor=actor.login, at=at) as opened:
        old = _good(uai, token_id, today)
        successor = old.replaced_by
        if successor is not None and _standing(successor, today) is Standing.GOOD:
            raise AlreadyRenewedError(successor.pk)
        made = _make(uai, old.name, Scope.known(old.scopes), expires_on, actor, at)
        old.replaced_by, old.act_id = made.token, opened.id
        old.save(update_fields=["replaced_by", "act_id"])
        opened.facts |= {
            "token": made.token.pk,
            "replaces": old.pk,
            "to": expires_on.isoformat(),
        }
    return made


def withdraw(*, uai: str, token_id: int, actor: Actor, at: datetime) -> MachineToken:
    """Withdraw a token, at once: the next call is refused.

    Args:
        uai (str): the school.
        token_id (int): the token.
        actor (Actor): who withdraws it.
        at (datetime): when.

    Returns:
        MachineToken: the token, withdrawn.
    """
    with act(uai=uai, kind=WITHDRAW_ACT, actor=actor.login, at=at) as opened:
        token = _good(uai, token_id, None)
        token.withdrawn_at, token.act_id = at, opened.id
        token.save(update_fields=["withdrawn_at", "act_id"])
        opened.facts |= {"token": token.pk}
    return token


def list_tokens(*, uai: str, today: date) -> list[TokenLine]:
    """List the tokens of a school: those that may call first, then the latest made.

    Args:
        uai (str): the school.
        today (date): the day, where the authority is.

    Returns:
        list[TokenLine]: the tokens, those of the past included.
    """
    with transaction.atomic():
        open_schools(uai)
        found = list(
            MachineToken.objects.filter(uai=uai)
            .select_related("created_by", "replaced_by")
            .order_by(F("withdrawn_at").desc(nulls_first=True), "-id")
        )
        used = last_about(uai=uai, things=[about(token.pk) for token in found], kind=CALL_KIND)
    lines = [
        TokenLine(
            token,
            Scope.known(token.scopes),
            _standing(token, today),
            used.get(about(token.pk)),
        )
        for token in found
    ]
    return sorted(lines, key=lambda line: line.standing is not Standing.GOOD)


def get_token(*, uai: str, token_id: int, today: date) -> MachineToken:
    """Read a token that may call.

    Args:
        uai (str): the school.
        token_id (int): the token.
        today (date): the day, where the authority is.

    Returns:
        MachineToken: the token.
    """
    with transaction.atomic():
        open_schools(uai)
        return _good(uai, token_id, today)


def recognise(*, text: str, today: date) -> Bearer | None:
    """Tell who calls with a token; leaves the transaction confined to its school, or to none.

    Args:
        text (str): what the software sent.
        today (date): the day, where the authority is.

    Returns:
        Bearer | None: who, whether or not the token may still call; None if the secret is not the
            one of a token.
    """
    matched = _SHAPE(text)
    # A text that is not a school's number opens nothing: the number bounds the transaction.
    if matched is None or not is_uai(matched[1]):
        confine()
        return None
    uai, token_id = matched[1], int(matched[2])
    confine(uai)
    open_schools(uai)
    token = MachineToken.objects.filter(uai=uai, pk=token_id).first()
    kept = bytes(token.digest) if token else _NO_DIGEST
    if not secrets.compare_digest(_digest(matched[3]), kept) or token is None:
        open_schools()
        confine()
        return None
    return Bearer(
        token_id,
        uai,
        token.name,
        Scope.known(token.scopes),
        token.expires_on,
        _standing(token, today),
    )


def is_too_fast(bearer: Bearer, *, at: datetime) -> bool:
    """Tell whether a token has called as often as it may within a minute, refused calls included.

    Args:
        bearer (Bearer): who calls; the transaction is confined to its school.
        at (datetime): now.

    Returns:
        bool: True when it must wait.
    """
    made = count_about(
        uai=bearer.uai,
        about=bearer.about,
        since=at - timedelta(minutes=1),
        most=CALLS_A_MINUTE,
    )
    return made >= CALLS_A_MINUTE


def about(token_id: int) -> str:
    """Give a token as lines of the journal name it.

    Args:
        token_id (int): the token.

    Returns:
        str: `token/12`.
    """
    return f"token/{token_id}"


def _make(
    uai: str, name: str, scopes: Collection[Scope], expires_on: date, actor: Actor, at: datetime
) -> MadeToken:
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    token = MachineToken.objects.create(
        uai=uai,
        name=name,
        scopes=[one.code for one in Scope if one in scopes],
        digest=_digest(secret),
        created_by_id=actor.person_id,
        created_at=at,
        expires_on=expires_on,
    )
    return MadeToken(token, f"bsc_{uai}_{token.pk}_{secret}")


def _check_end(expires_on: date, today: date) -> None:
    if not today <= expires_on <= today + LONGEST:
        raise WrongEndError(today + LONGEST)


def _good(uai: str, token_id: int, today: date | None) -> MachineToken:
    """Give a token that was not withdrawn and, where a day is given, has not ended."""
    token = (
        MachineToken.objects.filter(uai=uai, pk=token_id, withdrawn_at__isnull=True)
        .select_related("replaced_by")
        .first()
    )
    if token is None or (today is not None and token.expires_on < today):
        raise UnknownTokenError(token_id)
    return token


def _standing(token: MachineToken, today: date) -> Standing:
    if token.withdrawn_at is not None:
        return Standing.WITHDRAWN
    return Standing.EXPIRED if token.expires_on < today else Standing.GOOD


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
