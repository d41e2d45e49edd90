"""Prepare corrections: each becomes a record, checked by the rules of the import and planned by its plan.

What nobody corrected keeps the value held, whatever the rules would say of it today: a correction is
judged by what it changes, never by what was wrong before.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any

from bascule.exchange.amend.edits import (
    NOBODY,
    Case,
    Edit,
    Moved,
    Remark,
    UnknownGuardianError,
    UnknownRecordError,
    id_of_new,
    parsed,
    told,
)
from bascule.exchange.amend.fields import (
    GUARDIAN,
    GUARDIAN_FIELDS,
    NEW,
    PUPIL_FIELDS,
    Field,
    Holder,
    key_of_finding,
    write_text,
)
from bascule.exchange.amend.held import Held, load, read_links, write_links
from bascule.exchange.amend.keep import erased_columns, keep_as_held, keep_untouched
from bascule.exchange.amend.settle import settle
from bascule.exchange.dispositions import Standing
from bascule.exchange.facts import read_context
from bascule.exchange.gate import reopen
from bascule.exchange.import_pipeline.conductor import Planned, make_plan
from bascule.exchange.import_pipeline.examine import Examined
from bascule.exchange.import_pipeline.validate import check_pupil
from bascule.exchange.models import ImportRun, RunFinding
from bascule.exchange.records import Facts, Heading
from bascule.exchange.rules.persons import check_person
from bascule.findings import Effect, Finding, Subject
from bascule.formats.record import Fields, Record
from bascule.students import holdings
from bascule.students.lookup import UnknownPupilError

_BLOCKS = (("SCOLARITE_ACTIVE", "schooling"), ("ADRESSE", "address"))


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
        self.cases = [Case(rank, edit, edit.pupil_id) for rank, edit in enumerate(edits, 1)]
        self.examined = Examined(Heading("Correction", "hand", uai, year))
        self._guardian_ids: dict[str, int] = {}
        self._read_files()
        whom = {w for edit in edits for key in edit.values if (w := parsed(key)[0]).isdigit()}
        self.held = load(
            uai=uai,
            year=year,
            pupil_ids=[case.pupil_id for case in self.cases if case.pupil_id is not None],
            guardian_ids=[int(one) for one in whom],
        )
        if any(int(one) not in self.held.guardians for one in whom):
            raise UnknownGuardianError
        self.remarks: list[Remark] = []
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
        settled = settle(
            uai=self.uai, year=self.year, today=today, held=self.held, cases=self.cases,
            persons=[
                (person, self.cases[rank - 1], whom)
                for person in self.examined.persons
                for rank, whom in (self.persons[person.rank],)
            ],
        )  # fmt: skip
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
            planned, self.held, self.remarks, moved, pupil_ids, settled, sorted(here), self.persons,
        )  # fmt: skip

    # The records

    def _read_files(self) -> None:
        """Read the records asked for in kept files."""
        wanted: dict[int, dict[int, Case]] = {}
        for case in self.cases:
            if case.edit.record is not None:
                wanted.setdefault(case.edit.record.run_id, {})[case.edit.record.rank] = case
        for run_id, cases in wanted.items():
            run = ImportRun.objects.filter(uai=self.uai, year=self.year, pk=run_id).first()
            if run is None:
                raise UnknownRecordError
            for raw in reopen(run).read().records():
                if raw.tag == "ELEVE" and raw.rank in cases:
                    cases[raw.rank].file = raw.fields
            self._place(run_id, cases)

    def _place(self, run_id: int, cases: Mapping[int, Case]) -> None:
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

    def _write(self, case: Case) -> None:
        """Write what was typed into the record the correction starts from."""
        if case.is_whole and case.file is not None:
            case.raw = deepcopy(case.file)
        elif case.pupil_id is not None:
            case.raw = self.held.pupil_record(case.pupil_id)
            self._take_blocks(case)
        else:
            case.raw = {"ID_SIECLE_ELE": "0"}
        accepted = self._accepted(case.raw)
        case.before = check_pupil(
            Record("ELEVE", 0, case.rank, case.raw), self.facts, accepted
        ).findings
        case.raw = deepcopy(case.raw)
        links = read_links(case.raw)
        for key, text in case.values.items():
            whom, one = parsed(key)
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
        if any(parsed(key)[0] for key in case.touched):
            write_links(case.raw, links)

    def _take_blocks(self, case: Case) -> None:
        """Take from the file the blocks that are corrected, where the import had set them aside whole."""
        if case.file is None:
            return
        read = check_pupil(
            Record("ELEVE", 0, case.rank, case.file), self.facts, self._accepted(case.file)
        )
        for tag, attribute in _BLOCKS:
            inside = [one for one in PUPIL_FIELDS if one.path[0] == tag]
            is_aside = getattr(read, attribute) is None and bool(case.file.get(tag))
            if is_aside and any(one.key in case.values for one in inside):
                case.raw[tag] = deepcopy(case.file[tag])
                case.touched.update(one.key for one in inside)

    def _named(self, whom: str) -> str:
        """Give what names a guardian in the links of a record."""
        return f"#{id_of_new(whom)}" if whom.startswith(NEW) else self.held.named(int(whom))

    def _texts(self, case: Case) -> dict[str, str]:
        """Give what is held of all that a correction may be about."""
        texts = {} if case.pupil_id is None else self.held.pupil_texts(case.pupil_id)
        for key in case.edit.values:
            whom = parsed(key)[0]
            if whom.isdigit() and key not in texts:
                texts |= self.held.guardian_texts(int(whom))
        return texts

    # The persons

    def _check_persons(self) -> None:
        """Check the guardians that were typed in; one that several corrections name is one."""
        typed: dict[str, tuple[Case, dict[str, str]]] = {}
        for case in self.cases:
            for whom, values in case.persons.items():
                name = f"{whom}/{case.rank}" if whom.startswith(NEW) else whom
                typed.setdefault(name, (case, {}))[1].update(values)
        for rank, (name, (case, values)) in enumerate(typed.items(), 1):
            whom = name.partition("/")[0]
            is_new = whom.startswith(NEW)
            raw: Fields = (
                {"ID_SIECLE_PER": str(id_of_new(whom))}
                if is_new
                else self.held.guardian_record(int(whom))
            )
            before = (
                []
                if is_new
                else check_person(Record("PERSONNE", 0, rank, raw), self.facts).findings
            )
            for key, text in values.items():
                write_text(_GUARDIAN_BY_KEY[key], text, raw)
            person = check_person(Record("PERSONNE", 0, rank, raw), self.facts)
            if not is_new:
                keep_untouched(person, person.row, self.held.guardians[int(whom)], set(values))
                person.erased = erased_columns(values, _GUARDIAN_BY_KEY, person)
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
            if guardian_id < NOBODY and ref not in edited:
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

    def _check_pupil(self, case: Case) -> None:
        is_known = case.pupil_id is not None and not case.is_whole
        if is_known and not case.touched:
            return
        if case.pupil_id is None and case.edit.record is None and not case.touched:
            return
        record = check_pupil(
            Record("ELEVE", 0, case.rank, case.raw), self.facts, self._accepted(case.raw)
        )
        if is_known and case.pupil_id is not None:
            stored = self.held.pupils[case.pupil_id]
            known = self._known(str(link.ref) for link in record.links or ())
            keep_as_held(case, record, stored, known)
        case.record = record
        self.examined.pupils.append(record)
        self.examined.pupil_count += 1

    # What the rules say

    def _remark(self) -> None:
        for case in self.cases:
            if case.record is None:
                continue
            before = {told(found) for found in case.before}
            typed = {GUARDIAN if key.startswith(GUARDIAN) else key for key in case.values}
            for found in case.record.findings:
                key = key_of_finding(found.rule, found.field, Subject.PUPIL)
                self._say(case, found, key, before, is_typed=key in typed)
        for person in self.examined.persons:
            rank, whom = self.persons[person.rank]
            case = self.cases[rank - 1]
            before = {told(found) for found in self.person_befores.get(person.rank, ())}
            for found in person.findings:
                name = key_of_finding(found.rule, found.field, Subject.PERSON)
                key = f"{GUARDIAN}.{whom}.{name}"
                self._say(case, found, key, before, is_typed=key in case.values)

    def _say(
        self, case: Case, found: Finding, key: str, before: set[Any], *, is_typed: bool
    ) -> None:
        """Note a finding of the record corrected; those it already had are no news, but for what was typed."""
        is_new = told(found) not in before
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


_GUARDIAN_BY_KEY = {one.key: one for one in GUARDIAN_FIELDS}


def _write_link(one: Field, text: str, link: dict[str, str]) -> None:
    if not one.path:
        link[""] = text
        return
    told: Fields = {}
    write_text(one, text, told)
    link.pop(one.path[0], None)
    link.update({tag: str(value) for tag, value in told.items()})


def _moved(case: Case, held: Mapping[str, str]) -> list[Moved]:
    return [
        Moved(case.rank, key, seen, held.get(key, ""), case.values[key])
        for key, seen in case.edit.seen.items()
        if key in case.values and held.get(key, "") != seen
    ]
