"""The acknowledgement of a deposit: once its file is read, the software that sent it is told, at its return address.

At least once: told again if nothing shows that it was heard, under the same number of task.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from bascule.errors import RefusedError, TransientError
from bascule.exchange import return_address
from bascule.exchange.models import ImportRun
from bascule.exchange.runs import get_run
from bascule.store.policies import open_schools
from bascule.store.queue import ask_once

#: The job.
TELL: Final = "imports.acknowledge"
#: As many as the worker makes of a job, the last one half an hour after the first.
MOST_TRIES: Final = 6

WAITING, TOLD, GIVEN_UP = "waiting", "told", "given-up"


class NotHeardError(TransientError):
    """Nobody took the acknowledgement this time: it is tried again later."""


class NothingToTellError(RefusedError):
    """The import was deposited without a return address.

    Args:
        run_id (int): the import.
    """

    code = "acknowledgement.none"

    def __init__(self, run_id: int) -> None:
        super().__init__(
            f"L’import n° {run_id} a été déposé sans adresse de retour : il n’y a personne à prévenir."
            " Choisissez l’un de ceux que montre « bascule acknowledgements list »."
        )
        self.run_id = run_id


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Where the acknowledgement of an import stands.

    Attributes:
        run: the import.
        task: the number that the software gave.
        address: where it is told.
        state: `waiting`, `told`, `given-up`.
        tries: when, with what was answered or what failed; in order.
    """

    run: ImportRun
    task: str
    address: str
    state: str
    tries: tuple[Mapping[str, Any], ...]

    @property
    def last(self) -> Mapping[str, Any] | None:
        """Return the last try, if there was one."""
        return self.tries[-1] if self.tries else None


def check_address(address: str) -> None:
    """Refuse a return address that the authority does not list.

    Args:
        address (str): as the software gave it.
    """
    return_address.check(address, allowed=settings.BASCULE_RETURN_ADDRESSES)


def ask(*, run: ImportRun, task: str, address: str) -> None:
    """Ask that somebody be told of an import, once its file is read.

    Args:
        run (ImportRun): the import.
        task (str): the number that the software gave to its sending.
        address (str): where; listed.

    Raises:
        ReturnAddressError: if it is not.
    """
    check_address(address)
    with transaction.atomic():
        open_schools(run.uai)
        row = _locked(run.uai, run.pk)
        row.acknowledgement = {"task": task, "to": address, "state": WAITING, "tries": []}
        row.save(update_fields=["acknowledgement"])
        if row.state != ImportRun.State.RECEIVED:
            _ask_job(row)


def ask_due(*, uai: str) -> None:
    """Ask the worker for the acknowledgements of a school whose files are read.

    Args:
        uai (str): the school.
    """
    with transaction.atomic():
        open_schools(uai)
        waiting = ImportRun.objects.filter(uai=uai, acknowledgement__state=WAITING)
        for row in waiting.exclude(state=ImportRun.State.RECEIVED):
            _ask_job(row)


def tell(*, uai: str, run_id: int, at: datetime) -> Acknowledgement | None:
    """Tell once, and keep what came of it; one that was heard, or given up, is left.

    Args:
        uai (str): the school.
        run_id (int): the import.
        at (datetime): when.

    Returns:
        Acknowledgement | None: where it stands; None for an import without one, or that is no more.

    Raises:
        NotHeardError: if nobody took it, and it is worth trying again.
    """
    with transaction.atomic():
        open_schools(uai)
        run = ImportRun.objects.filter(uai=uai, pk=run_id).first()
    found = _of(run) if run else None
    if found is None or found.state != WAITING or found.run.state == ImportRun.State.RECEIVED:
        return found
    # Outside any transaction: whoever is called takes its time.
    heard = return_address.send(
        found.address, _message(found), allowed=settings.BASCULE_RETURN_ADDRESSES
    )
    with transaction.atomic():
        open_schools(uai)
        row = _locked(uai, run_id)
        kept: dict[str, Any] = row.acknowledgement or {}
        kept["tries"].append({"at": at.isoformat(), "status": heard.status, "fault": heard.fault})
        if heard.is_heard:
            kept["state"] = TOLD
        elif len(kept["tries"]) >= MOST_TRIES:
            kept["state"] = GIVEN_UP
        row.acknowledgement = kept
        row.save(update_fields=["acknowledgement"])
    found = _of(row)
    if found is not None and found.state == WAITING:
        raise NotHeardError
    return found


def of_run(*, run: ImportRun) -> Acknowledgement | None:
    """Tell where the acknowledgement of an import stands.

    Args:
        run (ImportRun): the import.

    Returns:
        Acknowledgement | None: None where none was asked for.
    """
    return _of(run)


def of_school(*, uai: str) -> list[Acknowledgement]:
    """List the acknowledgements that were asked for in a school.

    Args:
        uai (str): the school.

    Returns:
        list[Acknowledgement]: the last import first.
    """
    with transaction.atomic():
        open_schools(uai)
        rows = ImportRun.objects.filter(uai=uai, acknowledgement__isnull=False).order_by("-id")
        return [found for row in rows if (found := _of(row))]


def retry(*, uai: str, run_id: int) -> Acknowledgement:
    """Ask for an acknowledgement again, as if it had never been tried.

    Args:
        uai (str): the school.
        run_id (int): the import.

    Returns:
        Acknowledgement: where it stands now.

    Raises:
        NothingToTellError: if none was asked for.
    """
    get_run(run_id=run_id, uai=uai)
    with transaction.atomic():
        open_schools(uai)
        row = _locked(uai, run_id)
        if row.acknowledgement is None:
            raise NothingToTellError(run_id)
        row.acknowledgement |= {"state": WAITING, "tries": []}
        row.save(update_fields=["acknowledgement"])
        _ask_job(row)
        return Acknowledgement(
            row, row.acknowledgement["task"], row.acknowledgement["to"], WAITING, ()
        )


def _message(found: Acknowledgement) -> bytes:
    run = found.run
    said = {
        "tacheId": found.task,
        "codeRne": run.uai,
        "annee": run.year,
        "import": run.pk,
        "etat": run.state,
        "comptes": run.counts,
        "refus": run.heading.get("refused"),
    }
    return json.dumps(said, ensure_ascii=False).encode()


def _of(run: ImportRun) -> Acknowledgement | None:
    kept = run.acknowledgement
    if kept is None:
        return None
    return Acknowledgement(run, kept["task"], kept["to"], kept["state"], tuple(kept["tries"]))


def _locked(uai: str, run_id: int) -> ImportRun:
    return ImportRun.objects.select_for_update().get(uai=uai, pk=run_id)


def _ask_job(run: ImportRun) -> None:
    # A lock of its own: one that nobody hears must keep neither files nor other acknowledgements waiting.
    ask_once(TELL, lock=f"{TELL}/{run.uai}/{run.pk}", uai=run.uai, run_id=run.pk)
