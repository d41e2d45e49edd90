"""Compare the data of a copy with the manifest that PostgreSQL wrote while it copied.

`pg_verifybackup` does it where it runs. The one of the wheel dies as soon as it is called, so that what it
does is done here too: each file there, whole and no other, then the segments read by `pg_waldump`.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bascule.store.backups import programs
from bascule.store.backups.programs import ProgramFailedError

_MANIFEST = "backup_manifest"
#: What a manifest does not list: PostgreSQL's own list.
_UNLISTED = (_MANIFEST, "postgresql.auto.conf", "recovery.signal", "standby.signal")


def verify(data: Path, tools: Path) -> None:
    """Verify the data of a copy.

    Args:
        data (Path): the folder.
        tools (Path): PostgreSQL's programs of its version.

    Raises:
        ProgramFailedError: if they are not what was copied, with the first fault found.
    """
    if programs.runs(tools / "pg_verifybackup"):
        programs.run(tools / "pg_verifybackup", "--quiet", str(data))
        return
    for fault in _faults(data):
        raise ProgramFailedError("verify", fault)
    for part in _manifest(data)["WAL-Ranges"]:
        programs.run(
            tools / "pg_waldump",
            "--quiet",
            f"--path={data / 'pg_wal'}",
            f"--timeline={part['Timeline']}",
            f"--start={part['Start-LSN']}",
            f"--end={part['End-LSN']}",
        )


def _faults(data: Path) -> Iterator[str]:
    raw = (data / _MANIFEST).read_bytes()
    body = raw[: raw.rindex(b'"Manifest-Checksum"')]
    said = _manifest(data)
    if hashlib.sha256(body).hexdigest() != said["Manifest-Checksum"]:
        yield _MANIFEST
    listed = {_path_of(file): file for file in said["Files"]}
    for path, file in listed.items():
        if not (place := data / path).is_file() or place.stat().st_size != file["Size"]:
            yield path
            continue
        with place.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != file["Checksum"]:
                yield path
    for place in data.rglob("*"):
        path = str(place.relative_to(data))
        if place.is_file() and path not in {*listed, *_UNLISTED} and not path.startswith("pg_wal/"):
            yield path


def _manifest(data: Path) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads((data / _MANIFEST).read_bytes())
    except (OSError, ValueError) as fault:
        raise ProgramFailedError("verify", _MANIFEST) from fault
    return said


def _path_of(file: dict[str, Any]) -> str:
    # A name that is no UTF-8 is written by its bytes.
    return str(file.get("Path") or bytes.fromhex(file["Encoded-Path"]).decode(errors="replace"))
