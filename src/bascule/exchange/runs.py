"""Read runs, confirm or abandon them, undo them, take them up again after a stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from bascule.errors import NotThereError, RefusedError
from bascule.exchange.flows.ways import flow_named
from bascule.exchange.gate import refuse_stopped
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.import_pipeline.guards import leaver_count
from bascule.exchange.journey import (
    IMPORT_ACT,
    MILESTONES,
    WAITING,
    NotWaitingError,
    PlanOutdatedError,
    apply_kept,
    apply_run,
    collector_at_rest,
    plan_kept,
)
from bascule.exchange.kept import PLACES, RECORDS, Kept
from bascule.exchange.models import ImportRun, PlanLine, RunFinding, StoredFile
from bascule.findings import Effect
from bascule.ine.give_back import give_back
from bascule.journal.act import OpenAct, act
from bascule.journal.milestones import leave, reach
from bascule.journal.reverse import events_of, reverse_act
from bascule.preparation.opening import OPEN_ACT, UNDO_OPENING_ACT, was_opened_since
from bascule.schools.models import School
from bascule.schools.open_year import writable_year
from bascule.store.locks import lock_school
from bascule.store.policies import open_schools
from bascule.students import holdings
from bascule.values import school_year

UNDO_ACT = "import.undo"
RESTORE_ACT = "import.restore"

#: How long a run may be undone.
UNDO_DAYS = 7

#: The least of a plan's hash that tells which one was looked at.
SHORTEST_HASH = 8

#: Acts that are no person's hand on a record.
_MACHINE_ACTS = (IMPORT_ACT, UNDO_ACT, RESTORE_ACT, OPEN_ACT, UNDO_OPENING_ACT)
_YEARS = "schools_schoolyear"
_REVERSIBLE = (*RECORDS, _YEARS)


class UnknownRunError(NotThereError):
    """No such run in this school.

    Args:
        run_id (int): the run.
        uai (str): the school.
    """

    code = "run.unknown"

    def __init__(self, run_id: int, uai: str) -> None:
        super().__init__(f"L’import n° {run_id} n’existe pas pour l’établissement {uai}.")
        self.run_id, self.uai = run_id, uai


class HeldError(RefusedError):
    """Guards hold the plan.

    Args:
        run (ImportRun): the run.
        leavers (int): what the head must type.
    """

    code = "run.held"

    def __init__(self, run: ImportRun, leavers: int) -> None:
        reasons = " ".join(guard["sentence"] for guard in run.guards)
        who = (
            "Demandez au rectorat de le confirmer : il est seul à le pouvoir."
            if any(guard["needs_authority"] for guard in run.guards)
            else f"Confirmez-le en donnant le nombre d’élèves partis ou absents du fichier : {leavers}."
        )
        super().__init__(f"L’import n° {run.pk} est retenu. {reasons} {who} Rien n’a été écrit.")
        self.run_id, self.leavers = run.pk, leavers


class CannotUndoError(RefusedError):
    """The run may not be undone, or its undoing not be taken back."""

    code = "run.cannot-undo"


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing, or taking the undoing back, did.

    Attributes:
        run: the run.
        restored_count: rows given back their state before.
        removed_count: rows removed.
        returned_count: rows that came back.
        kept: how people read the records left as they are: changed by a person since, or not to be had beside
            what a person wrote.
        digest_before: digest of the school's records before.
        digest_after: and after.
    """

    run: ImportRun
    restored_count: int
    removed_count: int
    returned_count: int
    kept: tuple[str, ...]
    digest_before: str
    digest_after: str


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with all that was kept of it."""

    run: ImportRun
    lines: list[PlanLine]
    findings: list[RunFinding]
    file_names: tuple[str, ...]
    school_name: str


def list_runs(
    *, uai: str, year: int | None = None, most: int = 50, before: int | None = None
) -> list[ImportRun]:
    """List the runs of a school, latest first.

    Args:
        uai (str): the school.
        year (int | None): one year only.
        most (int): how many at most.
        before (int | None): runs older than this one: the next page.

    Returns:
        list[ImportRun]: the runs.
    """
    with reading(uai):
        runs = ImportRun.objects.filter(uai=uai)
        if year is not None:
            runs = runs.filter(year=year)
        if before is not None:
            runs = runs.filter(pk__lt=before)
        return list(runs.order_by("-id")[:most])


def last_runs(*, uais: Sequence[str]) -> dict[str, ImportRun]:
    """Read the latest run of each of some schools.

    Args:
        uais (Sequence[str]): the schools.

    Returns:
        dict[str, ImportRun]: by school; one that never sent anything is left out.
    """
    with transaction.atomic():
        open_schools(*uais)
        latest = ImportRun.objects.filter(uai__in=uais).order_by("uai", "-id").distinct("uai")
        return {run.uai: run for run in latest}


#: What waits for a person, and not for the worker.
_OF_A_PERSON = (ImportRun.State.UNTOLD, ImportRun.State.PLANNED, ImportRun.State.HELD)


def waiting_runs(*, uais: Sequence[str]) -> list[ImportRun]:
    """Read the runs that wait for somebody's decision.

    Args:
        uais (Sequence[str]): the schools.

    Returns:
        list[ImportRun]: the longest waiting first.
    """
    with transaction.atomic():
        open_schools(*uais)
        return list(
            ImportRun.objects.filter(uai__in=uais, state__in=_OF_A_PERSON).order_by("received_at")
        )


def get_run(*, run_id: int, uai: str) -> ImportRun:
    """Read one run.

    Args:
        run_id (int): the run.
        uai (str): its school.

    Returns:
        ImportRun: the run.

    Raises:
        UnknownRunError: if the school has no such run.
    """
    with reading(uai):
        try:
            return ImportRun.objects.get(uai=uai, pk=run_id)
        except ImportRun.DoesNotExist:
            raise UnknownRunError(run_id, uai) from None


def read_detail(*, run_id: int, uai: str) -> RunDetail:
    """Read one run with its plan and findings.

    Args:
        run_id (int): the run.
        uai (str): its school.

    Returns:
        RunDetail: the run and all that was kept of it.
    """
    run = get_run(run_id=run_id, uai=uai)
    with reading(uai):
        return RunDetail(
            run=run,
            lines=list(PlanLine.objects.filter(uai=uai, run_id=run_id).order_by("sequence")),
            findings=list(RunFinding.objects.filter(uai=uai, run_id=run_id).order_by("sequence")),
            file_names=_file_names(run),
            school_name=_school_name(uai),
        )


def file_names(*, run: ImportRun) -> tuple[str, ...]:
    """Give the names of the files of a run, as deposited.

    Args:
        run (ImportRun): the run.

    Returns:
        tuple[str, ...]: in the order given.
    """
    with reading(run.uai):
        return _file_names(run)


def leavers_of(run: ImportRun) -> int:
    """Give the number that the head types to release a held run.

    Args:
        run (ImportRun): the run.

    Returns:
        int: pupils who left, or are absent from the file.
    """
    return leaver_count(run.counts)


def anomaly_count(*, run_id: int, uai: str) -> int:
    """Count what a run found that is to be put right.

    Args:
        run_id (int): the run.
        uai (str): its school.

    Returns:
        int: findings, notes left out.
    """
    with reading(uai):
        found = RunFinding.objects.filter(uai=uai, run_id=run_id)
        return found.exclude(effect=Effect.NOTE).count()


def approve(
    *,
    run_id: int,
    uai: str,
    actor: str,
    at: datetime,
    leavers: int | None = None,
    as_authority: bool = False,
    plan_hash: str = "",
) -> ImportRun:
    """Confirm a waiting run.

    Args:
        run_id (int): the run.
        uai (str): its school.
        actor (str): who confirms.
        at (datetime): when.
        leavers (int | None): the number of pupils left or absent, typed by the head to release a held plan.
        as_authority (bool): the authority confirms.
        plan_hash (str): the plan that was looked at, or the beginning of its hash, eight characters at least;
            empty for the one there is now.

    Returns:
        ImportRun: the run, applied.

    Raises:
        NotWaitingError: if the run is not waiting.
        PlanOutdatedError: if the plan is no longer the one that was looked at.
        HeldError: if guards hold it and what is given does not release them.
    """
    seen = get_run(run_id=run_id, uai=uai)
    looked_at = plan_hash.lower() or seen.plan_hash

    def check(run: ImportRun) -> None:
        if len(looked_at) < SHORTEST_HASH or not run.plan_hash.startswith(looked_at):
            raise PlanOutdatedError(run.pk)
        if run.state == ImportRun.State.HELD and not as_authority:
            expected = leaver_count(run.counts)
            if leavers != expected or any(guard["needs_authority"] for guard in run.guards):
                raise HeldError(run, expected)

    if seen.state not in (ImportRun.State.PLANNED, ImportRun.State.HELD):
        raise NotWaitingError(seen)
    return apply_run(run_id, uai=uai, actor=actor, at=at, check=check)


def decline(*, run_id: int, uai: str) -> ImportRun:
    """Abandon a waiting run; nothing of it was written.

    Args:
        run_id (int): the run.
        uai (str): its school.

    Returns:
        ImportRun: the run.

    Raises:
        NotWaitingError: if the run is not waiting.
    """
    run = get_run(run_id=run_id, uai=uai)
    with reading(uai):
        # In one statement: an approval may have come first.
        declined = ImportRun.objects.filter(uai=uai, pk=run_id, state__in=WAITING).update(
            state=ImportRun.State.DECLINED
        )
    if not declined:
        raise NotWaitingError(get_run(run_id=run_id, uai=uai))
    run.state = ImportRun.State.DECLINED
    return run


def resume(*, uai: str, actor: str, at: datetime) -> list[ImportRun]:
    """Take up the runs that a stop left between two steps.

    Args:
        uai (str): the school.
        actor (str): who takes them up.
        at (datetime): when.

    Returns:
        list[ImportRun]: the runs that went on.

    Raises:
        RefusedError: if one may not be applied any more; raised once the others went on.
    """
    resumed: list[ImportRun] = []
    refused: RefusedError | None = None
    with reading(uai):
        waiting = list(ImportRun.objects.filter(uai=uai, state__in=WAITING).order_by("id"))
    for found in waiting:
        is_new = found.state == ImportRun.State.RECEIVED
        run = _take_up(found.pk, uai, actor, at) if is_new else found
        if run is None:
            continue
        if run.state == ImportRun.State.PLANNED and run.options.get("apply"):
            # Who took it up at the same moment may have been quicker.
            try:
                resumed.append(apply_run(run.pk, uai=uai, actor=actor, at=at))
            except NotWaitingError:
                continue
            except RefusedError as refusal:
                refused = refused or refusal
        elif is_new:
            resumed.append(run)
    if refused is not None:
        raise refused
    return resumed


def _take_up(run_id: int, uai: str, actor: str, at: datetime) -> ImportRun | None:
    """Read and plan a deposit that was only kept, and apply it where it asks for that and nothing holds it.

    One that cannot be read is refused, and says why. None if somebody else took it up meanwhile.
    """
    with reading(uai), collector_at_rest():
        lock_school(uai)
        run = _locked(run_id, uai)
        if run.state != ImportRun.State.RECEIVED:
            return None
        if run.options.get("apply"):
            try:
                # Compared and written in one go: nothing moves between the two.
                with transaction.atomic():
                    writable_year(uai=uai, year=run.year)
                    apply_kept(run, actor=actor, at=at)
            except RefusedError:
                # It is compared at least, and what refuses it is said by who applies it.
                run = _locked(run_id, uai)
            else:
                return run
        try:
            plan_kept(run, at)
        except RefusedError as refusal:
            run.state = ImportRun.State.REFUSED
            run.heading = {"refused": refusal.code, "sentence": refusal.sentence}
            run.save()
        return run


def undo(*, run_id: int, uai: str, actor: str, at: datetime) -> Undone:
    """Undo the latest applied run of a school, as one act.

    Args:
        run_id (int): the run.
        uai (str): its school.
        actor (str): who undoes.
        at (datetime): when.

    Returns:
        Undone: what was done.

    Raises:
        CannotUndoError: if the run was not applied, is older than seven days, is not the latest, or the next
            year was opened since.
    """
    with act(uai=uai, kind=UNDO_ACT, actor=actor, at=at, run_id=run_id) as opened:
        run = _locked(run_id, uai)
        if run.state != ImportRun.State.APPLIED or not run.applied_act_id or not run.applied_at:
            raise CannotUndoError(
                f"L’import n° {run_id} n’est pas intégré : il n’y a rien à annuler."
            )
        if at - run.applied_at > timedelta(days=UNDO_DAYS):
            raise CannotUndoError(
                f"L’import n° {run_id} a été intégré il y a plus de {UNDO_DAYS} jours : il ne peut plus être annulé. "
                "Corrigez dans votre logiciel et renvoyez un fichier."
            )
        _check_latest(run, run.applied_act_id)
        if was_opened_since(uai=uai, year=run.year + 1, act_id=run.applied_act_id):
            raise CannotUndoError(
                f"L’année {school_year.label(run.year + 1)} a été ouverte depuis l’import n° {run_id}, et ses élèves"
                " y sont attendus : il ne peut plus être annulé. Corrigez dans votre logiciel et renvoyez un fichier."
            )
        done = _reverse(run, run.applied_act_id, opened)
        run.state, run.undone_act_id, run.undone_at = ImportRun.State.UNDONE, opened.id, at
        run.save()
        others = ImportRun.objects.filter(uai=uai, year=run.year, state=ImportRun.State.APPLIED)
        for milestone, flows in MILESTONES.items():
            if run.flow in flows and not others.filter(flow__in=flows).exists():
                leave(opened, milestone, year=run.year)
    return done


def preview_undo(*, run_id: int, uai: str, actor: str, at: datetime) -> Undone:
    """Tell what undoing a run would do: it is done, and taken back.

    Args:
        run_id (int): the run.
        uai (str): its school.
        actor (str): who asks.
        at (datetime): when.

    Returns:
        Undone: what would be done.

    Raises:
        CannotUndoError: if the run may not be undone.
    """
    with transaction.atomic():
        done = undo(run_id=run_id, uai=uai, actor=actor, at=at)
        transaction.set_rollback(True)
    return done


def restore(*, run_id: int, uai: str, actor: str, at: datetime) -> Undone:
    """Take an undoing back: the run is applied again, as it was.

    Args:
        run_id (int): the run.
        uai (str): its school.
        actor (str): who does.
        at (datetime): when.

    Returns:
        Undone: what was done.

    Raises:
        CannotUndoError: if the run was not undone, or another was applied or undone since.
    """
    with act(uai=uai, kind=RESTORE_ACT, actor=actor, at=at, run_id=run_id) as opened:
        run = _locked(run_id, uai)
        if run.state != ImportRun.State.UNDONE or run.undone_act_id is None:
            raise CannotUndoError(
                f"L’import n° {run_id} n’a pas été annulé : il n’y a rien à rétablir."
            )
        refuse_stopped(flow_named(run.flow), uai=uai)
        _check_nothing_since(run, run.undone_act_id)
        done = _reverse(run, run.undone_act_id, opened)
        # The act that a later undoing reverses is the one that brought the rows back.
        run.state, run.applied_act_id = ImportRun.State.APPLIED, opened.id
        run.applied_at, run.undone_act_id, run.undone_at = at, None, None
        run.save()
        for milestone, flows in MILESTONES.items():
            if run.flow in flows:
                reach(opened, milestone, year=run.year)
    return done


def _locked(run_id: int, uai: str) -> ImportRun:
    """Read a run within an act: nobody else moves it until the act ends."""
    try:
        return ImportRun.objects.select_for_update().get(uai=uai, pk=run_id)
    except ImportRun.DoesNotExist:
        raise UnknownRunError(run_id, uai) from None


def _reverse(run: ImportRun, act_id: int, opened: OpenAct) -> Undone:
    uai = run.uai
    writable_year(uai=uai, year=run.year)
    before = holdings.state_digest(uai=uai)
    events = events_of(uai=uai, act_id=act_id)
    kept = Kept(uai=uai, act_id=act_id, events=events, kinds_not_counted=_MACHINE_ACTS)
    done = reverse_act(
        opened,
        reversed_act_id=act_id,
        events=events,
        tables=_REVERSIBLE,
        values=(PLACES,),
        is_kept=kept.is_kept,
        own_columns={_YEARS: ("software",)},
    )
    give_back(opened)
    after = holdings.state_digest(uai=uai)
    opened.facts |= {
        "restored": done.restored_count,
        "removed": done.removed_count,
        "returned": done.returned_count,
        "kept": len(done.kept),
        "before": before,
        "after": after,
    }
    return Undone(
        run,
        done.restored_count,
        done.removed_count,
        done.returned_count,
        kept.names(),
        before,
        after,
    )


def _check_latest(run: ImportRun, act_id: int) -> None:
    later = _moved_since(run, applied_act_id__gt=act_id, state=ImportRun.State.APPLIED)
    if later is not None:
        raise CannotUndoError(
            f"L’import n° {later.pk} a été intégré depuis : annulez-le d’abord, puis l’import n° {run.pk}."
        )


def _check_nothing_since(run: ImportRun, act_id: int) -> None:
    """Refuse what the run wrote over, or pointed at, when another import put or took it since."""
    applied = _moved_since(run, applied_act_id__gt=act_id, state=ImportRun.State.APPLIED)
    undone = _moved_since(run, undone_act_id__gt=act_id, state=ImportRun.State.UNDONE)
    later = applied or undone
    if later is not None:
        raise CannotUndoError(
            f"L’import n° {later.pk} a été {'intégré' if applied else 'annulé'} depuis : l’import n° {run.pk} "
            "ne peut plus être rétabli. Renvoyez son fichier."
        )


def _moved_since(run: ImportRun, **conditions: Any) -> ImportRun | None:
    others = ImportRun.objects.filter(uai=run.uai, **conditions).exclude(pk=run.pk)
    return others.order_by("-applied_act_id").first()


def _file_names(run: ImportRun) -> tuple[str, ...]:
    kept = StoredFile.objects.filter(uai=run.uai, pk__in=run.file_ids)
    names = dict(kept.values_list("id", "name"))
    return tuple(names[i] for i in run.file_ids if i in names)


def _school_name(uai: str) -> str:
    return School.objects.filter(pk=uai).values_list("name", flat=True).first() or ""
