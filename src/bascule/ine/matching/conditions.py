"""Conditions on the keys of two persons, written once: told to Python and to DuckDB, each in its language. Pure.

An empty text is a missing one: no condition holds on it, in either language. `levels` says what the
conditions are; a test draws names and sees that both languages answer alike.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from bascule.ine.matching.civil import Keys


def _one(column: str) -> str:
    return f"l[{Keys._fields.index(column)}]"


def _other(column: str) -> str:
    return f"r[{Keys._fields.index(column)}]"


class Condition(ABC):
    """Something that is true or not of two persons, never unknown."""

    @abstractmethod
    def python(self) -> str:
        """Give the condition for Python.

        Returns:
            str: an expression on the keys `l` and `r`, with the functions of `FUNCTIONS`.
        """

    @abstractmethod
    def sql(self) -> str:
        """Give the condition for DuckDB.

        Returns:
            str: an expression on columns that end in `_l` and `_r`, never NULL.
        """


@dataclass(frozen=True, slots=True)
class Same(Condition):
    """One column equals another, the same one by default.

    Attributes:
        left: of the one.
        right: of the other.
    """

    left: str
    right: str = ""

    def python(self) -> str:
        """Give the condition for Python."""
        return f"({_one(self.left)} == {_other(self.right or self.left)} != '')"

    def sql(self) -> str:
        """Give the condition for DuckDB."""
        return f"coalesce({self.left}_l = {self.right or self.left}_r, false)"


@dataclass(frozen=True, slots=True)
class Known(Condition):
    """Both have it.

    Attributes:
        column: a text or a list.
    """

    column: str

    def python(self) -> str:
        """Give the condition for Python."""
        return f"({_one(self.column)} and {_other(self.column)})"

    def sql(self) -> str:
        """Give the condition for DuckDB."""
        return f"({self.column}_l IS NOT NULL AND {self.column}_r IS NOT NULL)"


@dataclass(frozen=True, slots=True)
class Shares(Condition):
    """Two lists have texts in common.

    Attributes:
        column: a list.
        least: how many in common.
    """

    column: str
    least: int = 1

    def python(self) -> str:
        """Give the condition for Python."""
        return f"shares({_one(self.column)}, {_other(self.column)}, {self.least})"

    def sql(self) -> str:
        """Give the condition for DuckDB."""
        common = f"len(list_intersect({self.column}_l, {self.column}_r))"
        return f"coalesce({common} >= {self.least}, false)"


@dataclass(frozen=True, slots=True)
class Within(Condition):
    """All of one's list are in the other's, whichever of them has more.

    Attributes:
        column: a list.
    """

    column: str

    def python(self) -> str:
        """Give the condition for Python."""
        return f"within({_one(self.column)}, {_other(self.column)})"

    def sql(self) -> str:
        """Give the condition for DuckDB."""
        one, other = f"{self.column}_l", f"{self.column}_r"
        return f"coalesce(list_has_all({one}, {other}) OR list_has_all({other}, {one}), false)"


@dataclass(frozen=True, slots=True)
class Among(Condition):
    """A text of the one is in a list of the other.

    Attributes:
        text: a text.
        list: a list, which holds no empty text.
        turned: whether it is the other's text, in the list of the one.
    """

    text: str
    list: str
    turned: bool = False

    def python(self) -> str:
        """Give the condition for Python."""
        one, other = (_other, _one) if self.turned else (_one, _other)
        return f"({one(self.text)} in {other(self.list)})"

    def sql(self) -> str:
        """Give the condition for DuckDB."""
        one, other = ("r", "l") if self.turned else ("l", "r")
        return f"coalesce(list_contains({self.list}_{other}, {self.text}_{one}), false)"


@dataclass(frozen=True, slots=True)
class Edits(Condition):
    """Letters added, forgotten, changed or in each other's place, at most so many.

    Attributes:
        column: a text.
        most: how many at most.
        shortest: texts with fewer letters are not compared so.
    """

    column: str
    most: int
    shortest: int

    def python(self) -> str:
        """Give the condition for Python."""
        one, other = _one(self.column), _other(self.column)
        return f"edits({one}, {other}, {self.most}, {self.shortest})"

    def sql(self) -> str:
        """Give the condition for DuckDB."""
        one, other = f"{self.column}_l", f"{self.column}_r"
        return (
            f"coalesce(length({one}) >= {self.shortest} AND length({other}) >= {self.shortest}"
            f" AND damerau_levenshtein({one}, {other}) <= {self.most}, false)"
        )


@dataclass(frozen=True, slots=True)
class Alike(Condition):
    """Two texts are alike by Jaro and Winkler.

    Attributes:
        left: of the one.
        least: 0 to 1.
        right: of the other; the same column by default.
    """

    left: str
    least: float
    right: str = ""

    def python(self) -> str:
        """Give the condition for Python."""
        one, other = _one(self.left), _other(self.right or self.left)
        return f"({one} and {other} and similarity({one}, {other}) >= {self.least})"

    def sql(self) -> str:
        """Give the condition for DuckDB."""
        one, other = f"{self.left}_l", f"{self.right or self.left}_r"
        return f"coalesce(jaro_winkler_similarity({one}, {other}) >= {self.least}, false)"


@dataclass(frozen=True, slots=True)
class Starts(Condition):
    """One text begins as the whole of the other.

    Attributes:
        column: a text.
        shortest: letters of the shorter one.
    """

    column: str
    shortest: int

    def python(self) -> str:
        """Give the condition for Python."""
        return f"starts({_one(self.column)}, {_other(self.column)}, {self.shortest})"

    def sql(self) -> str:
        """Give the condition for DuckDB."""
        one, other = f"{self.column}_l", f"{self.column}_r"
        return (
            f"coalesce(least(length({one}), length({other})) >= {self.shortest}"
            f" AND (starts_with({one}, {other}) OR starts_with({other}, {one})), false)"
        )


@dataclass(frozen=True, slots=True)
class Every(Condition):
    """All of several.

    Attributes:
        of: conditions.
    """

    of: tuple[Condition, ...]

    def python(self) -> str:
        """Give the condition for Python."""
        return "(" + " and ".join(condition.python() for condition in self.of) + ")"

    def sql(self) -> str:
        """Give the condition for DuckDB."""
        return "(" + " AND ".join(condition.sql() for condition in self.of) + ")"


@dataclass(frozen=True, slots=True)
class Some(Condition):
    """One at least of several.

    Attributes:
        of: conditions.
    """

    of: tuple[Condition, ...]

    def python(self) -> str:
        """Give the condition for Python."""
        return "(" + " or ".join(condition.python() for condition in self.of) + ")"

    def sql(self) -> str:
        """Give the condition for DuckDB."""
        return "(" + " OR ".join(condition.sql() for condition in self.of) + ")"


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """The contrary.

    Attributes:
        of: a condition.
    """

    of: Condition

    def python(self) -> str:
        """Give the condition for Python."""
        return f"(not {self.of.python()})"

    def sql(self) -> str:
        """Give the condition for DuckDB."""
        return f"NOT {self.of.sql()}"


def _shares(one: tuple[str, ...], other: tuple[str, ...], least: int) -> bool:
    return sum(map(other.__contains__, one)) >= least


def _within(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if len(one) > len(other):
        one, other = other, one
    return bool(one) and all(map(other.__contains__, one))


def _edits(one: str, other: str, most: int, shortest: int) -> bool:
    if len(one) < shortest or len(other) < shortest or abs(len(one) - len(other)) > most:
        return False
    return DamerauLevenshtein.distance(one, other, score_cutoff=most) <= most


def _starts(one: str, other: str, shortest: int) -> bool:
    if len(one) > len(other):
        one, other = other, one
    return len(one) >= shortest and other.startswith(one)


#: What Python's expressions call. The similarity is asked without its own `score_cutoff`, which loses what
#: is just on the threshold.
FUNCTIONS: Final[dict[str, Any]] = {
    "shares": _shares,
    "within": _within,
    "edits": _edits,
    "starts": _starts,
    "similarity": JaroWinkler.similarity,
}
