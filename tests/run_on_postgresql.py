"""Run the tests on an installed PostgreSQL instead of the embedded one.

    python tests/run_on_postgresql.py [--programs FOLDER] [pytest's arguments…]

A throwaway cluster is made in a temporary folder, as an ordinary user, and stopped at the end.
Without `--programs` it takes the oldest version found where Debian installs them.
"""

import argparse
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NOT_INSTALLED = 77
#: Bytes that the bases of a whole run may take.
ROOM = 2 * 1024**3
_OPTIONS = (
    "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    " -c max_connections=100 -c shared_buffers=128MB -c max_wal_size=256MB"
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the tests on an installed PostgreSQL.")
    parser.add_argument("--programs", type=Path, help="the folder of initdb and pg_ctl")
    options, arguments = parser.parse_known_args()
    programs = options.programs or _oldest_installed()
    if programs is None:
        sys.stderr.write(
            "No PostgreSQL under /usr/lib/postgresql: install it, or say --programs.\n"
        )
        return NOT_INSTALLED
    with _cluster(programs) as address:
        return subprocess.run(  # noqa: S603 - what the developer typed
            [sys.executable, "-m", "pytest", *arguments],
            check=False,
            env={**os.environ, "BASCULE_TEST_DATABASE_URL": address},
        ).returncode


def quick_folder() -> str:
    """Tell where throwaway bases go: in memory if there is room, for they are many files."""
    memory = Path("/dev/shm")  # noqa: S108
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        return str(memory)
    return tempfile.gettempdir()


def _oldest_installed() -> Path | None:
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return min((path.parent for path in found), key=lambda path: int(path.parts[-2]), default=None)


@contextmanager
def _cluster(programs: Path) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="bascule-pg-", dir=quick_folder()))
    identity = _ordinary_user(folder)
    environment = {"PATH": os.defpath, "LC_ALL": "C", "PGDATA": str(folder / "data")}

    def run(program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603 - PostgreSQL's own programs
            [programs / program, *arguments],
            check=True,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            **identity,
        )

    try:
        run(
            "initdb",
            "--username=postgres",
            "--auth=trust",  # nobody else may enter the folder of the socket
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        run("pg_ctl", "start", "-w", "-l", "server.log", "-o", f"{_OPTIONS} -k '{folder}'")
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate")
    finally:
        shutil.rmtree(folder)


def _ordinary_user(folder: Path) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


if __name__ == "__main__":
    sys.exit(main())
