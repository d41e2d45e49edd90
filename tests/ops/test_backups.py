"""A base that is lost comes back, to the instant one wants, and what was used up since opens nothing."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from tests.bases import Base, Server, pointed_at
from tests.cast import Cast, browser
from tests.keys_of import HotpKey, TotpKey, hotp_key, totp_key

from bascule.accounts import restored
from bascule.accounts.keys import one_time
from bascule.accounts.keys.one_time import CodeRefusedError
from bascule.accounts.models import Key, Session
from bascule.journal.act import AUTHORITY, act
from bascule.journal.seal import seal
from bascule.journal.verify import verify_chain
from bascule.ops import backups
from bascule.schools.directory import school_numbers
from bascule.store import base as store_base, embedded
from bascule.store.backups import copies, wal
from bascule.store.backups.copies import DamagedCopyError
from bascule.store.backups.digests import Share, digests
from bascule.store.backups.recovery import PlaceTakenError

CIPHER = "openssl enc -aes-256-ctr -pbkdf2 -pass pass:fictif"
NOW = timezone.now()


@contextmanager
def own_server(home: Path) -> Iterator[str]:
    """Run a server that keeps what happens, with Django pointed at its base; give its administrator's address."""
    kept = home.parent / "backups"
    wanted = {
        "BASCULE_HOME": home,
        "BASCULE_EMBEDDED": True,
        "BASCULE_BACKUPS": kept,
        "BASCULE_BACKUP_ENCRYPT": CIPHER,
        "BASCULE_BACKUP_DECRYPT": f"{CIPHER} -d",
        "BASCULE_BACKUP_DATABASE_URL": embedded.url(home, role=embedded.ADMINISTRATOR),
    }
    server = Server(
        *(
            embedded.url(home, role=role)
            for role in (embedded.ADMINISTRATOR, embedded.OWNER, embedded.APPLICATION)
        )
    )
    archive = wal.settings(copies.wal_folder(kept), encrypt=CIPHER)
    held = embedded.hold(home, also=archive, fills=copies.wal_folder(kept))
    try:
        with pointed_at(server, embedded.DATABASE), override_settings(**wanted):
            yield server.administrator
    finally:
        held.close()


def kill(home: Path) -> None:
    """Lose the base: the server without a word, its folder to the last file."""
    pid = int((home / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
    os.kill(pid, signal.SIGKILL)
    connections.close_all()
    with embedded.closed(home):
        shutil.rmtree(home / "postgres" / "data")


def make_a_mistake(address: str) -> datetime:
    """Drop a table, have the server keep all that, and tell the instant just before."""
    with psycopg.connect(address, autocommit=True) as administrator:

        def ask(query: str) -> Any:
            return (administrator.execute(query).fetchone() or (None,))[0]

        before: datetime = ask("SELECT clock_timestamp()")
        administrator.execute("DROP TABLE students_student CASCADE")
        closed = ask("SELECT pg_walfile_name(pg_switch_wal())")
        while (ask("SELECT last_archived_wal FROM pg_stat_archiver") or "") < closed:
            time.sleep(0.05)
    return before


@dataclass
class Used:
    """A base in use: who has keys, and the codes that were shown."""

    school: str
    people: Cast
    button: HotpKey
    clock: TotpKey
    shown: list[str] = field(default_factory=list)

    @classmethod
    def of_two_schools(cls) -> Self:
        mine, _ = Cast.of_two_schools()
        people = Cast(mine.uai, "")
        made = cls(mine.uai, people, hotp_key(people.head), totp_key(people.secretary))
        browser(people.head)
        (settings.BASCULE_BEA / "a-file").write_text("of the academic base", encoding="utf-8")
        return made

    def press(self) -> None:
        self.shown.append(self.button.press())
        self.take(self.shown[-1])

    def take(self, code: str, *, by: str = "head") -> Key:
        person_id = getattr(self.people, by).pk
        return one_time.verify_code(person_id=person_id, code=code, at=NOW)

    def check_codes(self) -> None:
        """Codes shown before the loss, known to the copy or not, are refused; a later one is taken."""
        for code in self.shown:
            with pytest.raises(CodeRefusedError):
                self.take(code)
        with pytest.raises(CodeRefusedError):
            self.take(self.clock.code(at=NOW), by="secretary")
        assert self.take(self.button.press(for_nothing=restored.GIVEN_UP)) == self.button.key


def check_rows(expected: dict[Share, str], found: dict[Share, str]) -> None:
    """All is as it was, but what the way back itself writes."""
    touched = {share for share in expected if expected[share] != found.get(share)}
    assert {share.table for share in touched} <= set(restored.TOUCHED)
    assert {share.uai for share in touched} <= {"", AUTHORITY}


def damage(copy: copies.Copy) -> None:
    with (copy.folder / copies.BASE).open("r+b") as file:
        file.seek(1000)
        file.write(b"another")


@pytest.mark.slow
def test_a_lost_base_comes_back_to_the_instant_before_a_mistake(
    home: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock(), own_server(home) as administrator:
        store_base.bring_up_to_date()
        used = Used.of_two_schools()
        used.press()
        done = backups.drill(actor="tests", at=NOW)
        assert (done.different, done.broken, done.is_to_the_instant) == ((), (), True)
        assert done.compared > 40

        # Since the copy: a code, an act, a seal; then the mistake, and the loss.
        used.press()
        with act(uai=used.school, kind="export", actor="tests", at=NOW):
            pass
        seal(uai=AUTHORITY, at=NOW)
        expected = digests(administrator)
        until = make_a_mistake(administrator)
        kill(home)
        shutil.rmtree(settings.BASCULE_BEA)
        copy, settled = backups.restore(name="", until=until, actor="tests", at=NOW)

        assert (copy.name, copy.is_encrypted) == (done.copy, True)
        assert (settled.buttons, settled.clocks, settled.sessions) == (1, 1, 1)
        assert (settings.BASCULE_BEA / "a-file").read_text() == "of the academic base"
        with store_base.open_base():
            check_rows(expected, digests(administrator))
            for uai in (AUTHORITY, *school_numbers()):
                assert verify_chain(uai=uai).faults == ()
            used.check_codes()
            assert Session.objects.count() == 0

        with pytest.raises(PlaceTakenError):
            backups.restore(name="", until=None, actor="tests", at=NOW)
        damage(copy)
        with pytest.raises(DamagedCopyError):
            backups.verify(name=copy.name, at=NOW)


def test_a_base_that_came_from_elsewhere_is_not_opened_before_it_is_settled(base: Base) -> None:
    with pytest.raises(backups.NotRestoredError):
        backups.settle(origin="", nothing_lost=False, actor="tests", at=NOW)
    with base.look() as administrator:
        administrator.execute("COMMENT ON TABLE journal_act IS 'server 7/00000001'")
    Key.objects.create(
        kind=Key.Kind.HOTP, state=Key.State.STOCK, seed=b"x", serial="OTP-1", received_at=NOW
    )

    with pytest.raises(store_base.RestoredBaseError), store_base.open_base():
        pass
    settled = backups.settle(origin="", nothing_lost=False, actor="tests", at=NOW)

    # A key that nobody has yet shown a code of stays in step.
    assert settled.buttons == 0
    with store_base.open_base():
        assert verify_chain(uai=AUTHORITY).count == 1


def test_old_copies_go_but_the_last_ones_and_what_they_need(tmp_path: Path) -> None:
    kept = copies.wal_folder(tmp_path)
    kept.mkdir()
    for number in range(1, 7):
        made = NOW - timedelta(days=30 - number)
        folder = tmp_path / f"2026-01-0{number}T000000Z"
        folder.mkdir()
        copies._write(
            copies.Copy(
                folder, made, made, made, "1", 18, f"{number:024}", is_encrypted=False, pieces=()
            )
        )
        (kept / f"{number:024}.gz").touch()
        (kept / f"{number:024}.sum").touch()

    gone = copies.forget(tmp_path, before=NOW)

    assert (len(gone), len(copies.list_copies(tmp_path))) == (3, copies.FEWEST_KEPT)
    assert [path.name[:24] for path in sorted(kept.glob("*.sum"))] == [
        f"{n:024}" for n in (4, 5, 6)
    ]
    assert backups.copies.age(copies.list_copies(tmp_path), at=NOW) == timedelta(days=24)
