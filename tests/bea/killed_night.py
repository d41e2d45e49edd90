"""A process that passes a night and is killed at the n-th thing it asks of PostgreSQL.

`test_killed.py` runs it. It reads lines `BASE N`, and answers each with `killed`, or `done` when there was no
n-th thing.
"""

import os
import signal
import sys
import traceback

import django
from tests.exchange.tripwire import laid

django.setup()

from django.db import connections  # noqa: E402 - once Django is set up
from tests.bea.acting import pass_night  # noqa: E402


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def live(base: str, at: int) -> None:
    try:
        connections.settings["default"]["NAME"] = base
        with laid(at, die):
            pass_night()
    except BaseException:  # noqa: BLE001 - a fork never returns
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> None:
    for line in sys.stdin:
        base, at = line.split()
        child = os.fork()
        if not child:
            live(base, int(at))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write({0: "done", -signal.SIGKILL: "killed"}.get(code, "failed") + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
