"""Conditions on the keys of two persons, written once: run in Python, and told to DuckDB in SQL. Pure.

An empty text is a missing one: no condition holds on it, in either language. `levels` says what the
conditions are; a test draws names and sees that both languages answer alike.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from bascule.ine.matching.civil import Keys

#: Whether a condition holds between one and another.
Holds = Callable[[Keys, Keys], bool]


def _at(column: str) -> int:
    return Keys._fields.index(column)


class Condition(ABC):
    """Something that is true or not of two persons, never unknown."""

    @abstractmethod
    def holds(self) -> Holds:
        """Give the condition as a function.

        Returns:
            Holds: of one person's keys and another's.
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

    def holds(self) -> Holds:
        """Give the condition as a function."""
        one, other = _at(self.left), _at(self.right or self.left)
        return lambda left, right: bool(left[one]) and left[one] == right[other]

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

    def holds(self) -> Holds:
        """Give the condition as a function."""
        at = _at(self.column)
        return lambda left, right: bool(left[at]) and bool(right[at])

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

    def holds(self) -> Holds:
        """Give the condition as a function."""
        at, least = _at(self.column), self.least
        if least == 1:
            return lambda left, right: any(text in right[at] for text in left[at])
        return lambda left, right: sum(text in right[at] for text in left[at]) >= least

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

    def holds(self) -> Holds:
        """Give the condition as a function."""
        at = _at(self.column)

        def within(left: Keys, right: Keys) -> bool:
            one, other = left[at], right[at]
            if len(one) > len(other):
                one, other = other, one
            return bool(one) and all(text in other for text in one)

        return within

    def sql(self) -> str:
        """Give the condition for DuckDB."""
        one, other = f"{self.column}_l", f"{self.column}_r"
        return f"coalesce(list_has_all({one}, {other}) OR list_has_all({other}, {one}), false)"


@dataclass(frozen=True, slots=True)
class Among(Condition):
    """A text of the one is in a list of the other.

    Attributes:
        text: a text.
        list: a list.
        turned: whether it is the other's text, in the list of the one.
    """

    text: str
    list: str
    turned: bool = False

    def holds(self) -> Holds:
        """Give the condition as a function."""
        text, listed = _at(self.text), _at(self.list)
        if self.turned:
            return lambda left, right: bool(right[text]) and right[text] in left[listed]
        return lambda left, right: bool(left[text]) and left[text] in right[listed]

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

    def holds(self) -> Holds:
        """Give the condition as a function."""
        at, most, shortest = _at(self.column), self.most, self.shortest
        distance = DamerauLevenshtein.distance
        return lambda left, right: (
            len(left[at]) >= shortest
            and len(right[at]) >= shortest
            and distance(left[at], right[at], score_cutoff=most) <= most
        )

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

    def holds(self) -> Holds:
        """Give the condition as a function."""
        one, other, least = _at(self.left), _at(self.right or self.left), self.least
        # Without its own `score_cutoff`, which loses what is just on the threshold.
        similarity = JaroWinkler.similarity
        return lambda left, right: (
            bool(left[one]) and bool(right[other]) and similarity(left[one], right[other]) >= least
        )

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

    def holds(self) -> Holds:
        """Give the condition as a function."""
        at, shortest = _at(self.column), self.shortest

        def starts(left: Keys, right: Keys) -> bool:
            one, other = str(left[at]), str(right[at])
            is_long = len(one) >= shortest and len(other) >= shortest
            return is_long and (one.startswith(other) or other.startswith(one))

        return starts

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

    def holds(self) -> Holds:
        """Give the condition as a function."""
        tests = tuple(condition.holds() for condition in self.of)
        return lambda left, right: all(test(left, right) for test in tests)

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

    def holds(self) -> Holds:
        """Give the condition as a function."""
        tests = tuple(condition.holds() for condition in self.of)
        return lambda left, right: any(test(left, right) for test in tests)

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

    def holds(self) -> Holds:
        """Give the condition as a function."""
        test = self.of.holds()
        return lambda left, right: not test(left, right)

    def sql(self) -> str:
        """Give the condition for DuckDB."""
        return f"NOT {self.of.sql()}"
