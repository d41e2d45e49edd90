"""Stage apply: write the effects of a plan, only through the register of the school's records."""

from typing import Any

from bascule.exchange.import_pipeline.effects import Effects
from bascule.exchange.records import PupilRecord
from bascule.students.register import (
    ENROLMENTS,
    GUARDIANS,
    LINKS,
    MEMBERSHIPS,
    SCHOOLINGS,
    Register,
)


def apply_effects(
    effects: Effects,
    register: Register,
    *,
    year: int,
    guardian_ids: dict[int | str, int],
    pupil_ids: dict[int, int],
) -> None:
    """Write the effects.

    Args:
        effects (Effects): what to write.
        register (Register): the school's records, within an act.
        year (int): first calendar year.
        guardian_ids (dict[int | str, int]): guardian of each person, by `ref`; the new ones are added to it.
        pupil_ids (dict[int, int]): pupil of each record, by rank; the new ones are added to it.
    """
    _place(register.add_addresses(effects.new_addresses), effects)
    # Ids are freed before others take them: the database holds each of them unique at every moment.
    register.free_private_ids(GUARDIANS, effects.freed_guardian_ids)
    register.free_private_ids(ENROLMENTS, effects.freed_enrolment_ids)
    register.remove(LINKS, effects.removed_links)
    register.remove(SCHOOLINGS, effects.removed_schoolings)
    register.remove(MEMBERSHIPS, effects.removed_memberships)
    _free_exchanged(effects, register)
    register.change_guardians(
        [(i, row, (line, rank)) for i, row, line, rank in effects.changed_guardians]
    )
    guardian_ids |= _add_guardians(effects, register)
    register.change_students(
        [(i, row, _position(pupil)) for i, row, pupil in effects.changed_students]
    )
    pupils = effects.new_pupils
    added = register.add_students([(pupil.student, _position(pupil)) for pupil in pupils])
    pupil_ids.update((pupil.rank, added[pupil.rank]) for pupil in pupils)
    _years(effects, register, year, pupil_ids)
    register.add_links(
        [(_id(owner, pupil_ids), guardian_ids[ref], row) for owner, ref, row in effects.new_links]
    )
    register.change_links(effects.changed_links)
    register.change_memberships(
        [(i, row, _position(pupil)) for i, row, pupil in effects.changed_memberships]
    )
    register.add_memberships(
        year, [(i, row, _position(pupil)) for i, row, pupil in effects.new_memberships]
    )


def add_persons(
    effects: Effects, register: Register
) -> tuple[dict[int | str, int], dict[bytes, int]]:
    """Write the new persons and addresses alone, and take them out of the effects.

    Args:
        effects (Effects): what to write; nothing else of it concerns persons.
        register (Register): the school's records, within an act.

    Returns:
        tuple[dict[int | str, int], dict[bytes, int]]: guardian of each person, by `ref`; `ADRESSE_ID` by digest.
    """
    addresses = register.add_addresses(effects.new_addresses)
    _place(addresses, effects)
    guardian_ids = _add_guardians(effects, register)
    effects.new_addresses, effects.new_guardians = {}, []
    return guardian_ids, addresses


def _add_guardians(effects: Effects, register: Register) -> dict[int | str, int]:
    new = effects.new_guardians
    added = register.add_guardians([(person.row, (person.line, person.rank)) for person in new])
    return {person.ref: added[person.rank] for person in new}


def _years(effects: Effects, register: Register, year: int, pupil_ids: dict[int, int]) -> None:
    register.change_enrolments(
        [(i, row, _position(pupil)) for i, row, pupil in effects.changed_enrolments]
    )
    register.confirm(effects.confirmed_enrolments)
    register.add_enrolments(
        year,
        [
            (_id(owner, pupil_ids), row, _position(pupil))
            for owner, row, pupil in effects.new_enrolments
        ],
    )
    register.change_schoolings(
        [(i, row, _position(pupil)) for i, row, pupil in effects.changed_schoolings]
    )
    register.add_schoolings(
        year,
        [
            (_id(owner, pupil_ids), row, _position(pupil))
            for owner, row, pupil in effects.new_schoolings
        ],
    )


def _free_exchanged(effects: Effects, register: Register) -> None:
    """Free the private ids that several records exchange among themselves in one file."""
    register.free_private_ids(ENROLMENTS, effects.renumbered_enrolments)
    register.free_private_ids(GUARDIANS, effects.renumbered_guardians)


def _place(addresses: dict[bytes, int], effects: Effects) -> None:
    """Give the rows the ids of the addresses that were only digests while planning."""
    rows: list[Any] = [person.row for person in effects.new_guardians]
    rows += (change[1] for change in effects.changed_guardians)
    rows += (pupil.student for pupil in effects.new_pupils)
    rows += (change[1] for change in effects.changed_students)
    for row in rows:
        if isinstance(row.address_id, bytes):
            row.address_id = addresses[row.address_id]


def _position(pupil: PupilRecord) -> tuple[int, int]:
    return pupil.line, pupil.rank


def _id(owner: int | PupilRecord, pupil_ids: dict[int, int]) -> int:
    return owner if isinstance(owner, int) else pupil_ids[owner.rank]
