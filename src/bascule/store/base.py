"""Open the base for a command, a worker or a site, and bring its schema up to date.

It decides whether the base may be used: reachable, recent enough, migrated, and entered by a role
that the row-level policies bind. It does not know what the tables hold.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from importlib import resources
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import NotSupportedError, OperationalError, ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from bascule.errors import RefusedError, TransientError
from bascule.store import embedded, policies
from bascule.store.backups import copies, wal

#: Oldest major version of PostgreSQL that the schema works on.
OLDEST_MAJOR = 15

_SECRET_KEY = "django.key"  # noqa: S105 - the name of a file
#: Key of the advisory lock under which one process at a time migrates.
_MIGRATING = 0x62617363
#: The table whose comment says on which server the base was made, or settled.
_SIGNED = "journal_act"
#: The server, and its timeline: a server that comes back from a copy begins another.
_SERVER_SQL = (
    "(SELECT 'server ' || system_identifier || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
    " FROM pg_control_system())"
)
#: How often a process asks whether its turn has come.
_TURN_SECONDS = 0.1


class UnreachableBaseError(TransientError):
    """No server answers at the address of the base, or it does not let us in.

    Args:
        name (str): the variable that holds the address.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"La base de données ne répond pas, ou refuse la connexion : vérifiez {name},"
            " puis réessayez."
        )
        self.name = name


class OldServerError(RefusedError):
    """The server is older than the schema needs."""

    code = "old-server"

    def __init__(self) -> None:
        super().__init__(
            "La base de données est trop ancienne :"
            f" PostgreSQL {OLDEST_MAJOR} au moins est nécessaire."
        )


class UnsafeRoleError(RefusedError):
    """The application role could look past the policies between schools.

    Args:
        role (str): the role.
        reason (str): French, what it should not be.
    """

    code = "unsafe-role"

    def __init__(self, role: str, reason: str) -> None:
        super().__init__(
            f"L’utilisateur {role} de la base {reason} : le cloisonnement entre établissements ne"
            " le retiendrait pas. Donnez dans BASCULE_DATABASE_URL un utilisateur ordinaire, qui ne"
            " possède aucune table."
        )
        self.role = role


class MissingRoleError(RefusedError):
    """The server does not know the application role.

    Args:
        role (str): the role.
    """

    code = "role-missing"

    def __init__(self, role: str) -> None:
        super().__init__(
            f"La base ne connaît pas l’utilisateur {role} de BASCULE_DATABASE_URL :"
            " demandez à l’administrateur du serveur de le créer."
        )
        self.role = role


class PendingMigrationsError(RefusedError):
    """The schema of the base is older than the program."""

    code = "pending-migrations"

    def __init__(self) -> None:
        super().__init__("La base n’est pas à jour : lancez « bascule migrate ».")


class RestoredBaseError(RefusedError):
    """The base came back from a copy, or from another server, and nobody has said what follows from it."""

    code = "base-restored"

    def __init__(self) -> None:
        super().__init__(
            "Cette base vient d’une sauvegarde ou d’un autre serveur : des codes déjà utilisés y seraient"
            " encore bons. Lancez « bascule backup settle »."
        )


class MissingOwnerError(RefusedError):
    """Nobody says how to enter the base as the owner of its tables."""

    code = "owner-missing"

    def __init__(self) -> None:
        super().__init__(
            "Le réglage BASCULE_OWNER_DATABASE_URL manque : il donne l’accès du propriétaire des"
            " tables, nécessaire pour mettre la base à jour."
        )


class MissingKeyError(RefusedError):
    """The key that signs sessions and links is not given."""

    code = "setting-missing"

    def __init__(self) -> None:
        super().__init__(
            "Le réglage BASCULE_SECRET_KEY manque : donnez-lui une longue suite de caractères au"
            " hasard, la même sur toutes les machines."
        )


@contextmanager
def open_base(*, migrate: bool | None = None) -> Iterator[None]:
    """Open the base for the block, ready for use as the application role.

    Args:
        migrate (bool | None): whether to bring the schema up to date first. None does it for the
            embedded base only.

    Yields:
        None: while the block runs, Django's `default` connection works.

    Raises:
        UnreachableBaseError: if no server answers.
        OldServerError: if its version is below `OLDEST_MAJOR`.
        PendingMigrationsError: if its schema is older than the program.
        RestoredBaseError: if it came back from a copy, and `settle_server` was not called since.
        UnsafeRoleError: if the role is superuser, escapes policies or owns tables.
    """
    with reach_base():
        if not _is_up_to_date():
            wanted = settings.BASCULE_EMBEDDED if migrate is None else migrate
            if wanted:
                bring_up_to_date()
            elif _pending("default"):
                raise PendingMigrationsError
        _refuse_unsafe_role()
        if is_restored():
            raise RestoredBaseError
        yield


@contextmanager
def reach_base() -> Iterator[None]:
    """Set Django up and hold the server for the block, whatever state the schema is in.

    Yields:
        None: while the block runs, the embedded server runs if the settings want it.

    Raises:
        MissingKeyError: if the base is not the embedded one and no secret key is given.
    """
    if not apps.ready:
        django.setup()
    home: Path = settings.BASCULE_HOME
    with _held(home) if settings.BASCULE_EMBEDDED else nullcontext():
        _ensure_secret_key(home)
        try:
            yield
        finally:
            connections.close_all()


def _held(home: Path) -> embedded.Hold:
    if settings.BASCULE_BACKUPS is None:
        return embedded.hold(home)
    kept = copies.wal_folder(settings.BASCULE_BACKUPS)
    also = wal.settings(kept, encrypt=settings.BASCULE_BACKUP_ENCRYPT)
    return embedded.hold(home, also=also, fills=kept)


def is_restored() -> bool:
    """Tell whether the base came back from a copy, or from another server, since it was last settled.

    Returns:
        bool: whether the server is not the one that the base says it is of.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"SELECT obj_description(to_regclass('{_SIGNED}'), 'pg_class'), {_SERVER_SQL}"
        )
        signed, server = cursor.fetchone()
    return signed is not None and signed != server


def settle_server() -> None:
    """Write down, as the owner of the tables, that the base is of the server it is on.

    Raises:
        MissingOwnerError: if the settings do not give the owner's access.
    """
    if "owner" not in connections.settings:
        raise MissingOwnerError
    owner = connections["owner"]
    _connect(owner, "BASCULE_OWNER_DATABASE_URL")
    with owner.cursor() as cursor:
        _sign(cursor)
    owner.close()


@contextmanager
def elsewhere(address: str) -> Iterator[None]:
    """Point Django's connections, in this thread, at a server that trusts whoever enters, for a block.

    Args:
        address (str): a libpq address without user or base: those of the settings are kept.

    Yields:
        None: while the block runs, `default` and `owner` work there.
    """
    place = conninfo_to_dict(address)
    before = {alias: dict(connections.settings[alias]) for alias in connections.settings}
    connections.close_all()
    for kept in connections.settings.values():
        kept.update(HOST=place["host"], PORT=place["port"], PASSWORD="")
        kept["OPTIONS"] = {
            **kept["OPTIONS"],
            "passfile": f"{place['host']}/none",
            "sslmode": "disable",
        }
    try:
        yield
    finally:
        connections.close_all()
        for alias, kept in before.items():
            connections.settings[alias].update(kept)


def bring_up_to_date() -> tuple[str, ...]:
    """Migrate the schema as its owner, then grant the application role what it needs.

    Returns:
        tuple[str, ...]: the migrations applied, in order (`students.0001_tables`).

    Raises:
        MissingOwnerError: if the settings do not give the owner's access.
        MissingRoleError: if the server does not know the application role.
    """
    if "owner" not in connections.settings:
        raise MissingOwnerError
    owner = connections["owner"]
    _connect(owner, "BASCULE_OWNER_DATABASE_URL")
    with owner.cursor() as cursor:
        _take_turn(cursor)
        # Waiting longer for a table would make every reader wait behind us.
        cursor.execute("SET lock_timeout = '4s'")
    try:
        applied = _pending("owner")
        call_command("migrate", database="owner", interactive=False, verbosity=0)
        _grant(owner)
    finally:
        # Closing gives the lock back, even if the connection is in a bad state.
        owner.close()
    return applied


def _take_turn(cursor: CursorWrapper) -> None:
    """Wait until no other process migrates, without holding anything meanwhile.

    A statement that waits for the lock keeps a snapshot, and who builds an index concurrently waits for
    every snapshot: each would wait for the other.
    """
    while True:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_MIGRATING])
        if cursor.fetchone()[0]:
            return
        time.sleep(_TURN_SECONDS)


def _ensure_secret_key(home: Path) -> None:
    # The attribute itself refuses to be read while it is blank.
    with suppress(ImproperlyConfigured):
        if settings.SECRET_KEY:
            return
    if not settings.BASCULE_EMBEDDED:
        raise MissingKeyError
    settings.SECRET_KEY = embedded.secret(home, _SECRET_KEY)


def _grant(owner: BaseDatabaseWrapper) -> None:
    role = str(connections.settings["default"]["USER"])
    quoted = owner.ops.quote_name(role)
    with transaction.atomic(using="owner"), owner.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
        if not cursor.rowcount:
            raise MissingRoleError(role)
        # From nothing, so that a grant taken out of the list is taken from the role.
        cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {quoted}")
        cursor.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {quoted}")
        policies.grant_application(owner, role)
        cursor.execute(f"REVOKE ALL ON django_migrations FROM {quoted}")
        cursor.execute(f"GRANT SELECT ON django_migrations TO {quoted}")
        cursor.execute(f"COMMENT ON TABLE django_migrations IS 'bascule {schema_digest()}'")
        cursor.execute(f"SELECT obj_description('{_SIGNED}'::regclass, 'pg_class')")
        if cursor.fetchone() == (None,):
            _sign(cursor)


def _sign(cursor: CursorWrapper) -> None:
    cursor.execute(f"SELECT {_SERVER_SQL}")
    cursor.execute(f"COMMENT ON TABLE {_SIGNED} IS '{cursor.fetchone()[0]}'")


def _is_up_to_date() -> bool:
    """Compare one comment in the base with the program's files: the cheap check of every start."""
    connection = connections["default"]
    _connect(connection, "BASCULE_DATABASE_URL")
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regclass('django_migrations'), 'pg_class')")
        return bool(cursor.fetchone() == (f"bascule {schema_digest()}",))


def schema_digest() -> str:
    """Name the schema that the program's files make: migrations and grants.

    Returns:
        str: 32 hexadecimal digits.
    """
    digest = hashlib.sha256()
    store = resources.files("bascule.store")
    for name in ("base.py", "policies.py"):
        digest.update((store / name).read_bytes())
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        for path in sorted(Path(app.path, "migrations").glob("*.py")):
            digest.update(f"{app.label}/{path.name}/".encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def _pending(alias: str) -> tuple[str, ...]:
    try:
        executor = MigrationExecutor(connections[alias])
    except ProgrammingError:
        # The table of migrations is there, but nothing was granted to us yet.
        return ("*",)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return tuple(f"{migration.app_label}.{migration.name}" for migration, _ in plan)


def _connect(connection: BaseDatabaseWrapper, name: str) -> None:
    try:
        connection.ensure_connection()
    except NotSupportedError as fault:
        raise OldServerError from fault
    except OperationalError as fault:
        raise UnreachableBaseError(name) from fault
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::integer / 10000")
        (major,) = cursor.fetchone()
    if major < OLDEST_MAJOR:
        raise OldServerError


def _refuse_unsafe_role() -> None:
    """Look at every role that ours may become: an attribute is one SET ROLE away from a member."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT session_user, coalesce(bool_or(rolsuper), false),"
            " coalesce(bool_or(rolbypassrls), false), coalesce(bool_or(EXISTS ("
            "  SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            "  WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p', 'v', 'm')"
            "  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema')), false)"
            " FROM pg_roles r WHERE pg_has_role(session_user, r.oid, 'MEMBER')"
            " OR pg_has_role(current_user, r.oid, 'MEMBER')"
        )
        role, is_super, escapes, owns = cursor.fetchone()
    if is_super:
        raise UnsafeRoleError(role, "est superutilisateur")
    if escapes:
        raise UnsafeRoleError(role, "échappe aux règles d’accès (BYPASSRLS)")
    if owns:
        raise UnsafeRoleError(role, "possède des tables")
