"""How the server keeps what happened since a copy: the commands it is given, and what may be forgotten.

Each segment is compressed, encrypted when the operator says how, and put in its place whole; beside it
stands the digest of what it was, so that a segment offered twice is taken for what it is.
"""

import re
import shlex
from pathlib import Path

from bascule.store.backups.programs import shell

#: A segment that is not full is kept all the same after this many seconds: what a lost disk can cost.
TIMEOUT_SECONDS = 300

_SEGMENT = re.compile(r"[0-9A-F]{24}")


def settings(folder: Path, *, encrypt: str) -> dict[str, str]:
    """Give the settings of a server that keeps its segments.

    Args:
        folder (Path): where; the server's user writes there.
        encrypt (str): command that encrypts; blank for none.

    Returns:
        dict[str, str]: names and values, not quoted.
    """
    return {
        "wal_level": "replica",
        "archive_mode": "on",
        "archive_timeout": str(TIMEOUT_SECONDS),
        "archive_command": _archive_command(folder, encrypt),
    }


def restore_command(folder: Path, *, decrypt: str) -> str:
    """Give the command by which a server that comes back asks for a segment.

    Args:
        folder (Path): where segments are kept.
        decrypt (str): the reverse of the command that encrypts; blank for none.

    Returns:
        str: a command, with PostgreSQL's own `%f` and `%p`.
    """
    kept = f"{shlex.quote(_doubled(folder))}/%f.gz"
    taken = shlex.join(shell(_doubled(decrypt) or "cat", steps=("gzip -d",)))
    # Not there is an answer like another: the server then begins to live again.
    return f'test -f {kept} && {taken} < {kept} > "%p"'


def forget_before(folder: Path, segment: str) -> int:
    """Remove the segments that no copy needs any more.

    Args:
        folder (Path): where they are.
        segment (str): the first that the oldest copy kept needs.

    Returns:
        int: segments removed.
    """
    count = 0
    for path in sorted(folder.glob("*.gz")) if folder.is_dir() else ():
        name = path.name.removesuffix(".gz")
        # Of other timelines too: the order in time is that of the last sixteen digits.
        if _SEGMENT.fullmatch(name) and name[8:] < segment[8:]:
            path.unlink()
            path.with_suffix(".sum").unlink(missing_ok=True)
            count += 1
    return count


def _archive_command(folder: Path, encrypt: str) -> str:
    kept = f"{_doubled(folder)}/%f"
    return (
        f"K={shlex.quote(kept)};"
        ' if test -e "$K.sum"; then sha256sum < "%p" | cmp -s - "$K.sum"; else'
        ' gzip -n1 < "%p" > "$K.part"'
        f' && {_doubled(encrypt) or "cat"} < "$K.part" > "$K.gz" && sync "$K.gz" && rm "$K.part"'
        # Whoever makes the copies reads them too: the folder says who that is.
        ' && sha256sum < "%p" > "$K.draft" && chmod 640 "$K.gz" "$K.draft" && mv "$K.draft" "$K.sum"; fi'
    )


def _doubled(text: object) -> str:
    """Keep the per cents of a text from PostgreSQL, which reads its own there."""
    return str(text).replace("%", "%%")
