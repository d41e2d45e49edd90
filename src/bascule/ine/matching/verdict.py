"""What is decided of the persons that a civil status may be: one without doubt, several, or nobody. Pure.

The thresholds are one set, fixed before any result, whatever the base (decision 0029). A bit doubles the
odds: at 10 bits the same person is a thousand times likelier than another or nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from bascule.ine.matching.model import Score

#: From here on, a person is linked without anybody's look.
AUTOMATIC_BITS: Final = 10.0
#: By how much the second person must be less likely.
MARGIN_BITS: Final = 10.0
#: Below, a person is not worth anybody's look.
DISPUTE_BITS: Final = -3.0
#: As many as an agent compares side by side.
_MOST_SHOWN: Final = 5


class Outcome(Enum):
    """What becomes of a civil status."""

    AUTOMATIC = "one person, without doubt"
    DISPUTE = "somebody has to look"
    NOBODY = "the directory does not know this person"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person that a civil status may be.

    Attributes:
        person: the lowest id of those that merges make one.
        score: how likely, and why.
    """

    person: int
    score: Score


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided.

    Attributes:
        outcome: the decision.
        candidates: best first; one when it is automatic, none when it is nobody.
    """

    outcome: Outcome
    candidates: tuple[Candidate, ...]


def is_automatic(score: Score) -> bool:
    """Tell whether two civil statuses are one person's without doubt, were there no other person.

    Args:
        score (Score): of both.

    Returns:
        bool: False whenever first names disagree.
    """
    return score.total >= AUTOMATIC_BITS and score.may_be_automatic


def decide(candidates: Iterable[Candidate]) -> Verdict:
    """Decide of those found for one civil status.

    Args:
        candidates (Iterable[Candidate]): in any order; of several writings of one person, the best counts.

    Returns:
        Verdict: automatic only for a person without a rival.
    """
    best: dict[int, Candidate] = {}
    for candidate in candidates:
        known = best.get(candidate.person)
        if known is None or candidate.score.total > known.score.total:
            best[candidate.person] = candidate
    ranked = sorted(best.values(), key=lambda one: (-one.score.total, one.person))
    shown = tuple(one for one in ranked if one.score.total >= DISPUTE_BITS)[:_MOST_SHOWN]
    if not shown:
        return Verdict(Outcome.NOBODY, ())
    first, others = shown[0], shown[1:]
    has_rival = any(
        is_automatic(one.score) or one.score.total > first.score.total - MARGIN_BITS
        for one in others
    )
    if is_automatic(first.score) and not has_rival:
        return Verdict(Outcome.AUTOMATIC, (first,))
    return Verdict(Outcome.DISPUTE, shown)
