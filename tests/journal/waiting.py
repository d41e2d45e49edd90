"""Wait for whoever else works on the server of the tests."""

import time

from django.db import connection


def wait_for_others() -> None:
    """Wait until what was written may be sealed: a transaction in any base of the server holds sealing back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        (wanted,) = cursor.fetchone()
        for _ in range(3000):
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if cursor.fetchone()[0] >= wanted:
                return
            time.sleep(0.02)
    message = "a transaction of somebody else never ended"
    raise TimeoutError(message)
