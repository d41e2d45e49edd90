"""What each level of likeness is worth, as learned from a base, and the score of two civil statuses. Pure.

A weight is the logarithm of how much likelier a level is between two writings of one person than between
two persons: bits. A name in common weighs by how few people bear it. Nothing here decides.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from math import inf, log2
from typing import Any, Final, NamedTuple

from bascule.ine.matching.civil import Civil, Keys, keys
from bascule.ine.matching.levels import (
    COMPARISONS,
    READINGS,
    Comparison,
    Grades,
    Level,
    Likeness,
    levels_of,
)

#: No level is worth more, for or against: what is learned of rare levels is not that sure.
_MOST_BITS: Final = 24.0
_LEAST_BITS: Final = -12.0
#: Bits, or what finds them by the name in common.
_Worth = float | Callable[[Keys, Keys], float]


#: Who somebody is: cousins and homonyms have names in common, in whatever order, and dates that are close.
_WHO: Final = ("family", "first", "birth")
_ALIKE: Final = frozenset((Likeness.SAME, Likeness.MISSING))


@dataclass(frozen=True, slots=True)
class Weight:
    """What was learned of a level.

    Attributes:
        m: how often it is met between two writings of one person, 0 to 1.
        u: how often between two persons.
    """

    m: float
    u: float


@dataclass(frozen=True, slots=True)
class Terms:
    """How many people bear a name, or are born in a place.

    Attributes:
        share: of the frequent ones, 0 to 1 of all persons.
        rest: of any other one.
    """

    share: Mapping[str, float]
    rest: float

    def of(self, one: str | tuple[str, ...], other: str | tuple[str, ...]) -> float:
        """Give the frequency of what two values have in common: of the rarest, when there are several.

        Args:
            one (str | tuple[str, ...]): a text or a list.
            other (str | tuple[str, ...]): likewise; a text is the same one.

        Returns:
            float: 0 to 1.
        """
        if isinstance(one, str):
            return self.share.get(one, self.rest)
        return min(self.share.get(text, self.rest) for text in one if text in other)


class FieldScore(NamedTuple):
    """What one field says.

    Attributes:
        field: its code.
        level: how alike it is.
        bits: for the same person when above 0, against when below.
    """

    field: str
    level: Level
    bits: float


@dataclass(frozen=True, slots=True)
class Score:
    """How likely two civil statuses are one person's, and why.

    Attributes:
        total: bits; 0 is as likely as not.
        among: of how many persons this one was found, which weighs against.
        grades: level of each field.
        bits: what each field says.
        trained: when the weights were learned: which ones they are.
    """

    total: float
    among: int
    grades: Grades
    bits: tuple[float, ...]
    trained: str = ""

    @property
    def fields(self) -> tuple[FieldScore, ...]:
        """What each field says, in words too."""
        return tuple(
            FieldScore(comparison.field, level, bits)
            for comparison, level, bits in zip(
                COMPARISONS, levels_of(self.grades), self.bits, strict=True
            )
        )

    @property
    def may_be_automatic(self) -> bool:
        """Whether no field forbids a decision without anybody: twins bear different first names."""
        levels = {scored.field: scored.level for scored in self.fields}
        is_other_sex = levels["sex"].likeness is Likeness.DIFFERENT
        return (
            all(level.may_be_automatic for level in levels.values())
            and not (is_other_sex and levels["first"].code != "same")
            and not _may_be_a_cousin(levels)
        )

    def as_json(self) -> dict[str, Any]:
        """Give the score as it is stored with a decision.

        Returns:
            dict[str, Any]: total, of how many, by which weights, and the level and bits of each field.
        """
        return {
            "total": round(self.total, 2),
            "among": self.among,
            "trained": self.trained,
            "fields": [[f.field, f.level.code, round(f.bits, 2)] for f in self.fields],
        }


@dataclass(frozen=True)
class Model:
    """What was learned of a base.

    Attributes:
        weights: by field, then by code of level.
        terms: frequencies of family names, first names and places.
        training: how it was trained: date, size, seed, versions.
    """

    weights: Mapping[str, Mapping[str, Weight]]
    terms: Mapping[str, Terms]
    training: Mapping[str, Any] = field(default_factory=dict)

    def keys(self, civil: Civil) -> Keys:
        """Give what is compared of a civil status.

        Args:
            civil (Civil): as written.

        Returns:
            Keys: with what this base knows of first names.
        """
        return keys(civil, self.terms["first"].share)

    def score(self, one: Keys, other: Keys, *, among: int) -> Score:
        """Say how likely two civil statuses are one person's.

        Args:
            one (Keys): of one.
            other (Keys): of the other.
            among (int): of how many persons the other was found; 1 when something else names it.

        Returns:
            Score: total and fields.
        """
        scored = self.score_above(-inf, one, other, among=among)
        assert scored is not None  # noqa: S101 - nothing is below
        return scored

    def score_above(self, floor: float, one: Keys, other: Keys, *, among: int) -> Score | None:
        """Say how likely two civil statuses are one person's, when it is worth saying.

        Args:
            floor (float): bits.
            one (Keys): of one.
            other (Keys): of the other.
            among (int): of how many persons the other was found.

        Returns:
            Score | None: None as soon as the fields that are left cannot bring the total to the floor.
        """
        total = -log2(among)
        grades, bits = [], []
        for read, worths, left in self._steps:
            at = read(one, other)
            worth = worths[at]
            if not isinstance(worth, float):
                worth = worth(one, other)
            total += worth
            if total + left < floor:
                return None
            grades.append(at)
            bits.append(worth)
        return Score(total, among, tuple(grades), tuple(bits), self._trained)

    @cached_property
    def _trained(self) -> str:
        return str(self.training.get("at", ""))

    @cached_property
    def _steps(self) -> list[tuple[Callable[[Keys, Keys], int], list[_Worth], float]]:
        """For each field: what reads its level, what each is worth, and the most that those after may bring."""
        steps, left = [], 0.0
        for comparison, read in reversed(tuple(zip(COMPARISONS, READINGS, strict=True))):
            worths = [self._worth(comparison, level) for level in comparison.levels]
            steps.append((read, worths, left))
            left += max(self._most(comparison, level) for level in comparison.levels)
        return steps[::-1]

    def _most(self, comparison: Comparison, level: Level) -> float:
        if level.says_nothing:
            return 0.0
        weight = self.weights[comparison.field][level.code]
        if not level.term:
            return _bits(weight.m, weight.u)
        terms = self.terms[comparison.terms]
        return _bits(weight.m, min((terms.rest, *terms.share.values())))

    def _worth(self, comparison: Comparison, level: Level) -> _Worth:
        """Give the bits of a level, or what finds them by the name in common."""
        if level.says_nothing:
            return 0.0
        weight = self.weights[comparison.field][level.code]
        if not level.term:
            return _bits(weight.m, weight.u)
        terms, at, m = self.terms[comparison.terms], Keys._fields.index(level.term), weight.m
        return lambda one, other: _bits(m, terms.of(one[at], other[at]))

    def to_json(self) -> str:
        """Give the model as a file.

        Returns:
            str: JSON, the same for the same model.
        """
        told = {
            "training": dict(self.training),
            "weights": {
                name: {code: [weight.m, weight.u] for code, weight in levels.items()}
                for name, levels in self.weights.items()
            },
            "terms": {
                name: {"rest": terms.rest, "share": dict(terms.share)}
                for name, terms in self.terms.items()
            },
        }
        return json.dumps(told, ensure_ascii=False, indent=0, separators=(",", ":")) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Model":
        """Read a model.

        Args:
            text (str): as `to_json` gives.

        Returns:
            Model: the same.
        """
        told = json.loads(text)
        weights = {
            name: {code: Weight(m, u) for code, (m, u) in levels.items()}
            for name, levels in told["weights"].items()
        }
        terms = {name: Terms(each["share"], each["rest"]) for name, each in told["terms"].items()}
        return cls(weights, terms, told["training"])


@cache
def shipped_model() -> Model:
    """Give the model that comes with the program, learned on fictional people.

    Returns:
        Model: read once.
    """
    file = resources.files("bascule.ine.matching") / "model.json"
    return Model.from_json(file.read_text("utf-8"))


def weigh(one: Civil, other: Civil, model: Model, *, among: int = 1) -> Score:
    """Say how likely two civil statuses are one person's.

    Args:
        one (Civil): as written.
        other (Civil): as written elsewhere.
        model (Model): what was learned.
        among (int): of how many persons the other was found; 1 when a number names it.

    Returns:
        Score: total and fields.
    """
    return model.score(model.keys(one), model.keys(other), among=among)


def _may_be_a_cousin(found: Mapping[str, Level]) -> bool:
    """Tell whether slips add up: one is linked alone, two that nothing else makes up for are looked at."""
    slips = {n for n in _WHO if found[n].is_slip and found[n].likeness not in _ALIKE}
    is_elsewhere = found["place"].likeness is Likeness.DIFFERENT
    return slips >= {"first", "birth"} or (is_elsewhere and ("birth" in slips or len(slips) > 1))


def _bits(m: float, u: float) -> float:
    return max(_LEAST_BITS, min(_MOST_BITS, log2(m / u)))
