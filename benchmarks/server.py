"""The throwaway server where the measures are taken, in real conditions: `fsync` on, two identities.

It reads no model: it is what must run before Django is set up.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections

from bascule.store import embedded

#: Name of the base that stays nearly empty.
EMPTY_TWIN = "bascule_empty"


@contextmanager
def throwaway_base() -> Iterator[Path]:
    """Start a server in a new home, and open its base as the application role for the block.

    Yields:
        Path: the home.
    """
    with tempfile.TemporaryDirectory(prefix="bascule-bench-") as folder:
        # The server's own user must be able to pass.
        Path(folder).chmod(0o711)
        home = Path(folder, "home")
        for name in ("BASCULE_DATABASE_URL", "BASCULE_OWNER_DATABASE_URL"):
            os.environ.pop(name, None)
        os.environ["BASCULE_HOME"] = str(home)
        os.environ["DJANGO_SETTINGS_MODULE"] = "bascule.config.settings"
        # Django's settings are read when this is imported.
        from bascule.store.base import open_base  # noqa: PLC0415

        with open_base():
            yield home


def enter(home: Path, database: str = embedded.DATABASE) -> "psycopg.Connection[Any]":
    """Enter a base as the administrator: for the floor, for filling, for comparing.

    Args:
        home (Path): the home.
        database (str): which base.

    Returns:
        psycopg.Connection[Any]: each statement is committed.
    """
    address = embedded.url(home, role=embedded.ADMINISTRATOR, database=database)
    return psycopg.connect(address, autocommit=True)


def make_empty_twin(home: Path) -> None:
    """Copy the base while nothing is in it yet, to compare with it once much is.

    Args:
        home (Path): the home.
    """
    connections.close_all()
    with enter(home, "postgres") as administrator:
        administrator.execute(f"CREATE DATABASE {EMPTY_TWIN} TEMPLATE {embedded.DATABASE}")
        administrator.execute(f"GRANT CONNECT ON DATABASE {EMPTY_TWIN} TO {embedded.APPLICATION}")
