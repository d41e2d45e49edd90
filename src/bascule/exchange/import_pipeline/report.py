"""Stage report: the official *compte rendu* of an import, in its eight sections. Pure.

It is built from what a run kept, so that it can be shown again at any time. It decides what stands
in which section and what may be shown; `bascule.exchange.papers` decides how it looks.

Source: reports of the import du privé, 2018 (sections, columns, codes).
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from bascule.exchange.labels import HIDDEN, change_label, is_hidden
from bascule.exchange.rules.book import BY_CODE
from bascule.exchange.rules.guardians import PAREN_B_01
from bascule.findings import Effect, Subject
from bascule.values.civil_identity import key

ADDED, CHANGED = "AJOUT", "MODIF"

# What is given


@dataclass(frozen=True, slots=True)
class RunFindingRow:
    """A finding as a run keeps it: the columns of `RunFinding` that a report reads."""

    code: str
    subject: str
    effect: str
    blocks: bool
    line: int
    rank: int
    field: str = ""
    value: str = ""
    detail: str = ""
    record: str = ""
    private_id: int | None = None
    target_id: int | None = None
    division: str = ""


@dataclass(frozen=True, slots=True)
class PlanLineRow:
    """An effect as a run keeps it: the columns of `PlanLine` that a report reads.

    `ine` is the pupil's national number where there is one; the plan does not hold it.
    """

    entity: str
    action: str
    line: int | None
    rank: int | None
    private_id: int | None
    target_id: int | None
    label: str
    division: str = ""
    changes: Mapping[str, Sequence[Any]] | None = None
    ine: str = ""


@dataclass(frozen=True, slots=True)
class GuardRow:
    """A reason why the plan is held, as a run keeps it."""

    code: str
    sentence: str
    needs_authority: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the sections.

    Attributes:
        uai: the school.
        school_name: its name.
        year_label: `2026-2027`.
        run_id: the run.
        state: code of its state.
        state_label: French.
        received_at: when the files came, in the authority's time zone.
        file_names: as deposited.
        kind: French name of the kind of file.
        version: decided by content; empty when the kind has none.
        software: what made the file, when it says.
        send_number: `NUM_ENVOI`, when given.
        made_on: date of the file, when given.
        applied_at: when it was written to the base, in the authority's time zone.
        plan_hash: what tells the plan that waits to be confirmed; empty when none does.
    """

    uai: str
    school_name: str
    year_label: str
    run_id: int
    state: str
    state_label: str
    received_at: datetime
    file_names: tuple[str, ...] = ()
    kind: str = ""
    version: str = ""
    software: str = ""
    send_number: int | None = None
    made_on: date | None = None
    applied_at: datetime | None = None
    plan_hash: str = ""


# What is built


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a section.

    Attributes:
        subject: whose record.
        division: division code given by the record.
        name: NAME First name.
        our_id: id in the base, when there is one.
        private_id: id in the school's software, when there is one.
        ine: national number (section 8).
        action: `AJOUT` or `MODIF` (section 8).
        anomaly: French, what is wrong.
        field: element at fault.
        value: value read; empty when absent.
        line: line of the record in the file.
        rank: rank of the record among those of its kind.
        remedy: French, what the school does about it.
        code: rule.
        effect: code of what the import does.
        effect_label: French.
        blocks: whether the record is kept back from the academic base.
        changes: French, one sentence a change (section 8).
    """

    subject: Subject
    division: str = ""
    name: str = ""
    our_id: int | None = None
    private_id: int | None = None
    ine: str = ""
    action: str = ""
    anomaly: str = ""
    field: str = ""
    value: str = ""
    line: int | None = None
    rank: int | None = None
    remedy: str = ""
    code: str = ""
    effect: str = ""
    effect_label: str = ""
    blocks: bool = False
    changes: tuple[str, ...] = ()

    @property
    def ids(self) -> str:
        """Return `id in the base/id in the software`, as official reports write them."""
        return "/".join("–" if i is None else str(i) for i in (self.our_id, self.private_id))

    @property
    def subject_label(self) -> str:
        """Return French for whose record it is."""
        return _SUBJECTS[self.subject]


@dataclass(frozen=True, slots=True)
class Section:
    """One of the eight sections.

    Attributes:
        number: 1 to 8.
        code: stable name.
        title: French.
        noun: French, what it counts, singular.
        rows: its lines.
        record_count: how many records they are about.
    """

    number: int
    code: str
    title: str
    noun: str
    rows: tuple[Row, ...]
    record_count: int

    @property
    def remedies(self) -> tuple[tuple[str, str], ...]:
        """Return the codes of the section that share a remedy, and the remedy."""
        return remedies_of(self.rows)


def remedies_of(rows: Iterable[Row]) -> tuple[tuple[str, str], ...]:
    """Gather what there is to do about some lines.

    Args:
        rows (Iterable[Row]): lines of a section.

    Returns:
        tuple[tuple[str, str], ...]: codes that share a remedy, with commas; the remedy.
    """
    by_remedy: dict[str, list[str]] = {}
    for code, remedy in sorted({(row.code, row.remedy) for row in rows if row.remedy}):
        by_remedy.setdefault(remedy, []).append(code)
    return tuple((", ".join(codes), remedy) for remedy, codes in by_remedy.items())


@dataclass(frozen=True, slots=True)
class Tally:
    """How the records of one kind add up."""

    read_count: int
    created_count: int
    changed_count: int
    unchanged_count: int
    rejected_count: int
    spared_count: int

    @property
    def adds_up(self) -> bool:
        """Return whether every record read is counted once, and only once."""
        return self.read_count == (
            self.created_count
            + self.changed_count
            + self.unchanged_count
            + self.rejected_count
            + self.spared_count
        )


@dataclass(frozen=True, slots=True)
class Removal:
    """A guardian that the file takes from a pupil."""

    division: str
    pupil: str
    our_id: int | None
    private_id: int | None
    guardian: str
    line: int | None

    @property
    def ids(self) -> str:
        """Return `id in the base/id in the software` of the pupil."""
        return "/".join("–" if i is None else str(i) for i in (self.our_id, self.private_id))


@dataclass(frozen=True, slots=True)
class Given:
    """A national number that came for a pupil since the import before.

    Attributes:
        division: code of the pupil's division.
        name: NAME First name.
        our_id: id in the base.
        private_id: id in the school's software, when there is one.
        ine: the number.
    """

    division: str
    name: str
    our_id: int
    private_id: int | None
    ine: str

    @property
    def ids(self) -> str:
        """Return `id in the base/id in the software`, as official reports write them."""
        return f"{self.our_id}/{'–' if self.private_id is None else self.private_id}"


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a run.

    Attributes:
        head: what stands above.
        persons: how the guardians add up.
        pupils: how the pupils add up.
        left_count: pupils whom the file says have left.
        absent_count: pupils of the base that the file does not hold.
        kept_value_count: values that the file no longer gives, and that stay.
        erased_value_count: values that the file no longer gives, and that are erased.
        guards: why the plan is held.
        removals: guardians that the file takes from pupils.
        given: numbers that came since the import before.
        file_rows: what is said of the file itself.
        sections: the eight, in order.
    """

    head: Head
    persons: Tally
    pupils: Tally
    left_count: int
    absent_count: int
    kept_value_count: int
    erased_value_count: int
    guards: tuple[GuardRow, ...] = ()
    removals: tuple[Removal, ...] = ()
    given: tuple[Given, ...] = ()
    file_rows: tuple[Row, ...] = ()
    sections: tuple[Section, ...] = ()

    @property
    def refused_rows(self) -> tuple[Row, ...]:
        """Return what is said of the records that were set aside, guardians first."""
        return tuple(
            row
            for section in self.sections
            if section.code in ("persons_rejected", "pupils_rejected")
            for row in section.rows
        )

    @property
    def person_ranks_to_resend(self) -> frozenset[int]:
        """Return the ranks of the guardians that were set aside."""
        return _ranks(self.sections[0].rows)

    @property
    def pupil_ranks_to_resend(self) -> frozenset[int]:
        """Return the ranks of the pupils that were set aside, or that lost a link with a guardian who was."""
        lost = [row for row in self.sections[4].rows if row.code == PAREN_B_01.code]
        return _ranks((*self.sections[3].rows, *(lost if self.sections[0].rows else ())))


def _ranks(rows: Iterable[Row]) -> frozenset[int]:
    return frozenset(row.rank for row in rows if row.rank is not None)


_SUBJECTS: Final = {
    Subject.FILE: "Fichier",
    Subject.PERSON: "Responsable",
    Subject.PUPIL: "Élève",
}
_PERSON, _PUPIL = "responsable", "élève"
#: Code, title and noun of each section that findings fill.
_OF_FINDINGS: Final = (
    ("persons_rejected", "Responsables rejetés", _PERSON),
    ("persons_with_anomalies", "Responsables importés avec anomalies", _PERSON),
    ("persons_with_notes", "Notes d’attention sur les responsables", _PERSON),
    ("pupils_rejected", "Élèves rejetés", _PUPIL),
    ("pupils_with_anomalies", "Élèves importés avec anomalies", _PUPIL),
    ("pupils_with_notes", "Notes d’attention sur les élèves", _PUPIL),
)
_ABSENT: Final = ("pupils_absent", "Élèves de la base absents du fichier", _PUPIL)
_WRITTEN: Final = ("pupils_written", "Élèves modifiés ou ajoutés", _PUPIL)
_ACTIONS: Final = {"create": ADDED, "update": CHANGED}


def build_report(
    *,
    head: Head,
    counts: Mapping[str, int],
    guards: Iterable[GuardRow],
    findings: Iterable[RunFindingRow],
    lines: Iterable[PlanLineRow],
    given: Iterable[Given] = (),
) -> Report:
    """Build the report of a run from what was kept of it.

    Args:
        head (Head): what stands above the sections.
        counts (Mapping[str, int]): counts of the run.
        guards (Iterable[GuardRow]): why the plan is held.
        findings (Iterable[RunFindingRow]): in the order in which they were kept.
        lines (Iterable[PlanLineRow]): likewise.
        given (Iterable[Given]): numbers that came since the import before.

    Returns:
        Report: the report; nothing sensitive is in it, and nothing that cannot be seen.
    """
    lines = tuple(lines)
    sorter = _Sorter(lines)
    for finding in findings:
        sorter.add(finding)
    removed = (line for line in lines if line.action == "remove")
    return Report(
        head=head,
        persons=_tally(counts, "persons"),
        pupils=_tally(counts, "pupils"),
        left_count=counts.get("pupils_left", 0),
        absent_count=counts.get("pupils_absent", 0),
        kept_value_count=counts.get("values_kept", 0),
        erased_value_count=counts.get("values_erased", 0),
        guards=tuple(guards),
        removals=tuple(map(_removal, removed)),
        given=tuple(replace(one, name=_visible(one.name)) for one in given),
        file_rows=tuple(sorter.file_rows),
        sections=(*sorter.sections(), *_sections_of_effects(lines)),
    )


@dataclass(slots=True)
class _Sorter:
    """Puts each finding into its section.

    A record that is rejected has all its findings in the section of the rejected: nothing of it was
    imported, and the school corrects it in one go.
    """

    lines: Sequence[PlanLineRow]
    file_rows: list[Row] = field(default_factory=list)
    _findings: list[tuple[Subject, Row]] = field(default_factory=list)
    _rejected: set[tuple[Subject, int | None]] = field(default_factory=set)
    _targets: dict[tuple[str, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for line in self.lines:
            if line.rank is not None and line.target_id is not None and line.entity != "link":
                self._targets[line.entity, line.rank] = line.target_id

    def add(self, finding: RunFindingRow) -> None:
        subject = Subject(finding.subject)
        row = self._row(finding, subject)
        if subject is Subject.FILE:
            self.file_rows.append(row)
            return
        self._findings.append((subject, row))
        if row.effect == Effect.RECORD:
            self._rejected.add((subject, row.rank))

    def sections(self) -> Iterable[Section]:
        rows: list[list[Row]] = [[] for _ in _OF_FINDINGS]
        for subject, row in self._findings:
            place = 3 if subject is Subject.PUPIL else 0
            if (subject, row.rank) not in self._rejected:
                place += 2 if row.effect == Effect.NOTE else 1
            rows[place].append(row)
        for place in (0, 3):
            rows[place].sort(key=lambda row: (row.rank or 0, row.effect != Effect.RECORD))
        for number, (given, its_rows) in enumerate(zip(_OF_FINDINGS, rows, strict=True), 1):
            count = len({row.rank for row in its_rows})
            yield Section(number, *given, tuple(its_rows), count)

    def _row(self, finding: RunFindingRow, subject: Subject) -> Row:
        rule = BY_CODE.get(finding.code)
        title = rule.title if rule else "Règle qui n’existe plus"
        target = finding.target_id or self._targets.get((finding.subject, finding.rank))
        hidden = bool(finding.value) and is_hidden(finding.field, finding.value)
        name = _visible(finding.record)
        if not name and subject is not Subject.FILE:
            name = f"Fiche n° {finding.rank}, sans nom lisible"
        return Row(
            subject=subject,
            division=_visible(finding.division),
            name=name,
            our_id=target,
            private_id=finding.private_id,
            anomaly=f"{title}. {_visible(finding.detail)}".rstrip(),
            field=finding.field,
            value=HIDDEN if hidden else _visible(finding.value),
            line=finding.line,
            rank=finding.rank,
            remedy=rule.remedy if rule else "",
            code=finding.code,
            effect=finding.effect,
            effect_label=Effect(finding.effect).label,
            blocks=finding.blocks,
        )


def _sections_of_effects(lines: Iterable[PlanLineRow]) -> tuple[Section, Section]:
    pupils = sorted(
        (line for line in lines if line.entity == "pupil"),
        key=lambda line: (line.division, key(line.label)),
    )
    absent = tuple(_effect_row(line) for line in pupils if line.action == "absent")
    written = tuple(_effect_row(line) for line in pupils if line.action in _ACTIONS)
    return Section(7, *_ABSENT, absent, len(absent)), Section(8, *_WRITTEN, written, len(written))


def _effect_row(line: PlanLineRow) -> Row:
    return Row(
        subject=Subject.PUPIL,
        division=_visible(line.division),
        name=_visible(line.label),
        our_id=line.target_id,
        private_id=line.private_id,
        ine=line.ine,
        action=_ACTIONS.get(line.action, ""),
        line=line.line,
        rank=line.rank,
        changes=tuple(
            _visible(change_label(name, change)) for name, change in (line.changes or {}).items()
        ),
    )


def _removal(line: PlanLineRow) -> Removal:
    before = (line.changes or {}).get("guardian", ("", None))[0]
    return Removal(
        division=_visible(line.division),
        pupil=_visible(line.label),
        our_id=line.target_id,
        private_id=line.private_id,
        guardian=_visible(str(before or "")) or "Responsable sans nom",
        line=line.line,
    )


def _tally(counts: Mapping[str, int], kind: str) -> Tally:
    words = ("read", "created", "changed", "unchanged", "rejected", "spared")
    return Tally(*(counts.get(f"{kind}_{word}", 0) for word in words))


def _visible(text: str) -> str:
    """Show what would not be seen, or would act on the screen, as a replacement character."""
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or unicodedata.category(character) == "Zs"
        else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
