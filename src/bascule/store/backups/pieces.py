"""Pack a folder into one file, and take it out again; encrypted by the operator's command, when there is one."""

import hashlib
import shlex
import subprocess
from pathlib import Path
from typing import NamedTuple

from bascule.errors import RefusedError
from bascule.store.backups.programs import ProgramFailedError, shell


class Piece(NamedTuple):
    """One file of a copy.

    Attributes:
        name: of the file.
        size: bytes.
        sha256: digest of what the file holds, hexadecimal.
    """

    name: str
    size: int
    sha256: str


class DecryptMissingError(RefusedError):
    """A copy is encrypted, and nobody says how to read it."""

    code = "backup.decrypt-missing"

    def __init__(self) -> None:
        super().__init__(
            "Cette sauvegarde est chiffrée : donnez dans BASCULE_BACKUP_DECRYPT la commande qui la"
            " déchiffre, puis réessayez."
        )


def pack(folder: Path, into: Path, *, encrypt: str) -> Piece:
    """Pack a folder.

    Args:
        folder (Path): the folder.
        into (Path): the file to write.
        encrypt (str): command that reads on its input and writes on its output; blank for none.

    Returns:
        Piece: the file.

    Raises:
        ProgramFailedError: if a command ends badly.
    """
    tar = f"tar --create --numeric-owner --directory={shlex.quote(str(folder))} ."
    with into.open("xb") as file:
        into.chmod(0o600)
        _wait("tar", shell(tar, steps=("gzip -1", encrypt)), stdout=file)
    return piece_of(into)


def unpack(file: Path, into: Path, *, decrypt: str) -> None:
    """Take a folder out.

    Args:
        file (Path): what `pack` wrote.
        into (Path): the folder to make.
        decrypt (str): the reverse of the command of `pack`; blank for none.

    Raises:
        ProgramFailedError: if a command ends badly.
    """
    into.mkdir(mode=0o700)
    tar = f"tar --extract --no-same-owner --directory={shlex.quote(str(into))}"
    with file.open("rb") as packed:
        _wait("tar", shell(decrypt or "cat", steps=("gzip -d", tar)), stdin=packed)


def piece_of(path: Path) -> Piece:
    """Read a file to its end.

    Args:
        path (Path): the file.

    Returns:
        Piece: what it is now.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Piece(path.name, path.stat().st_size, digest)


def _wait(name: str, command: list[str], **streams: object) -> None:
    ended = subprocess.run(command, check=False, stderr=subprocess.PIPE, **streams)  # type: ignore[call-overload]  # noqa: S603
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        raise ProgramFailedError(name, said[-1] if said else "")
