"""Stages match and plan of a file of groups: which stored pupil each record means, in which groups he or she is to be.

Pure. The file says all the places of the year: those it does not give are taken away, from the pupils
that it does not hold too. Nothing else of a pupil changes.

Source: import of the links between pupils and groups, its algorithm step by step.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bascule.exchange.import_pipeline.effects import Line, Plan
from bascule.exchange.import_pipeline.match import Known
from bascule.exchange.import_pipeline.spared import WHOLE, Spared, split
from bascule.exchange.records import Facts, PupilRecord
from bascule.exchange.rules.groups import (
    REJELEGROUPE_01,
    REJELEGROUPE_02,
    REJELEGROUPE_03,
    memberships,
)
from bascule.students.rows import EnrolmentRow, MembershipRow, Namesake
from bascule.values.civil_identity import key


@dataclass(slots=True)
class Placed:
    """A stored pupil, as a plan of groups needs it.

    Attributes:
        id: ours.
        label: NAME First name.
        mef: the MEF followed; None when there is none.
        division: the division; blank when there is none.
        enrolment: the pupil's year; an empty one when there is none.
        held: id and values of each place, by group.
    """

    id: int
    label: str
    mef: str | None = None
    division: str = ""
    enrolment: EnrolmentRow = field(default_factory=EnrolmentRow)
    held: dict[str, tuple[int, MembershipRow]] = field(default_factory=dict)


def match_memberships(
    records: Iterable[PupilRecord], known: Known, namesakes: Sequence[Namesake]
) -> dict[int, int]:
    """Find the stored pupil of each record: one id that means somebody, else the civil status.

    Args:
        records (Iterable[PupilRecord]): validated records; those rejected are passed over.
        known (Known): stored pupils, by each id.
        namesakes (Sequence[Namesake]): stored pupils born on the same days.

    Returns:
        dict[int, int]: rank of the record → id of the pupil.
    """
    found: dict[int, int] = {}
    processed: set[int] = set()
    for record in records:
        if record.is_rejected:
            continue
        ids = _by_ids(record, known) or _by_names(record, namesakes)
        if not ids:
            record.meets(REJELEGROUPE_01, "NOM_DE_FAMILLE", record.label)
        elif len(ids) > 1:
            record.pointed = tuple(ids)
            record.meets(REJELEGROUPE_02, "NOM_DE_FAMILLE", record.label, _SEVERAL)
        elif ids[0] in processed:
            record.meets(REJELEGROUPE_03, "NOM_DE_FAMILLE", record.label)
        else:
            found[record.rank] = ids[0]
            processed.add(ids[0])
    return found


_SEVERAL = "Plusieurs élèves de la base portent cet état civil."


def _by_ids(record: PupilRecord, known: Known) -> list[int]:
    number = record.student.ine
    if record.known_id is not None:
        holder = known.by_id.get(record.known_id)
    elif number is not None:
        holder = known.by_number.get(number)
    elif record.private_id is not None:
        holder = known.by_private_id.get(record.private_id)
    else:
        holder = None
    return [holder.id] if holder else []


def _by_names(record: PupilRecord, namesakes: Sequence[Namesake]) -> list[int]:
    row = record.student
    return [
        pupil.id
        for pupil in namesakes
        if pupil.birth_date == row.birth_date
        and key(row.family_name) in (key(pupil.family_name), key(pupil.usual_name or ""))
        and key(row.first_name) == key(pupil.first_name)
        and (row.second_name is None or key(row.second_name) == key(pupil.second_name or ""))
        and (row.third_name is None or key(row.third_name) == key(pupil.third_name or ""))
    ]


def plan_memberships(
    records: Iterable[PupilRecord],
    pupil_ids: Mapping[int, int],
    placed: Mapping[int, Placed],
    facts: Facts,
    spared: Spared,
) -> Plan:
    """Plan the groups of a file.

    Args:
        records (Iterable[PupilRecord]): matched records.
        pupil_ids (Mapping[int, int]): pupil of each record, by rank.
        placed (Mapping[int, Placed]): the pupils of these records, and all who are in a group, by id.
        facts (Facts): the school's year.
        spared (Spared): what a person leaves as it is.

    Returns:
        Plan: one line for each pupil whose groups change.
    """
    plan = Plan()
    records = list(records)
    # Those among whom nothing was chosen are there all the same.
    there = {*pupil_ids.values(), *(i for record in records for i in record.pointed)}
    for pupil_id in sorted(placed.keys() - there):
        _empty(plan, placed[pupil_id])
    for record in records:
        if record.rank not in pupil_ids:
            plan.counts["pupils_rejected"] += 1
            continue
        pupil = placed[pupil_ids[record.rank]]
        plan.targets[record.rank] = pupil.id
        record.division = pupil.division
        wanted = memberships(record, pupil.mef, pupil.enrolment, facts)
        _move(plan, record, pupil, wanted, spared.pupils.get(record.rank, frozenset()))
    return plan


def _empty(plan: Plan, pupil: Placed) -> None:
    """Take a pupil whom the file does not hold out of all groups."""
    if not pupil.held:
        return
    changes = {f"group.{code}": [_span(row), None] for code, (_, row) in pupil.held.items()}
    plan.effects.removed_memberships += (row_id for row_id, _ in pupil.held.values())
    plan.counts["places_removed"] += len(pupil.held)
    private_id = pupil.enrolment.private_id
    plan.lines.append(
        Line(
            "link", "remove", None, None, private_id, pupil.id, pupil.label, pupil.division, None, changes
        )
    )  # fmt: skip


def _move(
    plan: Plan,
    record: PupilRecord,
    pupil: Placed,
    wanted: Mapping[str, MembershipRow],
    fields: frozenset[str],
) -> None:
    changes = {
        f"group.{code}": [before, after]
        for code in sorted(pupil.held.keys() | wanted.keys())
        if (before := _span(pupil.held[code][1]) if code in pupil.held else None)
        != (after := _span(wanted[code]) if code in wanted else None)
    }
    if fields and changes:
        left, units = split(changes, fields)
        _line(plan, "spare", record, pupil, left)
        if WHOLE in units:
            plan.counts["pupils_spared"] += 1
            return
        changes = {name: change for name, change in changes.items() if name not in left}
    if not changes:
        plan.counts["pupils_unchanged"] += 1
        return
    plan.counts["pupils_changed"] += 1
    for code in (name.partition(".")[2] for name in changes):
        _write(plan, record, pupil, code, wanted.get(code))
    _line(plan, "update", record, pupil, changes)


def _write(
    plan: Plan, record: PupilRecord, pupil: Placed, code: str, row: MembershipRow | None
) -> None:
    held = pupil.held.get(code)
    if row is None and held is not None:
        plan.effects.removed_memberships.append(held[0])
        plan.counts["places_removed"] += 1
    elif row is not None and held is not None:
        plan.effects.changed_memberships.append((held[0], row, record))
    elif row is not None:
        plan.effects.new_memberships.append((pupil.id, row, record))
        plan.counts["places_added"] += 1


def _line(
    plan: Plan,
    action: str,
    record: PupilRecord,
    pupil: Placed,
    changes: dict[str, list[str | None]],
) -> None:
    plan.lines.append(
        Line(
            "pupil", action, record.line, record.rank, record.private_id, pupil.id, pupil.label, pupil.division,
            None, changes,
        )
    )  # fmt: skip


def _span(row: MembershipRow) -> str:
    """Write when a place runs, as the plan keeps it: its two days, a hyphen for one that is not said."""
    return " ".join(_day(found) for found in (row.starts_on, row.ends_on))


def _day(found: date | None) -> str:
    return found.isoformat() if found else "-"
