"""What the scenes of the demonstration tell: the facts of each, for the face that plays it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bascule.findings import Effect

_GRAVEST_FIRST = (Effect.RECORD, Effect.PART, Effect.DEFAULT, Effect.NOTE)


@dataclass(frozen=True, slots=True)
class Installed:
    """Scene 1: the académie is there.

    Attributes:
        academy: its name.
        school_count: schools registered.
        pupil_count: pupils in all of them.
        year: first calendar year.
        uai: the school of the story.
        name: its name.
        kind: what it is.
        town: where it stands.
        software: what it works with.
        divisions: codes of its divisions.
    """

    academy: str
    school_count: int
    pupil_count: int
    year: int
    uai: str
    name: str
    kind: str
    town: str
    software: str
    divisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """Files that went from the authority to the school.

    Attributes:
        folder: where they are.
        files: records of each, by element.
    """

    folder: Path
    files: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Checked:
    """Scene 3: the file before it leaves the school.

    Attributes:
        path: the file.
        person_count: guardians read.
        pupil_count: pupils read.
        codes: findings, by code.
    """

    path: Path
    person_count: int
    pupil_count: int
    codes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One line of a report."""

    record: str
    anomaly: str
    value: str
    remedy: str
    code: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class Parting:
    """A guardian taken from a pupil."""

    pupil: str
    guardian: str


@dataclass(frozen=True, slots=True)
class Change:
    """What changes in a pupil's record, in French sentences."""

    pupil: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A run, as its report tells it.

    Attributes:
        run: the run.
        state: code of its state.
        persons: `read`, `created`, `changed`, `unchanged`, `rejected`.
        pupils: the same.
        sections: title of each section and how many records it is about.
        anomalies: all of them, in the order of the sections.
        removals: guardians taken from pupils.
        changes: pupils whose record changes.
    """

    run: int
    state: str
    persons: Mapping[str, int]
    pupils: Mapping[str, int]
    sections: Mapping[str, int]
    anomalies: tuple[Anomaly, ...]
    removals: tuple[Parting, ...]
    changes: tuple[Change, ...]

    @property
    def difference_count(self) -> int:
        """Return how many records and links the run adds, changes, removes or sets aside."""
        words = ("created", "changed", "rejected")
        of_records = sum(tally[word] for tally in (self.persons, self.pupils) for word in words)
        return of_records + len(self.removals)

    def anomalies_by_weight(self) -> list[Anomaly]:
        """Give one anomaly of each rule: the gravest first, then those that come most often.

        Returns:
            list[Anomaly]: the first of each rule in the report.
        """
        counts = Counter(anomaly.code for anomaly in self.anomalies)
        first = {anomaly.code: anomaly for anomaly in reversed(self.anomalies)}
        return sorted(
            first.values(),
            key=lambda one: (_GRAVEST_FIRST.index(one.effect), -counts[one.code], one.code),
        )


@dataclass(frozen=True, slots=True)
class Applied:
    """Scene 5: the run is applied, and its papers are written.

    Attributes:
        compared: the run.
        papers: the files of its report.
    """

    compared: Compared
    papers: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Corrected:
    """Scene 6: the second file.

    Attributes:
        division: the division created.
        anomaly_count_before: anomalies of the first file.
        compared: the second run.
        path: the file.
    """

    division: str
    anomaly_count_before: int
    compared: Compared
    path: Path


@dataclass(frozen=True, slots=True)
class Passed:
    """Scene 7: the evening's night.

    Attributes:
        sent_count: records that went up.
        base_count: pupils in the academic base.
        blocked_count: records kept back.
        given_count: national numbers that came back.
        dispute_count: pupils of whom an agent has to say who they are.
        is_reconciled: whether file, school and base agree.
    """

    sent_count: int
    base_count: int
    blocked_count: int
    given_count: int
    dispute_count: int
    is_reconciled: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """Scene 8: the third file.

    Attributes:
        compared: the run.
        path: the file.
    """

    compared: Compared
    path: Path


@dataclass(frozen=True, slots=True)
class Numbered:
    """A pupil with the numbers that come back to the school."""

    name: str
    eleve_id: str
    elenoet: str
    national_id: str


@dataclass(frozen=True, slots=True)
class Returned:
    """Scene 9: what goes back to the school, and is read again.

    Attributes:
        carried: the files.
        pupil_count: pupils in them.
        national_id_count: those who have a national number.
        example: one of them.
        reread: the run that reads them again.
    """

    carried: Carried
    pupil_count: int
    national_id_count: int
    example: Numbered
    reread: Compared


@dataclass(frozen=True, slots=True)
class Undone:
    """Scene 10: the third file is undone.

    Attributes:
        run: its run.
        before_import: digest of the school's records before that file.
        after_import: and after it.
        after_undo: and now.
    """

    run: int
    before_import: str
    after_import: str
    after_undo: str


@dataclass(frozen=True, slots=True)
class Opened:
    """Scene 11: the portal opens.

    Attributes:
        people_count: people who can sign in.
        waiting_run: the import that waits for the head.
    """

    people_count: int
    waiting_run: int


@dataclass(frozen=True, slots=True)
class Verified:
    """Scene 12: the journals.

    Attributes:
        journal_count: journals read, the authority's included.
        act_count: acts in them.
        faults: French, what is wrong.
    """

    journal_count: int
    act_count: int
    faults: tuple[str, ...]
