"""Typed readers of environment variables: each fails loudly, with the name of its variable.

A variable that is set but blank counts as not set.
"""

import os
import zoneinfo
from pathlib import Path

from bascule.errors import RefusedError


class MissingSettingError(RefusedError):
    """A variable that has no default is not set.

    Args:
        name (str): the variable.
    """

    code = "setting-missing"

    def __init__(self, name: str) -> None:
        super().__init__(f"Le réglage {name} manque : donnez-lui une valeur dans l’environnement.")
        self.name = name


class InvalidSettingError(RefusedError):
    """A variable is set to something it may not be. The value is not repeated: it may be a secret.

    Args:
        name (str): the variable.
        expected (str): French, what it may be.
    """

    code = "setting-invalid"

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"Le réglage {name} n’a pas une valeur possible : {expected}.")
        self.name = name


def text(name: str, *, default: str | None = None) -> str:
    """Read a text.

    Args:
        name (str): the variable.
        default (str | None): what it is when not set; None if it must be set.

    Returns:
        str: the value without the blanks around it.

    Raises:
        MissingSettingError: if it is not set and has no default.
    """
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise MissingSettingError(name)
    return default


def flag(name: str, *, default: bool) -> bool:
    """Read a yes or a no.

    Args:
        name (str): the variable.
        default (bool): what it is when not set.

    Returns:
        bool: true for `1`, `true`, `yes`, `on`, `oui`; false for `0`, `false`, `no`, `off`, `non`.

    Raises:
        InvalidSettingError: if it is anything else.
    """
    value = text(name, default="").lower()
    if value in {"1", "true", "yes", "on", "oui"}:
        return True
    if value in {"0", "false", "no", "off", "non"}:
        return False
    if value:
        raise InvalidSettingError(name, "« oui » ou « non » est attendu")
    return default


def integer(name: str, *, default: int | None = None) -> int:
    """Read a whole number.

    Args:
        name (str): the variable.
        default (int | None): what it is when not set; None if it must be set.

    Returns:
        int: the number.

    Raises:
        InvalidSettingError: if it is not a whole number.
    """
    value = text(name, default=None if default is None else str(default))
    try:
        return int(value)
    except ValueError:
        raise InvalidSettingError(name, "un nombre entier est attendu") from None


def secret(name: str, *, default: str | None = None) -> str:
    """Read a secret, from `NAME` itself or from the file that `NAME_FILE` names.

    Args:
        name (str): the variable.
        default (str | None): what it is when neither is set; None if one must be.

    Returns:
        str: the secret without the blanks around it.

    Raises:
        InvalidSettingError: if both are set, or the file cannot be read or is blank.
    """
    in_file = f"{name}_FILE"
    path = text(in_file, default="")
    if not path:
        return text(name, default=default)
    if text(name, default=""):
        raise InvalidSettingError(in_file, f"{name} est donné aussi, gardez l’un des deux")
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise InvalidSettingError(in_file, "le fichier ne peut pas être lu") from fault
    if not value:
        raise InvalidSettingError(in_file, "le fichier est vide")
    return value


def time_zone(name: str, *, default: str) -> str:
    """Read the name of a time zone.

    Args:
        name (str): the variable.
        default (str): what it is when not set.

    Returns:
        str: a name of the IANA base (`Indian/Reunion`).

    Raises:
        InvalidSettingError: if no such time zone is known.
    """
    value = text(name, default=default)
    try:
        return zoneinfo.ZoneInfo(value).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidSettingError(
            name, "un fuseau horaire est attendu, par exemple Europe/Paris"
        ) from None


def home() -> Path:
    """Read where the program keeps its files, `BASCULE_HOME`.

    Returns:
        Path: an absolute folder, which may not exist yet.
    """
    return Path(text("BASCULE_HOME", default="var")).expanduser().absolute()


def folder(name: str, *, default: Path) -> Path:
    """Read where a folder is.

    Args:
        name (str): the variable.
        default (Path): where it is when not set.

    Returns:
        Path: an absolute folder, which may not exist yet.
    """
    return Path(text(name, default=str(default))).expanduser().absolute()
