"""What the school's office tells once: where, as whom, which folders. A file, or the environment."""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

#: The file that is read when none is named.
USUAL_FILE: Final = "bascule.toml"

_TOKEN = re.compile(r"bsc_([0-9]{7}[A-Z])_[0-9]+_[A-Za-z0-9_-]{43}", re.ASCII)
#: What a header may bear.
_SOFTWARE = re.compile(r"[ -~À-ÿ]{0,60}")
#: Key of the file, variable of the environment.
_NAMES: Final = {
    "adresse": "BASCULE_URL",
    "jeton": "BASCULE_TOKEN",
    "jeton_fichier": "BASCULE_TOKEN_FILE",
    "annee": "BASCULE_ANNEE",
    "envoi": "BASCULE_ENVOI",
    "reception": "BASCULE_RECEPTION",
    "integrer_seul": "BASCULE_INTEGRER_SEUL",
    "autorite": "BASCULE_AUTORITE",
    "logiciel": "BASCULE_LOGICIEL",
}
_YES: Final = ("1", "oui", "true", "vrai")


class SettingsError(Exception):
    """What was told cannot be used; the sentence says what to do."""


@dataclass(frozen=True)
class Settings:
    """What the school's office tells once.

    Attributes:
        address: of the site, `https://…`.
        token: given by the head; it names its school.
        year: first calendar year; None for the one under way.
        outbox: the file that the software writes, or the folder where it does.
        inbox: the folder where the software reads.
        applies: apply by itself what nothing holds; the token must be good for it.
        authority: certificates to believe besides the system's, in PEM.
        software: what sends, by its name and version (`NOM 4.2`); blank when it is not told.
        home: where is kept what was sent and what is under way.
    """

    address: str
    token: str = field(repr=False)
    year: int | None = None
    outbox: Path | None = None
    inbox: Path | None = None
    applies: bool = False
    authority: Path | None = None
    software: str = ""
    home: Path = field(default_factory=Path.cwd)

    def __post_init__(self) -> None:
        """Refuse what cannot be used.

        Raises:
            SettingsError: if the address, the token or the name of the software is not one.
        """
        parts = urlsplit(self.address)
        is_here = parts.hostname in {"127.0.0.1", "localhost", "::1"}
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise SettingsError("L’adresse du site doit commencer par « https:// ».")
        if parts.scheme == "http" and not is_here:
            raise SettingsError(
                "L’adresse du site doit commencer par « https:// » : sans cela, le jeton et les"
                " élèves voyageraient en clair."
            )
        if not _TOKEN.fullmatch(self.token):
            raise SettingsError(
                "Le jeton n’est pas complet. Recopiez-le tel que le site l’a montré au chef"
                " d’établissement : « bsc_… »."
            )
        if not _SOFTWARE.fullmatch(self.software):
            raise SettingsError(
                "« logiciel » est le nom du logiciel, tel que ses fichiers le disent, puis sa version :"
                " « NOM 4.2 », en 60 caractères au plus."
            )

    @property
    def school(self) -> str:
        """Return the school that the token names."""
        return self.token.split("_")[1]


def read_settings(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Read what was told.

    Args:
        path (Path | None): the file; None for `bascule.toml` of the folder one is in, if there is one.
        environment (Mapping[str, str]): the environment; it wins over the file.

    Returns:
        Settings: what was told.

    Raises:
        SettingsError: if something is missing or cannot be used.
    """
    folder, told = Path.cwd(), {}
    usual = Path(USUAL_FILE)
    if path is not None or usual.exists():
        path = path or usual
        folder, told = path.resolve().parent, _read(path)
    for name, variable in _NAMES.items():
        if environment.get(variable):
            told[name] = environment[variable]
    unknown = sorted(set(told) - set(_NAMES))
    if unknown:
        raise SettingsError(
            f"Réglage inconnu : {', '.join(unknown)}. Les réglages sont : {', '.join(_NAMES)}."
        )
    if not told.get("adresse"):
        raise SettingsError(
            f"L’adresse du site manque : donnez « adresse » dans {USUAL_FILE}, ou BASCULE_URL."
        )
    return Settings(
        address=str(told["adresse"]).rstrip("/"),
        token=_token(told, folder),
        year=_year(told.get("annee")),
        outbox=_path(told.get("envoi"), folder),
        inbox=_path(told.get("reception"), folder),
        applies=str(told.get("integrer_seul", "")).lower() in _YES,
        authority=_path(told.get("autorite"), folder),
        software=str(told.get("logiciel", "")).strip(),
        home=folder,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        told = tomllib.loads(text)
    except FileNotFoundError:
        raise SettingsError(f"Le fichier {path} n’existe pas.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise SettingsError(f"Le fichier {path} ne peut pas être lu : {fault}.") from None
    if told.get("jeton"):
        _refuse_shared(path)
    return told


def _token(told: Mapping[str, Any], folder: Path) -> str:
    if told.get("jeton"):
        return str(told["jeton"]).strip()
    path = _path(told.get("jeton_fichier"), folder)
    if path is None:
        raise SettingsError(
            "Le jeton manque : écrivez-le seul dans un fichier et donnez « jeton_fichier », ou"
            " BASCULE_TOKEN_FILE. Le chef d’établissement le crée sur le site, « Logiciel relié »."
        )
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"Le fichier du jeton, {path}, ne peut pas être lu.") from None
    _refuse_shared(path)
    return text


def _refuse_shared(path: Path) -> None:
    """Refuse a token that others of the machine may read."""
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        raise SettingsError(
            f"D’autres personnes de cette machine peuvent lire {path}, qui porte le jeton. Réservez-le"
            f" à vous seul : chmod 600 {path}"
        )


def _year(told: Any) -> int | None:
    if told in (None, ""):
        return None
    try:
        return int(told)
    except (TypeError, ValueError):
        raise SettingsError("L’année est sa première année civile, par exemple 2026.") from None


def _path(told: Any, folder: Path) -> Path | None:
    return (folder / str(told)).resolve() if told else None
