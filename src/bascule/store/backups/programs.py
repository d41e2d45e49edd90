"""PostgreSQL's own programs: found by version, run without a shell, told apart when they fail."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bascule.errors import BasculeError, RefusedError
from bascule.store import embedded

_DEBIAN = Path("/usr/lib/postgresql")


class ProgramsMissingError(RefusedError):
    """The programs of this version of PostgreSQL are not on the machine.

    Args:
        major (int): the version of the server.
    """

    code = "backup.programs-missing"

    def __init__(self, major: int) -> None:
        super().__init__(
            f"Les programmes de PostgreSQL {major} ne sont pas sur cette machine : installez"
            f" postgresql-client-{major} et postgresql-{major}, puis réessayez."
        )
        self.major = major


class ProgramFailedError(BasculeError):
    """A program of PostgreSQL ended badly.

    Args:
        program (str): its name.
        said (str): the last thing it said.
    """

    def __init__(self, program: str, said: str) -> None:
        super().__init__(f"{program} failed: {said}")
        self.program, self.said = program, said


def folder_of(major: int) -> Path:
    """Find the programs of a version: Debian's, or those of the wheel.

    Args:
        major (int): the version of the server they are for.

    Returns:
        Path: the folder of `pg_basebackup`, `pg_waldump`, `pg_ctl`.

    Raises:
        ProgramsMissingError: if there are none.
    """
    debian = _DEBIAN / str(major) / "bin"
    if (debian / "pg_waldump").exists() and (debian / "pg_basebackup").exists():
        return debian
    if major == embedded.MAJOR:
        return embedded.programs()
    raise ProgramsMissingError(major)


def run(
    program: Path, *arguments: str, account: tuple[int, int] | None = None, cwd: Path | None = None
) -> None:
    """Run one of them to its end.

    Args:
        program (Path): the program.
        *arguments (str): what it is given.
        account (tuple[int, int] | None): user and group to run as; None for those of this process.
        cwd (Path | None): where; None for the root folder.

    Raises:
        ProgramFailedError: if it does not end well.
    """
    ended = subprocess.run(  # noqa: S603 - our own programs
        [str(program), *arguments],
        check=False,
        cwd=cwd or "/",
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **embedded.identity(account),
    )
    if ended.returncode:
        said = ended.stdout.decode(errors="replace").strip().splitlines()
        raise ProgramFailedError(program.name, said[-1] if said else "")


def runs(program: Path) -> bool:
    """Tell whether a program runs at all on this machine.

    Args:
        program (Path): the program.

    Returns:
        bool: whether it can say its version.
    """
    try:
        run(program, "--version")
    except (ProgramFailedError, OSError):
        return False
    return True


def shell(command: str, *, steps: Sequence[str] = ()) -> list[str]:
    """Give the arguments of a shell that runs commands in a row, each reading what the one before writes.

    Args:
        command (str): the first.
        steps (Sequence[str]): the others; blank ones are left out.

    Returns:
        list[str]: for `subprocess`; it fails if any of them does.
    """
    return ["bash", "-o", "pipefail", "-c", " | ".join(filter(None, (command, *steps)))]
