"""Prepare corrections: each becomes a record, checked by the rules of the import and planned by its plan.

What nobody corrected keeps the value held, whatever the rules would say of it today: a correction is
judged by what it changes, never by what was wrong before.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from bascule.errors import NotThereError, RefusedError
from bascule.exchange.amend.fields import (
    ADDRESS,
    GUARDIAN,
    GUARDIAN_FIELDS,
    NEW,
    PUPIL_FIELDS,
    Field,
    Holder,
    field_of,
    key_of_finding,
    keys_of_rule,
    write_text,
)
from bascule.exchange.amend.held import Held, latest, load, read_links, write_links
from bascule.exchange.dispositions import Standing, standing
from bascule.exchange.facts import read_context
from bascule.exchange.gate import reopen
from bascule.exchange.import_pipeline.conductor import Planned, make_plan
from bascule.exchange.import_pipeline.examine import Examined
from bascule.exchange.import_pipeline.validate import check_pupil
from bascule.exchange.models import ImportRun, RunFinding
from bascule.exchange.records import (
    Checked,
    Facts,
    Heading,
    PupilLink,
    PupilRecord,
    RawRecord,
)
from bascule.exchange.rules.persons import check_person
from bascule.findings import Effect, Finding, Subject
from bascule.formats.record import Fields
from bascule.students import holdings
from bascule.students.lookup import UnknownPupilError

#: Ids that are nobody's, for those who have none yet.
_NOBODY = 9_000_000_000
_BLOCKS = (("SCOLARITE_ACTIVE", "schooling"), ("ADRESSE", "address"))


class UnknownFieldError(RefusedError):
    """A field that cannot be corrected by hand.

    Args:
        key (str): as the form named it.
    """

    code = "amend.unknown-field"

    def __init__(self, key: str) -> None:
        super().__init__(f"« {key} » ne se corrige pas ici : corrigez-le dans votre logiciel.")
        self.key = key


class UnknownGuardianError(NotThereError):
    """The school has no such guardian."""

    code = "amend.unknown-guardian"

    def __init__(self) -> None:
        super().__init__("Ce responsable n’est pas dans les dossiers de l’établissement.")


class UnknownRecordError(NotThereError):
    """The kept file has no such record."""

    code = "amend.unknown-record"

    def __init__(self) -> None:
        super().__init__("Cette fiche n’est pas dans le fichier de cet import.")


class FileRecord(NamedTuple):
    """A pupil's record in the kept file of an import.

    Attributes:
        run_id: the import.
        rank: rank of the record among the pupils of its file.
    """

    run_id: int
    rank: int


@dataclass(frozen=True, slots=True)
class Edit:
    """One correction.

    With neither a pupil nor a record it is a new pupil, or, when it names guardians alone, theirs.

    Attributes:
        values: what was typed, by key of `amend.fields`; blank erases. A guardian is added by keys
            `guardian.new.…`, linked or unlinked by `guardian.12.level` (`1`, `2`, `3`, or blank).
        pupil_id: the pupil.
        record: the record of a kept file that the correction starts from, where the import set it, or a
            part of it, aside.
        seen: what the person saw in these fields when she began. What she left so is not corrected; what she typed in
            a field that moved since is refused.
    """

    values: Mapping[str, str]
    pupil_id: int | None = None
    record: FileRecord | None = None
    seen: Mapping[str, str] = field(default_factory=dict)


class Remark(NamedTuple):
    """What a rule says of a correction.

    Attributes:
        rank: rank of the correction, from 1.
        key: the field, to show it beside; may be blank.
        finding: the finding; None for a field that was emptied and must not be.
        refuses: whether the correction cannot be made.
    """

    rank: int
    key: str
    finding: Finding | None
    refuses: bool


class Moved(NamedTuple):
    """A field that somebody else changed since the person saw it.

    Attributes:
        rank: rank of the correction, from 1.
        key: the field.
        seen: what the person saw.
        now: what is held now.
        typed: what the person typed.
    """

    rank: int
    key: str
    seen: str
    now: str
    typed: str


@dataclass(slots=True)
class Prepared:
    """Corrections checked and planned; nothing is written.

    Attributes:
        planned: the plan, as an import's.
        held: what the base holds.
        remarks: what the rules say.
        moved: fields that moved since they were seen.
        pupil_ids: pupil of each correction that has one, by rank.
        settled: anomalies that the corrections settle, with the rank of each.
        already_here: pupils to add that are in the school that year.
        persons: for each person of the plan, by rank: the correction, and its name in keys.
    """

    planned: Planned
    held: Held
    remarks: list[Remark]
    moved: list[Moved]
    pupil_ids: dict[int, int]
    settled: list[tuple[Standing, int]]
    already_here: list[int]
    persons: dict[int, tuple[int, str]]


@dataclass(slots=True)
class _Case:
    """One correction on its way."""

    rank: int
    edit: Edit
    pupil_id: int | None = None
    #: What was typed, but for what is held already: forms send all their fields.
    values: dict[str, str] = field(default_factory=dict)
    file: "Fields | None" = None
    is_whole: bool = False
    #: Fields that may change, the pupil's own and those of links, by key.
    touched: set[str] = field(default_factory=set)
    raw: Fields = field(default_factory=dict)
    before: list[Finding] = field(default_factory=list)
    record: PupilRecord | None = None
    #: What was typed of guardians themselves, by whom.
    persons: dict[str, dict[str, str]] = field(default_factory=dict)


def prepare(*, uai: str, year: int, edits: Sequence[Edit], today: date) -> Prepared:
    """Check and plan corrections; the school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        edits (Sequence[Edit]): the corrections.
        today (date): the day.

    Returns:
        Prepared: the plan, and what the rules say.

    Raises:
        UnknownFieldError: if a field is none that can be corrected.
        UnknownPupilError: if the school has no such pupil that year.
        UnknownGuardianError: if it has no such guardian.
        UnknownRecordError: if the kept file has no such record.
    """
    return _Preparation(uai, year, edits).prepare(today)


class _Preparation:
    def __init__(self, uai: str, year: int, edits: Sequence[Edit]) -> None:
        self.uai, self.year = uai, year
        self.facts: Facts = read_context(uai=uai, year=year).facts()
        self.cases = [_Case(rank, edit, edit.pupil_id) for rank, edit in enumerate(edits, 1)]
        self.examined = Examined(Heading("Correction", "hand", uai, year))
        self._guardian_ids: dict[str, int] = {}
        self._read_files()
        whom = {w for edit in edits for key in edit.values if (w := _parsed(key)[0]).isdigit()}
        self.held = load(
            uai=uai,
            year=year,
            pupil_ids=[case.pupil_id for case in self.cases if case.pupil_id is not None],
            guardian_ids=[int(one) for one in whom],
        )
        if any(int(one) not in self.held.guardians for one in whom):
            raise UnknownGuardianError
        self.remarks: list[Remark] = []
        self.settled: list[tuple[Standing, int]] = []
        self.persons: dict[int, tuple[int, str]] = {}
        self.person_befores: dict[int, list[Finding]] = {}

    def prepare(self, today: date) -> Prepared:
        moved: list[Moved] = []
        for case in self.cases:
            if case.pupil_id is not None and case.pupil_id not in self.held.pupils:
                raise UnknownPupilError
            held = self._texts(case)
            case.values = {
                key: text.strip()
                for key, text in case.edit.values.items()
                if (case.file is not None or text.strip() != held.get(key, ""))
                and text.strip() != case.edit.seen.get(key)
            }
            moved += _moved(case, held)
            self._write(case)
        self._check_persons()
        for case in self.cases:
            self._check_pupil(case)
        self._settle(today)
        planned = make_plan(
            self.examined,
            uai=self.uai,
            year=self.year,
            today=today,
            options={"partial": True},
            is_older=False,
        )
        self._remark()
        pupil_ids = {c.rank: c.pupil_id for c in self.cases if c.pupil_id} | planned.pupil_ids
        added = [
            planned.pupil_ids[case.rank]
            for case in self.cases
            if case.pupil_id is None and case.file is None and case.rank in planned.pupil_ids
        ]
        here = holdings.enrolments(uai=self.uai, year=self.year, student_ids=added)
        return Prepared(
            planned, self.held, self.remarks, moved, pupil_ids, self.settled, sorted(here), self.persons,
        )  # fmt: skip

    # The records

    def _read_files(self) -> None:
        """Read the records asked for in kept files."""
        wanted: dict[int, dict[int, _Case]] = {}
        for case in self.cases:
            if case.edit.record is not None:
                wanted.setdefault(case.edit.record.run_id, {})[case.edit.record.rank] = case
        for run_id, cases in wanted.items():
            run = ImportRun.objects.filter(uai=self.uai, year=self.year, pk=run_id).first()
            if run is None:
                raise UnknownRecordError
            for tag, raw in reopen(run).read().records():
                if tag == "ELEVE" and raw.rank in cases:
                    cases[raw.rank].file = raw.fields
            self._place(run_id, cases)

    def _place(self, run_id: int, cases: Mapping[int, _Case]) -> None:
        """Find whose records were read, and which the import had set aside whole."""
        rejected = set(
            RunFinding.objects.filter(
                uai=self.uai, run_id=run_id, rank__in=list(cases),
                subject=Subject.PUPIL.value, effect=Effect.RECORD.value,
            ).values_list("rank", flat=True)
        )  # fmt: skip
        for rank, case in cases.items():
            if case.file is None:
                raise UnknownRecordError
            case.pupil_id = case.pupil_id or self._pupil_of(case.file)
            case.is_whole = rank in rejected or case.pupil_id is None

    def _pupil_of(self, raw: Fields) -> int | None:
        text = raw.get("ID_PRV_ELE")
        if not isinstance(text, str) or not text.isascii() or not text.isdigit():
            return None
        keys = holdings.pupil_keys(
            uai=self.uai, year=self.year, ids=(), numbers=(), private_ids=[int(text)], identities=()
        )
        return keys[0].id if keys else None

    def _write(self, case: _Case) -> None:
        """Write what was typed into the record the correction starts from."""
        if case.is_whole and case.file is not None:
            case.raw = deepcopy(case.file)
        elif case.pupil_id is not None:
            case.raw = self.held.pupil_record(case.pupil_id)
            self._take_blocks(case)
        else:
            case.raw = {"ID_SIECLE_ELE": "0"}
        accepted = self._accepted(case.raw)
        case.before = check_pupil(RawRecord(0, case.rank, case.raw), self.facts, accepted).findings
        case.raw = deepcopy(case.raw)
        links = read_links(case.raw)
        for key, text in case.values.items():
            whom, one = _parsed(key)
            if not text and not one.may_be_empty:
                self.remarks.append(Remark(case.rank, key, None, refuses=True))
            if one.holder is Holder.LINK:
                _write_link(one, text, links.setdefault(self._named(whom), {"": ""}))
            elif whom:
                case.persons.setdefault(whom, {})[one.key] = text
                continue
            else:
                write_text(one, text, case.raw)
            case.touched.add(key)
        if any(_parsed(key)[0] for key in case.touched):
            write_links(case.raw, links)

    def _take_blocks(self, case: _Case) -> None:
        """Take from the file the blocks that are corrected, where the import had set them aside whole."""
        if case.file is None:
            return
        read = check_pupil(
            RawRecord(0, case.rank, case.file), self.facts, self._accepted(case.file)
        )
        for tag, attribute in _BLOCKS:
            inside = [one for one in PUPIL_FIELDS if one.path[0] == tag]
            is_aside = getattr(read, attribute) is None and bool(case.file.get(tag))
            if is_aside and any(one.key in case.values for one in inside):
                case.raw[tag] = deepcopy(case.file[tag])
                case.touched.update(one.key for one in inside)

    def _named(self, whom: str) -> str:
        """Give what names a guardian in the links of a record."""
        return f"#{_id_of_new(whom)}" if whom.startswith(NEW) else self.held.named(int(whom))

    def _texts(self, case: _Case) -> dict[str, str]:
        """Give what is held of all that a correction may be about."""
        texts = {} if case.pupil_id is None else self.held.pupil_texts(case.pupil_id)
        for key in case.edit.values:
            whom = _parsed(key)[0]
            if whom.isdigit() and key not in texts:
                texts |= self.held.guardian_texts(int(whom))
        return texts

    # The persons

    def _check_persons(self) -> None:
        """Check the guardians that were typed in; one that several corrections name is one."""
        typed: dict[str, tuple[_Case, dict[str, str]]] = {}
        for case in self.cases:
            for whom, values in case.persons.items():
                name = f"{whom}/{case.rank}" if whom.startswith(NEW) else whom
                typed.setdefault(name, (case, {}))[1].update(values)
        for rank, (name, (case, values)) in enumerate(typed.items(), 1):
            whom = name.partition("/")[0]
            is_new = whom.startswith(NEW)
            raw: Fields = (
                {"ID_SIECLE_PER": str(_id_of_new(whom))}
                if is_new
                else self.held.guardian_record(int(whom))
            )
            before = [] if is_new else check_person(RawRecord(0, rank, raw), self.facts).findings
            for key, text in values.items():
                write_text(_GUARDIAN_BY_KEY[key], text, raw)
            person = check_person(RawRecord(0, rank, raw), self.facts)
            if not is_new:
                _keep_untouched(person, person.row, self.held.guardians[int(whom)], set(values))
                person.erased = _erased(values, _GUARDIAN_BY_KEY, person)
                self.person_befores[rank] = before
            self.examined.persons.append(person)
            self.examined.recognised.person_ids.pop(person.ref, None)
            self.persons[rank] = (case.rank, whom)
        self.examined.person_count = len(self.examined.persons)

    def _accepted(self, raw: Fields) -> set[int | str]:
        """Give the guardians that a record may name, and say which of them are known."""
        accepted: set[int | str] = set()
        edited = {person.ref for person in self.examined.persons}
        for name, guardian_id in self._known(read_links(raw)).items():
            ref = name if name.startswith("#") else int(name)
            accepted.add(ref)
            if guardian_id < _NOBODY and ref not in edited:
                self.examined.recognised.person_ids[ref] = guardian_id
        return accepted

    def _known(self, names: Iterable[str]) -> dict[str, int]:
        """Find the guardians whom links name; one the base does not have is left out."""
        named = list(names)
        missing = {
            int(name)
            for name in named
            if name.isascii() and name.isdigit() and name not in self._guardian_ids
        }
        if missing:
            keys = holdings.person_keys(uai=self.uai, ids=(), private_ids=sorted(missing))
            self._guardian_ids.update((str(key.private_id), key.id) for key in keys)
        ours = {name: int(name[1:]) for name in named if name.startswith("#")}
        return ours | {
            name: self._guardian_ids[name] for name in named if name in self._guardian_ids
        }

    # The pupils

    def _check_pupil(self, case: _Case) -> None:
        is_known = case.pupil_id is not None and not case.is_whole
        if is_known and not case.touched:
            return
        if case.pupil_id is None and case.edit.record is None and not case.touched:
            return
        record = check_pupil(
            RawRecord(0, case.rank, case.raw), self.facts, self._accepted(case.raw)
        )
        if is_known and case.pupil_id is not None:
            self._keep_as_held(case, record)
        case.record = record
        self.examined.pupils.append(record)
        self.examined.pupil_count += 1

    def _keep_as_held(self, case: _Case, record: PupilRecord) -> None:
        stored = self.held.pupils[case.pupil_id or 0]
        record.private_id = record.enrolment.private_id = None
        _keep_untouched(record, record.student, stored.student, case.touched)
        touched = {key for key in case.touched if "." not in key}
        for name in type(record.enrolment).columns:
            if name not in touched:
                setattr(record.enrolment, name, None)
        if stored.enrolment is not None:
            record.enrolment.is_blocked = stored.enrolment.is_blocked
        record.defaults = {"keep_expected": True} | {
            name: value
            for name, value in record.defaults.items()
            if name in ("starts_on", "status") and touched & _SCHOOLING_KEYS
        }
        held = latest(stored)
        if not touched & _SCHOOLING_KEYS:
            record.schooling = None
        elif record.schooling is not None and held is not None:
            for name in type(held).columns:
                if name not in touched:
                    setattr(record.schooling, name, getattr(held, name))
        self._keep_links(case, record)
        record.erased = _erased(case.values, _OWN_BY_KEY, record)

    def _keep_links(self, case: _Case, record: PupilRecord) -> None:
        of_links = {_parsed(key)[0] for key in case.touched if key.startswith(f"{GUARDIAN}.")}
        if not of_links or record.links is None:
            record.links = None
            return
        stored = self.held.pupils[case.pupil_id or 0]
        known = self._known(str(link.ref) for link in record.links)
        for rank, link in enumerate(record.links):
            guardian_id = known[str(link.ref)]
            if str(guardian_id) not in of_links and guardian_id in stored.links:
                record.links[rank] = PupilLink(link.ref, copy(stored.links[guardian_id][1]))

    # The anomalies of the last import

    def _settle(self, today: date) -> None:
        """Find the anomalies that the corrections settle, and whether the pupil may go to the academic base."""
        of_case = {case.rank: self._record_of(case) for case in self.cases}
        of_person = {
            person.rank: f"{Subject.PERSON.value}/{person.private_id}"
            for person in self.examined.persons
            if person.private_id is not None
        }
        found: dict[str, list[Standing]] = {}
        names = {*of_case.values(), *of_person.values()} - {""}
        for one in (
            standing(uai=self.uai, year=self.year, today=today, records=names) if names else ()
        ):
            found.setdefault(one.record, []).append(one)
        for case in self.cases:
            if case.record is not None:
                self._settle_case(case, found.get(of_case[case.rank], []))
        for person in self.examined.persons:
            rank, whom = self.persons[person.rank]
            typed = {key for key in self.cases[rank - 1].values if _parsed(key)[0] == whom}
            touched = {_parsed(key)[1].key for key in typed}
            left = {finding.rule.code for finding in person.findings}
            self.settled += [
                (one, rank)
                for one in found.get(of_person.get(person.rank, ""), ())
                if one.code not in left and touched & keys_of_rule(one.code, one.field, one.subject)
            ]

    def _settle_case(self, case: _Case, found: list[Standing]) -> None:
        assert case.record is not None  # noqa: S101 - the caller looked
        left = {finding.rule.code for finding in case.record.findings}
        touched = {key for key in case.touched if "." not in key or key.startswith(ADDRESS)}
        if len(touched) < len(case.touched):
            touched.add(GUARDIAN)
        settled = [
            one
            for one in found
            if one.code not in left
            and (case.is_whole or touched & keys_of_rule(one.code, one.field, one.subject))
        ]
        self.settled += [(one, case.rank) for one in settled]
        if case.is_whole or case.pupil_id is None:
            return
        before = {_told(finding) for finding in case.before}
        is_new = any(f.rule.blocks and _told(f) not in before for f in case.record.findings)
        if settled or is_new:
            rest = [one for one in found if one.blocks and one.state != "fixed"]
            case.record.enrolment.is_blocked = is_new or bool(set(rest) - set(settled))

    def _record_of(self, case: _Case) -> str:
        """Name a pupil as the findings of imports do."""
        number: Any = None
        if case.pupil_id is not None and case.pupil_id in self.held.pupils:
            enrolment = self.held.pupils[case.pupil_id].enrolment
            number = enrolment.private_id if enrolment else None
        if number is None and case.file is not None:
            text = case.file.get("ID_PRV_ELE")
            number = int(text) if isinstance(text, str) and text.isdecimal() else None
        if number is not None:
            return f"{Subject.PUPIL.value}/{number}"
        return "" if case.pupil_id is None else f"{Subject.PUPIL.value}/#{case.pupil_id}"

    # What the rules say

    def _remark(self) -> None:
        for case in self.cases:
            if case.record is None:
                continue
            before = {_told(found) for found in case.before}
            typed = {GUARDIAN if key.startswith(GUARDIAN) else key for key in case.values}
            for found in case.record.findings:
                key = key_of_finding(found.rule, found.field, Subject.PUPIL)
                self._say(case, found, key, before, is_typed=key in typed)
        for person in self.examined.persons:
            rank, whom = self.persons[person.rank]
            case = self.cases[rank - 1]
            before = {_told(found) for found in self.person_befores.get(person.rank, ())}
            for found in person.findings:
                name = key_of_finding(found.rule, found.field, Subject.PERSON)
                key = f"{GUARDIAN}.{whom}.{name}"
                self._say(case, found, key, before, is_typed=key in case.values)

    def _say(
        self, case: _Case, found: Finding, key: str, before: set[Any], *, is_typed: bool
    ) -> None:
        """Note a finding of the record corrected; those it already had are no news, but for what was typed."""
        is_new = _told(found) not in before
        if not is_new and not is_typed and found.rule.effect is not Effect.RECORD:
            return
        stops = found.rule.effect is not Effect.NOTE and (
            is_typed or (is_new and not case.is_whole and case.edit.record is None)
        )
        # A default stands for what was not typed at all: nothing typed is lost.
        if found.rule.effect is Effect.DEFAULT and not found.value:
            stops = False
        refuses = stops or found.rule.effect is Effect.RECORD
        self.remarks.append(Remark(case.rank, key, found, refuses))


_OWN_BY_KEY = {one.key: one for one in PUPIL_FIELDS}
_GUARDIAN_BY_KEY = {one.key: one for one in GUARDIAN_FIELDS}
_SCHOOLING_KEYS = {one.key for one in PUPIL_FIELDS if one.holder is Holder.SCHOOLING}
_IDENTITY = frozenset(("family_name", "first_name", "birth_date"))
_DERIVED = frozenset(("identity_key", "sort_key"))


def _keep_untouched(record: Checked, row: Any, held: Any, touched: Collection[str]) -> None:
    """Leave what nobody typed as it is held: in a row that is read, None says nothing."""
    for name in type(row).columns:
        if name in touched or (name in _DERIVED and not _IDENTITY.isdisjoint(touched)):
            continue
        is_needed = name in _DERIVED or name in _IDENTITY
        setattr(row, name, getattr(held, name) if is_needed else None)
    if not any(key.startswith(f"{ADDRESS}.") for key in touched):
        record.address = None


def _erased(values: Mapping[str, str], own: Mapping[str, Field], record: Checked) -> frozenset[str]:
    """Name the columns that were emptied on purpose."""
    columns: set[str] = set()
    for key, text in values.items():
        if key.startswith(f"{ADDRESS}."):
            if record.address is None:
                columns.add("address_id")
        elif not text.strip():
            found = own.get(key) or _parsed(key)[1]
            if found.holder not in (Holder.GUARDIAN, Holder.ADDRESS) or key in own:
                columns.add(found.column)
    return frozenset(columns)


def _write_link(one: Field, text: str, link: dict[str, str]) -> None:
    if not one.path:
        link[""] = text
        return
    told: Fields = {}
    write_text(one, text, told)
    link.pop(one.path[0], None)
    link.update({tag: str(value) for tag, value in told.items()})


def _moved(case: _Case, held: Mapping[str, str]) -> list[Moved]:
    return [
        Moved(case.rank, key, seen, held.get(key, ""), case.values[key])
        for key, seen in case.edit.seen.items()
        if key in case.values and held.get(key, "") != seen
    ]


def _parsed(key: str) -> tuple[str, Field]:
    found = field_of(key)
    if found is None:
        raise UnknownFieldError(key)
    return found


def _id_of_new(whom: str) -> int:
    digits = whom.removeprefix(NEW)
    return _NOBODY + (int(digits) if digits.isascii() and digits.isdigit() else 0)


def _told(found: Finding) -> tuple[str, str, str]:
    return found.rule.code, found.field, found.value
