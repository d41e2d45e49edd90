"""Copies of the whole base: made by `pg_basebackup`, verified by its manifest, packed, kept for some days.

A copy is a folder named after its instant: `base.tar.gz`, `files.tar.gz` and `copy.json`, which says what
they are and their digests. Until it is whole its name begins with a dot, and nobody takes it for one.
The secrets are not in it: whoever reads a copy must not hold what decrypts the seeds of keys.
"""

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from bascule.errors import RefusedError
from bascule.store.backups import manifest, programs, wal
from bascule.store.backups.pieces import DecryptMissingError, Piece, pack, piece_of, unpack

BASE, FILES = "base.tar.gz", "files.tar.gz"
_SAID = "copy.json"
_NAME = "%Y-%m-%dT%H%M%SZ"
#: However old, so many copies stay: forgetting is for those that have followers.
FEWEST_KEPT = 3


class UnknownCopyError(RefusedError):
    """No copy has this name, or there is none.

    Args:
        name (str): as given; blank for any.
    """

    code = "backup.unknown"

    def __init__(self, name: str = "") -> None:
        what = f"La sauvegarde {name} n’existe pas" if name else "Aucune sauvegarde ne convient"
        super().__init__(f"{what} : « bascule backup list » donne celles qui sont là.")
        self.name = name


class DamagedCopyError(RefusedError):
    """A copy is not what was written.

    Args:
        name (str): the copy.
        what (str): the file, or what PostgreSQL says.
    """

    code = "backup.damaged"

    def __init__(self, name: str, what: str) -> None:
        super().__init__(
            f"La sauvegarde {name} est abîmée ({what}) : ne comptez pas sur elle, faites-en une autre."
        )
        self.name = name


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy.

    Attributes:
        folder: where it stands; its name is the copy's.
        made_at: when it was begun.
        ended_at: when it was whole: the earliest instant one can come back to.
        verified_at: when it was last found to be what was written; None when it was not.
        server: what `bascule.store.base` calls the server.
        major: version of PostgreSQL.
        first_segment: the first of what happened since that it needs.
        is_encrypted: whether its pieces are.
        pieces: its files.
    """

    folder: Path
    made_at: datetime
    ended_at: datetime
    verified_at: datetime | None
    server: str
    major: int
    first_segment: str
    is_encrypted: bool
    pieces: tuple[Piece, ...]

    @property
    def name(self) -> str:
        """Return its name."""
        return self.folder.name

    @property
    def size(self) -> int:
        """Return its bytes."""
        return sum(piece.size for piece in self.pieces)


def make(*, address: str, folder: Path, files: Path | None, encrypt: str, at: datetime) -> Copy:
    """Make a copy while the base is used, and verify it.

    Args:
        address (str): enters the server as somebody who may copy all of it.
        folder (Path): where copies stand.
        files (Path | None): a folder to keep beside the base; None for none.
        encrypt (str): command that encrypts; blank for none.
        at (datetime): now.

    Returns:
        Copy: the copy.

    Raises:
        ProgramsMissingError: if PostgreSQL's programs of this version are not there.
        ProgramFailedError: if one of them fails: nothing is left then.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with psycopg.connect(address, autocommit=True) as server:
        major, name = _identify(server)
    tools = programs.folder_of(major)
    with _draft(folder) as draft:
        data = draft / "data"
        programs.run(
            tools / "pg_basebackup",
            f"--dbname={address}",
            f"--pgdata={data}",
            "--wal-method=stream",
            "--checkpoint=fast",
            "--manifest-checksums=SHA256",
            "--no-password",
        )
        manifest.verify(data, tools)
        with psycopg.connect(address, autocommit=True) as server:
            ended_at = _clock(server)
        pieces = [pack(data, draft / BASE, encrypt=encrypt)]
        if files is not None and files.is_dir():
            pieces.append(pack(files, draft / FILES, encrypt=encrypt))
        copy = Copy(
            folder=draft,
            made_at=at,
            ended_at=ended_at,
            verified_at=at,
            server=name,
            major=major,
            first_segment=_first_segment(data),
            is_encrypted=bool(encrypt),
            pieces=tuple(pieces),
        )
        shutil.rmtree(data)
        _write(copy)
        place = folder / at.astimezone(UTC).strftime(_NAME)
        draft.rename(place)
    return replace(copy, folder=place)


def list_copies(folder: Path) -> list[Copy]:
    """List the copies of a folder.

    Args:
        folder (Path): where copies stand.

    Returns:
        list[Copy]: the latest first; what cannot be read is left out.
    """
    found = (_read(path) for path in folder.glob("[0-9]*")) if folder.is_dir() else ()
    return sorted(filter(None, found), key=lambda copy: copy.made_at, reverse=True)


def copy_named(folder: Path, name: str = "", *, until: datetime | None = None) -> Copy:
    """Find a copy.

    Args:
        folder (Path): where copies stand.
        name (str): its name; blank for the latest that serves.
        until (datetime | None): the instant one wants to come back to; None for the end.

    Returns:
        Copy: the copy.

    Raises:
        UnknownCopyError: if there is none.
    """
    for copy in list_copies(folder):
        if (not name or copy.name == name) and (until is None or copy.ended_at <= until):
            return copy
    raise UnknownCopyError(name)


def verify(copy: Copy, *, decrypt: str, at: datetime) -> Copy:
    """Read a copy to its end: the digests of its files, then PostgreSQL's own look at what is in them.

    An encrypted copy whose key is elsewhere is compared with its digests only.

    Args:
        copy (Copy): the copy.
        decrypt (str): command that decrypts; blank for none.
        at (datetime): now.

    Returns:
        Copy: the copy, verified.

    Raises:
        DamagedCopyError: if it is not what was written.
    """
    for piece in copy.pieces:
        if not (path := copy.folder / piece.name).exists() or piece_of(path) != piece:
            raise DamagedCopyError(copy.name, piece.name)
    if decrypt or not copy.is_encrypted:
        with _draft(copy.folder) as draft:
            take_out(copy, draft / "data", decrypt=decrypt)
    verified = replace(copy, verified_at=at)
    _write(verified)
    return verified


def take_out(copy: Copy, data: Path, *, decrypt: str) -> None:
    """Unpack the base of a copy, and compare it with its manifest.

    Args:
        copy (Copy): the copy.
        data (Path): the folder to make.
        decrypt (str): command that decrypts; blank for none.

    Raises:
        DecryptMissingError: if the copy is encrypted and there is no command.
        DamagedCopyError: if it is not what was written.
    """
    if copy.is_encrypted and not decrypt:
        raise DecryptMissingError
    tools = programs.folder_of(copy.major)
    try:
        unpack(copy.folder / BASE, data, decrypt=decrypt if copy.is_encrypted else "")
        manifest.verify(data, tools)
    except programs.ProgramFailedError as fault:
        raise DamagedCopyError(copy.name, fault.said) from fault


def take_out_files(copy: Copy, folder: Path, *, decrypt: str) -> bool:
    """Unpack the files that stand beside the base.

    Args:
        copy (Copy): the copy.
        folder (Path): the folder to make.
        decrypt (str): command that decrypts; blank for none.

    Returns:
        bool: whether the copy had any.
    """
    if FILES not in {piece.name for piece in copy.pieces}:
        return False
    unpack(copy.folder / FILES, folder, decrypt=decrypt if copy.is_encrypted else "")
    return True


def forget(folder: Path, *, before: datetime) -> tuple[str, ...]:
    """Remove the copies that are too old, and what happened before the oldest that stays.

    Args:
        folder (Path): where copies stand.
        before (datetime): those made earlier go, but the `FEWEST_KEPT` last.

    Returns:
        tuple[str, ...]: names of the copies removed.
    """
    found = list_copies(folder)
    kept = [copy for rank, copy in enumerate(found) if rank < FEWEST_KEPT or copy.made_at >= before]
    gone = [copy for copy in found if copy not in kept]
    for copy in gone:
        shutil.rmtree(copy.folder)
    if kept:
        wal.forget_before(wal_folder(folder), min(copy.first_segment for copy in kept))
    return tuple(copy.name for copy in gone)


def wal_folder(folder: Path) -> Path:
    """Tell where the server keeps what happened since the copies.

    Args:
        folder (Path): where copies stand.

    Returns:
        Path: a folder, which may not exist.
    """
    return folder / "wal"


def age(copies: list[Copy], *, at: datetime) -> timedelta | None:
    """Tell how old the last copy is that was verified.

    Args:
        copies (list[Copy]): the copies.
        at (datetime): now.

    Returns:
        timedelta | None: its age; None when none was.
    """
    made = [copy.made_at for copy in copies if copy.verified_at is not None]
    return at - max(made) if made else None


def _identify(server: "psycopg.Connection[Any]") -> tuple[int, str]:
    row = server.execute(
        "SELECT current_setting('server_version_num')::integer / 10000,"
        " (SELECT system_identifier::text FROM pg_control_system())"
    ).fetchone()
    return (row or (0, ""))[0], (row or (0, ""))[1]


def _clock(server: "psycopg.Connection[Any]") -> datetime:
    row = server.execute("SELECT clock_timestamp()").fetchone()
    instant: datetime = (row or (datetime.min.replace(tzinfo=UTC),))[0]
    return instant


def _first_segment(data: Path) -> str:
    # The line that says it: START WAL LOCATION: 0/2000028 (file 000000010000000000000002)
    with (data / "backup_label").open(encoding="utf-8") as label:
        return label.readline().rpartition("file ")[2].strip(" )\n")


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """Give a folder to work in, and leave nothing of what did not become a copy."""
    draft = folder / f".{secrets.token_hex(6)}"
    draft.mkdir(mode=0o700)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write(copy: Copy) -> None:
    said = {
        "made_at": copy.made_at.isoformat(),
        "ended_at": copy.ended_at.isoformat(),
        "verified_at": copy.verified_at.isoformat() if copy.verified_at else None,
        "server": copy.server,
        "major": copy.major,
        "first_segment": copy.first_segment,
        "is_encrypted": copy.is_encrypted,
        "pieces": [piece._asdict() for piece in copy.pieces],
    }
    path = copy.folder / _SAID
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(said, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _read(folder: Path) -> Copy | None:
    try:
        said = json.loads((folder / _SAID).read_text(encoding="utf-8"))
        return Copy(
            folder=folder,
            made_at=datetime.fromisoformat(said["made_at"]),
            ended_at=datetime.fromisoformat(said["ended_at"]),
            verified_at=datetime.fromisoformat(said["verified_at"])
            if said["verified_at"]
            else None,
            server=said["server"],
            major=said["major"],
            first_segment=said["first_segment"],
            is_encrypted=said["is_encrypted"],
            pieces=tuple(Piece(**piece) for piece in said["pieces"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
