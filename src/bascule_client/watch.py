"""For software that only drops files: each file that comes to rest in the outbox is sent, then put away."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bascule_client.client import Bascule, RefusedError, UnreachableError
from bascule_client.press import Result, push, waiting_files
from bascule_client.settings import Settings, SettingsError

SENT, REFUSED = "envoyes", "a-corriger"
#: Seconds between two looks.
PACE: Final = 5.0


def watch(
    settings: Settings,
    *,
    tell: Callable[[str], None],
    pace: float = PACE,
    goes_on: Callable[[], bool] = lambda: True,
) -> None:
    """Look at the outbox until told to stop.

    Args:
        settings (Settings): what the office told; the outbox is a folder.
        tell (Callable[[str], None]): says what happens.
        pace (float): seconds between two looks.
        goes_on (Callable[[], bool]): asked before each look.

    Raises:
        SettingsError: if the outbox is no folder.
    """
    if settings.outbox is None or not settings.outbox.is_dir():
        raise SettingsError("Pour surveiller un dossier, « envoi » doit être un dossier.")
    site, seen = Bascule(settings), dict[Path, tuple[int, int]]()
    while goes_on():
        now = {path: _shape(path) for path in waiting_files(settings)}
        for path in [path for path, shape in now.items() if seen.get(path) == shape]:
            _take(settings, site, path, tell)
        seen = {path: shape for path, shape in now.items() if path.exists()}
        time.sleep(pace)


def _take(settings: Settings, site: Bascule, path: Path, tell: Callable[[str], None]) -> None:
    try:
        result = push(settings, path, site=site)
    except UnreachableError as fault:
        # It stays where it is, and is tried at the next look.
        tell(str(fault))
    except RefusedError as refusal:
        result = Result([str(refusal)], is_well=False)
        tell(f"{path.name} : {refusal}")
        _put_away(path, REFUSED, result)
    else:
        tell(str(result))
        _put_away(path, SENT if result.runs[-1].state == "applied" else REFUSED, result)


def _put_away(path: Path, folder: str, result: Result) -> None:
    """Move a file where it stays, with what was said of it; never over another."""
    there = path.parent / folder
    there.mkdir(exist_ok=True)
    target, rank = there / path.name, 1
    while target.exists():
        target, rank = there / f"{path.stem}-{rank}{path.suffix}", rank + 1
    target.with_name(f"{target.name}.txt").write_text(f"{result}\n", encoding="utf-8")
    shutil.move(path, target)


def _shape(path: Path) -> tuple[int, int]:
    """Give what changes while a file is being written."""
    told = path.stat()
    return told.st_size, told.st_mtime_ns
