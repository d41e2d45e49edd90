"""Bring a copy back: to the end of what was kept, or to an instant, on a server that nobody else enters.

The server that comes back runs by itself in a private folder, where whoever passes is trusted, until it has
read all it has to. It then lives on a timeline of its own, which is how the program knows that it was
restored, and refuses to open it before `bascule backup settle`.
"""

import os
import re
import secrets
import shlex
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from bascule.errors import RefusedError
from bascule.store import embedded
from bascule.store.backups import programs, wal
from bascule.store.backups.copies import Copy, take_out

#: How long a server may take to read all that happened since a copy, in seconds.
PATIENCE = 4 * 3600
_PORT = "5432"
_LAST_LINE = re.compile(r"(?:FATAL|PANIC):\s*(.+)")


class RecoveryFailedError(RefusedError):
    """A server does not come back from a copy.

    Args:
        name (str): the copy.
        said (str): what PostgreSQL says of it.
    """

    code = "backup.recovery-failed"

    def __init__(self, name: str, said: str) -> None:
        super().__init__(
            f"La sauvegarde {name} ne peut pas être remise à cet instant ({said}) : donnez un instant plus"
            " ancien, ou une autre sauvegarde."
        )
        self.name = name


class PlaceTakenError(RefusedError):
    """Something stands where the base is to be put.

    Args:
        place (Path): where.
    """

    code = "backup.place-taken"

    def __init__(self, place: Path) -> None:
        super().__init__(
            f"Le dossier {place} existe déjà : déplacez-le d’abord, ou donnez un dossier neuf."
        )
        self.place = place


def orders(*, kept: Path, decrypt: str, until: datetime | None) -> dict[str, str]:
    """Give the settings by which a server comes back.

    Args:
        kept (Path): where it finds what happened since the copy.
        decrypt (str): command that decrypts; blank for none.
        until (datetime | None): the instant to stop at; None for the end.

    Returns:
        dict[str, str]: names and values, not quoted.
    """
    said = {
        "restore_command": wal.restore_command(kept, decrypt=decrypt),
        "recovery_target_action": "promote",
    }
    if until is not None:
        said["recovery_target_time"] = until.astimezone(UTC).isoformat(sep=" ")
    return said


def prepare(copy: Copy, data: Path, *, decrypt: str) -> None:
    """Put a copy where a server is to come back from.

    Args:
        copy (Copy): the copy.
        data (Path): the folder to make.
        decrypt (str): command that decrypts; blank for none.

    Raises:
        PlaceTakenError: if it is there already.
        DamagedCopyError: if the copy is not what was written.
    """
    if data.exists():
        raise PlaceTakenError(data)
    take_out(copy, data, decrypt=decrypt)
    (data / "recovery.signal").touch(mode=0o600)


def write_orders(data: Path, said: dict[str, str]) -> None:
    """Leave the orders in the folder, for a server that somebody else starts.

    Args:
        data (Path): what `prepare` made.
        said (dict[str, str]): what `orders` gave.
    """
    with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        for name, value in said.items():
            quoted = value.replace("\\", "\\\\").replace("'", "''")
            file.write(f"{name} = '{quoted}'\n")


@contextmanager
def brought_back(
    copy: Copy, data: Path, said: dict[str, str], *, user: str, account: tuple[int, int] | None
) -> Iterator[str]:
    """Run the server of a prepared folder until the block ends, once it has come back.

    Args:
        copy (Copy): the copy.
        data (Path): what `prepare` made.
        said (dict[str, str]): what `orders` gave; nothing for a server that has come back already.
        user (str): a role of the server that may enter any of its bases.
        account (tuple[int, int] | None): user and group that run it; None for those of this process.

    Yields:
        str: a libpq address without user or base, that only its user and this one can follow.

    Raises:
        RecoveryFailedError: if it does not come back.
    """
    tools = embedded.within_reach(programs.folder_of(copy.major), data.parent / "programs", account)
    # Sockets have short names: not beside the data.
    place = Path("/tmp") / f"bascule-back-{secrets.token_hex(6)}"  # noqa: S108 - private, made here
    place.mkdir(mode=0o700)
    try:
        (place / "hba").write_text("local all all trust\n", encoding="ascii")
        (place / "conf").write_text("", encoding="ascii")
        for path in (place, *place.iterdir(), *_every(data)):
            _give(path, account)
        settings = {
            **said,
            "config_file": str(place / "conf"),
            "hba_file": str(place / "hba"),
            "listen_addresses": "",
            "unix_socket_directories": str(place),
            "port": _PORT,
            # Whoever would look before the end is told to wait, and no setting need match the old ones.
            "hot_standby": "off",
            "archive_mode": "off",
            "log_min_error_statement": "panic",
            "max_connections": "50",
        }
        address = make_conninfo(host=str(place), port=_PORT)
        options = " ".join(
            f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items()
        )
        control = partial(programs.run, tools / "pg_ctl", account=account, cwd=place)
        pgdata, log = f"--pgdata={data}", place / "log"
        try:
            control("start", "--wait", f"--log={log}", pgdata, f"--options={options}")
            if not _answers(make_conninfo(address, user=user, dbname="postgres"), data):
                raise RecoveryFailedError(copy.name, _last_said(log))
            yield address
        except programs.ProgramFailedError as fault:
            raise RecoveryFailedError(copy.name, _last_said(log)) from fault
        finally:
            if _lives(data):
                control("stop", "--wait", "--mode=fast", pgdata)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _answers(address: str, data: Path) -> bool:
    """Wait until the server has read all it has to; it lets nobody in before."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        # In this order: what was dead before it did not answer will not.
        lives = _lives(data)
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            if not lives:
                return False
        else:
            return True
        time.sleep(0.1)
    return False


def _lives(data: Path) -> bool:
    return (data / "postmaster.pid").exists()


def _every(folder: Path) -> Iterator[Path]:
    yield folder
    yield from folder.rglob("*")


def _give(path: Path, account: tuple[int, int] | None) -> None:
    if account is not None:
        os.chown(path, *account, follow_symlinks=False)


def _last_said(log: Path) -> str:
    try:
        found = _LAST_LINE.findall(log.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        found = []
    return found[-1] if found else "PostgreSQL ne démarre pas"
