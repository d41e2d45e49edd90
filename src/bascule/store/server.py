"""The server of one home folder: it is made, started, furnished and stopped.

Who shares it, and when it starts and stops, is `embedded`; it is called under its locks.
"""

import os
import secrets
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql

from bascule.errors import BasculeError, RefusedError
from bascule.store.home import (
    ADMINISTRATOR,
    APPLICATION,
    DATABASE,
    OWNER,
    PORT,
    HomeRefusedError,
    open_lock,
    passfile,
    password,
    socket_folder,
    try_lock,
    url,
)
from bascule.store.programs import (
    MAJOR,
    SYSTEM_USER,
    account_of,
    identity,
    may_pass,
    programs,
    within_reach,
)

#: How long a server may take to answer or to stop, in seconds.
PATIENCE = 60
_LAUNCHES = 5
_SETTINGS = {
    "cluster_name": "bascule",
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    # Sized for a machine with 2 GB that does other things too.
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # Messages, details and statements carry names of pupils: of errors nothing is logged, the
    # client has them; of the rest, the first line only.
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "postgresql-%a.log",
    "log_file_mode": "0600",
    "log_rotation_age": "1d",
    "log_truncate_on_rotation": "on",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
}
_THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Whoever enters proves the password each time; these are good for nothing outside.
    "scram_iterations": "1",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
}


class PasswordsLostError(RefusedError):
    """The server does not know the passwords kept in the home folder.

    Args:
        home (Path): the folder.
    """

    code = "passwords-lost"

    def __init__(self, home: Path) -> None:
        super().__init__(
            f"La base de {home} refuse les mots de passe de {home / 'secrets'} :"
            " remettez ce dossier tel qu’il était (sauvegarde)."
        )
        self.home = home


class ServerFailedError(BasculeError):
    """The server does not start, or does not answer.

    Args:
        log (Path): the folder of its log.
        detail (str): the last thing it said.
    """

    def __init__(self, log: Path, detail: str) -> None:
        super().__init__(f"PostgreSQL does not answer, see {log}: {detail}")
        self.log = log


@dataclass(frozen=True, slots=True)
class Server:
    """The server of one home folder; its verbs are called under the `starting` lock.

    Attributes:
        home: the home folder.
        folder: its own, in it.
        account: whom it runs as: (uid, gid), or None for the user of this process.
        also: settings besides its own.
        fills: a folder elsewhere that it writes to.
    """

    home: Path
    folder: Path
    account: tuple[int, int] | None
    also: Mapping[str, str] = field(default_factory=dict)
    fills: Path | None = None

    @classmethod
    def of(
        cls, home: Path, also: Mapping[str, str] | None = None, fills: Path | None = None
    ) -> Self:
        """Give the server of a home folder, which may not exist yet.

        Args:
            home (Path): the folder.
            also (Mapping[str, str] | None): settings besides its own.
            fills (Path | None): a folder elsewhere that it writes to.

        Returns:
            Self: the server.
        """
        return cls(home, home / "postgres", account_of(home), also or {}, fills)

    @property
    def data(self) -> Path:
        """Return the folder of the cluster."""
        return self.folder / "data"

    def ensure(self, lock: int, *, durable: bool) -> None:
        """Make it, start it and furnish it, as far as that is not done.

        Args:
            lock (int): the share of this process in `held`.
            durable (bool): whether what is committed survives a power cut.
        """
        if self.data.exists() and self._answers():
            return
        try:
            self.make_folders()
            if not self.data.exists():
                self._initialise(durable=durable)
            self._check_data()
            with self._started(durable=durable) as administrator:
                furnish(administrator, self.home)
        except BaseException:
            # A server that nobody can use is not left behind.
            if try_lock(lock):
                self.stop()
            raise

    def stop(self) -> bool:
        """Stop it.

        Returns:
            bool: whether it is stopped.
        """
        modes = iter(("fast", "immediate"))
        while not self._is_dead():
            mode = next(modes, None)
            if mode is None:
                return False
            self._run("pg_ctl", "stop", "-w", "-t", str(PATIENCE), "-m", mode)
        return True

    def _answers(self) -> bool:
        try:
            psycopg.connect(url(self.home, role=APPLICATION), connect_timeout=PATIENCE).close()
        except psycopg.OperationalError:
            return False
        return True

    def _is_dead(self) -> bool:
        running = open_lock(self.home, "running")
        try:
            return try_lock(running)
        finally:
            os.close(running)

    def _started(self, *, durable: bool) -> "psycopg.Connection[Any]":
        """Start the server as often as it takes, and enter as its administrator."""
        deadline = time.monotonic() + PATIENCE
        launches, next_launch = 0, 0.0
        while True:
            if time.monotonic() >= next_launch and self._launch(durable=durable):
                launches += 1
                next_launch = time.monotonic() + launches / 4
            try:
                return psycopg.connect(
                    url(self.home, role=ADMINISTRATOR, database="postgres"),
                    autocommit=True,
                    connect_timeout=PATIENCE,
                )
            except psycopg.OperationalError as fault:
                if "password authentication failed" in str(fault):
                    raise PasswordsLostError(self.home) from fault
                if launches == _LAUNCHES or time.monotonic() > deadline:
                    raise ServerFailedError(self.folder / "log", str(fault)) from fault
            time.sleep(0.02)

    def _launch(self, *, durable: bool) -> bool:
        """Start the server unless it lives; the lock passes on to it and to its children."""
        running = open_lock(self.home, "running")
        try:
            if not try_lock(running):
                return False
            # Nobody lives, so the pid in these is nobody's or, worse, a stranger's.
            socket = socket_folder(self.home) / f".s.PGSQL.{PORT}"
            for stale in (self.data / "postmaster.pid", socket, Path(f"{socket}.lock")):
                stale.unlink(missing_ok=True)
            settings = _SETTINGS | (dict(self.also) if durable else _THROWAWAY)
            settings["unix_socket_directories"] = f'"{socket_folder(self.home)}"'
            options = " ".join(f"-c {shlex.quote(f'{k}={v}')}" for k, v in settings.items())
            self._run(
                "pg_ctl", "start", "-W", "-l", "log/start.log", "-o", options, keep=(running,)
            )
        finally:
            os.close(running)
        return True

    def make_folders(self) -> None:
        """Make the folders that it writes to, its own and nobody else's.

        Raises:
            HomeRefusedError: if one is somebody else's, or out of its reach.
        """
        for folder in (self.folder, self.folder / "log", socket_folder(self.home)):
            folder.mkdir(mode=0o700, exist_ok=True)
            if self.account and folder.lstat().st_uid == 0:
                os.chown(folder, *self.account, follow_symlinks=False)
        # The socket may stand in a folder where everybody writes: it must be ours and no link.
        state = socket_folder(self.home).lstat()
        mine = self.account[0] if self.account else os.geteuid()
        if state.st_uid != mine or not stat.S_ISDIR(state.st_mode) or state.st_mode & 0o077:
            raise HomeRefusedError(self.home, f"{socket_folder(self.home)} n’est pas à lui seul.")
        if self.account:
            self._open_way(self.account[1])
        if self.fills is not None:
            self._make_filled(self.fills)

    def _make_filled(self, folder: Path) -> None:
        """Make the folder elsewhere that the server writes to, and refuse one that it cannot reach."""
        folder.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.account and folder.lstat().st_uid == 0:
            os.chown(folder, *self.account, follow_symlinks=False)
        if self.account and not may_pass(folder, self.account):
            raise HomeRefusedError(
                self.home,
                f"l’utilisateur système {SYSTEM_USER} n’a pas accès à {folder}."
                " Indiquez un autre dossier dans BASCULE_BACKUPS, par exemple /var/backups/bascule.",
            )

    def _open_way(self, group: int) -> None:
        """Let the server's user pass through the home folder, and nobody else."""
        if not may_pass(self.folder, self.account):
            os.chown(self.home, -1, group)
            self.home.chmod(self.home.stat().st_mode & 0o707 | 0o010)
        if not may_pass(self.folder, self.account):
            raise HomeRefusedError(
                self.home,
                f"l’utilisateur système {SYSTEM_USER} n’a pas accès aux dossiers au-dessus."
                " Indiquez un autre dossier dans BASCULE_HOME, par exemple /var/lib/bascule.",
            )

    def _initialise(self, *, durable: bool) -> None:
        """Make the cluster beside its place, so that a half-made one is never taken for it."""
        for left_over in self.folder.glob("data.*"):
            shutil.rmtree(left_over, ignore_errors=True)
        made = self.folder / f"data.{secrets.token_hex(4)}"
        with tempfile.NamedTemporaryFile("w", encoding="ascii") as file:
            file.write(password(self.home, ADMINISTRATOR))
            file.flush()
            if self.account:
                os.chown(file.fileno(), *self.account)
            run = self._run(
                "initdb",
                f"--pgdata={made}",
                f"--username={ADMINISTRATOR}",
                f"--pwfile={file.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--data-checksums",
                *([] if durable else ["--no-sync", "--set=scram_iterations=1"]),
            )
        if run.returncode:
            raise ServerFailedError(self.folder / "log", run.stderr.decode(errors="replace"))
        made.rename(self.data)

    def _check_data(self) -> None:
        if not passfile(self.home, ADMINISTRATOR).exists():
            raise PasswordsLostError(self.home)
        found = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != str(MAJOR):
            raise HomeRefusedError(
                self.home, f"elle est de PostgreSQL {found}, le programme apporte {MAJOR}."
            )

    def _run(
        self, program: str, *arguments: str, keep: Sequence[int] = ()
    ) -> "subprocess.CompletedProcess[bytes]":
        return self._spawn(
            [str(self._programs() / program), *arguments], cwd=str(self.folder), keep=keep
        )

    def _spawn(
        self, command: list[str], *, cwd: str, keep: Sequence[int] = ()
    ) -> "subprocess.CompletedProcess[bytes]":
        # A file and not a pipe: the server inherits it, and a pipe would never end.
        with tempfile.TemporaryFile() as said:
            run = subprocess.run(  # noqa: S603 - our own programs
                command,
                check=False,
                cwd=cwd,
                # The folder by the environment: pg_ctl passes an option through a shell.
                env={"PATH": os.defpath, "LC_ALL": "C", "PGDATA": str(self.data)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                pass_fds=keep,
                start_new_session=True,
                **identity(self.account),
            )
            said.seek(0)
            return subprocess.CompletedProcess(run.args, run.returncode, b"", said.read())

    def _programs(self) -> Path:
        return within_reach(programs(), self.home / "programs", self.account)


def furnish(administrator: "psycopg.Connection[Any]", home: Path) -> None:
    """Make the roles and the database, as far as they are missing.

    Args:
        administrator (psycopg.Connection[Any]): a connection of `ADMINISTRATOR`.
        home (Path): the home folder.
    """
    for role in (OWNER, APPLICATION):
        name = sql.Identifier(role)
        if not administrator.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount:
            administrator.execute(sql.SQL("CREATE ROLE {}").format(name))
        verifier = administrator.pgconn.encrypt_password(
            password(home, role).encode(), role.encode(), b"scram-sha-256"
        )
        administrator.execute(
            sql.SQL(
                "ALTER ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"
                " NOREPLICATION PASSWORD {}"
            ).format(name, verifier.decode())
        )
    found = administrator.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
    if not found.rowcount:
        administrator.execute(
            f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0"
            " ENCODING 'UTF8' LOCALE 'C.UTF-8'"
        )
    administrator.execute(f"REVOKE ALL ON DATABASE {DATABASE}, postgres, template1 FROM PUBLIC")
    administrator.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APPLICATION}")
