"""The home folder: who may enter the base it holds and how, its secrets and its locks.

It knows where things are and whose they are. It starts nothing: see `embedded`, which says what each
lock is for, and `programs` for who runs the server.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, urlencode

from bascule.errors import RefusedError

#: The database, and the three identities that may enter the server.
DATABASE = "bascule"
OWNER = "bascule_owner"
APPLICATION = "bascule_app"
ADMINISTRATOR = "bascule_admin"
PORT = "5432"
_SOCKET_BYTES = 107


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
        "port": PORT,
        "passfile": str(passfile(home, role)),
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
    if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= _SOCKET_BYTES:
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
    prepare(home)
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


def prepare(home: Path) -> None:
    """Make what a home folder always holds.

    Args:
        home (Path): the folder.

    Raises:
        HomeRefusedError: if it belongs to somebody else.
    """
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


def passfile(home: Path, role: str) -> Path:
    """Tell where the password of a role is kept, as libpq reads it.

    Args:
        home (Path): the home folder.
        role (str): the role.

    Returns:
        Path: the file, which may not exist yet.
    """
    return secret_file(home, f"{role}.pgpass")


def password(home: Path, role: str) -> str:
    """Read the password of a role from the file that libpq reads, made at the first call.

    Args:
        home (Path): the home folder.
        role (str): the role.

    Returns:
        str: the password.
    """
    line = _kept(passfile(home, role), f"*:*:*:{role}:{secrets.token_urlsafe(32)}\n")
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


def open_lock(home: Path, name: str) -> int:
    """Open a lock of the home folder, without taking it.

    Args:
        home (Path): the home folder.
        name (str): `held`, `starting` or `running`.

    Returns:
        int: its descriptor; the lock goes with the last of its copies.
    """
    return os.open(home / "locks" / name, os.O_RDWR | os.O_CREAT, 0o600)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold `starting` for the block: nobody else starts, stops or furnishes the server.

    Args:
        home (Path): the home folder.

    Yields:
        None: meanwhile.
    """
    lock = open_lock(home, "starting")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def try_lock(lock: int) -> bool:
    """Take a lock alone, if nobody else has it.

    Args:
        lock (int): its descriptor.

    Returns:
        bool: whether it was taken.
    """
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
