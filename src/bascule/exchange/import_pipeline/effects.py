"""What a plan is made of: the lines that people read, the effects that are written, what it needs of the base."""

import hashlib
from collections import Counter
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from bascule.exchange.records import PersonRecord, PupilRecord
from bascule.students.rows import (
    AddressRow,
    EnrolmentRow,
    GuardianRow,
    LinkRow,
    MembershipRow,
    SchoolingRow,
    StudentRow,
)


class Line(NamedTuple):
    """One effect, as it is stored and shown."""

    entity: str
    action: str
    line: int | None
    rank: int | None
    private_id: int | None
    target_id: int | None
    label: str
    division: str
    digest: bytes | None
    changes: dict[str, list[Any]] | None


@dataclass(slots=True)
class StoredPupil:
    """A pupil as the base holds it, for the year of the file."""

    id: int
    student: StudentRow
    enrolment_id: int | None = None
    enrolment: EnrolmentRow | None = None
    is_expected: bool = False
    schoolings: list[tuple[int, SchoolingRow]] = field(default_factory=list)
    links: dict[int, tuple[int, LinkRow]] = field(default_factory=dict)

    def twin(self) -> "StoredPupil":
        """Give the same, that may be changed without this one."""
        return replace(
            self,
            student=copy(self.student),
            enrolment=copy(self.enrolment),
            schoolings=[(i, copy(row)) for i, row in self.schoolings],
            links={i: (link_id, copy(row)) for i, (link_id, row) in self.links.items()},
        )


@dataclass(slots=True)
class Base:
    """What the plan needs of the base, for the records that were not recognised.

    Attributes:
        pupils: by id.
        guardians: by id.
        guardian_names: name of each guardian linked to those pupils.
        address_ids: id of each address that already exists, by digest.
        addresses: text of the addresses of those pupils and guardians, before and after, by id.
        holders: guardian that holds each private id.
        pupil_holders: enrolment of this year that holds each private id.
    """

    pupils: dict[int, StoredPupil] = field(default_factory=dict)
    guardians: dict[int, GuardianRow] = field(default_factory=dict)
    guardian_names: dict[int, str] = field(default_factory=dict)
    address_ids: dict[bytes, int] = field(default_factory=dict)
    addresses: dict[int, AddressRow] = field(default_factory=dict)
    holders: dict[int, int] = field(default_factory=dict)
    pupil_holders: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Effects:
    """What applying writes. A pupil or person that is new is named by its record."""

    new_addresses: dict[bytes, AddressRow] = field(default_factory=dict)
    new_guardians: list[PersonRecord] = field(default_factory=list)
    changed_guardians: list[tuple[int, GuardianRow, int | None, int | None]] = field(
        default_factory=list
    )
    freed_guardian_ids: list[int] = field(default_factory=list)
    freed_enrolment_ids: list[int] = field(default_factory=list)
    new_pupils: list[PupilRecord] = field(default_factory=list)
    changed_students: list[tuple[int, StudentRow, PupilRecord]] = field(default_factory=list)
    new_enrolments: list[tuple[int | PupilRecord, EnrolmentRow, PupilRecord]] = field(
        default_factory=list
    )
    changed_enrolments: list[tuple[int, EnrolmentRow, PupilRecord]] = field(default_factory=list)
    new_schoolings: list[tuple[int | PupilRecord, SchoolingRow, PupilRecord]] = field(
        default_factory=list
    )
    changed_schoolings: list[tuple[int, SchoolingRow, PupilRecord]] = field(default_factory=list)
    removed_schoolings: list[int] = field(default_factory=list)
    new_links: list[tuple[int | PupilRecord, int | str, LinkRow]] = field(default_factory=list)
    changed_links: list[tuple[int, LinkRow]] = field(default_factory=list)
    removed_links: list[int] = field(default_factory=list)
    new_memberships: list[tuple[int, MembershipRow, PupilRecord]] = field(default_factory=list)
    changed_memberships: list[tuple[int, MembershipRow, PupilRecord]] = field(default_factory=list)
    removed_memberships: list[int] = field(default_factory=list)
    confirmed_enrolments: list[int] = field(default_factory=list)
    renumbered_guardians: list[int] = field(default_factory=list)
    renumbered_enrolments: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """The plan of a run."""

    lines: list[Line] = field(default_factory=list)
    effects: Effects = field(default_factory=Effects)
    counts: Counter[str] = field(default_factory=Counter)
    moves: Counter[str] = field(default_factory=Counter)
    targets: dict[int, int] = field(default_factory=dict)
    #: Pupils whose file gives a number that the base has too: what was given to the software came back.
    carried: list[tuple[int, str]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Return whether applying would write nothing."""
        return not any(getattr(self.effects, name) for name in Effects.__slots__)

    def hash(self) -> str:
        """Give the digest by which the plan is approved.

        Returns:
            str: SHA-256 over its lines, hexadecimal.
        """
        digest = hashlib.sha256()
        for line in self.lines:
            digest.update(repr(line).encode())
        return digest.hexdigest()
