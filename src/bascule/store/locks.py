"""One writer at a time for each school."""

from django.db import OperationalError, connection

from bascule.errors import TransientError

#: How long a writer waits for the school, in milliseconds.
PATIENCE_MS = 5000
#: What PostgreSQL answers to whoever waited for longer.
LOCK_NOT_AVAILABLE = "55P03"


class SchoolIsBusyError(TransientError):
    """Another piece of work holds the school.

    Args:
        uai (str): the school.
    """

    def __init__(self, uai: str) -> None:
        super().__init__(
            f"Un autre traitement est en cours pour {uai} : réessayez dans un instant."
        )
        self.uai = uai


def lock_school(uai: str) -> None:
    """Hold the school until the transaction ends.

    Args:
        uai (str): the school; empty for the authority.
    """
    _lock("pg_advisory_xact_lock", uai)


def still_school(uai: str) -> None:
    """Keep writers away from the school until the transaction ends; those who only read do not wait for each other.

    Args:
        uai (str): the school.
    """
    _lock("pg_advisory_xact_lock_shared", uai)


def _lock(function: str, uai: str) -> None:
    """Take a lock of the school, or say that somebody else holds it longer than `PATIENCE_MS`."""
    with connection.cursor() as cursor:
        try:
            # The patience is set before the wait: results are computed from left to right.
            cursor.execute(
                f"SELECT set_config('lock_timeout', %s, true), {function}(hashtextextended(%s, 0))",
                [str(PATIENCE_MS), uai],
            )
        except OperationalError as fault:
            if getattr(fault.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
                raise SchoolIsBusyError(uai) from fault
            raise
