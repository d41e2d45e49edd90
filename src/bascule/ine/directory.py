"""Open the directory of identities for a transaction: to read it, or alone, to write it."""

from django.db import connection

from bascule.store.policies import DIRECTORY_SETTING

#: The lock of who writes the directory, apart from those of schools.
_LOCK = "ine.directory"


def open_directory() -> None:
    """Show the persons, their numbers and what was decided of them, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, 'on', true)", [DIRECTORY_SETTING])


def hold_directory() -> None:
    """Open the directory and be the only one to write it, until the transaction ends.

    Whoever holds a school takes it before: all come in the same order. It is waited for without limit: a
    school is settled in a second or two, and a night of many schools must not fail for it.
    """
    open_directory()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_LOCK])
