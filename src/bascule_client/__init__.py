"""The school's side of bascule: sends the pupils, waits, applies, brings back what the software reads.

Nothing but Python's own library, so that it installs anywhere in a second. For a program of one's own:

    from bascule_client import Bascule, Settings

    with_bascule = Bascule(Settings(address="https://bascule.ac-exemple.fr", token=token))
    run = with_bascule.wait(with_bascule.deposit([("0990001NPRIVE2026.zip", content)], year=2026))
"""

from bascule_client.client import (
    Bascule,
    BasculeError,
    Export,
    Finding,
    Me,
    RefusedError,
    Run,
    UnreachableError,
)
from bascule_client.settings import Settings, SettingsError, read_settings

__all__ = [
    "Bascule",
    "BasculeError",
    "Export",
    "Finding",
    "Me",
    "RefusedError",
    "Run",
    "Settings",
    "SettingsError",
    "UnreachableError",
    "read_settings",
]
