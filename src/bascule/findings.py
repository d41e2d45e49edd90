"""A finding: wrong or noteworthy data in a file, as a value that is never raised.

This module says what a rule and a finding are. The rules themselves stand in
`bascule.exchange.rules`, each in one place with its condition.
"""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """What the import does with the datum at fault; the four official effects."""

    NOTE = "note"
    DEFAULT = "default"
    PART = "part"
    RECORD = "record"

    @property
    def label(self) -> str:
        """Return the French wording shown in reports."""
        return {
            Effect.NOTE: "note d’attention",
            Effect.DEFAULT: "valeur par défaut forcée",
            Effect.PART: "partie de la fiche écartée",
            Effect.RECORD: "fiche rejetée",
        }[self]


class Subject(StrEnum):
    """Whose record the rule is about."""

    FILE = "file"
    PERSON = "person"
    PUPIL = "pupil"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue.

    Attributes:
        code: stable code, official where one is known (`ACDIV_B_01`).
        subject: whose record it looks at.
        title: French, what is wrong, in a few words.
        effect: what the import does.
        blocks: whether the record is kept back from the academic base until corrected.
        remedy: French, what the school does about it.
        source: where the rule comes from; "règle propre" when it is ours.
        fields: the elements of the file it looks at.
    """

    code: str
    subject: Subject
    title: str
    effect: Effect
    blocks: bool
    remedy: str
    source: str
    fields: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """Return the official family, the part of the code that is all letters (`ACDIV`)."""
        code = self.code.removeprefix("INF_").removeprefix("REJEL_").removeprefix("REJRE_")
        return code.split("_", 1)[0]


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule met by one record of one file.

    Attributes:
        rule: the rule.
        line: line of the record in the file, from 1.
        rank: rank of the record among those of its kind, from 1.
        field: the element at fault, as the file names it.
        value: the value read, as the file gives it; empty when absent.
        detail: French, what completes the rule's title for this case.
        record: how the person reads the record: NAME First name, or empty.
        private_id: id of the record in the school's software, when it has one.
        division: division code given by the record, when there is one.
        subject: whose record it is; some rules look at persons and pupils alike.
    """

    rule: Rule
    line: int
    rank: int
    field: str = ""
    value: str = ""
    detail: str = ""
    record: str = dataclasses.field(default="", repr=False)
    private_id: int | None = None
    division: str = ""
    subject: Subject = Subject.PUPIL
