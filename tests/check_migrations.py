"""Check the migrations against the embedded PostgreSQL: none is missing, each is safe and goes both ways.

    python tests/check_migrations.py

It prints one line when all is well, and what is wrong otherwise.
"""

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django

from run_on_postgresql import quick_folder

#: What there is besides rows, each piece with all that makes it.
_SCHEMA = """
SELECT 'column', table_name || '.' || column_name, concat_ws(' ', data_type, character_maximum_length,
    is_nullable, column_default, is_identity)
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid)
  FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname, md5(prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'policy', tablename || '.' || policyname, concat_ws(' ', permissive, roles, cmd, qual, with_check)
  FROM pg_policies WHERE schemaname = 'public'
UNION ALL SELECT 'wall', relname, concat_ws(' ', relrowsecurity, relforcerowsecurity)
  FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
"""


def main() -> int:
    with _own_base():
        faults = [*_missing(), *_unsafe(), *_one_way()]
        count = _count()
    if faults:
        sys.stderr.write("\n".join(faults) + "\n")
        return 1
    sys.stdout.write(f"{count} migrations: none is missing, each is safe and goes both ways.\n")
    return 0


@contextlib.contextmanager
def _own_base() -> Iterator[None]:
    """Give a base of our own, with nothing in it, which Django enters as its owner."""
    with tempfile.TemporaryDirectory(prefix="bascule-", dir=quick_folder()) as folder:
        # The user that runs the server passes through it.
        Path(folder).chmod(0o711)
        for name in ("BASCULE_DATABASE_URL", "BASCULE_OWNER_DATABASE_URL"):
            os.environ.pop(name, None)
        os.environ["BASCULE_HOME"] = str(Path(folder) / "home")
        os.environ["DJANGO_SETTINGS_MODULE"] = "bascule.config.settings"
        django.setup()
        from bascule.store.base import reach_base  # noqa: PLC0415 - the settings come first

        with reach_base():
            yield


def _missing() -> Iterator[str]:
    from django.core.management import call_command  # noqa: PLC0415

    said = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("makemigrations", check_changes=True, dry_run=True, stdout=said)
        return
    yield f"A change of the models has no migration:\n{said.getvalue()}"


def _unsafe() -> Iterator[str]:
    from django_migration_linter import MigrationLinter  # noqa: PLC0415

    said = io.StringIO()
    linter = MigrationLinter(
        database="owner",
        analyser_string="postgresql",
        all_warnings_as_errors=True,
        no_cache=True,
        # Those of libraries are theirs.
        include_apps=_labels(),
        quiet=("ok", "ignore"),
    )
    with contextlib.redirect_stdout(said):
        linter.lint_all_migrations()
    if linter.has_errors or linter.nb_valid != linter.nb_total - linter.nb_ignored:
        yield f"A migration would stop those who work:\n{said.getvalue()}"


def _one_way() -> Iterator[str]:
    from django.core.management import call_command  # noqa: PLC0415
    from django.db.migrations.exceptions import IrreversibleError  # noqa: PLC0415

    migrate = {"database": "owner", "interactive": False, "verbosity": 0}
    for label in _others():
        call_command("migrate", label, **migrate)
    empty = _schema()
    call_command("migrate", **migrate)
    whole = _schema()
    try:
        for label in _labels():
            call_command("migrate", label, "zero", **migrate)
    except IrreversibleError as fault:
        yield f"A migration does not say its way back: {fault}"
        return
    left = {piece for piece in _schema() - empty if "django_migrations" not in piece[1]}
    if left:
        yield f"The way back leaves: {sorted(left)}"
        return
    call_command("migrate", **migrate)
    if _schema() != whole:
        yield f"There and back again makes another schema: {sorted(_schema() ^ whole)}"


def _schema() -> set[tuple[str, str, str]]:
    from django.db import connections  # noqa: PLC0415

    with connections["owner"].cursor() as cursor:
        cursor.execute(_SCHEMA)
        return set(cursor.fetchall())


def _labels() -> list[str]:
    from django.apps import apps  # noqa: PLC0415

    return [
        config.label
        for config in apps.get_app_configs()
        if config.name.startswith("bascule.") and Path(config.path, "migrations").is_dir()
    ][::-1]


def _count() -> int:
    from django.db import connections  # noqa: PLC0415
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415

    ours = _labels()
    return sum(label in ours for label, _ in MigrationLoader(connections["owner"]).disk_migrations)


def _others() -> list[str]:
    from django.apps import apps  # noqa: PLC0415

    return [
        config.label
        for config in apps.get_app_configs()
        if not config.name.startswith("bascule.") and Path(config.path, "migrations").is_dir()
    ]


if __name__ == "__main__":
    sys.exit(main())
