"""Stages parse, recognise and validate, in one pass over the file. Pure: `check` runs them offline."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

from bascule.exchange.flows.flow import Brings, Flow, Opened
from bascule.exchange.import_pipeline.recognise import (
    Memory,
    Recognised,
    Recogniser,
    digest_of,
    key_of,
    numbers_of,
    persons_of,
)
from bascule.exchange.import_pipeline.validate import (
    check_memberships,
    check_pupil,
    reject_repeated,
    set_shared_numbers_aside,
)
from bascule.exchange.records import Facts, Heading, Mark, PersonRecord, PupilRecord
from bascule.exchange.rules.base import (
    INF_FICHI_A_01,
    INF_FICHI_A_02,
    INF_FICHI_B_01,
    INF_FICHI_C_01,
    INF_FICHI_D_01,
)
from bascule.exchange.rules.identity import REJEL_CREAT_A_02
from bascule.exchange.rules.persons import REJRE_CREAT_A_02, check_person
from bascule.findings import Finding, Rule, Subject
from bascule.formats.record import Record


@dataclass(slots=True)
class Examined:
    """A file read and validated; nothing of it is in the base.

    Attributes:
        heading: what the file says of itself.
        brings: what its records are about.
        facts: what rules may know, when one was asked.
        persons: persons that were not recognised.
        pupils: pupils that were not recognised.
        recognised: what was recognised.
        file_findings: findings on the file itself.
        person_count: persons read.
        pupil_count: pupils read.
    """

    heading: Heading
    brings: Brings = Brings.RECORDS
    facts: Facts | None = None
    persons: list[PersonRecord] = field(default_factory=list)
    pupils: list[PupilRecord] = field(default_factory=list)
    recognised: Recognised = field(default_factory=Recognised)
    file_findings: list[Finding] = field(default_factory=list)
    person_count: int = 0
    pupil_count: int = 0

    def all_findings(self) -> list[Finding]:
        """List what was found: of the file, then of persons, then of pupils, in the order of the file.

        Returns:
            list[Finding]: all of it.
        """
        found = self.file_findings + self.recognised.findings
        for record in (*self.persons, *self.pupils):
            found += record.findings
        return sorted(
            found, key=lambda finding: (_ORDER[finding.subject], finding.rank, finding.rule.code)
        )


PersonsRead: TypeAlias = Callable[[Examined], None]

_ORDER = {Subject.FILE: 0, Subject.PERSON: 1, Subject.PUPIL: 2}


def examine(
    opened: Opened,
    flow: Flow,
    facts: Callable[[], Facts],
    memory: Memory,
    persons_read: PersonsRead | None = None,
) -> Examined:
    """Read a file to its end and validate what is not recognised.

    Args:
        opened (Opened): the file, its heading read.
        flow (Flow): its way in.
        facts (Callable[[], Facts]): gives what rules may know; not called when all is recognised.
        memory (Memory): what the last import settled.
        persons_read (PersonsRead | None): is told once the persons are validated, before the pupils are read.

    Returns:
        Examined: the file, read.

    Raises:
        MisledError: if the memory cannot judge this file; open it again and examine it without.
    """
    facts = cache(facts)
    examined = Examined(opened.heading, flow.brings)
    if flow.brings is Brings.MEMBERSHIPS:
        examined.facts = facts()
        for raw in opened.records():
            examined.pupil_count += 1
            examined.pupils.append(check_memberships(raw, examined.facts))
    else:
        _examine_records(opened, flow, examined, facts, memory, persons_read)
    # The version is sure once all is read.
    examined.heading = opened.heading
    examined.file_findings = about_the_file(opened)
    if flow.silent_rules:
        _silence(examined, flow)
    return examined


def _examine_records(
    opened: Opened,
    flow: Flow,
    examined: Examined,
    facts: Callable[[], Facts],
    memory: Memory,
    persons_read: PersonsRead | None,
) -> None:
    recogniser = Recogniser(memory)
    records = opened.records(recogniser.recall)
    pupils = _persons(records, examined, recogniser, facts)
    reject_repeated(examined.persons, REJRE_CREAT_A_02, "ID_PRV_PER")
    if persons_read is not None:
        persons_read(examined)
    accepted = {person.ref for person in examined.persons if not person.is_rejected}
    accepted |= recogniser.found.person_ids.keys()
    for read in pupils:
        raw = flow.complete(read, facts()) if flow.complete else read
        examined.pupil_count += 1
        digest = digest_of(raw)
        if recogniser.pupil(raw, digest):
            continue
        pupil = check_pupil(raw, facts(), accepted)
        fields = raw.fields
        key = key_of(fields.get("ID_PRV_ELE"))
        pupil.mark = Mark(key, digest, numbers_of(fields), persons_of(fields))
        examined.pupils.append(pupil)
    reject_repeated(examined.pupils, REJEL_CREAT_A_02, "ID_PRV_ELE")
    set_shared_numbers_aside([pupil for pupil in examined.pupils if not pupil.is_rejected])
    examined.recognised = recogniser.found


def _persons(
    records: Iterator[Record],
    examined: Examined,
    recogniser: Recogniser,
    facts: Callable[[], Facts],
) -> Iterator[Record]:
    """Validate the persons; give back the pupils, whichever of the two the file writes first."""
    early: list[Record] = []
    for raw in records:
        if raw.tag == "ELEVE":
            early.append(raw)
            if examined.person_count:
                break
            continue
        examined.person_count += 1
        digest = digest_of(raw)
        if recogniser.person(raw, digest):
            continue
        person = check_person(raw, facts())
        person.mark = Mark(key_of(raw.fields.get("ID_PRV_PER")), digest)
        examined.persons.append(person)
    return itertools.chain(early, records)


def about_the_file(opened: Opened) -> list[Finding]:
    """Say what is to be said of a file itself.

    Args:
        opened (Opened): the file, read to its end.

    Returns:
        list[Finding]: in the order in which a report gives them.
    """
    heading = opened.heading
    found = [
        _file_finding(INF_FICHI_A_01, line, path.rpartition("/")[2], path)
        for path, line in opened.unknown().items()
    ]
    found += (
        _file_finding(INF_FICHI_D_01, line, place, value, sentence)
        for line, place, value, sentence in heading.deviations
    )
    if heading.passed_over:
        found.append(_file_finding(INF_FICHI_C_01, 1, "", str(heading.passed_over)))
    if heading.odd_name:
        found.append(_file_finding(INF_FICHI_A_02, 1, "", heading.odd_name))
    if heading.declared_version and heading.version != heading.declared_version:
        found.append(
            _file_finding(
                INF_FICHI_B_01,
                1,
                "VERSION",
                heading.declared_version,
                f"Le contenu est celui de la {heading.version}.",
            )
        )
    return found


def _file_finding(rule: Rule, line: int, tag: str, value: str, detail: str = "") -> Finding:
    return Finding(rule, line, 1, tag, value[:300], detail, subject=Subject.FILE)


def _silence(examined: Examined, flow: Flow) -> None:
    """Drop what rules say of elements that this kind of file does not have."""
    for record in (*examined.persons, *examined.pupils):
        record.findings = [
            f for f in record.findings if f.value or f.rule.code not in flow.silent_rules
        ]
    for pupil in examined.pupils:
        pupil.defaults["keep_blocked"] = flow.keeps_blocks
        pupil.defaults["is_held_back"] = flow.is_incomplete
