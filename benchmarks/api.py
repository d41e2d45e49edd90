"""What the REST interface bears: every school of an académie sends at once. `python -m benchmarks.api`.

Sixteen clients, over real HTTP to a `bascule serve` of this machine, deposit the first file of each school; some send
theirs twice, under the same key, and some send a second file after the first. Then all is read by the workers. Nothing
may be lost, nothing may be done twice, and the last file that a school sent is the last one applied.

The floor of a question about an import is the same question, asked of the same site before anybody sends.
"""

import argparse
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from statistics import quantiles
from typing import NamedTuple
from urllib.request import urlopen

from bascule_client import Bascule, Run, Settings
from bascule_client.client import new_key
from benchmarks.server import throwaway_base

_PROGRAM = "import sys; from bascule.config.main import main; sys.exit(main(sys.argv[1:]))"
_CLIENTS, _PUPILS, _YEAR = 16, 460, 2026
_PORT = 8791
#: Of how many schools one sends its file twice, and one another file after it.
_TWICE = 10
_AFTER = 5
#: Questions asked of a quiet site.
_QUIET = 200
#: The aim, in seconds.
_STATUS = 0.1


class School(NamedTuple):
    """A school, what its software sends, and its token."""

    uai: str
    name: str
    content: bytes
    later: tuple[str, bytes]
    pupils: int
    token: str


def main() -> None:
    """Open the schools, let them send, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.api", description=__doc__)
    parser.add_argument("--schools", type=int, default=130, help="schools of the académie (130)")
    asked = parser.parse_args()
    with throwaway_base():
        rush = Rush(_open(asked.schools))
        site = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", _PROGRAM, "serve", "--port", str(_PORT)],
            stdout=subprocess.DEVNULL,
        )
        try:
            _until(_is_there)
            rush.run()
        finally:
            site.terminate()
            site.wait(30)
        rush.tell()


def _open(count: int) -> list[School]:
    """Make schools ready for their first import, with what they send."""
    from django.utils import timezone  # noqa: PLC0415 - Django first

    from bascule.accounts import tokens  # noqa: PLC0415
    from bascule.accounts.actor import Actor  # noqa: PLC0415
    from bascule.accounts.models import Person  # noqa: PLC0415
    from bascule.accounts.scopes import Scope  # noqa: PLC0415
    from benchmarks import ground  # noqa: PLC0415

    now = timezone.now()  # noqa: TID251 - tokens are good from now on
    person = Person.objects.create(
        login="charge", first_name="Charge", family_name="CHARGE", email="charge@example.fr",
        state=Person.State.ACTIVE, created_at=now, created_by=ground.ACTOR,
    )  # fmt: skip
    found = []
    for school in ground.schools((_PUPILS,) * count):
        population = ground.prepare(school)
        name, content = ground.deposit(population, 1)
        made = tokens.create(
            uai=school.uai,
            name="Charge",
            scopes=tuple(Scope),
            expires_on=timezone.localdate() + timedelta(days=30),
            actor=Actor(person.pk, person.login, "Charge", ()),
            at=now,
            today=timezone.localdate(),
        )
        later = ground.deposit(population, 2)
        found.append(School(school.uai, name, content, later, len(population.pupils), made.text))
    return found


class Rush:
    """All the schools that send at once, and what came of it.

    Args:
        schools (list[School]): the schools.
    """

    def __init__(self, schools: list[School]) -> None:
        self.schools = schools
        address = f"http://127.0.0.1:{_PORT}"
        self._sites = {
            school.uai: Bascule(Settings(address, school.token), patience=300) for school in schools
        }
        self._waiting: queue.SimpleQueue[tuple[int, School]] = queue.SimpleQueue()
        for numbered in enumerate(schools):
            self._waiting.put(numbered)
        self._runs: dict[str, list[int]] = {school.uai: [] for school in schools}
        self._twice = 0
        self._is_over = threading.Event()
        self._faults: list[BaseException] = []
        self.taken: list[float] = []
        self.answered: list[float] = []
        self.quiet: list[float] = []
        self.ends: dict[str, list[Run]] = {}
        self.sent_after = self.read_after = 0.0

    def run(self) -> None:
        """Send, and wait until all is read."""
        self._ask_quiet()
        asking = threading.Thread(target=self._safely, args=(self._ask,))
        clients = [
            threading.Thread(target=self._safely, args=(self._client,)) for _ in range(_CLIENTS)
        ]
        began = time.monotonic()
        for one in (asking, *clients):
            one.start()
        for one in clients:
            one.join()
        self.sent_after = time.monotonic() - began
        for uai, found in self._runs.items():
            site = self._sites[uai]
            self.ends[uai] = [site.wait(site.run(run), seconds=3600) for run in found]
        self.read_after = time.monotonic() - began
        self._is_over.set()
        asking.join()
        if self._faults:
            raise self._faults[0]

    def tell(self) -> None:
        """Print."""
        pupils = sum(school.pupils for school in self.schools)
        runs = [run for found in self.ends.values() for run in found]
        known = sum(len(set(found)) == len(found) for found in self._runs.values())
        ordered = sum(_in_order(found) for found in self.ends.values())
        lost = pupils - sum(run.counts["pupils_created"] for run in runs if run.state == "applied")
        late = _p95(self.answered)
        sys.stdout.write(
            f"{len(self.schools)} schools, {pupils:,} pupils, {_CLIENTS} clients,"
            f" {self._twice} files sent twice under one key,"
            f" {sum(len(found) > 1 for found in self._runs.values())} schools with a second file\n"
            f"pupils missing or twice: {lost}; imports of one key that are two:"
            f" {len(self.schools) - known}; schools whose last file is the last one applied:"
            f" {ordered} of {len(self.schools)}\n"
            f"all accepted after {self.sent_after:.1f} s"
            f" ({len(self.taken) / self.sent_after:.1f} files a second,"
            f" p95 {_p95(self.taken) * 1e3:.0f} ms); all applied after {self.read_after:.1f} s"
            f" ({pupils / self.read_after:,.0f} pupils a second)\n"
            f"a question about an import meanwhile: p95 {late * 1e3:.0f} ms over"
            f" {len(self.answered)}, quiet {_p95(self.quiet) * 1e3:.0f} ms"
            f" (aim {_STATUS * 1e3:.0f}: {'met' if late <= _STATUS else 'not met'})\n"
        )

    def _client(self) -> None:
        with suppress(queue.Empty):
            while True:
                rank, school = self._waiting.get_nowait()
                key = new_key()
                run = self._send(school, (school.name, school.content), key)
                if rank % _TWICE == 0:
                    self._twice += 1
                    if self._send(school, (school.name, school.content), key) != run:
                        self._runs[school.uai].append(run)
                if rank % _TWICE == _AFTER:
                    self._send(school, school.later, new_key())

    def _send(self, school: School, file: tuple[str, bytes], key: str) -> int:
        began = time.monotonic()
        run = self._sites[school.uai].deposit([file], year=_YEAR, key=key, applies=True)
        self.taken.append(time.monotonic() - began)
        if run.id not in self._runs[school.uai]:
            self._runs[school.uai].append(run.id)
        return run.id

    def _ask_quiet(self) -> None:
        """Ask what costs as much while nobody sends: the floor."""
        for rank in range(_QUIET):
            site = self._sites[self.schools[rank % len(self.schools)].uai]
            began = time.monotonic()
            site.me()
            self.quiet.append(time.monotonic() - began)

    def _ask(self) -> None:
        """Ask one question at a time, as an office that waits does, until all is read."""
        rank = 0
        while not self._is_over.wait(0.05):
            known = [(uai, run) for uai, found in self._runs.items() for run in found]
            if known:
                uai, run = known[rank % len(known)]
                began = time.monotonic()
                self._sites[uai].run(run)
                self.answered.append(time.monotonic() - began)
                rank += 1

    def _safely(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as fault:  # noqa: BLE001 - told at the end
            self._faults.append(fault)


def _in_order(found: list[Run]) -> bool:
    """Tell whether the last file sent is applied, and any other was before it, or was given up for it."""
    *earlier, last = found
    return last.state == "applied" and all(one.state in {"applied", "declined"} for one in earlier)


def _p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1]


def _is_there() -> bool:
    with suppress(OSError), urlopen(f"http://127.0.0.1:{_PORT}/sante/", timeout=2):
        return True
    return False


def _until(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.2)


if __name__ == "__main__":
    main()
