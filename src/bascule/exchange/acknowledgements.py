"""The acknowledgement of a deposit: once its file is read, the software that sent it is told, at its return address.

At least once: told again if nothing shows that it was heard, under the same number of task. What is to be told stands
with the import, and says by itself when it is due: a job is but one try, and one that is lost is asked for again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from bascule.errors import RefusedError
from bascule.exchange import return_address
from bascule.exchange.models import ImportRun
from bascule.exchange.runs import get_run
from bascule.store.policies import open_schools
from bascule.store.queue import ask_once

#: The job.
TELL: Final = "imports.acknowledge"
#: How long after each try the next one is due: the last one half an hour after the first.
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15))
#: How many that ended are kept with an import.
_KEPT: Final = 20

WAITING, TOLD, GIVEN_UP = "waiting", "told", "given-up"


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
    """Where an acknowledgement of an import stands: there is one for each number of task and address.

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

    def is_due(self, at: datetime) -> bool:
        """Tell whether it is to be told now.

        Args:
            at (datetime): when.

        Returns:
            bool: False before its file is read, soon after a try, and once it ended.
        """
        if self.state != WAITING or self.run.state == ImportRun.State.RECEIVED:
            return False
        if self.last is None:
            return True
        return at >= datetime.fromisoformat(self.last["at"]) + WAITS[len(self.tries) - 1]


def check_address(address: str) -> None:
    """Refuse a return address that the authority does not list.

    Args:
        address (str): as the software gave it.
    """
    return_address.check(address, allowed=settings.BASCULE_RETURN_ADDRESSES)


def ask(*, run: ImportRun, task: str, address: str) -> None:
    """Ask that somebody be told of an import, once its file is read; whoever asked before is told too.

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
        others = [one for one in row.acknowledgement or () if not _is(one, task, address)]
        ended = [one for one in others if one["state"] != WAITING]
        row.acknowledgement = [
            *ended[-_KEPT:],
            *(one for one in others if one["state"] == WAITING),
            {"task": task, "to": address, "state": WAITING, "tries": []},
        ]
        row.save(update_fields=["acknowledgement"])
        if row.state != ImportRun.State.RECEIVED:
            _ask_job(_of(row)[-1])


def ask_due(*, uais: Sequence[str], at: datetime) -> None:
    """Ask the worker for the acknowledgements that are due.

    Args:
        uais (Sequence[str]): the schools.
        at (datetime): when.
    """
    with transaction.atomic():
        open_schools(*uais)
        rows = ImportRun.objects.filter(
            uai__in=uais, acknowledgement__contains=[{"state": WAITING}]
        ).exclude(state=ImportRun.State.RECEIVED)
        for row in rows.order_by("id"):
            for found in _of(row):
                if found.is_due(at):
                    _ask_job(found)


def tell(*, uai: str, run_id: int, task: str, at: datetime) -> None:
    """Tell once what is due under a number of task, and keep what came of it.

    Args:
        uai (str): the school.
        run_id (int): the import; one that is no more is left.
        task (str): the number that the software gave.
        at (datetime): when.
    """
    with transaction.atomic():
        open_schools(uai)
        run = ImportRun.objects.filter(uai=uai, pk=run_id).first()
    asked = _of(run) if run else []
    found = next((one for one in asked if one.task == task and one.is_due(at)), None)
    if found is None:
        return
    # Outside any transaction: whoever is called takes its time. Others may be asked for meanwhile.
    heard = return_address.send(
        found.address, _message(found), allowed=settings.BASCULE_RETURN_ADDRESSES
    )
    with transaction.atomic():
        open_schools(uai)
        row = _locked(uai, run_id)
        for kept in row.acknowledgement or ():
            if not _is(kept, task, found.address):
                continue
            kept["tries"].append(
                {"at": at.isoformat(), "status": heard.status, "fault": heard.fault}
            )
            if heard.is_heard:
                kept["state"] = TOLD
            elif kept["state"] == WAITING and len(kept["tries"]) > len(WAITS):
                kept["state"] = GIVEN_UP
        row.save(update_fields=["acknowledgement"])


def of_run(*, run: ImportRun) -> list[Acknowledgement]:
    """Tell where the acknowledgements of an import stand.

    Args:
        run (ImportRun): the import.

    Returns:
        list[Acknowledgement]: as they were asked for, those that ended first.
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
        return [found for row in rows for found in _of(row)]


def retry(*, uai: str, run_id: int) -> list[Acknowledgement]:
    """Ask for the acknowledgements of an import again, as if they had never been tried.

    Args:
        uai (str): the school.
        run_id (int): the import.

    Returns:
        list[Acknowledgement]: where they stand now.

    Raises:
        NothingToTellError: if none was asked for.
    """
    get_run(run_id=run_id, uai=uai)
    with transaction.atomic():
        open_schools(uai)
        row = _locked(uai, run_id)
        if not row.acknowledgement:
            raise NothingToTellError(run_id)
        row.acknowledgement = [
            {**one, "state": WAITING, "tries": []} for one in row.acknowledgement
        ]
        row.save(update_fields=["acknowledgement"])
        for found in _of(row):
            _ask_job(found)
        return _of(row)


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


def _of(run: ImportRun) -> list[Acknowledgement]:
    return [
        Acknowledgement(run, kept["task"], kept["to"], kept["state"], tuple(kept["tries"]))
        for kept in run.acknowledgement or ()
    ]


def _is(kept: Mapping[str, Any], task: str, address: str) -> bool:
    return (kept["task"], kept["to"]) == (task, address)


def _locked(uai: str, run_id: int) -> ImportRun:
    return ImportRun.objects.select_for_update().get(uai=uai, pk=run_id)


def _ask_job(found: Acknowledgement) -> None:
    # One call at a time to whoever listens, and no lock of the school: files do not wait for it. A try that failed
    # leaves no job behind, which would hold those that come after.
    run, task = found.run, found.task
    lock = f"{TELL}/{return_address.origin_of(found.address)}"
    ask_once(
        TELL, lock=lock, about=f"{run.uai}/{run.pk}/{task}", uai=run.uai, run_id=run.pk, task=task
    )
