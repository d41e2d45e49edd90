"""Open the directory of identities for a transaction: to read it, or alone, to write it."""

from django.db import OperationalError, connection

from bascule.errors import RefusedError
from bascule.store.locks import LOCK_NOT_AVAILABLE, PATIENCE_MS
from bascule.store.policies import DIRECTORY_SETTING

#: The lock of who writes the directory, apart from those of schools.
_LOCK = "ine.directory"


class DirectoryIsBusyError(RefusedError):
    """Somebody else writes the directory: a night that gives numbers, for a moment."""

    code = "ine.directory-busy"

    def __init__(self) -> None:
        super().__init__(
            "D’autres INE sont donnés en ce moment : rien n’a été enregistré. Recommencez dans un instant."
        )


def open_directory() -> None:
    """Show the persons, their numbers and what was decided of them, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, 'on', true)", [DIRECTORY_SETTING])


def hold_directory(*, is_patient: bool = True) -> None:
    """Open the directory and be the only one to write it, until the transaction ends.

    Whoever holds a school takes it before: all come in the same order. A night of many schools waits without
    limit, and does not fail for it; somebody before a screen does not.

    Args:
        is_patient (bool): wait as long as it takes; else no longer than for a school.

    Raises:
        DirectoryIsBusyError: if it is held by somebody else for longer than that.
    """
    open_directory()
    with connection.cursor() as cursor:
        try:
            cursor.execute(f"SET LOCAL lock_timeout = {0 if is_patient else PATIENCE_MS}")
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_LOCK])
        except OperationalError as fault:
            if getattr(fault.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
                raise DirectoryIsBusyError from fault
            raise
