"""A process that imports a file and is killed at the n-th thing it asks of PostgreSQL.

`test_faults.py` runs it. What takes long is done once; each death is that of a fork. It reads lines
`BASE N`, and answers each with `killed`, or `done` when there was no n-th thing.
"""

import os
import signal
import sys
import traceback
from pathlib import Path

import django
from tests.exchange.tripwire import laid

django.setup()

from django.db import connections  # noqa: E402 - once Django is set up
from tests.exchange.ready_school import AT, YEAR  # noqa: E402

from bascule.exchange.receive import deposit, receive_import  # noqa: E402
from bascule.exchange.runs import list_runs, resume  # noqa: E402


def import_at_once(uai: str, file: tuple[str, bytes]) -> None:
    receive_import(files=[file], uai=uai, year=YEAR, actor="secretary", at=AT, apply=True)


def import_by_steps(uai: str, file: tuple[str, bytes]) -> None:
    if not list_runs(uai=uai):
        deposit(files=[file], uai=uai, year=YEAR, actor="secretary", at=AT, apply=True)
    resume(uai=uai, actor="worker", at=AT)


WAYS = {"at-once": import_at_once, "by-steps": import_by_steps}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def live(base: str, at: int, way: str, uai: str, path: Path) -> None:
    try:
        connections.settings["default"]["NAME"] = base
        with laid(at, die):
            WAYS[way](uai, (path.name, path.read_bytes()))
    except BaseException:  # noqa: BLE001 - a fork never returns
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> None:
    way, uai, path = sys.argv[1:]
    for line in sys.stdin:
        base, at = line.split()
        child = os.fork()
        if not child:
            live(base, int(at), way, uai, Path(path))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write({0: "done", -signal.SIGKILL: "killed"}.get(code, "failed") + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
