"""Stage recognise: pass over the records that the last import of the same year already settled. Pure.

A record whose text is the same, read under the same rules and facts, about rows nobody touched since,
has the same outcome: it is neither read, validated, matched nor compared again. Whatever is unusual
(an id or a number twice in the file) drops the memory and takes the long way, so that an import ends
the same with it and without it.
"""

import marshal
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from bascule.exchange.records import NUMBER_TAGS, Checked
from bascule.exchange.rules.book import BY_CODE
from bascule.findings import Effect, Finding, Subject
from bascule.formats.record import Fields, Record

_PLACE_SIZE = 8
_NUMBERS = tuple(tag for _, tag in NUMBER_TAGS)
_LINKS = ("LEGAL", "LEGAL1", "LEGAL2", "PERSONNE_EN_CHARGE", "CONTACT")


class MisledError(Exception):
    """The file holds what a memory cannot judge: start again without it."""


class Settled(NamedTuple):
    """What is remembered of one record.

    Attributes:
        digest: of the record.
        id: the row it led to.
        findings: what was found.
        kept_count: values kept that it no longer gave.
        numbers: national numbers it gives.
        persons: what the persons it links are remembered by.
    """

    digest: bytes
    id: int
    findings: tuple[tuple[str, str, str, str, str, str], ...]
    kept_count: int
    numbers: tuple[str, ...]
    persons: tuple[str, ...]


@dataclass(slots=True)
class Memory:
    """What the last import of a school year settled, by the private id."""

    persons: dict[str, Settled] = field(default_factory=dict)
    pupils: dict[str, Settled] = field(default_factory=dict)
    stored_count: int = 0

    @property
    def is_as_stored(self) -> bool:
        """Return whether it holds all that was stored, nothing forgotten and nothing missed."""
        return 0 < self.stored_count == len(self.persons) + len(self.pupils)

    def dump(self) -> bytes:
        """Write the memory.

        Returns:
            bytes: what `load` reads.
        """
        # One after the other, where the second begins first: what is written of a kind is a copy of it.
        persons, pupils = (
            marshal.dumps({k: tuple(v) for k, v in settled.items()}, 2)
            for settled in (self.persons, self.pupils)
        )
        return len(persons).to_bytes(_PLACE_SIZE) + persons + pupils

    @classmethod
    def load(cls, content: bytes) -> "Memory":
        """Read a memory back.

        Args:
            content (bytes): from `dump`.

        Returns:
            Memory: the memory.

        Raises:
            ValueError: if another version wrote it.
        """
        # Our own bytes, from a table only the application writes: marshal is the quickest that is in the library.
        place = _PLACE_SIZE + int.from_bytes(content[:_PLACE_SIZE])
        if place > len(content):
            raise ValueError(place)
        persons = marshal.loads(content[_PLACE_SIZE:])  # noqa: S302
        pupils = marshal.loads(content[place:])  # noqa: S302
        return cls(
            {k: Settled(*v) for k, v in persons.items()},
            {k: Settled(*v) for k, v in pupils.items()},
            len(persons) + len(pupils),
        )

    def forget(self, pupils: Iterable[int], guardians: Iterable[int]) -> None:
        """Forget the rows that somebody touched.

        Args:
            pupils (Iterable[int]): ids of pupils.
            guardians (Iterable[int]): ids of guardians.
        """
        for settled, ids in ((self.pupils, set(pupils)), (self.persons, set(guardians))):
            if ids:
                for key in [key for key, entry in settled.items() if entry.id in ids]:
                    del settled[key]


def digest_of(raw: Record) -> bytes:
    """Give the digest of what a record says.

    Args:
        raw (Record): as read.

    Returns:
        bytes: 16 bytes; where it stands in the file does not matter.
    """
    return raw.digest or blake2b(marshal.dumps(raw.fields, 2), digest_size=16).digest()


@dataclass(slots=True)
class Recognised:
    """What was recognised in a file.

    Attributes:
        person_ids: guardian of each recognised person, by `ref`.
        pupil_ids: recognised pupils.
        findings: their findings, at their place in this file.
        settled: what will be remembered of them.
    """

    person_ids: dict[int | str, int] = field(default_factory=dict)
    pupil_ids: set[int] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    settled: Memory = field(default_factory=Memory)


class Recogniser:
    """Recognises the records of one file, one after the other, persons first.

    Args:
        memory (Memory): what is remembered; empty when nothing is.
    """

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.found = Recognised(settled=Memory(stored_count=memory.stored_count))
        self._seen: set[tuple[str, str]] = set()
        self._keys = {
            tag: {entry.digest: key for key, entry in settled.items()}
            for tag, settled in (("PERSONNE", memory.persons), ("ELEVE", memory.pupils))
        }
        #: Nothing is remembered: every record takes the long way, and there is nothing to mislead.
        self._is_blank = not memory.persons and not memory.pupils

    def recall(self, tag: str, digest: bytes) -> bool:
        """Tell whether a record will be recognised by the digest of its text alone.

        Args:
            tag (str): `PERSONNE` or `ELEVE`.
            digest (bytes): of its text.

        Returns:
            bool: True when nothing more of it is needed; what was recognised before stays so.
        """
        key = self._keys.get(tag, {}).get(digest)
        if key is None:
            return False
        return tag == "PERSONNE" or self._stand(self.memory.pupils[key].persons)

    def person(self, raw: Record, digest: bytes) -> bool:
        """Recognise a person.

        Args:
            raw (Record): as read.
            digest (bytes): its digest.

        Returns:
            bool: True when there is nothing more to do.
        """
        if self._is_blank:
            return False
        key = (
            self._keys["PERSONNE"][digest]
            if raw.is_recalled
            else key_of(raw.fields.get("ID_PRV_PER"))
        )
        self._once("person", key)
        settled = self.memory.persons.get(key)
        if settled is None or settled.digest != digest:
            return False
        self.found.person_ids[int(key)] = settled.id
        self.found.settled.persons[key] = settled
        if settled.findings:
            self._replay(raw, settled, key, Subject.PERSON)
        return True

    def pupil(self, raw: Record, digest: bytes) -> bool:
        """Recognise a pupil; all the persons have been seen.

        Args:
            raw (Record): as read.
            digest (bytes): its digest.

        Returns:
            bool: True when there is nothing more to do.
        """
        if self._is_blank:
            return False
        fields = raw.fields
        key = self._keys["ELEVE"][digest] if raw.is_recalled else key_of(fields.get("ID_PRV_ELE"))
        self._once("pupil", key)
        settled = self.memory.pupils.get(key)
        is_same = settled is not None and settled.digest == digest
        for number in settled.numbers if settled and is_same else numbers_of(fields):
            self._once("number", number)
        if settled is None or not is_same or not self._stand(settled.persons):
            return False
        self.found.pupil_ids.add(settled.id)
        self.found.settled.pupils[key] = settled
        if settled.findings:
            self._replay(raw, settled, key, Subject.PUPIL)
        return True

    def _once(self, kind: str, value: str) -> None:
        if (kind, value) in self._seen:
            raise MisledError
        self._seen.add((kind, value))

    def _stand(self, persons: Iterable[str]) -> bool:
        """Tell whether the persons whom a pupil's record links were recognised."""
        known = self.found.settled.persons
        return len(known) == len(self.memory.persons) or all(key in known for key in persons)

    def _replay(self, raw: Record, settled: Settled, key: str, subject: Subject) -> None:
        self.found.findings += (
            Finding(
                BY_CODE[code],
                raw.line,
                raw.rank,
                tag,
                value,
                detail,
                label,
                int(key),
                division,
                subject=subject,
            )
            for code, tag, value, detail, label, division in settled.findings
        )


def key_of(text: Any) -> str:
    """Give what a record is remembered by.

    Args:
        text (Any): its private id as written, or None.

    Returns:
        str: the same for two spellings of one id: 7 and 007. Empty when there is none.
    """
    return text.lstrip("0") or "0" if text and text[0] == "0" else text or ""


def numbers_of(fields: Fields) -> tuple[str, ...]:
    """Give the national numbers that a pupil's record gives.

    Args:
        fields (Fields): as read.

    Returns:
        tuple[str, ...]: each once: a number is one whatever the element, and a pupil may give it in two of them.
    """
    # A number in capitals is kept as it was read: one text for all who hold it.
    texts = [str(fields[tag]) for tag in _NUMBERS if tag in fields]
    return tuple({text if text.isupper() else text.upper() for text in texts})


def persons_of(fields: Fields) -> tuple[str, ...]:
    """Give what the persons whom a pupil's record links are remembered by.

    Args:
        fields (Fields): as read.

    Returns:
        tuple[str, ...]: a key for each link.
    """
    block: Any = fields.get("RESPONSABLES_ELEVE") or {}
    return tuple(
        key_of(link.get("ID_PRV_PER"))
        for tag in _LINKS
        if tag in block
        for link in (block[tag] if isinstance(block[tag], list) else (block[tag],))
    )


def settle(record: Checked, row_id: int) -> Settled | None:
    """Say what is to be remembered of a record that took the long way.

    Args:
        record (Checked): the record.
        row_id (int): the row it led to.

    Returns:
        Settled | None: None when it was rejected, when what was found depends on other rows than its own, or when
            it comes from no file.
    """
    mark = record.mark
    if (
        mark is None
        or mark.key != str(record.private_id)
        or record.is_rejected
        or any(_looks_at_the_base(finding) for finding in record.findings)
    ):
        return None
    return Settled(
        mark.digest,
        row_id,
        tuple(
            (f.rule.code, f.field, f.value, f.detail, f.record, f.division) for f in record.findings
        ),
        record.kept_count,
        mark.numbers,
        mark.persons,
    )


def _looks_at_the_base(finding: Finding) -> bool:
    return finding.rule.effect is Effect.RECORD or finding.rule.code in _BASE_CODES


_BASE_CODES = frozenset(
    (
        "PAREN_B_01", "REJEL_CREAT_C_01", "REJEL_CREAT_C_02", "REJEL_CREAT_C_03", "INF_CREAT_D_01",
        "INF_CREAT_D_02", "INF_ELNOM_A_01", "IDNAT_D_01", "IDNAT_E_01", "IDNAT_F_01", "INF_SCOAC_F_01",
        "SCOAC_B_01", "REJRE_CREAT_C_01",
    )
)  # fmt: skip
