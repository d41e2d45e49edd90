"""Where a step of a campaign stands, and what tells it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bascule.preparation.steps import Sentence
from bascule.values.words import said as _


class State(StrEnum):
    """Where a step stands; the words of URLs."""

    NOT_STARTED = "a-commencer"
    IN_PROGRESS = "en-cours"
    BLOCKED = "bloquee"
    DONE = "faite"
    NOT_APPLICABLE = "sans-objet"

    @property
    def label(self) -> str:
        """Return its French words."""
        return _LABELS[self]

    @property
    def mark(self) -> str:
        """Return a sign that is read without colour."""
        return _MARKS[self]

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is waited for."""
        return self in (State.DONE, State.NOT_APPLICABLE)


_LABELS: Mapping[State, str] = {
    State.NOT_STARTED: _("à commencer"),
    State.IN_PROGRESS: _("en cours"),
    State.BLOCKED: _("bloquée"),
    State.DONE: _("faite"),
    State.NOT_APPLICABLE: _("sans objet"),
}
_MARKS: Mapping[State, str] = {
    State.NOT_STARTED: "○",
    State.IN_PROGRESS: "◐",
    State.BLOCKED: "✕",
    State.DONE: "✓",
    State.NOT_APPLICABLE: "–",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What facts say of a step.

    Attributes:
        state: where it stands.
        sentence: what proves it, or what is missing.
        at: when the fact happened; None when it is not known.
    """

    state: State
    sentence: Sentence
    at: datetime | None = None
