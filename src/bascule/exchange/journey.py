"""One run's journey through the base: kept, planned, applied; and taken up again after a stop.

`receive` starts journeys, `runs` continues and reverses them. Each step is one transaction, so a run is
always before a step or after it.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from bascule.errors import RefusedError
from bascule.exchange.facts import read_context
from bascule.exchange.flows.flow import Brings, Flow
from bascule.exchange.flows.ways import OF_THE_PAST, OF_THE_YEAR
from bascule.exchange.gate import Opening, reopen
from bascule.exchange.import_pipeline.conductor import (
    Planned,
    apply_plan,
    make_plan,
    memory_of,
    reading,
    register_for,
    store_plan,
    write_persons,
)
from bascule.exchange.import_pipeline.examine import Examined, PersonsRead, examine
from bascule.exchange.import_pipeline.plan import Planner
from bascule.exchange.import_pipeline.recognise import Memory, MisledError
from bascule.exchange.models import ImportRun, Recognition
from bascule.exchange.records import Heading
from bascule.ine.give_back import note_taken
from bascule.journal.act import OpenAct, act
from bascule.journal.milestones import Milestone, reach
from bascule.schools.models import SchoolYear
from bascule.schools.open_year import writable_year
from bascule.schools.software import version_of
from bascule.store import staging
from bascule.store.locks import lock_school
from bascule.students import holdings

#: The job that takes up what a deposit left to be read.
TAKE_UP = "imports.take-up"

IMPORT_ACT = "import.apply"
#: Acts that write no record: what was planned before them still stands.
EXPORT_ACT, COLUMNS_ACT = "export", "table.columns"
#: What applying a run does to a year, by the ways in that do it.
MILESTONES = {Milestone.PUPILS_IMPORTED: OF_THE_YEAR, Milestone.GEP_TAKEN: OF_THE_PAST}
WAITING = (
    ImportRun.State.UNTOLD,
    ImportRun.State.RECEIVED,
    ImportRun.State.PLANNED,
    ImportRun.State.HELD,
)


class PlanOutdatedError(RefusedError):
    """The base moved since the plan was shown: it was made again, and must be looked at again.

    Args:
        run_id (int): the run.
    """

    code = "import.plan-outdated"

    def __init__(self, run_id: int) -> None:
        super().__init__(
            f"La base a changé depuis que l’import n° {run_id} a été comparé. La comparaison vient d’être refaite : "
            "relisez-la, puis confirmez. Rien n’a été écrit."
        )
        self.run_id = run_id


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Keep Python's collector of cycles at rest for a block.

    An import makes a hundred thousand objects and no cycle; the collector would walk through all of
    them again and again, for a tenth of the time. Let go of them within the block: it walks through
    those that are left as soon as it is over.

    Yields:
        None: nothing.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@dataclass(frozen=True, slots=True)
class Read:
    """A deposit read to its end: what was found, under which context, on which state of the base.

    Attributes:
        examined: what was found.
        context: digest of what the rules knew.
        base_act_id: last act that may have written the school's rows.
        last: the run applied last by the same way in, if any.
    """

    examined: Examined
    context: str
    base_act_id: int
    last: ImportRun | None


def read_all(
    opening: Opening,
    last: ImportRun | None,
    *,
    uai: str,
    year: int,
    options: dict[str, Any],
    persons_read: PersonsRead | None = None,
) -> Read:
    """Read and validate a deposit to its end; the school is open for reading.

    Args:
        opening (Opening): the deposit.
        last (ImportRun | None): from `last_applied`.
        uai (str): the school.
        year (int): first calendar year.
        options (dict[str, Any]): `erase`, `changes_software`, `forget`.
        persons_read (PersonsRead | None): is told once the persons are validated, before the pupils are read.

    Returns:
        Read: the file read.
    """
    base_act_id = last_act(uai)
    context = read_context(uai=uai, year=year)
    memory = Memory()
    forgets = options.get("erase") or options.get("changes_software") or options.get("forget")
    if last is not None and not forgets:
        memory = _remembered(
            opening.flow, context.digest, uai=uai, year=year, base_act_id=base_act_id
        )
    try:
        examined = examine(
            opening.read(), opening.flow, context.facts, memory, persons_read=persons_read
        )
    except MisledError:
        examined = examine(opening.read(), opening.flow, context.facts, Memory())
    return Read(examined, context.digest, base_act_id, last)


def last_act(uai: str) -> int:
    """Give the school's last act that may have written its rows; the school is open.

    Args:
        uai (str): the school.

    Returns:
        int: its id, 0 when there is none.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM journal_act WHERE uai = %s AND kind <> ALL(%s) ORDER BY sequence DESC LIMIT 1",
            [uai, [EXPORT_ACT, COLUMNS_ACT]],
        )
        row = cursor.fetchone()
        return row[0] if row else 0


def plan_run(run: ImportRun, opening: Opening, read: Read, at: datetime) -> Planned:
    """Plan a run and keep the plan; the school is open, in the transaction of the caller.

    Args:
        run (ImportRun): the run; it is saved.
        opening (Opening): its files.
        read (Read): from `read_all`.
        at (datetime): when.

    Returns:
        Planned: the plan.
    """
    planned = _planned(run, opening, read, at)
    with staging.pipelined():
        _keep_plan(run, planned, is_first=not run.plan_hash)
    run.save()
    return planned


def plan_kept(run: ImportRun, at: datetime) -> Planned:
    """Read a deposit that was kept, and plan its run; the school is locked, in the transaction of the caller.

    Args:
        run (ImportRun): the run; it is saved.
        at (datetime): when.

    Returns:
        Planned: the plan.
    """
    opening = reopen(run)
    last = last_applied(run.flow, uai=run.uai, year=run.year)
    read = read_all(opening, last, uai=run.uai, year=run.year, options=run.options)
    return plan_run(run, opening, read, at)


def plan_and_apply(
    run: ImportRun, opening: Opening, read: Read, *, actor: str, at: datetime
) -> ImportRun:
    """Plan a run that was just kept and, unless something holds its plan, apply it at once.

    The school is locked, in the transaction of the caller: nothing moves between the two, so what is
    written of the plan and of its effects goes to the server together.

    Args:
        run (ImportRun): the run; it is saved.
        opening (Opening): its files.
        read (Read): from `read_all`.
        actor (str): who deposits.
        at (datetime): when.

    Returns:
        ImportRun: the run, applied or held.
    """
    planned = _planned(run, opening, read, at)
    if planned.guards:
        with staging.pipelined():
            _keep_plan(run, planned, is_first=True)
        run.save()
        return run
    with act(uai=run.uai, kind=IMPORT_ACT, actor=actor, at=at, run_id=run.pk) as opened:
        _apply(run, planned, opened, at, keeps=True)
    return run


def apply_at_once(
    opening: Opening,
    last: ImportRun | None,
    *,
    uai: str,
    year: int,
    options: dict[str, Any],
    actor: str,
    at: datetime,
    keep: Callable[[], ImportRun],
) -> ImportRun:
    """Read a deposit, plan its run and, unless something holds its plan, apply it.

    The school is locked, in the transaction of the caller.

    Args:
        opening (Opening): the deposit.
        last (ImportRun | None): from `last_applied`.
        uai (str): the school.
        year (int): first calendar year.
        options (dict[str, Any]): those of the run.
        actor (str): who deposits, or takes it up.
        at (datetime): when.
        keep (Callable[[], ImportRun]): gives the run, once all is read: a damaged file leaves no trace.

    Returns:
        ImportRun: the run, applied or held.
    """
    if last is None and opening.flow.brings is Brings.RECORDS and holdings.is_empty(uai=uai):
        first = _apply_first(
            opening, uai=uai, year=year, options=options, actor=actor, at=at, keep=keep
        )
        if first is not None:
            return first
    read = read_all(opening, last, uai=uai, year=year, options=options)
    return plan_and_apply(keep(), opening, read, actor=actor, at=at)


def _apply_first(
    opening: Opening,
    *,
    uai: str,
    year: int,
    options: dict[str, Any],
    actor: str,
    at: datetime,
    keep: Callable[[], ImportRun],
) -> ImportRun | None:
    """Apply the first file of a school that has no record yet; None, and nothing kept, when its plan is held.

    Whatever it says of persons is new, so the server writes them while the pupils are read.
    """
    begun: list[Planner] = []
    try:
        with act(uai=uai, kind=IMPORT_ACT, actor=actor, at=at) as opened:
            with staging.pipelined():
                read = read_all(
                    opening,
                    None,
                    uai=uai,
                    year=year,
                    options=options,
                    persons_read=lambda examined: begun.append(write_persons(examined, opened)),
                )
            run = keep()
            opened.run_id = run.pk
            planned = _planned(run, opening, read, at, begun=begun.pop())
            _take_back_if_held(planned)
            _apply(run, planned, opened, at, keeps=True)
    except _HeldError:
        return None
    return run


def apply_kept(run: ImportRun, *, actor: str, at: datetime) -> None:
    """Read a deposit that was kept, plan its run and, unless something holds its plan, apply it at once.

    The school is locked, in the transaction of the caller.

    Args:
        run (ImportRun): the run; it is saved.
        actor (str): who takes it up.
        at (datetime): when.
    """
    apply_at_once(
        reopen(run),
        last_applied(run.flow, uai=run.uai, year=run.year),
        uai=run.uai,
        year=run.year,
        options=run.options,
        actor=actor,
        at=at,
        keep=lambda: run,
    )


class _HeldError(Exception):
    """Something holds a plan of which persons are written already."""


def _take_back_if_held(planned: Planned) -> None:
    if planned.guards:
        raise _HeldError


def _planned(
    run: ImportRun, opening: Opening, read: Read, at: datetime, *, begun: Planner | None = None
) -> Planned:
    """Plan a run, and tell it what came of it; nothing is written."""
    is_older = _is_older(read.examined.heading, read.last)
    try:
        planned = _plan(run, read.examined, at, is_older=is_older, begun=begun)
    except MisledError:
        options = {**run.options, "forget": True}
        read = read_all(opening, read.last, uai=run.uai, year=run.year, options=options)
        planned = _plan(run, read.examined, at, is_older=is_older)
    run.heading = _heading(read.examined.heading)
    run.counts = planned.counts
    run.guards = [
        {"code": guard.code, "sentence": guard.sentence, "needs_authority": guard.needs_authority}
        for guard in planned.guards
    ]
    run.context = read.context
    run.base_act_id = read.base_act_id
    run.state = ImportRun.State.HELD if planned.guards else ImportRun.State.PLANNED
    return planned


def _keep_plan(run: ImportRun, planned: Planned, *, is_first: bool) -> None:
    store_plan(planned, uai=run.uai, run_id=run.pk, is_first=is_first)
    run.plan_hash = planned.plan.hash()


def apply_run(
    run_id: int,
    *,
    uai: str,
    actor: str,
    at: datetime,
    check: Callable[[ImportRun], None] | None = None,
) -> ImportRun:
    """Apply a planned run, once: it is planned again, and nothing is written if the effects are others.

    Args:
        run_id (int): the run.
        uai (str): the school.
        actor (str): who confirms.
        at (datetime): when.
        check (Callable[[ImportRun], None] | None): refuses what the person may not confirm; called
            once nobody else can change the run.

    Returns:
        ImportRun: the run, applied.

    Raises:
        PlanOutdatedError: if the effects are no longer those that were shown.
    """
    try:
        with act(uai=uai, kind=IMPORT_ACT, actor=actor, at=at, run_id=run_id) as opened:
            run = ImportRun.objects.select_for_update().get(uai=uai, pk=run_id)
            if run.state not in (ImportRun.State.PLANNED, ImportRun.State.HELD):
                raise NotWaitingError(run)
            writable_year(uai=uai, year=run.year)
            if check is not None:
                check(run)
            shown = _shown(run)
            staging.keep_plans_stable()
            planned = plan_kept(run, at)
            _refuse_other_plan(run, shown)
            _apply(run, planned, opened, at)
            return run
    except PlanOutdatedError:
        replan(run_id, uai=uai, at=at)
        raise


#: What a person looked at: the plan, what it was read under, and what holds it.
_Shown = tuple[str, str, set[tuple[str, bool]]]


def _shown(run: ImportRun) -> _Shown:
    guards = {(guard["code"], guard["needs_authority"]) for guard in run.guards}
    return run.plan_hash, run.context, guards


def _refuse_other_plan(run: ImportRun, shown: _Shown) -> None:
    """Refuse other effects, other rules or structures (what a new pupil gets follows them), a new guard."""
    plan_hash, context, guards = _shown(run)
    if (plan_hash, context) != shown[:2] or not guards <= shown[2]:
        raise PlanOutdatedError(run.pk)


class NotWaitingError(RefusedError):
    """The run is not waiting to be applied.

    Args:
        run (ImportRun): the run.
    """

    code = "import.not-waiting"

    def __init__(self, run: ImportRun) -> None:
        super().__init__(
            f"L’import n° {run.pk} est déjà « {ImportRun.State(run.state).label} » : il n’y a rien à confirmer."
        )
        self.run_id = run.pk


def is_outdated(run: ImportRun) -> bool:
    """Tell whether the school did anything since a waiting run's plan was made; confirming makes it again.

    Args:
        run (ImportRun): the run.

    Returns:
        bool: False for one that no longer waits.
    """
    if run.state not in (ImportRun.State.PLANNED, ImportRun.State.HELD):
        return False
    with reading(run.uai):
        return run.base_act_id != last_act(run.uai)


def replan(run_id: int, *, uai: str, at: datetime) -> None:
    """Make a waiting run's plan again, and keep it; one that no longer waits is left alone.

    Args:
        run_id (int): the run.
        uai (str): the school.
        at (datetime): when.
    """
    with reading(uai):
        lock_school(uai)
        run = ImportRun.objects.select_for_update().get(uai=uai, pk=run_id)
        if run.state in (ImportRun.State.PLANNED, ImportRun.State.HELD):
            plan_kept(run, at)


def _plan(
    run: ImportRun,
    examined: Examined,
    at: datetime,
    *,
    is_older: bool,
    begun: Planner | None = None,
) -> Planned:
    return make_plan(
        examined,
        uai=run.uai,
        year=run.year,
        today=at.date(),
        options=run.options,
        is_older=is_older,
        begun=begun,
    )


def _is_older(heading: Heading, last: ImportRun | None) -> bool:
    if heading.made_on is None or last is None:
        return False
    made_on = last.heading.get("made_on")
    return bool(made_on) and heading.made_on.isoformat() < made_on


def _heading(heading: Heading) -> dict[str, Any]:
    return {
        "kind": heading.kind,
        "version": heading.version,
        "declared_version": heading.declared_version,
        "software": heading.software,
        "send_number": heading.send_number,
        "made_on": heading.made_on.isoformat() if heading.made_on else None,
    } | {
        name: value
        for name, value in (("columns", dict(heading.columns)), ("encoding", heading.encoding))
        if value
    }


def _apply(
    run: ImportRun, planned: Planned, opened: OpenAct, at: datetime, *, keeps: bool = False
) -> None:
    """Write the effects of a plan; the plan too when it is not kept yet."""
    with staging.pipelined():
        register = register_for(planned, opened)
        if keeps:
            _keep_plan(run, planned, is_first=True)
        apply_plan(planned, register, year=run.year)
        planned.forget_effects()
        if planned.examined.brings is Brings.RECORDS and not run.options.get("partial"):
            _remember(run, planned, opened.id)
        for milestone, flows in MILESTONES.items():
            if run.flow in flows:
                reach(opened, milestone, year=run.year)
        planned.forget_records()
    software = planned.examined.heading.software
    # What keeps the pupils: a timetable comes from another.
    if software and planned.examined.brings is Brings.RECORDS:
        rows = SchoolYear.objects.filter(uai=run.uai, year=run.year)
        rows.exclude(software=software).update(
            software=software, software_version="", act_id=opened.id
        )
        version = version_of(software, said=run.options.get("software", ""))
        if version:
            rows.exclude(software_version=version).update(
                software_version=version, act_id=opened.id
            )
    note_taken(opened, planned.plan.carried)
    run.state = ImportRun.State.APPLIED
    run.applied_act_id = opened.id
    run.applied_at = at
    run.save()
    opened.facts |= {
        "year": run.year,
        "files": bytes(run.file_digest).hex(),
        "plan": run.plan_hash,
        "counts": run.counts,
    }
    if run.options.get("spared"):
        opened.facts["spared"] = {kind: len(ranks) for kind, ranks in run.options["spared"].items()}


def _remembered(flow: Flow, context: str, *, uai: str, year: int, base_act_id: int) -> Memory:
    row = Recognition.objects.filter(uai=uai, year=year, flow=flow.code, context=context).first()
    if row is None:
        return Memory()
    try:
        memory = Memory.load(bytes(row.records))
    except (EOFError, TypeError, ValueError):
        # A memory is never needed: one that cannot be read is none.
        return Memory()
    if base_act_id != row.act_id:
        memory.forget(*holdings.touched_since(uai=uai, act_id=row.act_id))
    return memory


def _remember(run: ImportRun, planned: Planned, act_id: int) -> None:
    examined = planned.examined
    with staging.raw_cursor() as cursor:
        if (
            examined.recognised.settled.is_as_stored
            and not examined.persons
            and not examined.pupils
        ):
            # The memory was recognised whole: it only is good for longer.
            cursor.execute(
                "UPDATE exchange_recognition SET act_id = %s WHERE uai = %s AND year = %s AND flow = %s",
                [act_id, run.uai, run.year, run.flow],
            )
            return
        cursor.execute(
            "INSERT INTO exchange_recognition (uai, year, flow, context, act_id, records)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (uai, year, flow) DO UPDATE SET"
            " context = EXCLUDED.context, act_id = EXCLUDED.act_id, records = EXCLUDED.records",
            [run.uai, run.year, run.flow, run.context, act_id, memory_of(planned).dump()],
        )


def last_applied(flow: str, *, uai: str, year: int) -> ImportRun | None:
    """Find the run that was applied last; the school is open.

    Args:
        flow (str): code of the way in.
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        ImportRun | None: None when there is none.
    """
    applied = ImportRun.objects.filter(uai=uai, year=year, flow=flow, state=ImportRun.State.APPLIED)
    return applied.order_by("-applied_act_id").first()


def already_taken(opening: Opening, run: ImportRun | None) -> ImportRun | None:
    """Tell whether the last run applied already took these very bytes, with nothing done in the school since.

    Args:
        opening (Opening): the deposit.
        run (ImportRun | None): from `last_applied`; its school is open.

    Returns:
        ImportRun | None: that run; None when the file must be read.
    """
    if (
        run is None
        or bytes(run.file_digest) != opening.digest
        or run.applied_act_id != last_act(run.uai)
    ):
        return None
    if run.options.get("said", {}) != dict(opening.said):
        return None
    if run.options.get("partial") or run.options.get("spared"):
        # Those bytes were taken in part only; now they stand for the whole school.
        return None
    # What is not the school's own act may have moved too: the rules, the national tables.
    return run if run.context == read_context(uai=run.uai, year=run.year).digest else None
