"""Stage match: which stored pupil, or person, each record is. Pure.

Order: our own id, a national number with an agreeing civil status, the software's own id, strict
identity. Two keys that point at two pupils reject the record; nothing is ever merged.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from bascule.exchange.records import NUMBER_TAGS, PersonRecord, PupilRecord
from bascule.exchange.rules.base import (
    IDNAT_E_01,
    INF_CREAT_D_01,
    INF_CREAT_D_02,
    REJEL_CREAT_C_01,
    REJEL_CREAT_C_02,
    REJEL_CREAT_C_03,
)
from bascule.exchange.rules.persons import REJRE_CREAT_C_01

_SHARED = "Plusieurs fiches du fichier désignent la même personne de la base."


@dataclass(frozen=True, slots=True)
class KnownPupil:
    """What is needed of a stored pupil to tell who a record is.

    Attributes:
        id: ours.
        identity_key: name, first name and birth date, without accents.
        birth_date: date of birth.
        numbers: national numbers.
        private_id: this year's id in the software; software gives it to another child another year.
    """

    id: int
    identity_key: str
    birth_date: date
    numbers: frozenset[str]
    private_id: int | None


@dataclass(slots=True)
class Known:
    """The stored pupils of a school, by each key."""

    by_id: dict[int, KnownPupil] = field(default_factory=dict)
    by_number: dict[str, KnownPupil] = field(default_factory=dict)
    by_private_id: dict[int, KnownPupil] = field(default_factory=dict)
    by_identity: dict[str, list[KnownPupil]] = field(default_factory=dict)

    def add(self, pupil: KnownPupil) -> None:
        """Add a stored pupil; one who comes again, with another private id, is still one pupil.

        Args:
            pupil (KnownPupil): the pupil.
        """
        if pupil.private_id is not None:
            self.by_private_id.setdefault(pupil.private_id, pupil)
        if pupil.id in self.by_id:
            return
        self.by_id[pupil.id] = pupil
        for number in pupil.numbers:
            self.by_number[number] = pupil
        self.by_identity.setdefault(pupil.identity_key, []).append(pupil)


def match_pupils(
    records: Iterable[PupilRecord],
    known: Known,
    *,
    ignore_private_ids: bool,
    taken: Iterable[int] = (),
) -> dict[int, int]:
    """Find the stored pupil of each record.

    Args:
        records (Iterable[PupilRecord]): validated records; those rejected are passed over.
        known (Known): the stored pupils.
        ignore_private_ids (bool): the school changes software: its ids mean nothing here.
        taken (Iterable[int]): pupils already recognised in this file.

    Returns:
        dict[int, int]: rank of the record → id of the pupil. A record that is not there is new.
    """
    found: dict[int, int] = {}
    owners: dict[int, list[PupilRecord]] = {pupil_id: [] for pupil_id in taken}
    for record in records:
        if record.is_rejected:
            continue
        pupil = _match_pupil(record, known, ignore_private_ids=ignore_private_ids)
        if pupil is not None and not record.is_rejected:
            found[record.rank] = pupil.id
            owners.setdefault(pupil.id, []).append(record)
    already = set(taken)
    for pupil_id, same in owners.items():
        if len(same) > 1 or (same and pupil_id in already):
            for record in same:
                record.meets(REJEL_CREAT_C_03, "ID_PRV_ELE", str(record.private_id or ""))
    return found


def _match_pupil(
    record: PupilRecord, known: Known, *, ignore_private_ids: bool
) -> KnownPupil | None:
    pointed: dict[int, KnownPupil] = {}
    holder = known.by_id.get(record.known_id) if record.known_id is not None else None
    if holder is not None:
        if _is_another_child(record, holder):
            # Our own id never moves to another child: the file mixes two pupils, or two bases.
            record.meets(REJEL_CREAT_C_01, "ID_SIECLE_ELE", str(record.known_id))
            return None
        pointed[holder.id] = holder
    # Before the numbers: that of a pupil already found is not in dispute when the birth date is corrected.
    is_reused = not ignore_private_ids and _is_reused(record, known, pointed)
    _by_numbers(record, known, pointed)
    if len(pointed) > 1:
        record.pointed = tuple(pointed)
        record.meets(REJEL_CREAT_C_01, "ID_PRV_ELE", str(record.private_id or ""))
        return None
    found = next(iter(pointed.values())) if pointed else _by_identity(record, known)
    if found is None and is_reused and not record.is_rejected:
        record.meets(INF_CREAT_D_01, "ID_PRV_ELE", str(record.private_id))
    return found


def _by_numbers(record: PupilRecord, known: Known, pointed: dict[int, KnownPupil]) -> None:
    for attribute, tag in NUMBER_TAGS:
        number = getattr(record.student, attribute)
        holder = known.by_number.get(number) if number is not None else None
        if holder is None:
            continue
        if _civil_status_agrees(record, holder):
            pointed[holder.id] = holder
        elif holder.id not in pointed:
            # The number never decides alone: with another civil status it is in dispute, and is not taken.
            record.meets(IDNAT_E_01, tag, number)
            setattr(record.student, attribute, None)


def _is_reused(record: PupilRecord, known: Known, pointed: dict[int, KnownPupil]) -> bool:
    """Look the software's own id up; tell whether it was another child's."""
    holder = known.by_private_id.get(record.private_id) if record.private_id is not None else None
    if holder is None:
        return False
    if _is_another_child(record, holder):
        return True
    pointed[holder.id] = holder
    return False


def _by_identity(record: PupilRecord, known: Known) -> KnownPupil | None:
    same = known.by_identity.get(record.student.identity_key, [])
    if len(same) > 1:
        record.meets(REJEL_CREAT_C_02, "NOM_DE_FAMILLE")
        return None
    return same[0] if same else None


def _civil_status_agrees(record: PupilRecord, holder: KnownPupil) -> bool:
    """Tell whether birth date and one of the names agree."""
    if record.student.birth_date != holder.birth_date:
        return False
    return _shares_a_name(record.student.identity_key, holder.identity_key)


def _is_another_child(record: PupilRecord, holder: KnownPupil) -> bool:
    """Tell whether the name and the birth date both differ."""
    return record.student.birth_date != holder.birth_date and not _same_names(
        record.student.identity_key, holder.identity_key
    )


def _same_names(one: str, other: str) -> bool:
    return one.rsplit("|", 1)[0] == other.rsplit("|", 1)[0]


def _shares_a_name(one: str, other: str) -> bool:
    mine, theirs = one.split("|"), other.split("|")
    return mine[0] == theirs[0] or mine[1] == theirs[1]


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """What is needed of a stored guardian to tell who a person is."""

    id: int
    identity_key: str
    private_id: int | None


@dataclass(frozen=True, slots=True)
class KnownPersons:
    """The stored guardians of a school, and those of each pupil."""

    by_id: dict[int, KnownPerson]
    by_private_id: dict[int, KnownPerson]
    of_pupil: dict[int, tuple[int, ...]]


def match_persons(
    persons: Iterable[PersonRecord],
    known: KnownPersons,
    *,
    ignore_private_ids: bool,
    children: dict[int | str, list[int]],
) -> dict[int | str, int]:
    """Find the stored guardian of each person.

    Args:
        persons (Iterable[PersonRecord]): validated records; those rejected are passed over.
        known (KnownPersons): the stored guardians.
        ignore_private_ids (bool): the school changes software; guardians are then found among those of
            the children.
        children (dict[int | str, list[int]]): `ref` of a person → ids of the matched pupils linked to it.

    Returns:
        dict[int | str, int]: `ref` → id of the guardian. A person that is not there is new.
    """
    found: dict[int | str, int] = {}
    owners: dict[int, list[PersonRecord]] = {}
    for person in persons:
        if person.is_rejected:
            continue
        pointed = _by_ids(person, known, ignore_private_ids=ignore_private_ids)
        if len(pointed) > 1:
            person.meets(REJRE_CREAT_C_01, "ID_PRV_PER", str(person.private_id))
            continue
        if not pointed and ignore_private_ids:
            namesakes = _among_the_childrens(person, known, children.get(person.ref, []))
            pointed = namesakes.difference(owners)
        if len(pointed) == 1:
            found[person.ref] = guardian_id = pointed.pop()
            owners.setdefault(guardian_id, []).append(person)
    for person in itertools.chain(*(same for same in owners.values() if len(same) > 1)):
        person.meets(REJRE_CREAT_C_01, "ID_SIECLE_PER", str(person.known_id or ""), _SHARED)
    return found


def _by_ids(person: PersonRecord, known: KnownPersons, *, ignore_private_ids: bool) -> set[int]:
    ours = known.by_id.get(person.known_id) if person.known_id is not None else None
    theirs = None
    if not ignore_private_ids and person.private_id is not None:
        theirs = known.by_private_id.get(person.private_id)
    if theirs is not None and not _shares_a_name(person.row.identity_key, theirs.identity_key):
        # Name and first name both differ: the software gave the number to somebody else.
        theirs = None
        if ours is None:
            person.meets(INF_CREAT_D_02, "ID_PRV_PER", str(person.private_id))
    return {holder.id for holder in (ours, theirs) if holder is not None}


def _among_the_childrens(
    person: PersonRecord, known: KnownPersons, pupil_ids: list[int]
) -> set[int]:
    return {
        guardian_id
        for pupil_id in pupil_ids
        for guardian_id in known.of_pupil.get(pupil_id, ())
        if known.by_id[guardian_id].identity_key == person.row.identity_key
    }
