"""Django's settings, read from the environment. Importing them makes no file and starts nothing."""

from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bascule.config import env
from bascule.exchange import return_address
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
        # A worker of the site keeps its connection; one that died is noticed before it is used.
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # What is left goes to libpq as it is: sslmode, passfile, connect_timeout…
        "OPTIONS": {
            "application_name": "bascule",
            **parts,
            "pool": False,
            "server_side_binding": False,
        },
    }


def return_addresses(name: str, written: str) -> tuple[str, ...]:
    """Read the origins that software may ask to be told at.

    Args:
        name (str): the variable they were read from, for the refusal.
        written (str): its value, cut by blanks.

    Returns:
        tuple[str, ...]: each of them may be called.

    Raises:
        InvalidSettingError: if one is no origin: it would be as if it were not there.
    """
    origins = tuple(written.split())
    if not all(map(return_address.is_origin, origins)):
        raise env.InvalidSettingError(
            name,
            "des origines séparées par des espaces sont attendues, sans virgule ni chemin, par exemple"
            " https://agenda.example.fr https://edt.example.com:8443 (http:// pour cette machine seulement)",
        )
    return origins


def _kept_secret_key() -> str:
    # Made by `bascule.store.base.open_base` when the embedded base is first opened.
    with suppress(OSError):
        return embedded.secret_file(BASCULE_HOME, "django.key").read_text(encoding="ascii").strip()
    return ""


BASCULE_HOME = env.home()
#: Where the files of the academic base are.
BASCULE_BEA = env.folder("BASCULE_BEA", default=BASCULE_HOME / "bea")

_backups = env.text("BASCULE_BACKUPS", default="")
#: Where copies of the base stand, and what happened since; None where none are made.
BASCULE_BACKUPS = Path(_backups).expanduser().absolute() if _backups else None
#: How many days a copy is kept.
BASCULE_BACKUP_DAYS = env.integer("BASCULE_BACKUP_DAYS", default=14)
#: Commands that encrypt and decrypt what goes into copies, from their input to their output.
BASCULE_BACKUP_ENCRYPT = env.text("BASCULE_BACKUP_ENCRYPT", default="")
BASCULE_BACKUP_DECRYPT = env.text("BASCULE_BACKUP_DECRYPT", default="")
#: How one enters the server to copy all of it; blank for the embedded one, which needs none.
BASCULE_BACKUP_DATABASE_URL = env.secret("BASCULE_BACKUP_DATABASE_URL", default="")

_url = env.secret("BASCULE_DATABASE_URL", default="")
_owner_url = env.secret("BASCULE_OWNER_DATABASE_URL", default="")

#: Whether the base is the embedded server of `BASCULE_HOME`.
BASCULE_EMBEDDED = not _url

if BASCULE_EMBEDDED:
    _url = embedded.url(BASCULE_HOME, role=embedded.APPLICATION)
    _owner_url = embedded.url(BASCULE_HOME, role=embedded.OWNER)
    BASCULE_BACKUP_DATABASE_URL = embedded.url(BASCULE_HOME, role=embedded.ADMINISTRATOR)

DATABASES = {"default": database_settings("BASCULE_DATABASE_URL", _url)}
if _owner_url:
    # Migrations only; a machine that only serves does not need it.
    DATABASES["owner"] = database_settings("BASCULE_OWNER_DATABASE_URL", _owner_url)

# Blank is refused when the base is opened, and by Django when a signature is asked.
SECRET_KEY = env.secret("BASCULE_SECRET_KEY", default="") or (
    _kept_secret_key() if BASCULE_EMBEDDED else ""
)

#: The outside national service that gives INE: its address, or `fichiers`; blank where the directory makes them.
BASCULE_INE_SERVICE = env.text("BASCULE_INE_SERVICE", default="")

#: Origins that may be told that a deposit is read: `https://agenda.example.fr`; none: nobody is.
BASCULE_RETURN_ADDRESSES = return_addresses(
    "BASCULE_RETURN_ADDRESSES", env.text("BASCULE_RETURN_ADDRESSES", default="")
)

#: What encrypts the seeds of keys: `bascule.accounts.keys.vault`. Newest first; older ones only decrypt.
BASCULE_SEED_KEYS = tuple(
    filter(None, env.secret("BASCULE_SEED_KEYS", default="").replace(",", " ").split())
)
#: Servers in front of this one, each of which adds an address to X-Forwarded-For.
BASCULE_PROXY_COUNT = env.integer("BASCULE_PROXY_COUNT", default=0)
#: Header by which the front server passes on the subject of a client certificate it verified.
BASCULE_CERTIFICATE_HEADER = env.text("BASCULE_CERTIFICATE_HEADER", default="")
#: Whether people reach the site by HTTPS; the embedded base is a trial on one's own machine.
BASCULE_HTTPS = env.flag("BASCULE_HTTPS", default=not BASCULE_EMBEDDED)
#: Host names of the site, the first of them being the one that passkeys are bound to.
BASCULE_HOSTS = tuple(env.text("BASCULE_HOSTS", default="localhost 127.0.0.1 [::1]").split())
#: Name of the authority, on pages and papers.
BASCULE_AUTHORITY_NAME = env.text("BASCULE_AUTHORITY_NAME", default="Académie")
#: Mail server, `smtp://user:secret@server:587` or `smtps://`; blank: messages wait in `outbox`, in `BASCULE_HOME`.
_smtp = urlsplit(env.secret("BASCULE_SMTP", default=""))
#: From whom messages come.
BASCULE_MAIL_FROM = env.text("BASCULE_MAIL_FROM", default="ne-pas-repondre@localhost")
#: How people reach the help desk, as pages say it.
BASCULE_HELP_PHONE = env.text("BASCULE_HELP_PHONE", default="")
BASCULE_HELP_HOURS = env.text("BASCULE_HELP_HOURS", default="du lundi au vendredi, de 8 h à 18 h")

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if _smtp.hostname
    else "bascule.campaign.outbox.Outbox"
)
EMAIL_HOST = _smtp.hostname or ""
EMAIL_PORT = _smtp.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_smtp.username or ""), unquote(_smtp.password or "")
EMAIL_USE_SSL = _smtp.scheme == "smtps"
# A secret goes over an enciphered line only.
EMAIL_USE_TLS = bool(EMAIL_HOST_USER) and not EMAIL_USE_SSL
EMAIL_TIMEOUT = 30

#: What a tool that watches shows to read the measures; blank where none does.
BASCULE_METRICS_TOKEN = env.secret("BASCULE_METRICS_TOKEN", default="")

DEBUG = False
ALLOWED_HOSTS = list(BASCULE_HOSTS)
ROOT_URLCONF = "bascule.config.urls"
WSGI_APPLICATION = "bascule.config.wsgi.application"

INSTALLED_APPS = [
    "procrastinate.contrib.django",
    "bascule.journal",
    "bascule.nomenclatures",
    "bascule.schools",
    "bascule.accounts",
    "bascule.students",
    "bascule.certificates",
    "bascule.ine",
    "bascule.preparation",
    "bascule.helpdesk",
    "bascule.exchange",
    "bascule.qualification",
    "bascule.bea",
    "bascule.figures",
    "bascule.constat",
    "bascule.campaign",
    "bascule.ops",
    "bascule.web",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "bascule.web.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bascule.web.traffic.TrafficMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "bascule.web.gate.GateMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "bascule.web.page.page",
            ],
            "builtins": ["bascule.web.templatetags.ui", "django.templatetags.i18n"],
        },
    }
]
FORM_RENDERER = "bascule.web.components.forms.Renderer"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SESSION_ENGINE = "bascule.accounts.session_store"
SESSION_COOKIE_AGE = 24 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Until the browser is closed, as the public notice says.
CSRF_COOKIE_AGE = None
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASCULE_HTTPS
# The prefix binds the cookie to this host and to HTTPS; browsers refuse it without.
SESSION_COOKIE_NAME = "__Host-session" if BASCULE_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if BASCULE_HTTPS else "csrf"
CSRF_FAILURE_VIEW = "bascule.web.errors.csrf_failed"
SECURE_SSL_REDIRECT = BASCULE_HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BASCULE_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BASCULE_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BASCULE_PROXY_COUNT else None
# Our own middleware sets it, with the rest.
SECURE_REFERRER_POLICY = "same-origin"
# In the words of the components.
MESSAGE_TAGS = {10: "info", 40: "danger"}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
PASSWORD_HASHERS = ["bascule.accounts.hashing.PasswordHasher"]

STATIC_URL = "/static/"
# Files of the package, read in place: nothing to collect before one serves.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

USE_TZ = True
TIME_ZONE = env.time_zone("BASCULE_TIME_ZONE", default="Europe/Paris")
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "langue"
USE_I18N = True
USE_THOUSAND_SEPARATOR = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# A folder of the DOS years holds hundreds of small files.
DATA_UPLOAD_MAX_NUMBER_FILES = 1000
FILE_UPLOAD_HANDLERS = [
    "bascule.web.uploads.MeasuringHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

_logs_are_json = env.text("BASCULE_LOGS", default="lines") == "json"

# One stream, for whoever runs the process; of a fault, types and places only.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "places": {
            "()": f"bascule.ops.logs.{'JsonFormatter' if _logs_are_json else 'PlacesFormatter'}"
        }
    },
    "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "places"}},
    "root": {"handlers": ["stream"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        # Pages that are not there, or not for whoever asks, are no fault.
        "django.request": {"level": "ERROR"},
        # The references that pages give to whoever was told no.
        "bascule.web.errors": {"level": "INFO"},
    },
}

# The jobs and the hours they run at: imported when a worker starts, or when a job is deferred by name.
PROCRASTINATE_IMPORT_PATHS = ["bascule.ops.schedule"]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
