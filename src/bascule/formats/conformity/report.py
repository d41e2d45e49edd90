"""What a report of conformity says, and the form in which it is signed."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

#: Characters of an editor, of the name of a software, and what the two may be.
LONGEST_EDITOR: Final = 100
LONGEST_NAME: Final = 10
NAME: Final = re.compile(rf"\S(.{{0,{LONGEST_NAME - 2}}}\S)?")
#: What a version may be, blank for none.
VERSION: Final = re.compile(r"[\w.+ -]{0,40}")


class Family(StrEnum):
    """What a scenario is about."""

    RULE = "rule"
    REFUSAL = "refusal"
    ELEMENT = "element"
    EXCHANGE = "exchange"

    @property
    def label(self) -> str:
        """Return its French name."""
        return {
            Family.RULE: "règles",
            Family.REFUSAL: "refus",
            Family.ELEMENT: "éléments",
            Family.EXCHANGE: "échanges",
        }[self]


class Ability(StrEnum):
    """What some software does and other does not: its editor says so, and it is tried."""

    GROUPS = "groups"
    TABLES = "tables"
    CONFIRMS = "confirms"

    @property
    def label(self) -> str:
        """Return its French name."""
        return {
            Ability.GROUPS: "envoyer les groupes des élèves",
            Ability.TABLES: "envoyer un tableau",
            Ability.CONFIRMS: "confirmer un import",
        }[self]


class Outcome(StrEnum):
    """What a software did of a scenario."""

    PASSED = "passed"
    FAILED = "failed"
    NO_ANSWER = "no-answer"

    @property
    def label(self) -> str:
        """Return its French name."""
        return {
            Outcome.PASSED: "réussi",
            Outcome.FAILED: "échoué",
            Outcome.NO_ANSWER: "sans réponse",
        }[self]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was seen of one scenario.

    Attributes:
        code: stable code of the scenario (`rule.ACDIV_B_01`).
        family: what it is about.
        title: French, in a few words.
        outcome: what the software did.
        expected: French, what was expected.
        seen: French, what was seen.
    """

    code: str
    family: Family
    title: str
    outcome: Outcome
    expected: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a school's software was seen to do.

    Attributes:
        editor: who makes the software.
        software: its name, as its files say it.
        software_version: its version.
        kit_version: version of the kit that looked.
        interface_version: version of the interface that it spoke.
        started_at: when the kit began, with its offset.
        ended_at: when it ended, with its offset.
        is_complete: whether every scenario of the kit was played, but those of abilities that it does not have.
        verdicts: one for each scenario that was played, each code once.
        abilities: what its editor says that it does besides, in the words of `Ability`.
    """

    editor: str
    software: str
    software_version: str
    kit_version: str
    interface_version: str
    started_at: datetime
    ended_at: datetime
    is_complete: bool
    verdicts: tuple[Verdict, ...]
    abilities: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """Return how many scenarios ended in each way."""
        counted = Counter(verdict.outcome for verdict in self.verdicts)
        return {outcome: counted[outcome] for outcome in Outcome}

    @property
    def is_conform(self) -> bool:
        """Tell whether every scenario that concerns it was played, and passed."""
        passed = self.counts[Outcome.PASSED]
        return self.is_complete and passed == len(self.verdicts) > 0

    def canonical(self) -> bytes:
        """Return the bytes that are signed: JSON in UTF-8, keys sorted, no blank."""
        return canonical(as_content(self))


def canonical(content: Any) -> bytes:
    """Write JSON in the one way that is signed.

    Args:
        content (Any): objects, lists, texts, integers and truths.

    Returns:
        bytes: UTF-8, keys sorted, no blank.
    """
    return json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def as_content(report: Report) -> dict[str, Any]:
    """Put a report into the words of its file.

    Args:
        report (Report): the report.

    Returns:
        dict[str, Any]: what JSON holds.
    """
    content = asdict(report)
    for name in ("started_at", "ended_at"):
        content[name] = content[name].isoformat()
    # Said only when there are some: what was signed before there were any stays the same.
    del content["abilities"]
    if report.abilities:
        content["abilities"] = [*report.abilities]
    content["verdicts"] = [asdict(verdict) for verdict in report.verdicts]
    return content


def of_content(content: Mapping[str, Any]) -> Report:
    """Read a report from the words of its file.

    Args:
        content (Mapping[str, Any]): what JSON holds.

    Returns:
        Report: the report. What is missing, or is not what it should be, is a `KeyError`, `TypeError` or
            `ValueError`.
    """
    verdicts = tuple(map(_verdict, content["verdicts"]))
    if len({verdict.code for verdict in verdicts}) != len(verdicts):
        raise ValueError
    return Report(
        _text(content, "editor"),
        _text(content, "software"),
        _text(content, "software_version"),
        _text(content, "kit_version"),
        _text(content, "interface_version"),
        _instant(content, "started_at"),
        _instant(content, "ended_at"),
        content["is_complete"] is True,
        verdicts,
        # Kits before the first abilities say nothing of them.
        tuple(map(_checked, content.get("abilities", ()))),
    )


def _verdict(content: Mapping[str, Any]) -> Verdict:
    return Verdict(
        _text(content, "code"),
        Family(content["family"]),
        _text(content, "title"),
        Outcome(content["outcome"]),
        _text(content, "expected"),
        _text(content, "seen"),
    )


def _text(content: Mapping[str, Any], name: str) -> str:
    return _checked(content[name])


def _checked(text: Any) -> str:
    if not isinstance(text, str):
        raise TypeError
    return text


def _instant(content: Mapping[str, Any], name: str) -> datetime:
    instant = datetime.fromisoformat(content[name])
    if instant.tzinfo is None:
        raise ValueError
    return instant
