"""Half signed in: somebody gave a password or the code of a letter, and the rest is still to come.

It is remembered in the session for a few minutes, and opens no page but those of the sign-in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from bascule.accounts.keys import held
from bascule.accounts.models import Person
from bascule.errors import RefusedError


class Stage(Enum):
    """What was given, and how long the next step may take."""

    #: A password: a key comes next.
    KEY = ("key", timedelta(minutes=5))
    #: The code of a letter: a password comes next.
    ACTIVATION = ("activation", timedelta(minutes=15))
    #: A password, by somebody freshly activated: a first key is to be set up.
    FIRST_KEY = ("first-key", timedelta(minutes=15))

    def __init__(self, code: str, life: timedelta) -> None:
        self.code = code
        self.life = life


_STAGES = {stage.code: stage for stage in Stage}


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody half signed in.

    Attributes:
        person: who.
        stage: what was given.
        follow: where she wanted to go; blank for nowhere.
    """

    person: Person
    stage: Stage
    follow: str = ""


class PendingOverError(RefusedError):
    """Too long has passed since the step before."""

    code = "signin.over"

    def __init__(self) -> None:
        super().__init__(
            "Votre connexion a attendu trop longtemps. Donnez de nouveau votre mot de passe."
        )


def begin(
    session: SessionBase, *, person: Person, stage: Stage, at: datetime, follow: str = ""
) -> Pending:
    """Remember somebody, under a new session number.

    Args:
        session (SessionBase): the session of the request.
        person (Person): who.
        stage (Stage): what was given.
        at (datetime): now.
        follow (str): where she wanted to go.

    Returns:
        Pending: what is remembered.
    """
    session.cycle_key()
    session["pending"] = {
        "person": person.pk,
        "stage": stage.code,
        "until": (at + stage.life).isoformat(),
        "follow": follow,
    }
    return Pending(person, stage, follow)


def stage_after(person: Person, at: datetime) -> Stage:
    """Tell what comes after the password: a key, or the setting up of the first one.

    Args:
        person (Person): who gave her password.
        at (datetime): now.

    Returns:
        Stage: `FIRST_KEY` only for somebody freshly activated, who has no key and never had one since.
    """
    is_fresh = (
        not person.activation_digest
        and person.activation_ends_at is not None
        and at < person.activation_ends_at
    )
    if is_fresh and not held.has_a_key(person_id=person.pk):
        return Stage.FIRST_KEY
    return Stage.KEY


def found(session: SessionBase, *, at: datetime) -> Pending | None:
    """Tell who is half signed in.

    Args:
        session (SessionBase): the session of the request.
        at (datetime): now.

    Returns:
        Pending | None: who; None for nobody, or no longer.
    """
    kept: dict[str, Any] | None = session.get("pending")
    if kept is None or datetime.fromisoformat(kept["until"]) <= at:
        return None
    stage = _STAGES[kept["stage"]]
    person = Person.objects.filter(pk=kept["person"]).exclude(state=Person.State.DISABLED).first()
    if person is None or (person.state != Person.State.ACTIVE and stage is not Stage.ACTIVATION):
        return None
    return Pending(person, stage, kept["follow"])


def required(session: SessionBase, *, at: datetime, stage: Stage | None = None) -> Pending:
    """Give who is half signed in, or refuse.

    Args:
        session (SessionBase): the session of the request.
        at (datetime): now.
        stage (Stage | None): the one stage that is meant; None for any after a password.

    Returns:
        Pending: who.

    Raises:
        PendingOverError: if there is nobody, or no longer, or at another stage.
    """
    waiting = found(session, at=at)
    if waiting is None:
        raise PendingOverError
    if stage is None and waiting.stage is Stage.ACTIVATION:
        raise PendingOverError
    if stage is not None and waiting.stage is not stage:
        raise PendingOverError
    return waiting


def drop(session: SessionBase) -> None:
    """Forget who is half signed in.

    Args:
        session (SessionBase): the session of the request.
    """
    session.pop("pending", None)


def written(login: str) -> str:
    """Write a login as it is kept.

    Args:
        login (str): what was typed.

    Returns:
        str: in small letters, without blanks around it.
    """
    return login.strip().casefold()
