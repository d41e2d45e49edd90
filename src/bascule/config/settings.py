"""Django's settings, read from the environment. Importing them makes no file and starts nothing."""

from contextlib import suppress
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bascule.config import env
from bascule.store import embedded


def database_settings(name: str, url: str) -> dict[str, Any]:
    """Translate the address of a base into Django's terms.

    Args:
        name (str): the variable it was read from, for the refusal.
        url (str): a libpq address.

    Returns:
        dict[str, Any]: one entry of `DATABASES`.

    Raises:
        InvalidSettingError: if it is not one, or names no user or no base.
    """
    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(url))
    except psycopg.Error:
        parts = {}
    if not parts.get("user") or not parts.get("dbname"):
        raise env.InvalidSettingError(
            name, "postgresql://utilisateur:secret@serveur/base est attendu"
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user"),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "CONN_MAX_AGE": 0,
        # What is left goes to libpq as it is: sslmode, passfile, connect_timeout…
        "OPTIONS": {
            "application_name": "bascule",
            **parts,
            "pool": False,
            "server_side_binding": False,
        },
    }


def _kept_secret_key() -> str:
    # Made by `bascule.store.base.open_base` when the embedded base is first opened.
    with suppress(OSError):
        return embedded.secret_file(BASCULE_HOME, "django.key").read_text(encoding="ascii").strip()
    return ""


BASCULE_HOME = env.home()

_url = env.secret("BASCULE_DATABASE_URL", default="")
_owner_url = env.secret("BASCULE_OWNER_DATABASE_URL", default="")

#: Whether the base is the embedded server of `BASCULE_HOME`.
BASCULE_EMBEDDED = not _url

if BASCULE_EMBEDDED:
    _url = embedded.url(BASCULE_HOME, role=embedded.APPLICATION)
    _owner_url = embedded.url(BASCULE_HOME, role=embedded.OWNER)

DATABASES = {"default": database_settings("BASCULE_DATABASE_URL", _url)}
if _owner_url:
    # Migrations only; a machine that only serves does not need it.
    DATABASES["owner"] = database_settings("BASCULE_OWNER_DATABASE_URL", _owner_url)

# Blank is refused when the base is opened, and by Django when a signature is asked.
SECRET_KEY = env.secret("BASCULE_SECRET_KEY", default="") or (
    _kept_secret_key() if BASCULE_EMBEDDED else ""
)

INSTALLED_APPS = [
    "bascule.journal",
    "bascule.nomenclatures",
    "bascule.schools",
    "bascule.students",
    "bascule.exchange",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = env.time_zone("BASCULE_TIME_ZONE", default="Europe/Paris")
LANGUAGE_CODE = "fr"
