"""The types that rules and stages share. Pure."""

from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar, NamedTuple

from bascule.findings import Effect, Finding, Rule, Subject
from bascule.students.rows import (
    AddressRow,
    EnrolmentRow,
    GuardianRow,
    LinkRow,
    SchoolingRow,
    StudentRow,
)

#: The national numbers of a pupil: attribute and element of each.
NUMBER_TAGS = (("ine", "ID_NATIONAL"), ("ine_bea", "INE_BEA"), ("ine_rnie", "INE_RNIE"))


@dataclass(frozen=True, slots=True)
class Heading:
    """What a file says of itself.

    Attributes:
        kind: French name of the kind of file.
        flow: which way in.
        uai: the school.
        year: first calendar year of the school year.
        version: decided by content.
        declared_version: as written.
        encoding: what its texts are read as, in a kind of file that does not say it.
        software: `LOGICIEL`, empty when the kind has none.
        send_number: `NUM_ENVOI`, when given.
        made_on: date of the file, when given.
        odd_name: name of the deposit when it is not of the official form.
        passed_over: records of pupils who are in school no more, in a kind of file that does not say why.
        columns: each heading of a table, and the code of what it was taken for; blank for one that is not read.
        deviations: line, place, value and French sentence of each way in which a package is not as its standard says.

    A kind of file that names no school has a blank one, and no year is 0: the person who deposits says both.
    """

    kind: str
    flow: str
    uai: str
    year: int
    version: str = ""
    declared_version: str = ""
    encoding: str = ""
    software: str = ""
    send_number: int | None = None
    made_on: date | None = None
    odd_name: str = ""
    passed_over: int = 0
    columns: tuple[tuple[str, str], ...] = ()
    deviations: tuple[tuple[int, str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules may know besides the record: the school's own year, never the national tables.

    `None` for a set means that nothing is known of it (a file checked offline): rules that need it
    keep silent.

    Attributes:
        year: first calendar year.
        starts_on: first day of the year for pupils.
        ends_on: last day, included.
        mefs: MEF in which the school enrols.
        origin_mefs: MEF it knows for last year's schooling.
        subjects: subjects it keeps.
        programmes: for each MEF, the modes in which each subject may be taken.
        minimum_options: for each MEF, how many compulsory options it asks.
        divisions: for each division, the MEF it serves.
        mnemonics: subject of each short code (`CODE_GESTION`).
        groups: for each group, the MEF it serves; empty where nothing is said.
        kinships: and the following: codes of the small tables of its profile.
        countries: codes of the country table.
        communes: codes of the communes, past ones included.
    """

    year: int
    starts_on: date
    ends_on: date
    kinships: frozenset[str]
    civilities: frozenset[str]
    professions: frozenset[str]
    regimes: frozenset[str]
    grants: frozenset[str]
    origins: frozenset[str]
    exit_reasons: frozenset[str]
    statuses: frozenset[str]
    modes: frozenset[str]
    countries: frozenset[str]
    communes: frozenset[str]
    mefs: frozenset[str] | None = None
    origin_mefs: frozenset[str] | None = None
    subjects: frozenset[str] | None = None
    programmes: dict[str, dict[str, str]] | None = None
    minimum_options: dict[str, int] | None = None
    divisions: dict[str, frozenset[str]] | None = None
    mnemonics: dict[str, str] | None = None
    groups: dict[str, frozenset[str]] | None = None


class Mark(NamedTuple):
    """What a record would be recognised by in the next file: see `import_pipeline.recognise`.

    Attributes:
        key: its private id, as `key_of` writes it.
        digest: of what it says, 16 bytes.
        numbers: national numbers it gives.
        persons: keys of the persons it links.
    """

    key: str
    digest: bytes
    numbers: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()


@dataclass(slots=True)
class Checked:
    """What a validated record of either kind has.

    Attributes:
        line: line in the file.
        rank: rank among its kind.
        private_id: id in the school's software.
        known_id: our own id, when the file gives it (`ID_SIECLE_*`).
        label: NAME First name.
        address: the address read, when there is one.
        address_digest: its digest.
        defaults: values to store where nothing is stored yet.
        findings: what rules say of it.
        division: code of the division that a pupil's record gives.
        kept_count: values stored that the record no longer gives.
        erased: columns emptied on purpose, by hand.
        left_out: columns that a person leaves as they are, whatever the file says.
        is_rejected: the record is set aside whole.
        mark: what it would be recognised by; None when it comes from no file.
    """

    line: int
    rank: int
    private_id: int | None = None
    known_id: int | None = None
    label: str = ""
    address: AddressRow | None = None
    address_digest: bytes = b""
    defaults: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    is_rejected: bool = False
    division: str = ""
    kept_count: int = 0
    erased: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    mark: Mark | None = None

    subject: ClassVar[Subject]

    def stands(self) -> bool:
        """Tell whether the record was not rejected so far.

        Returns:
            bool: False once a rule rejects it.
        """
        return not self.is_rejected

    def meets(self, rule: Rule, tag: str, value: str = "", detail: str = "") -> None:
        """Note that the record meets a rule.

        Args:
            rule (Rule): the rule.
            tag (str): element at fault.
            value (str): value read.
            detail (str): French, what completes the title.
        """
        if rule.effect is Effect.RECORD:
            self.is_rejected = True
        self.findings.append(
            Finding(
                rule, self.line, self.rank, tag, value[:300], detail, self.label, self.private_id,
                self.division, self.subject,
            )
        )  # fmt: skip


@dataclass(slots=True)
class PersonRecord(Checked):
    """A `PERSONNE`, validated."""

    subject: ClassVar[Subject] = Subject.PERSON
    row: GuardianRow = field(default_factory=GuardianRow)

    def twin(self) -> "PersonRecord":
        """Give a record that may be changed without this one.

        Returns:
            PersonRecord: the same.
        """
        return replace(self, row=copy(self.row), findings=list(self.findings))

    @property
    def ref(self) -> int | str:
        """Return what links name the person by: the private id, else our own with a sharp."""
        return f"#{self.known_id}" if self.private_id is None else self.private_id


class PupilLink(NamedTuple):
    """A link read from a pupil's record.

    Attributes:
        ref: the person's `ref`.
        row: what the person is to the pupil.
    """

    ref: int | str
    row: LinkRow


@dataclass(frozen=True, slots=True)
class Place:
    """What a record says of one group.

    Attributes:
        code: the group.
        starts_on: as written; None where nothing is said.
        ends_on: likewise.
    """

    code: str
    starts_on: str | None
    ends_on: str | None


@dataclass(slots=True)
class PupilRecord(Checked):
    """An `ELEVE`, validated.

    `links` is None when the block is not in the file; `links_set_aside` names who else it linked;
    `schooling` is None when there is none to store.
    `pointed` holds the stored pupils among which nothing was chosen. `places` are the groups, by code, in
    the kind of file that has them.
    """

    subject: ClassVar[Subject] = Subject.PUPIL
    has_left: bool = False
    student: StudentRow = field(default_factory=StudentRow)
    enrolment: EnrolmentRow = field(default_factory=EnrolmentRow)
    schooling: SchoolingRow | None = None
    links: list[PupilLink] | None = None
    links_set_aside: list[int | str] = field(default_factory=list)
    pointed: tuple[int, ...] = ()
    places: dict[str, Place] = field(default_factory=dict)

    def twin(self) -> "PupilRecord":
        """Give a record that may be changed without this one.

        Returns:
            PupilRecord: the same.
        """
        return replace(
            self,
            student=copy(self.student),
            enrolment=copy(self.enrolment),
            schooling=copy(self.schooling),
            findings=list(self.findings),
        )
