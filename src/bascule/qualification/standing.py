"""What the register says of a software and its version on a day. Pure but for the one query that reads it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from django.utils import timezone

from bascule.qualification.models import Qualification
from bascule.values.words import said as _


class State(StrEnum):
    """Where a software stands."""

    #: There is no register: any software will do.
    NO_REGISTER = "sans-registre"
    QUALIFIED = "qualifie"
    #: Some versions are qualified, and the school did not say its own.
    UNSAID = "version-non-dite"
    OTHER_VERSION = "autre-version"
    UNKNOWN = "inconnu"
    WITHDRAWN = "retire"
    ENDED = "termine"
    TO_COME = "a-venir"

    @property
    def label(self) -> str:
        """Return its French words."""
        return _LABELS[self]

    @property
    def fits(self) -> bool:
        """Tell whether schools may go on without doing anything."""
        return self in (State.NO_REGISTER, State.QUALIFIED)


_LABELS: Final = {
    State.NO_REGISTER: _("admis : le registre est vide"),
    State.QUALIFIED: _("qualifié"),
    State.UNSAID: _("version non dite"),
    State.OTHER_VERSION: _("autre version"),
    State.UNKNOWN: _("pas au registre"),
    State.WITHDRAWN: _("retiré"),
    State.ENDED: _("terminé"),
    State.TO_COME: _("à venir"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the register says of a software in a version.

    Attributes:
        state: where it stands.
        software: as files name it; blank for none.
        version: as it was said; blank when it was not.
        qualified: versions of this software that are qualified on that day; none where any is.
        day: of its withdrawal, its end or its beginning, when the state is one of these; else its last day, if any.
        why: why it was withdrawn.
    """

    state: State
    software: str = ""
    version: str = ""
    qualified: tuple[str, ...] = ()
    day: date | None = None
    why: str = ""

    @property
    def name(self) -> str:
        """Return the software with its version."""
        return f"{self.software} {self.version}".strip()


@dataclass(frozen=True, slots=True)
class Register:
    """The rows that hold: of each software and version, the latest.

    Attributes:
        rows: these rows, by software and version.
    """

    rows: Sequence[Qualification] = field(default_factory=tuple)

    def standing(self, *, software: str, version: str, today: date) -> Standing:
        """Tell where a software stands.

        Args:
            software (str): as files name it.
            version (str): as it was said; blank when it was not.
            today (date): the day, where the authority is.

        Returns:
            Standing: what the register says.
        """
        if not self.rows:
            return Standing(State.NO_REGISTER, software, version)
        own = [row for row in self.rows if row.software.casefold() == software.casefold()]
        holding = (row for row in own if state_of(row, today=today) is State.QUALIFIED)
        qualified = tuple(row.version for row in holding if row.version)
        # The most precise word: 4.2.3 may be withdrawn while 4.2 is qualified.
        covering = [row for row in own if _covers(row.version, version)]
        row = max(covering, key=lambda one: len(one.version), default=None)
        if row is None or (not row.version and state_of(row, today=today) is not State.QUALIFIED):
            if qualified:
                state = State.OTHER_VERSION if version else State.UNSAID
                return Standing(state, software, version, qualified)
            if row is None and (version or not own):
                return Standing(State.UNKNOWN, software, version)
        row = row or max(own, key=lambda one: one.pk)
        state = state_of(row, today=today)
        return Standing(
            state,
            software,
            version or row.version,
            qualified,
            day_of(row, today=today),
            row.withdrawn_why,
        )


def read_register() -> Register:
    """Read the register, in one query.

    Returns:
        Register: what holds.
    """
    latest = Qualification.objects.order_by("software", "version", "-id")
    return Register(tuple(latest.distinct("software", "version")))


def state_of(row: Qualification, *, today: date) -> State:
    """Tell where a row stands by itself.

    Args:
        row (Qualification): the row.
        today (date): the day, where the authority is.

    Returns:
        State: qualified, withdrawn, ended or to come.
    """
    if row.withdrawn_at is not None:
        return State.WITHDRAWN
    if row.ends_on is not None and row.ends_on < today:
        return State.ENDED
    return State.TO_COME if row.starts_on > today else State.QUALIFIED


def day_of(row: Qualification, *, today: date) -> date | None:
    """Give the day that matters of a row.

    Args:
        row (Qualification): the row.
        today (date): the day, where the authority is.

    Returns:
        date | None: of its withdrawal; of its beginning while it is to come; else its last one, None for no end.
    """
    if row.withdrawn_at is not None:
        return timezone.localtime(row.withdrawn_at).date()
    return row.starts_on if row.starts_on > today else row.ends_on


def _covers(row_version: str, version: str) -> bool:
    """Tell whether a row speaks of a version: `4.2` speaks of 4.2.1, and a blank one of all."""
    kept, asked = _same(row_version), _same(version)
    return not kept or asked == kept or asked.startswith(f"{kept}.")


def _same(text: str) -> str:
    return text.strip().casefold().removeprefix("v")
