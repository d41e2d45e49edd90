"""What is kept between two presses: what was sent under which key, what came back. Written whole or not at all."""

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_FILE: Final = ".bascule-etat.json"
#: How many sent files are remembered.
_MOST: Final = 200


@dataclass
class Kept:
    """What is kept between two presses.

    Attributes:
        path: the file.
        sendings: by digest of the file: `key`, then `run` once the site has it.
        marks: by what was brought back: the mark it had, or the digest of what was written.
        last: what the last press said, and when.
    """

    path: Path
    sendings: dict[str, dict[str, Any]] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    last: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, home: Path) -> "Kept":
        """Read it; what cannot be read is as good as nothing: the site knows what it has.

        Args:
            home (Path): the folder.

        Returns:
            Kept: what is kept there.
        """
        path = home / _FILE
        told: Any = {}
        with suppress(OSError, ValueError):
            told = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(told, dict):
            told = {}
        return cls(
            path, told.get("sendings") or {}, told.get("marks") or {}, told.get("last") or {}
        )

    def write(self) -> None:
        """Write it."""
        recent = dict(list(self.sendings.items())[-_MOST:])
        told = {"sendings": recent, "marks": self.marks, "last": self.last}
        replace(self.path, json.dumps(told, ensure_ascii=False, indent=1).encode())


def replace(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever reads half of it.

    Args:
        path (Path): the file.
        content (bytes): its bytes; only the account that writes may read them.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
