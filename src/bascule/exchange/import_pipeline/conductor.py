"""The conductor: matches and plans what was examined, keeps the plan, applies it.

It reads the base and writes the run; the stages themselves are pure, but for `apply`.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from bascule.exchange.flows.flow import Brings
from bascule.exchange.import_pipeline.apply import add_persons, apply_effects
from bascule.exchange.import_pipeline.effects import Base, Effects, Plan, StoredPupil
from bascule.exchange.import_pipeline.examine import Examined
from bascule.exchange.import_pipeline.guards import (
    Guard,
    Measure,
    PlacesMeasure,
    guards,
    guards_of_places,
)
from bascule.exchange.import_pipeline.match import (
    Known,
    KnownPerson,
    KnownPersons,
    KnownPupil,
    match_persons,
    match_pupils,
)
from bascule.exchange.import_pipeline.membership import (
    Placed,
    match_memberships,
    plan_memberships,
)
from bascule.exchange.import_pipeline.plan import Planner
from bascule.exchange.import_pipeline.recognise import Memory, MisledError, settle
from bascule.exchange.import_pipeline.spared import Spared
from bascule.exchange.import_pipeline.validate import drop_rejected_persons
from bascule.exchange.records import PersonRecord, PupilRecord
from bascule.findings import Finding, Subject
from bascule.journal.act import OpenAct
from bascule.store import staging
from bascule.store.policies import open_schools
from bascule.students import holdings
from bascule.students.register import Register


@dataclass(slots=True)
class Planned:
    """A plan with all that must be kept of it."""

    examined: Examined
    plan: Plan
    guards: list[Guard]
    findings: list[Finding]
    guardian_ids: dict[int | str, int]
    pupil_ids: dict[int, int]
    counts: dict[str, int]
    spared: Spared

    def forget_effects(self) -> None:
        """Let go of the effects, once sent: while the server writes, it costs no time."""
        self.plan.effects = Effects()

    def forget_records(self) -> None:
        """Let go of the records too: nothing more is asked of them."""
        self.examined.persons.clear()
        self.examined.pupils.clear()


@contextmanager
def reading(uai: str) -> Iterator[None]:
    """Read a school's rows, in one transaction.

    Args:
        uai (str): the school.

    Yields:
        None: nothing.
    """
    with transaction.atomic():
        open_schools(uai)
        staging.keep_plans_stable()
        yield


# Match, plan


def write_persons(examined: Examined, opened: OpenAct) -> Planner:
    """Plan and write the persons of a school that has no record yet, while its pupils are still to be read.

    The server writes them meanwhile. Who finds in the end that the plan is held takes the act back.

    Args:
        examined (Examined): the file, its persons validated.
        opened (OpenAct): the act that signs them.

    Returns:
        Planner: what `make_plan` goes on with.
    """
    planner = Planner(Base(), {}, {})
    planner.persons(examined.persons)
    effects = planner.plan.effects
    register = Register(uai=opened.uai, act_id=opened.id)
    register.foresee(
        addresses=len(effects.new_addresses), guardians=len(effects.new_guardians), students=0
    )
    planner.guardian_ids, planner.base.address_ids = add_persons(effects, register)
    return planner


def make_plan(
    examined: Examined,
    *,
    uai: str,
    year: int,
    today: date,
    options: dict[str, Any],
    is_older: bool,
    begun: Planner | None = None,
) -> Planned:
    """Match and plan; the school is open for reading.

    Args:
        examined (Examined): the file.
        uai (str): the school.
        year (int): first calendar year.
        today (date): for the guards' season.
        options (dict[str, Any]): `erase`, `changes_software`, `spared`.
        is_older (bool): the file is older than the last one applied.
        begun (Planner | None): from `write_persons`.

    Returns:
        Planned: the plan, what holds it, and all findings.
    """
    if examined.brings is Brings.MEMBERSHIPS:
        return _plan_memberships(examined, uai, year, Spared.of(options), is_older=is_older)
    changes_software = bool(options.get("changes_software"))
    recognised = examined.recognised
    pupil_ids: dict[int, int] = {}
    guardian_ids: dict[int | str, int] = dict(recognised.person_ids)
    base = Base()
    is_new = begun is not None or (not recognised.pupil_ids and holdings.is_empty(uai=uai))
    if examined.pupils or examined.persons:
        pupil_ids, new_ids, base = _match(
            examined, uai, year, is_new=is_new, changes_software=changes_software
        )
        guardian_ids |= new_ids
    spared = Spared.of(options)
    if begun is None:
        planner = Planner(
            base, guardian_ids, pupil_ids, erase=bool(options.get("erase")), spared=spared
        )
        planner.persons(examined.persons, spared.left_persons(examined.pupils, pupil_ids.keys()))
    else:
        planner = begun
        planner.pupil_ids = pupil_ids
        guardian_ids = planner.guardian_ids
    planner.pupils(examined.pupils)
    present = [] if is_new else holdings.present_ids(uai=uai, year=year)
    there = recognised.pupil_ids.union(pupil_ids.values())
    missing = [pupil_id for pupil_id in present if pupil_id not in there]
    if missing and not options.get("partial"):
        planner.absent(_absent(examined, uai, year, missing))
    if options.get("changes_software") and not options.get("partial"):
        # The new software's numbers mean nobody whom its file does not hold.
        planner.plan.effects.freed_enrolment_ids += holdings.enrolments_with_private_id(
            uai=uai, year=year, but_of=sorted(there)
        )
        planner.plan.effects.freed_guardian_ids += holdings.guardians_with_private_id(
            uai=uai, but=sorted(guardian_ids.values())
        )
    plan = planner.finish()
    measure = Measure(
        today=today,
        present_count=len(present),
        counts=plan.counts,
        read_count=examined.pupil_count,
        before=holdings.headcounts(uai=uai, year=year, of=present)
        if plan.moves and present
        else Counter(),
        moves=plan.moves,
        link_count=holdings.link_count(uai=uai) if plan.counts["links_removed"] else 0,
        is_older=is_older,
    )
    return Planned(
        examined=examined,
        plan=plan,
        guards=guards(measure),
        findings=examined.all_findings(),
        guardian_ids=guardian_ids,
        pupil_ids=pupil_ids,
        counts=_counts(examined, plan),
        spared=spared,
    )


def _plan_memberships(
    examined: Examined, uai: str, year: int, spared: Spared, *, is_older: bool
) -> Planned:
    if examined.facts is None:
        raise ValueError(uai)
    known = _known(_pupil_keys(examined.pupils, uai, year))
    birth_dates = sorted({p.student.birth_date for p in examined.pupils if p.stands()})
    pupil_ids = match_memberships(
        examined.pupils, known, holdings.namesakes(uai=uai, birth_dates=birth_dates)
    )
    held = holdings.memberships(uai=uai, year=year)
    placed = _placed(uai, year, {*pupil_ids.values(), *(pupil_id for pupil_id, _, _ in held)})
    for pupil_id, row_id, row in held:
        placed[pupil_id].held[row.group_code] = (row_id, row)
    plan = plan_memberships(examined.pupils, pupil_ids, placed, examined.facts, spared)
    absent = set(holdings.present_ids(uai=uai, year=year)) - set(pupil_ids.values())
    plan.counts["pupils_absent"] = len(absent)
    measure = PlacesMeasure(plan.counts, examined.pupil_count, len(held), is_older=is_older)
    return Planned(
        examined=examined,
        plan=plan,
        guards=guards_of_places(measure),
        findings=examined.all_findings(),
        guardian_ids={},
        pupil_ids=pupil_ids,
        counts=_counts(examined, plan),
        spared=spared,
    )


def _placed(uai: str, year: int, pupil_ids: set[int]) -> dict[int, Placed]:
    ids = sorted(pupil_ids)
    placed = {
        i: Placed(i, f"{row.family_name} {row.first_name}")
        for i, row in holdings.students(uai=uai, ids=ids).items()
    }
    enrolments = holdings.enrolments(uai=uai, year=year, student_ids=ids)
    for student_id, (_, _, enrolment) in enrolments.items():
        placed[student_id].enrolment = enrolment
    # By date: the last one is what the pupil follows.
    for student_id, _, schooling in holdings.schoolings(uai=uai, year=year, student_ids=ids):
        placed[student_id].mef = schooling.mef
        placed[student_id].division = schooling.division or ""
    return placed


def _match(
    examined: Examined, uai: str, year: int, *, is_new: bool, changes_software: bool
) -> tuple[dict[int, int], dict[int | str, int], Base]:
    keys = [] if is_new else _pupil_keys(examined.pupils, uai, year)
    known = _known(keys)
    pupil_ids = match_pupils(
        examined.pupils,
        known,
        ignore_private_ids=changes_software,
        taken=examined.recognised.pupil_ids,
    )
    if any(f.rule.code == "REJEL_CREAT_C_03" for p in examined.pupils for f in p.findings) and (
        examined.recognised.pupil_ids
    ):
        raise MisledError
    of_pupil: dict[int, tuple[int, ...]] = {}
    if changes_software:
        for pupil_id, guardian_id in holdings.guardians_of_pupils(
            uai=uai, student_ids=sorted(pupil_ids.values())
        ):
            of_pupil[pupil_id] = (*of_pupil.get(pupil_id, ()), guardian_id)
    person_keys = [] if is_new else _person_keys(examined.persons, of_pupil, uai)
    guardian_ids = match_persons(
        examined.persons,
        _known_persons(person_keys, of_pupil),
        ignore_private_ids=changes_software,
        children=_children(examined.pupils, pupil_ids),
    )
    if not set(examined.recognised.person_ids.values()).isdisjoint(guardian_ids.values()):
        raise MisledError
    drop_rejected_persons(examined.persons, examined.pupils)
    if is_new:
        return pupil_ids, guardian_ids, Base()
    base = _load_base(examined, uai, year, pupil_ids, guardian_ids)
    base.holders = {key.private_id: key.id for key in person_keys if key.private_id is not None}
    base.pupil_holders = {
        key.private_id: key.enrolment_id
        for key in keys
        if key.private_id is not None and key.enrolment_id is not None
    }
    return pupil_ids, guardian_ids, base


def _known(keys: list[holdings.PupilKey]) -> Known:
    known = Known()
    for key in keys:
        known.add(
            KnownPupil(
                key.id,
                key.identity_key,
                key.birth_date,
                frozenset(n for n in key.numbers if n),
                key.private_id,
            )
        )
    return known


def _pupil_keys(pupils: list[PupilRecord], uai: str, year: int) -> list[holdings.PupilKey]:
    rows = [pupil.student for pupil in pupils]
    return holdings.pupil_keys(
        uai=uai,
        year=year,
        ids=[pupil.known_id for pupil in pupils if pupil.known_id is not None],
        numbers=[n for row in rows for n in (row.ine, row.ine_bea, row.ine_rnie) if n],
        private_ids=[pupil.private_id for pupil in pupils if pupil.private_id is not None],
        identities=[row.identity_key for row in rows if row.identity_key],
    )


def _person_keys(
    persons: list[PersonRecord], of_pupil: dict[int, tuple[int, ...]], uai: str
) -> list[holdings.PersonKey]:
    if not persons:
        return []
    known = [person.known_id for person in persons if person.known_id is not None]
    return holdings.person_keys(
        uai=uai,
        ids=[*known, *{guardian_id for ids in of_pupil.values() for guardian_id in ids}],
        private_ids=[person.private_id for person in persons if person.private_id is not None],
    )


def _known_persons(
    keys: list[holdings.PersonKey], of_pupil: dict[int, tuple[int, ...]]
) -> KnownPersons:
    persons = [KnownPerson(key.id, key.identity_key, key.private_id) for key in keys]
    return KnownPersons(
        by_id={person.id: person for person in persons},
        by_private_id={
            person.private_id: person for person in persons if person.private_id is not None
        },
        of_pupil=of_pupil,
    )


def _children(pupils: list[PupilRecord], pupil_ids: dict[int, int]) -> dict[int | str, list[int]]:
    children: dict[int | str, list[int]] = {}
    for pupil in pupils:
        if pupil.rank in pupil_ids:
            for link in pupil.links or ():
                children.setdefault(link.ref, []).append(pupil_ids[pupil.rank])
    return children


def _load_base(
    examined: Examined,
    uai: str,
    year: int,
    pupil_ids: dict[int, int],
    guardian_ids: dict[int | str, int],
) -> Base:
    ids = sorted(set(pupil_ids.values()))
    students = holdings.students(uai=uai, ids=ids)
    base = Base(pupils={i: StoredPupil(i, row) for i, row in students.items()})
    for student_id, (row_id, is_expected, row) in holdings.enrolments(
        uai=uai, year=year, student_ids=ids
    ).items():
        pupil = base.pupils[student_id]
        pupil.enrolment_id, pupil.is_expected, pupil.enrolment = row_id, is_expected, row
    for student_id, row_id, schooling in holdings.schoolings(uai=uai, year=year, student_ids=ids):
        base.pupils[student_id].schoolings.append((row_id, schooling))
    for student_id, guardian_id, row_id, link in holdings.links(uai=uai, student_ids=ids):
        base.pupils[student_id].links[guardian_id] = (row_id, link)
    base.guardians = holdings.guardians(uai=uai, ids=sorted(set(guardian_ids.values())))
    parted = _parted(examined, base, pupil_ids, guardian_ids)
    base.guardian_names = holdings.guardian_names(uai=uai, ids=sorted(parted))
    digests = {
        record.address_digest for record in (*examined.persons, *examined.pupils) if record.address
    }
    base.address_ids = holdings.address_ids(uai=uai, digests=list(digests))
    # The address one moves to may be another family's already.
    held: set[Any] = set(base.address_ids.values())
    held.update(row.address_id for row in students.values())
    held.update(row.address_id for row in base.guardians.values())
    base.addresses = holdings.addresses(uai=uai, ids=sorted(i for i in held if isinstance(i, int)))
    return base


def _parted(
    examined: Examined,
    base: Base,
    pupil_ids: dict[int, int],
    guardian_ids: dict[int | str, int],
) -> set[int]:
    """Find the guardians whom a pupil's record no longer names, whether or not the file still holds them."""
    parted: set[int] = set()
    for pupil in examined.pupils:
        if pupil.links is not None and pupil.rank in pupil_ids:
            stored = base.pupils[pupil_ids[pupil.rank]]
            parted.update(
                stored.links.keys() - {guardian_ids.get(link.ref) for link in pupil.links}
            )
    return parted


def _absent(
    examined: Examined, uai: str, year: int, missing: list[int]
) -> list[tuple[int, int | None, str, str]]:
    """Leave out those whose line was rejected: a rejected line counts as present."""
    rejected = {
        pupil.private_id
        for pupil in examined.pupils
        if pupil.is_rejected and pupil.private_id is not None
    }
    known = {pupil.known_id for pupil in examined.pupils if pupil.is_rejected}
    known.update(*(pupil.pointed for pupil in examined.pupils))
    names = {pupil.student.identity_key for pupil in examined.pupils if pupil.is_rejected}
    wanted = set(missing)
    return [
        (pupil.id, pupil.private_id, pupil.label, pupil.division)
        for pupil in holdings.present_pupils(uai=uai, year=year)
        if pupil.id in wanted
        and pupil.private_id not in rejected
        and pupil.id not in known
        and pupil.identity_key not in names
    ]


def _counts(examined: Examined, plan: Plan) -> dict[str, int]:
    counts = {name: plan.counts[name] for name in COUNTS}
    counts["persons_unchanged"] += len(examined.recognised.person_ids)
    counts["pupils_unchanged"] += len(examined.recognised.pupil_ids)
    settled = examined.recognised.settled
    for entry in (*settled.persons.values(), *settled.pupils.values()):
        counts["values_kept"] += entry.kept_count
    return counts | {"persons_read": examined.person_count, "pupils_read": examined.pupil_count}


#: The counts of a run; for each kind created + changed + unchanged + rejected + spared = read.
COUNTS = (
    "persons_created", "persons_changed", "persons_unchanged", "persons_rejected",
    "pupils_created", "pupils_changed", "pupils_unchanged", "pupils_rejected",
    "pupils_absent", "pupils_left", "links_removed", "values_kept", "values_erased",
    "persons_spared", "pupils_spared", "places_added", "places_removed",
)  # fmt: skip


# Keep, apply


def store_plan(planned: Planned, *, uai: str, run_id: int, is_first: bool) -> None:
    """Keep the lines and the findings of a plan; the school is open.

    Args:
        planned (Planned): the plan.
        uai (str): the school.
        run_id (int): its run.
        is_first (bool): no plan of this run was kept before.
    """
    owner = {"uai": uai, "run_id": run_id}
    with staging.raw_cursor() as cursor:
        for table in () if is_first else ("exchange_planline", "exchange_runfinding"):
            cursor.execute(
                f"DELETE FROM {table} WHERE uai = %s AND run_id = %s".encode(),  # noqa: S608 - our own names
                [uai, run_id],
            )
        if planned.plan.lines:
            staging.insert_rows(
                cursor, "exchange_planline", _LINE_COLUMNS, _line_rows(planned), constants=owner
            )
        if planned.findings:
            staging.insert_rows(
                cursor,
                "exchange_runfinding",
                _FINDING_COLUMNS,
                _finding_rows(planned),
                constants=owner,
            )


_LINE_COLUMNS = (
    "sequence", "entity", "action", "line", "rank", "private_id", "target_id", "label",
    "division", "digest", "changes",
)  # fmt: skip
_FINDING_COLUMNS = (
    "sequence", "code", "subject", "effect", "blocks", "line", "rank", "field", "value",
    "detail", "record", "private_id", "target_id", "division",
)  # fmt: skip


def _line_rows(planned: Planned) -> Iterator[tuple[Any, ...]]:
    for number, line in enumerate(planned.plan.lines, 1):
        changes = json.dumps(line.changes, ensure_ascii=False) if line.changes else None
        yield (number, *line[:-1], changes)


def _finding_rows(planned: Planned) -> Iterator[tuple[Any, ...]]:
    for number, found in enumerate(planned.findings, 1):
        target = planned.pupil_ids.get(found.rank) if found.subject is Subject.PUPIL else None
        yield (
            number, found.rule.code, found.subject.value, found.rule.effect.value,
            found.rule.blocks, found.line, found.rank, found.field[:60], found.value, found.detail,
            found.record, found.private_id, target, found.division,
        )  # fmt: skip


def register_for(planned: Planned, act: OpenAct) -> Register:
    """Open the records for a plan to be applied, and take the ids it needs: nothing after it waits for an answer.

    Args:
        planned (Planned): the plan.
        act (OpenAct): the act that signs it.

    Returns:
        Register: the writing side of the school's records.
    """
    register = Register(uai=act.uai, act_id=act.id)
    effects = planned.plan.effects
    register.foresee(
        addresses=len(effects.new_addresses),
        guardians=len(effects.new_guardians),
        students=len(effects.new_pupils),
    )
    return register


def apply_plan(planned: Planned, register: Register, *, year: int) -> None:
    """Write the effects of a plan within an act.

    Args:
        planned (Planned): the plan.
        register (Register): from `register_for`.
        year (int): first calendar year.
    """
    if not planned.plan.is_empty:
        apply_effects(
            planned.plan.effects,
            register,
            year=year,
            guardian_ids=planned.guardian_ids,
            pupil_ids=planned.pupil_ids,
        )


def memory_of(planned: Planned) -> Memory:
    """Give what the next import will recognise.

    Args:
        planned (Planned): a plan that was applied.

    Returns:
        Memory: what this one settled.
    """
    examined = planned.examined
    memory = examined.recognised.settled
    for person in examined.persons:
        # What was left as it was is proposed again by the next file.
        if person.ref in planned.guardian_ids and person.rank not in planned.spared.persons:
            settled = settle(person, planned.guardian_ids[person.ref])
            if settled:
                memory.persons[str(person.private_id)] = settled
    for pupil in examined.pupils:
        if any(isinstance(link.ref, str) for link in pupil.links or ()):
            # A person without a private id is not remembered, so neither is who is linked to it.
            continue
        if pupil.rank in planned.pupil_ids and pupil.rank not in planned.spared.pupils:
            settled = settle(pupil, planned.pupil_ids[pupil.rank])
            if settled:
                memory.pupils[str(pupil.private_id)] = settled
    return memory
