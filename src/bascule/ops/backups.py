"""Copies of the base as the settings want them: made, listed, verified, brought back, tried by a drill.

It decides where copies stand and what follows when one is brought back. How a copy is made is
`bascule.store.backups`; what is ended after it, `bascule.accounts.restored`.
"""

import json
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bascule.accounts import restored
from bascule.errors import RefusedError
from bascule.journal.act import AUTHORITY
from bascule.journal.verify import verify_chain
from bascule.schools.directory import school_numbers
from bascule.store import base, embedded
from bascule.store.backups import copies, recovery, wal
from bascule.store.backups.copies import Copy
from bascule.store.backups.digests import Share, digests

#: A copy that is older than this, the last of those verified, is an alarm.
TOO_OLD: Final = timedelta(hours=26)
#: How long the server may take to keep the segment it was told to close, in seconds.
_KEEPING_SECONDS: Final = 120
_DRILLS: Final = "drills.jsonl"
#: Why no row of these is compared: the work of the night goes on while the copy is made.
_MOVING: Final = ("procrastinate_workers", "procrastinate_events", "procrastinate_jobs")


class NoBackupFolderError(RefusedError):
    """Nobody says where copies are to stand."""

    code = "backup.no-folder"

    def __init__(self) -> None:
        super().__init__(
            "Le réglage BASCULE_BACKUPS manque : donnez le dossier des sauvegardes, sur un autre disque que"
            " celui de la base."
        )


class NoBackupAccessError(RefusedError):
    """Nobody says how to enter the server to copy it."""

    code = "backup.no-access"

    def __init__(self) -> None:
        super().__init__(
            "Le réglage BASCULE_BACKUP_DATABASE_URL manque : donnez l’accès d’un utilisateur de PostgreSQL qui"
            " peut tout lire et copier (REPLICATION)."
        )


class NotRestoredError(RefusedError):
    """Nothing was brought back: there is nothing to settle."""

    code = "backup.not-restored"

    def __init__(self) -> None:
        super().__init__(
            "Cette base est bien celle de ce serveur : rien n’est à faire. Si elle a pourtant été remise d’une"
            " copie de ses fichiers, lancez la commande avec --force."
        )


@dataclass(frozen=True, slots=True)
class State:
    """Where the copies stand.

    Attributes:
        copies: the copies, the latest first.
        age: how old the last verified one is; None when there is none.
        is_too_old: whether that is an alarm; never where no folder is set.
        last_drill: what the last drill found; None when there was none.
    """

    copies: tuple[Copy, ...]
    age: timedelta | None
    is_too_old: bool
    last_drill: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Drill:
    """What a drill found.

    Attributes:
        at: when it began.
        copy: name of the copy it made and brought back.
        minutes: how long all of it took.
        restore_minutes: how long it took to have the base back.
        compared: shares (a table, a school) whose digests were compared.
        moving: shares that somebody wrote meanwhile, compared with nothing.
        different: shares that differ, as `table/school`; none if all is well.
        broken: schools whose journal does not verify; none if all is well.
        checked_indexes: indexes that amcheck looked at; None where it is not installed.
        is_to_the_instant: whether what the server kept since the copy was read too.
    """

    at: datetime
    copy: str
    minutes: float
    restore_minutes: float
    compared: int
    moving: int
    different: tuple[str, ...]
    broken: tuple[str, ...]
    checked_indexes: int | None
    is_to_the_instant: bool

    @property
    def is_well(self) -> bool:
        """Return whether the base came back whole."""
        return not self.different and not self.broken


def state(*, at: datetime) -> State:
    """Tell where the copies stand.

    Args:
        at (datetime): now.

    Returns:
        State: the copies, and whether the last is too old.
    """
    folder: Path | None = settings.BASCULE_BACKUPS
    if folder is None:
        return State((), None, is_too_old=False, last_drill=None)
    found = copies.list_copies(folder)
    age = copies.age(found, at=at)
    drills = folder / _DRILLS
    lines = drills.read_text(encoding="utf-8").splitlines() if drills.exists() else []
    last = json.loads(lines[-1]) if lines else None
    return State(tuple(found), age, age is None or age > TOO_OLD, last)


def make(*, at: datetime) -> tuple[Copy, tuple[str, ...]]:
    """Make a copy, then forget those that are too old.

    Args:
        at (datetime): now.

    Returns:
        tuple[Copy, tuple[str, ...]]: the copy, and the names of those removed.

    Raises:
        NoBackupFolderError: if the settings give no folder.
        NoBackupAccessError: if they do not say how to enter the server.
    """
    made = copies.make(
        address=_access(),
        folder=_folder(),
        files=settings.BASCULE_BEA,
        encrypt=settings.BASCULE_BACKUP_ENCRYPT,
        at=at,
    )
    gone = copies.forget(_folder(), before=at - timedelta(days=settings.BASCULE_BACKUP_DAYS))
    return made, gone


def verify(*, name: str, at: datetime) -> Copy:
    """Read a copy to its end.

    Args:
        name (str): its name; blank for the last.
        at (datetime): now.

    Returns:
        Copy: the copy.

    Raises:
        UnknownCopyError: if there is none.
        DamagedCopyError: if it is not what was written.
    """
    found = copies.copy_named(_folder(), name)
    return copies.verify(found, decrypt=settings.BASCULE_BACKUP_DECRYPT, at=at)


def server_settings() -> dict[str, str]:
    """Give what to write into the settings of a server of one's own, so that it keeps what happens.

    Returns:
        dict[str, str]: names and values, not quoted.
    """
    return wal.settings(copies.wal_folder(_folder()), encrypt=settings.BASCULE_BACKUP_ENCRYPT)


def restore(
    *, name: str, until: datetime | None, actor: str, at: datetime
) -> tuple[Copy, restored.Settled]:
    """Bring the embedded base back into its home, whose base must be gone, and make it safe to open.

    Args:
        name (str): the copy; blank for the last that serves.
        until (datetime | None): the instant to come back to; None for the end of what was kept.
        actor (str): who does it.
        at (datetime): now.

    Returns:
        tuple[Copy, restored.Settled]: the copy, and what was ended.

    Raises:
        UnknownCopyError: if no copy serves.
        PlaceTakenError: if a base stands there already.
        RecoveryFailedError: if the server does not come back to that instant.
    """
    copy = copies.copy_named(_folder(), name, until=until)
    with embedded.closed(settings.BASCULE_HOME) as (folder, account):
        if (folder / "data").exists():
            raise recovery.PlaceTakenError(folder / "data")
        data = folder / "restoring"
        with _came_back(copy, data, until, account) as address:
            who = make_conninfo(address, user=embedded.ADMINISTRATOR, dbname="postgres")
            with psycopg.connect(who, autocommit=True) as administrator:
                embedded.let_in(administrator, settings.BASCULE_HOME)
        data.rename(folder / "data")
    _bring_files_back(copy)
    with base.reach_base():
        return copy, settle(origin=copy.name, nothing_lost=False, actor=actor, at=at, forced=True)


def prepare(*, name: str, until: datetime | None, into: Path) -> Copy:
    """Put a copy where a server of one's own is to come back from; it reads the rest when it starts.

    Args:
        name (str): the copy; blank for the last that serves.
        until (datetime | None): the instant to come back to; None for the end of what was kept.
        into (Path): the folder to make: the server's data.

    Returns:
        Copy: the copy.

    Raises:
        UnknownCopyError: if no copy serves.
        PlaceTakenError: if the folder is there already.
    """
    copy = copies.copy_named(_folder(), name, until=until)
    recovery.prepare(copy, into, decrypt=settings.BASCULE_BACKUP_DECRYPT)
    recovery.write_orders(into, _orders(until))
    _bring_files_back(copy)
    return copy


def settle(
    *, origin: str, nothing_lost: bool, actor: str, at: datetime, forced: bool = False
) -> restored.Settled:
    """Make a base that came back safe to open: what was used up since must open nothing again.

    Args:
        origin (str): where it came from, for the journal.
        nothing_lost (bool): whether all that was ever written is there: then nothing is ended.
        actor (str): who does it.
        at (datetime): now.
        forced (bool): whether to do it even though nothing shows that the base came back.

    Returns:
        restored.Settled: what was ended.

    Raises:
        NotRestoredError: if nothing shows that it came back, and it is not forced.
    """
    if not forced and not base.is_restored():
        raise NotRestoredError
    settled = restored.settle(actor=actor, at=at, origin=origin, nothing_lost=nothing_lost)
    base.settle_server()
    return settled


def drill(*, actor: str, at: datetime) -> Drill:
    """Make a copy, bring it back on a server of its own, and compare it with the base it is of.

    Args:
        actor (str): who tries it.
        at (datetime): now.

    Returns:
        Drill: what was found; it is written beside the copies too.
    """
    began = time.monotonic()
    address = make_conninfo(_access(), dbname=settings.DATABASES["default"]["NAME"])
    before = digests(address, but=_MOVING)
    copy, _ = make(at=at)
    after, until = digests(address, but=_MOVING), _close_segment(address)
    restoring = time.monotonic()
    with (
        _scratch() as home,
        embedded.closed(home) as (folder, account),
        _came_back(copy, folder / "data", until, account) as place,
    ):
        restore_minutes = (time.monotonic() - restoring) / 60
        back = make_conninfo(place, user=_user(), dbname=settings.DATABASES["default"]["NAME"])
        found = digests(back, but=_MOVING)
        steady = {share for share in before if before[share] == after.get(share)}
        with base.elsewhere(place):
            restored.settle(origin=copy.name, actor=actor, at=at)
            chains = [verify_chain(uai=uai) for uai in (AUTHORITY, *school_numbers())]
        checked = _checked_indexes(back)
    done = Drill(
        at=at,
        copy=copy.name,
        minutes=round((time.monotonic() - began) / 60, 2),
        restore_minutes=round(restore_minutes, 2),
        compared=len(steady),
        moving=len({*before, *after} - steady),
        different=tuple(
            _written(share) for share in sorted(steady) if found.get(share) != after[share]
        ),
        broken=tuple(chain.uai for chain in chains if chain.faults),
        checked_indexes=checked,
        is_to_the_instant=until is not None,
    )
    _write_drill(done)
    return done


@contextmanager
def _came_back(
    copy: Copy, data: Path, until: datetime | None, account: tuple[int, int] | None
) -> Iterator[str]:
    """Bring a copy back into a folder, and run its server for the block; nothing is left if it fails."""
    decrypt = settings.BASCULE_BACKUP_DECRYPT
    try:
        recovery.prepare(copy, data, decrypt=decrypt)
        with recovery.brought_back(
            copy, data, _orders(until), user=_user(), account=account
        ) as address:
            yield address
    except BaseException:
        shutil.rmtree(data, ignore_errors=True)
        raise


def _orders(until: datetime | None) -> dict[str, str]:
    return recovery.orders(
        kept=copies.wal_folder(_folder()), decrypt=settings.BASCULE_BACKUP_DECRYPT, until=until
    )


def _bring_files_back(copy: Copy) -> None:
    """Put the files of the academic base back, beside those that are there if there are any."""
    place: Path = settings.BASCULE_BEA
    if place.exists() and any(place.iterdir()):
        place = place.with_name(f"{place.name}-{copy.name}")
    elif place.exists():
        place.rmdir()
    if not place.exists():
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        copies.take_out_files(copy, place, decrypt=settings.BASCULE_BACKUP_DECRYPT)


def _close_segment(address: str) -> datetime | None:
    """Have the server keep all that happened until now; None where it keeps nothing."""
    with psycopg.connect(address, autocommit=True) as server:
        row = server.execute(
            "SELECT current_setting('archive_mode') = 'on', clock_timestamp()"
        ).fetchone()
        if row is None or not row[0]:
            return None
        # A server only stops at an instant when it meets something later.
        server.execute("SELECT pg_current_xact_id()")
        closed = server.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        deadline = time.monotonic() + _KEEPING_SECONDS
        while time.monotonic() < deadline:
            kept = server.execute(
                "SELECT last_archived_wal >= %s FROM pg_stat_archiver", [(closed or ("",))[0]]
            ).fetchone()
            if kept and kept[0]:
                instant: datetime = row[1]
                return instant
            time.sleep(0.1)
    return None


def _checked_indexes(address: str) -> int | None:
    """Look at every index with amcheck, where it is installed: on the copy, never on the base."""
    with psycopg.connect(address) as server:
        found = server.execute(
            "SELECT rolname FROM pg_roles WHERE rolsuper AND rolcanlogin"
            " AND EXISTS (SELECT FROM pg_available_extensions WHERE name = 'amcheck') LIMIT 1"
        ).fetchone()
    if found is None:
        return None
    # Whoever enters is trusted there.
    with psycopg.connect(make_conninfo(address, user=found[0]), autocommit=True) as server:
        server.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
        row = server.execute(
            "SELECT count(bt_index_check(c.oid, true)::text) FROM pg_class c JOIN pg_am m ON m.oid = c.relam"
            " JOIN pg_index i ON i.indexrelid = c.oid WHERE m.amname = 'btree' AND c.relkind = 'i'"
            " AND c.relpersistence = 'p' AND i.indisvalid"
        ).fetchone()
    return row[0] if row else None


@contextmanager
def _scratch() -> Iterator[Path]:
    """Give a home of its own, beside the copies, where there is room for one."""
    place = _folder() / f".drill-{secrets.token_hex(6)}"
    place.mkdir(mode=0o711)
    try:
        yield place / "home"
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _write_drill(done: Drill) -> None:
    said = {name: getattr(done, name) for name in Drill.__slots__} | {"is_well": done.is_well}
    with (_folder() / _DRILLS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(said, default=_as_text) + "\n")


def _as_text(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _written(share: Share) -> str:
    return f"{share.table}/{share.uai}" if share.uai else share.table


def _folder() -> Path:
    folder: Path | None = settings.BASCULE_BACKUPS
    if folder is None:
        raise NoBackupFolderError
    return folder


def _user() -> str:
    return str(conninfo_to_dict(_access())["user"])


def _access() -> str:
    address: str = settings.BASCULE_BACKUP_DATABASE_URL
    if not address:
        raise NoBackupAccessError
    return address
