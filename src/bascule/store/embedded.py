"""The embedded PostgreSQL: one server under a home folder, shared by every process that needs it.

It decides when the server starts and stops, as whom it runs and who may enter. It does not know
the tables. Everything stands under the home folder: `postgres/` (the server's own), `secrets/`
and `locks/`. Three locks carry the whole of it, because the kernel drops them when a process dies
by any cause, which no pid file can promise:

- `locks/held`: each holder shares it for life; whoever gets it alone on leaving stops the server;
- `locks/starting`: one process at a time starts, stops or furnishes the server;
- `locks/running`: inherited by the server and all its children, free once the last one is dead.

Only the programs of the wheel are used, through a Unix socket and with generated passwords.
"""

import atexit
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import sql

from bascule.store.home import (
    ADMINISTRATOR,
    APPLICATION,
    DATABASE,
    OWNER,
    HomeRefusedError,
    alone,
    open_lock,
    password,
    prepare,
    secret,
    secret_file,
    socket_folder,
    try_lock,
    url,
)
from bascule.store.programs import (
    MAJOR,
    SYSTEM_USER,
    ServerMissingError,
    account_of,
    identity,
    programs,
    within_reach,
)
from bascule.store.server import PATIENCE, PasswordsLostError, Server, ServerFailedError, furnish

#: The face of the base that comes with the program: callers know no other module of it.
__all__ = [
    "ADMINISTRATOR",
    "APPLICATION",
    "DATABASE",
    "MAJOR",
    "OWNER",
    "PATIENCE",
    "SYSTEM_USER",
    "Hold",
    "HomeRefusedError",
    "PasswordsLostError",
    "ServerFailedError",
    "ServerMissingError",
    "account_of",
    "closed",
    "hold",
    "identity",
    "let_in",
    "programs",
    "secret",
    "secret_file",
    "socket_folder",
    "url",
    "within_reach",
]


@dataclass(slots=True)
class Hold:
    """A process's share in the server of a home folder.

    Leave by `close`, by the end of a `with` block, or by doing nothing: a process that exits
    leaves, and one that is killed has left.

    Attributes:
        home: the folder, absolute.
    """

    home: Path
    _lock: int = field(repr=False)
    _process: int = field(default_factory=os.getpid, repr=False)

    def close(self) -> bool:
        """Leave; the last one to leave stops the server. Leaving twice does nothing.

        Returns:
            bool: whether the server was stopped.
        """
        # A forked child has a copy of its parent's hold, which is not its own to leave.
        if self._lock < 0 or self._process != os.getpid():
            return False
        atexit.unregister(self.close)
        lock, self._lock = self._lock, -1
        try:
            with alone(self.home):
                return try_lock(lock) and Server.of(self.home).stop()
        except FileNotFoundError:
            # The home folder was removed: the server sees it within a minute and stops by itself.
            return False
        finally:
            os.close(lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def hold(
    home: Path,
    *,
    durable: bool = True,
    also: Mapping[str, str] | None = None,
    fills: Path | None = None,
) -> Hold:
    """Start the server of a home folder, or join it if it runs.

    Args:
        home (Path): the folder; made if missing.
        durable (bool): whether what is committed survives a power cut. False is for tests, and
            only counts for the process that starts the server.
        also (Mapping[str, str] | None): settings of the server besides its own; likewise.
        fills (Path | None): a folder elsewhere that the server writes to; made if missing.

    Returns:
        Hold: keep it as long as the base is used.

    Raises:
        HomeRefusedError: if the folder belongs to somebody else, cannot be reached by the
            server's user, or holds a base of another version.
        ServerMissingError: if the wheel is not installed.
        PasswordsLostError: if the secrets do not open the base.
        ServerFailedError: if the server does not answer within `PATIENCE`.
    """
    home = home.resolve()
    prepare(home)
    lock = open_lock(home, "held")
    try:
        with alone(home):
            fcntl.flock(lock, fcntl.LOCK_SH)
            Server.of(home, also or {}, fills).ensure(lock, durable=durable)
    except BaseException:
        os.close(lock)
        raise
    share = Hold(home, lock)
    atexit.register(share.close)
    return share


@contextmanager
def closed(home: Path) -> Iterator[tuple[Path, tuple[int, int] | None]]:
    """Keep the server of a home folder from being started while the block works on its folder.

    Args:
        home (Path): the folder; made if missing.

    Yields:
        tuple[Path, tuple[int, int] | None]: the server's own folder, in which `data` stands or does not; and
            user and group that run it, None for those of this process.

    Raises:
        HomeRefusedError: if the folder cannot hold a server.
    """
    home = home.resolve()
    prepare(home)
    with alone(home):
        server = Server.of(home)
        server.make_folders()
        yield server.folder, server.account


def let_in(administrator: "psycopg.Connection[Any]", home: Path) -> None:
    """Make a server that came from elsewhere know the passwords of a home folder.

    Args:
        administrator (psycopg.Connection[Any]): a connection of `ADMINISTRATOR`.
        home (Path): the folder.
    """
    verifier = administrator.pgconn.encrypt_password(
        password(home, ADMINISTRATOR).encode(), ADMINISTRATOR.encode(), b"scram-sha-256"
    )
    administrator.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(
            sql.Identifier(ADMINISTRATOR), verifier.decode()
        )
    )
    furnish(administrator, home)
