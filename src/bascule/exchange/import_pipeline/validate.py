"""Stage validate: each record alone, under the rules. Decides nothing about the base."""

from collections.abc import Container, Iterable
from typing import Any

from bascule.exchange.records import NUMBER_TAGS, Facts, PersonRecord, PupilRecord
from bascule.exchange.rules import (
    contact,
    exits,
    groups,
    guardians,
    identity,
    last_year,
    school_life,
    schooling,
)
from bascule.exchange.rules.base import IDNAT_F_01
from bascule.findings import Rule
from bascule.formats.record import Fields, Record


def check_pupil(raw: Record, facts: Facts, accepted: Container[int | str]) -> PupilRecord:
    """Validate an `ELEVE`; a record rejected is not looked at further.

    Args:
        raw (Record): as read.
        facts (Facts): the school's year.
        accepted (Container[int | str]): the `ref` of the persons of the file that were accepted.

    Returns:
        PupilRecord: values ready to compare, and findings.
    """
    fields = raw.fields
    pupil = PupilRecord(raw.line, raw.rank)
    pupil.has_left = "CODE_MOTIF_SORTIE" in fields or "DATE_SORTIE" in fields
    block: Any = fields.get("SCOLARITE_ACTIVE")
    if block:
        pupil.division = block.get("CODE_DIVISION", "")[:8]
    identity.identity(fields, pupil)
    if pupil.stands():
        exits.entry_and_exit(fields, pupil, facts)
    if pupil.stands():
        guardians.guardians(fields, pupil, facts, accepted)
    if pupil.stands():
        _rest(fields, pupil, facts)
    return pupil


def _rest(fields: Fields, pupil: PupilRecord, facts: Facts) -> None:
    identity.civil_status(fields, pupil, facts)
    identity.national_numbers(fields, pupil)
    contact.contact(fields, pupil, pupil.student)
    if "ADRESSE" in fields:
        contact.address(fields, pupil, facts)
    school_life.school_life(fields, pupil, facts)
    schooling.schooling(fields, pupil, facts)
    last_year.last_year(fields, pupil, facts)


def check_memberships(raw: Record, facts: Facts) -> PupilRecord:
    """Validate an `ELEVE` of a file of groups.

    Args:
        raw (Record): as read.
        facts (Facts): the school's year.

    Returns:
        PupilRecord: who is meant, and the groups that the school has.
    """
    pupil = PupilRecord(raw.line, raw.rank)
    groups.named_pupil(raw.fields, pupil)
    if pupil.stands():
        pupil.places = groups.places(raw.fields, pupil, facts)
    return pupil


def reject_repeated(records: Iterable[PersonRecord | PupilRecord], rule: Rule, tag: str) -> None:
    """Reject every record whose private id stands more than once in the file.

    Args:
        records (Iterable[PersonRecord | PupilRecord]): records of one kind.
        rule (Rule): the rule to note.
        tag (str): the element of the id.
    """
    by_id: dict[int, list[PersonRecord | PupilRecord]] = {}
    for record in records:
        if record.private_id is not None and not record.is_rejected:
            by_id.setdefault(record.private_id, []).append(record)
    for private_id, same in by_id.items():
        if len(same) > 1:
            for record in same:
                record.meets(rule, tag, str(private_id), _lines(same))


def drop_rejected_persons(persons: Iterable[PersonRecord], pupils: Iterable[PupilRecord]) -> None:
    """Set aside the links to persons rejected once the base was looked at: rules PAREN.

    Args:
        persons (Iterable[PersonRecord]): matched records.
        pupils (Iterable[PupilRecord]): validated records.
    """
    rejected = {person.ref for person in persons if person.is_rejected}
    if not rejected:
        return
    for pupil in pupils:
        if pupil.is_rejected or not pupil.links:
            continue
        for link in [link for link in pupil.links if link.ref in rejected]:
            pupil.links.remove(link)
            pupil.meets(guardians.PAREN_B_01, "ID_PRV_PER", str(link.ref))
        if not pupil.has_left and not any(
            link.row.level == guardians.LEGAL for link in pupil.links
        ):
            pupil.meets(guardians.REJEL_PAREN_A_01, "RESPONSABLES_ELEVE")


def set_shared_numbers_aside(pupils: Iterable[PupilRecord]) -> None:
    """Set aside the national numbers that several records of the file give, in whatever element: rule IDNAT_F_01.

    Args:
        pupils (Iterable[PupilRecord]): the accepted records.
    """
    first: dict[str, PupilRecord] = {}
    shared: dict[str, list[PupilRecord]] = {}
    for pupil in pupils:
        row = pupil.student
        # A number is one whatever the element, and a pupil may give it in two of them.
        for number in dict.fromkeys((row.ine, row.ine_bea, row.ine_rnie)):
            if number is not None and (one := first.setdefault(number, pupil)) is not pupil:
                shared.setdefault(number, [one]).append(pupil)
    for number, same in shared.items():
        for pupil in same:
            for attribute, tag in NUMBER_TAGS:
                if getattr(pupil.student, attribute) == number:
                    pupil.meets(IDNAT_F_01, tag, number, _lines(same))
                    setattr(pupil.student, attribute, None)


def _lines(records: "list[Any]") -> str:
    return "Lignes " + ", ".join(str(record.line) for record in records) + "."
