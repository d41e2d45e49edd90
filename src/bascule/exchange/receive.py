"""Receive a deposit: the door of every import, whoever brings it.

Refused whole, before anything is written: another school, another year, another kind, a damaged file. An
accepted file is kept before anything else is done with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bascule.errors import RefusedError
from bascule.exchange import told
from bascule.exchange.flows import group_links
from bascule.exchange.flows.fields import read_columns
from bascule.exchange.flows.flow import NOTHING_SAID, Said
from bascule.exchange.flows.ways import flow_named
from bascule.exchange.gate import (
    Opening,
    changes_software_of_itself,
    check_gate,
    deposited,
    keep_files,
    open_files,
    refuse_stopped,
)
from bascule.exchange.import_pipeline.conductor import reading
from bascule.exchange.journey import (
    TAKE_UP,
    WAITING,
    already_taken,
    apply_at_once,
    collector_at_rest,
    last_applied,
    plan_run,
    read_all,
)
from bascule.exchange.models import ImportRun
from bascule.schools.open_year import find_year
from bascule.store.locks import lock_school
from bascule.store.queue import ask_once

#: The way in of the groups of pupils, alone: for `only`.
GROUP_LINKS = group_links.CODE


class NothingLeftError(RefusedError):
    """A run took all that its files hold, or is not applied.

    Args:
        run_id (int): the run.
    """

    code = "import.nothing-left"

    def __init__(self, run_id: int) -> None:
        super().__init__(
            f"L’import n° {run_id} n’a rien laissé dans ses fichiers, ou n’est pas intégré. Déposez un nouveau fichier."
        )
        self.run_id = run_id


class OtherWayError(RefusedError):
    """The files come in by another way than the one that is meant.

    Args:
        title (str): French, what they are.
    """

    code = "file.other-way"

    def __init__(self, title: str) -> None:
        super().__init__(
            f"Ce fichier est d’une autre sorte : {title}. Envoyez-le par l’adresse qui prend cette sorte de fichiers."
        )
        self.title = title


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a deposit.

    Attributes:
        run: its run; that of the earlier deposit when the same bytes were already applied.
        is_repeat: the same bytes were already applied and nothing moved since: nothing was written.
    """

    run: ImportRun
    is_repeat: bool


def receive_import(
    *,
    files: Sequence[tuple[str, bytes]],
    uai: str,
    year: int,
    actor: str,
    at: datetime,
    apply: bool = False,
    erase: bool = False,
    changes_software: bool = False,
    is_partial: bool = False,
    said: Said = NOTHING_SAID,
) -> Received:
    """Receive files, plan their import, and apply it when asked and nothing holds it.

    Args:
        files (Sequence[tuple[str, bytes]]): name and bytes of each file, as deposited.
        uai (str): the school they are deposited for.
        year (int): first calendar year they are deposited for.
        actor (str): who deposits.
        at (datetime): when, with its time zone.
        apply (bool): apply at once when no guard holds the plan.
        erase (bool): erase the values that the file no longer gives.
        changes_software (bool): the school declares a *changement de logiciel*.
        is_partial (bool): the file holds some pupils only (corrected lines): nobody is absent from it.
        said (Said): what the person says of files that do not say it: `encoding`, `columns`.

    Returns:
        Received: the run.
    """
    is_told = "columns" in said
    opening, said = _opened(files, said, uai=uai)
    options = {
        "erase": erase,
        "changes_software": changes_software,
        "apply": apply,
        "partial": is_partial,
    } | ({"said": dict(said)} if said else {})
    with collector_at_rest():
        received = _received(
            opening, files, uai=uai, year=year, actor=actor, at=at, options=options
        )
    if is_told and opening.flow.has_columns and not received.is_repeat:
        told.remember(opening, uai=uai, actor=actor, at=at, run_id=received.run.pk)
    return received


def _received(
    opening: Opening,
    files: Sequence[tuple[str, bytes]],
    *,
    uai: str,
    year: int,
    actor: str,
    at: datetime,
    options: dict[str, Any],
) -> Received:
    """Take opened files in, in one transaction; all that was read of them is let go at the end."""
    with reading(uai):
        # The base holds still from here to the end: what is compared is what is written over.
        lock_school(uai)
        refuse_stopped(opening.flow, uai=uai)
        row = find_year(uai=uai, year=year)
        changes_software: bool = options["changes_software"] or changes_software_of_itself(
            opening, row
        )
        options = {**options, "changes_software": changes_software}
        last = last_applied(opening.flow.code, uai=uai, year=year)
        if not options["erase"] and not changes_software:
            earlier = already_taken(opening, last)
            if earlier is not None:
                return Received(earlier, is_repeat=True)
        check_gate(opening, row, uai=uai, year=year, changes_software=changes_software, at=at)

        def keep() -> ImportRun:
            return _keep(opening, files, uai=uai, year=year, actor=actor, at=at, options=options)

        if options["apply"]:
            run = apply_at_once(
                opening, last, uai=uai, year=year, options=options, actor=actor, at=at, keep=keep
            )
        else:
            # Read to its end before it is kept: a damaged file leaves no trace.
            read = read_all(opening, last, uai=uai, year=year, options=options)
            run = keep()
            plan_run(run, opening, read, at)
    return Received(run, is_repeat=False)


def deposit(
    *,
    files: Sequence[tuple[str, bytes]],
    uai: str,
    year: int,
    actor: str,
    at: datetime,
    apply: bool = False,
    changes_software: bool = False,
    is_partial: bool = False,
    said: Said = NOTHING_SAID,
    asks: bool = False,
    only: str = "",
) -> Received:
    """Keep files for later: the answer comes at once, a worker reads and plans them (`runs.resume`).

    Args:
        files (Sequence[tuple[str, bytes]]): name and bytes of each file, as deposited.
        uai (str): the school they are deposited for.
        year (int): first calendar year they are deposited for.
        actor (str): who deposits.
        at (datetime): when, with its time zone.
        apply (bool): apply when the time comes, if no guard holds the plan.
        changes_software (bool): the school declares a *changement de logiciel*.
        is_partial (bool): the file holds some pupils only (corrected lines): nobody is absent from it.
        said (Said): what is said of files that do not say it: `encoding`, `columns`; `software`, with its version.
        asks (bool): a table whose columns the school never told waits for a person to tell them (`told.tell`).
        only (str): code of the one way in that is meant; blank for any.

    Returns:
        Received: the run, received; or that of the earlier deposit when the same bytes were already applied.

    Raises:
        OtherWayError: if the files come in by another way than the one that is meant.
    """
    # Who sends says nothing of how the files are read: the same bytes stay the same deposit.
    software = said.get("software", "")
    said = {name: value for name, value in said.items() if name != "software"}
    opening, said = _opened(files, said, uai=uai)
    if only and opening.flow.code != only:
        raise OtherWayError(opening.flow.title)
    waits = asks and opening.flow.has_columns and "columns" not in said
    with reading(uai):
        refuse_stopped(opening.flow, uai=uai)
        row = find_year(uai=uai, year=year)
        changes_software = changes_software or changes_software_of_itself(opening, row)
        options = {
            "erase": False,
            "changes_software": changes_software,
            "apply": apply,
            "partial": is_partial,
        } | {name: value for name, value in (("said", dict(said)), ("software", software)) if value}
        # Not locked: who only asks whether there is anything to do waits for nobody.
        last = last_applied(opening.flow.code, uai=uai, year=year)
        earlier = None if changes_software else already_taken(opening, last)
        if earlier is not None:
            return Received(earlier, is_repeat=True)
        check_gate(opening, row, uai=uai, year=year, changes_software=changes_software, at=at)
        run = _keep(opening, files, uai=uai, year=year, actor=actor, at=at, options=options)
        if waits:
            run.state = ImportRun.State.UNTOLD
            run.save()
        else:
            # With the deposit itself, or not at all.
            ask_once(TAKE_UP, lock=uai, uai=uai)
    return Received(run, is_repeat=False)


def deposit_rest(*, run: ImportRun, actor: str, at: datetime) -> Received:
    """Keep the files of an applied run again for what it left in them: groups, where they brought pupils.

    Args:
        run (ImportRun): the run.
        actor (str): who asks.
        at (datetime): when, with its time zone.

    Returns:
        Received: the new run, received.

    Raises:
        NothingLeftError: if the run is not applied, or took all there was.
    """
    part = rest_of(run)
    if not part:
        raise NothingLeftError(run.pk)
    return deposit(
        files=[deposited(run)],
        uai=run.uai,
        year=run.year,
        actor=actor,
        at=at,
        said={"part": part},
    )


def rest_of(run: ImportRun) -> str:
    """Tell which part of its files an applied run left.

    Args:
        run (ImportRun): the run.

    Returns:
        str: the part; blank for none.
    """
    flow = flow_named(run.flow)
    return flow.then if flow and run.state == ImportRun.State.APPLIED else ""


def said(
    *, encoding: str = "", columns: bytes | None = None, part: str = "", software: str = ""
) -> Said:
    """Put together what a person says of files that do not say it.

    Args:
        encoding (str): what their texts are written in; blank when nothing is said.
        columns (bytes | None): what each column of a table is, as JSON.
        part (str): which part of them is wanted; blank for the first.
        software (str): what sends, by its name and version; blank when nothing is said.

    Returns:
        Said: what `receive_import` takes, and `deposit`.
    """
    found: dict[str, Any] = {"encoding": encoding} if encoding else {}
    if columns is not None:
        found["columns"] = read_columns(columns)
    if part:
        found["part"] = part
    if software:
        found["software"] = software
    return found


def _opened(files: Sequence[tuple[str, bytes]], said: Said, *, uai: str) -> tuple[Opening, Said]:
    """Open a deposit; what was said of the columns of such a table holds where nothing is said of this one."""
    opening = open_files(files, said)
    if "columns" in said or not opening.flow.has_columns:
        return opening, said
    columns = told.known(opening, uai=uai)
    if columns is None:
        return opening, said
    said = {**said, "columns": columns}
    return open_files(files, said), said


def _keep(
    opening: Opening,
    files: Sequence[tuple[str, bytes]],
    *,
    uai: str,
    year: int,
    actor: str,
    at: datetime,
    options: dict[str, Any],
) -> ImportRun:
    """Keep a deposit; those that still waited for this year give way to it."""
    file_ids = keep_files(opening, files, uai=uai)
    ImportRun.objects.filter(uai=uai, year=year, flow=opening.flow.code, state__in=WAITING).update(
        state=ImportRun.State.DECLINED
    )
    return ImportRun.objects.create(
        uai=uai,
        year=year,
        flow=opening.flow.code,
        state=ImportRun.State.RECEIVED,
        received_at=at,
        received_by=actor,
        file_ids=file_ids,
        file_digest=opening.digest,
        options=options,
    )
