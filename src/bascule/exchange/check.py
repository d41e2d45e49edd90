"""Check files offline: no server, no base, nothing kept. Pure.

Rules that look at the school's own profile, structures or base keep silent, and the result says so. When
the school's `Nomenclature.xml` and `Structures.xml` are checked along with its pupils' file, they are the
profile and the structures.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from bascule.errors import RefusedError
from bascule.exchange.context import facts_from_files, offline_facts
from bascule.exchange.flows.fields import FIELDS
from bascule.exchange.flows.flow import Brings, Flow
from bascule.exchange.flows.ways import way_of
from bascule.exchange.import_pipeline.examine import Examined, about_the_file, examine
from bascule.exchange.import_pipeline.recognise import Memory
from bascule.exchange.records import Facts
from bascule.findings import Finding
from bascule.formats import xml_reader
from bascule.formats.bee_nomenclatures.description import DESCRIPTION as NOMENCLATURES
from bascule.formats.bee_structures.description import DESCRIPTION as STRUCTURES
from bascule.formats.envelope import Envelope, open_deposit
from bascule.formats.kinds import Kind
from bascule.formats.outline import read_outline
from bascule.formats.record import Record
from bascule.formats.refusals import WrongKindError

_DESCRIPTIONS = {"bee_nomenclatures": NOMENCLATURES, "bee_structures": STRUCTURES}


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What was found of one file.

    Attributes:
        name: as given.
        refusal: why it is refused whole; None when it is not.
        kind: French name of its kind.
        version: decided by content where that is known.
        uai: the school it names.
        year: the school year it names, first calendar year; 0 when it names none.
        software: the software it names.
        counts: records read, by element.
        findings: what rules say; of pupils' files only.
        columns: what each column of a table is taken for, in French; blank for one that is not read.
        kept_silent: rules on the profile and the structures kept silent.
    """

    name: str
    refusal: RefusedError | None = None
    kind: str = ""
    version: str = ""
    uai: str = ""
    year: int = 0
    software: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    kept_silent: bool = False
    columns: dict[str, str] = field(default_factory=dict)


def check_files(files: Sequence[tuple[str, bytes]]) -> list[CheckedFile]:
    """Check files, one by one; profile and structures among them serve the pupils' files.

    Args:
        files (Sequence[tuple[str, bytes]]): name and bytes of each.

    Returns:
        list[CheckedFile]: in the same order.
    """
    opened = [_open(name, data) for name, data in files]
    envelopes = [envelope for envelope in opened if isinstance(envelope, Envelope)]
    return [
        _check(envelope, envelopes) if isinstance(envelope, Envelope) else envelope
        for envelope in opened
    ]


def _open(name: str, data: bytes) -> Envelope | CheckedFile:
    try:
        return open_deposit(name, data)
    except RefusedError as refusal:
        return CheckedFile(name, refusal)


def _check(envelope: Envelope, others: Iterable[Envelope]) -> CheckedFile:
    try:
        _refuse_mistaken(envelope)
        flow = way_of([envelope])
        if flow is not None and _is_whole(flow):
            return _check_pupils(flow, envelope, others)
        if envelope.kind is not None and not envelope.kind.root:
            return _count_only(flow, envelope, envelope.kind)
        outline = read_outline(envelope.chunks())
    except RefusedError as refusal:
        return CheckedFile(envelope.name, refusal)
    if envelope.kind is None:
        return CheckedFile(envelope.name, WrongKindError(None, None, outline.root))
    return CheckedFile(
        envelope.name,
        None,
        envelope.kind.name,
        outline.version,
        outline.uai,
        outline.year,
        "",
        outline.counts,
    )


def _refuse_mistaken(envelope: Envelope) -> None:
    kind = envelope.kind
    if kind is not None and not kind.is_exchanged:
        raise WrongKindError(None, kind, kind.root)


def _is_whole(flow: Flow) -> bool:
    """Tell whether a file says all that its rules look at: one file, which nothing of the school completes."""
    return len(flow.kinds) == 1 and flow.complete is None and not flow.part


def _count_only(flow: Flow | None, envelope: Envelope, kind: Kind) -> CheckedFile:
    """Read a deposit that names neither school nor year: rules would not know which year is meant."""
    if flow is None:
        return CheckedFile(envelope.name, kind=kind.name)
    opened = flow.open([envelope])
    counts = Counter(record.tag for record in opened.records())
    return CheckedFile(
        envelope.name,
        kind=kind.name,
        version=opened.heading.version or opened.heading.encoding,
        uai=opened.heading.uai,
        year=opened.heading.year,
        counts=dict(counts),
        findings=tuple(about_the_file(opened)),
        columns={
            heading: FIELDS[code].title if code else "" for heading, code in opened.heading.columns
        },
        kept_silent=True,
    )


def _check_pupils(flow: Flow, envelope: Envelope, others: Iterable[Envelope]) -> CheckedFile:
    opened = flow.open([envelope])
    heading = opened.heading
    facts = _facts(heading.uai, heading.year, others)
    examined = examine(opened, flow, lambda: facts, Memory())
    heading = examined.heading
    return CheckedFile(
        name=envelope.name,
        kind=envelope.kind.name if envelope.kind else heading.kind,
        version=heading.version,
        uai=heading.uai,
        year=heading.year,
        software=heading.software,
        counts=_counts(examined, flow),
        findings=tuple(examined.all_findings()),
        kept_silent=facts.mefs is None or facts.divisions is None,
    )


def _counts(examined: Examined, flow: Flow) -> dict[str, int]:
    if flow.brings is Brings.MEMBERSHIPS:
        return {"ELEVE": examined.pupil_count}
    return {
        "PERSONNE": examined.person_count,
        "ELEVE": examined.pupil_count,
        "sortis": sum(pupil.has_left for pupil in examined.pupils),
    }


def _facts(uai: str, year: int, others: Iterable[Envelope]) -> Facts:
    profile = _records(others, "bee_nomenclatures", uai, year)
    structures = _records(others, "bee_structures", uai, year)
    if not profile and not structures:
        return offline_facts(year)
    facts = facts_from_files(year, profile, structures)
    return facts if structures else replace(facts, divisions=None, groups=None)


def _records(envelopes: Iterable[Envelope], code: str, uai: str, year: int) -> list[Record]:
    """Read the file of a kind that is of the same school and year, if there is one."""
    for envelope in envelopes:
        if envelope.kind is not None and envelope.kind.code == code:
            try:
                records = list(xml_reader.read(_DESCRIPTIONS[code], envelope.chunks()))
            except RefusedError:
                continue
            heading = records[0].fields
            if (heading.get("UAJ"), heading.get("ANNEE_SCOLAIRE")) == (uai, str(year)):
                return records
    return []


def tally(findings: Iterable[Finding]) -> Counter[str]:
    """Count findings by effect.

    Args:
        findings (Iterable[Finding]): the findings.

    Returns:
        Counter[str]: by label of the effect.
    """
    return Counter(finding.rule.effect.label for finding in findings)
