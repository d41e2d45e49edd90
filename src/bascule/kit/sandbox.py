"""The sandbox: fictional schools of an authority whose clock is set, and what happens in them meanwhile."""

import queue
import re
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

from django.db import connections
from django.utils import timezone

from bascule.accounts import tokens
from bascule.accounts.actor import Actor
from bascule.accounts.models import Person
from bascule.accounts.scopes import Scope
from bascule.exchange import feed, run_lines, runs, told
from bascule.exchange.export import SentFileContent, export
from bascule.exchange.gate import deposited
from bascule.exchange.models import ImportRun
from bascule.exchange.receive import receive_import
from bascule.generator.academy import Academy, Kind
from bascule.generator.files import MadeFile
from bascule.generator.population import Population, populate
from bascule.generator.school import nomenclature_records, structure_records, teaching_year
from bascule.ine.settle import settle
from bascule.journal.act import AUTHORITY, act
from bascule.nomenclatures.profile import load_profile
from bascule.schools.directory import register_school, school_numbers
from bascule.schools.load import load_structures
from bascule.schools.open_year import State, open_year

#: The year of the sandbox, and the instant at which it always begins: a Thursday of term.
YEAR: Final = 2026
BEGINS_AT: Final = datetime(2026, 11, 5, 9, 0, tzinfo=UTC)
#: Who does in it what schools and the authority do.
SIGNATURE: Final = "kit"
_SEED, _PUPILS, _MOST_SCHOOLS = 2, 24, 400
_SCHOOLS: Final = Academy(
    "Bac à sable", _SEED, (_PUPILS,) * _MOST_SCHOOLS, (Kind.COLLEGE,) * _MOST_SCHOOLS
)
_LONGEST_READING = 60.0
_SCHOOL = re.compile(r"(?<=/)[0-9]{7}[A-Z](?=/)", re.ASCII)


@contextmanager
def clock_set(at: datetime = BEGINS_AT) -> Iterator[None]:
    """Set the clock of this process for the block: it goes on from there.

    Args:
        at (datetime): the instant at which the block begins.

    Yields:
        None: meanwhile.
    """
    began, real = time.monotonic(), timezone.now  # noqa: TID251 - it is what is set

    def now() -> datetime:
        return at + timedelta(seconds=time.monotonic() - began)

    timezone.now = now  # noqa: TID251 - idem
    try:
        yield
    finally:
        timezone.now = real  # noqa: TID251 - idem


@dataclass(frozen=True, slots=True)
class SandboxSchool:
    """A school of the sandbox.

    Attributes:
        uai: its number.
        population: who is there, by the generator.
        token: what the software calls with.
    """

    uai: str
    population: Population
    token: str


class Sandbox:
    """Schools that are made when they are asked for, and a worker that reads what is deposited.

    The base must be open, and the clock set.
    """

    def __init__(self) -> None:
        known = set(school_numbers())
        self._numbers = (n for n in count(1) if _SCHOOLS.school(n).uai not in known)
        self._actor = _head(self.now)
        self._waiting: queue.Queue[str] = queue.Queue()
        self._fault: Exception | None = None
        threading.Thread(target=self._work, daemon=True).start()

    @property
    def now(self) -> datetime:
        """Return the instant, by the clock that was set."""
        return timezone.now()  # noqa: TID251 - the sandbox is where the clock is

    def school(self, *, years: int = 1) -> SandboxSchool:
        """Make a school with its profile and structures, and no pupil.

        Args:
            years (int): 2 to have the next year prepared too.

        Returns:
            SandboxSchool: the school; its token is good for everything.
        """
        school = _SCHOOLS.school(next(self._numbers))
        signed: dict[str, Any] = {"actor": SIGNATURE, "at": self.now}
        register_school(uai=school.uai, name=school.name, **signed)
        for year in range(YEAR, YEAR + years):
            teaching = teaching_year(school, year)
            state = State.CURRENT if year == YEAR else State.PREPARATION
            open_year(uai=school.uai, year=year, state=state, **signed)
            of_year: dict[str, Any] = {"uai": school.uai, "year": year, **signed}
            load_profile(records=nomenclature_records(teaching, self.now), **of_year)
            load_structures(records=structure_records(teaching, self.now), **of_year)
            export(kinds=("nomenclature", "structures"), **of_year)
        population = populate(teaching_year(school, YEAR))
        return SandboxSchool(school.uai, population, self.token(school.uai))

    def token(self, uai: str, scopes: Collection[Scope] = tuple(Scope)) -> str:
        """Make a token.

        Args:
            uai (str): the school.
            scopes (Collection[Scope]): what it is good for.

        Returns:
            str: what the software sends.
        """
        today = timezone.localdate(self.now)
        return tokens.create(
            uai=uai,
            name="Kit",
            scopes=scopes,
            expires_on=today + timedelta(days=30),
            actor=self._actor,
            at=self.now,
            today=today,
        ).text

    def withdraw(self, school: SandboxSchool) -> None:
        """Withdraw the token of a school.

        Args:
            school (SandboxSchool): the school.
        """
        number = int(school.token.split("_")[2])
        tokens.withdraw(uai=school.uai, token_id=number, actor=self._actor, at=self.now)

    def bring(
        self,
        school: SandboxSchool,
        file: MadeFile,
        *,
        year: int = YEAR,
        columns: Mapping[str, str] | None = None,
    ) -> ImportRun:
        """Import a file past any guard, as the school would.

        Args:
            school (SandboxSchool): the school.
            file (MadeFile): the file.
            year (int): first calendar year.
            columns (Mapping[str, str] | None): what the columns of a table are, by heading.

        Returns:
            ImportRun: applied.
        """
        where: dict[str, Any] = {"uai": school.uai, "actor": SIGNATURE, "at": self.now}
        if columns:
            where["said"] = {"columns": columns}
        run = receive_import(files=[(file.name, file.content)], year=year, apply=True, **where).run
        where.pop("said", None)
        if run.state == ImportRun.State.HELD:
            run = runs.approve(run_id=run.pk, as_authority=True, **where)
        return run

    def tell(self, school: SandboxSchool, run: ImportRun, columns: Mapping[str, str]) -> None:
        """Tell what the columns of a table are, as a person of the school would, and have it read.

        Args:
            school (SandboxSchool): the school.
            run (ImportRun): the table, which waits.
            columns (Mapping[str, str]): what is told, by heading; the others are what they are taken for. What cannot
                be read so is refused by whoever reads it.
        """
        taken = {one.heading: one.code for one in told.read_table(run=run).columns}
        said = set(columns.values())
        every = {name: code for name, code in taken.items() if code not in said} | dict(columns)
        told.tell(run_id=run.pk, uai=school.uai, columns=every, actor=SIGNATURE, at=self.now)
        self._waiting.put(school.uai)

    def undo(self, school: SandboxSchool, run: ImportRun) -> None:
        """Undo an import.

        Args:
            school (SandboxSchool): the school.
            run (ImportRun): its latest.
        """
        runs.undo(run_id=run.pk, uai=school.uai, actor=SIGNATURE, at=self.now)

    def pass_night(self, school: SandboxSchool) -> None:
        """Give the pupils of a school their national numbers.

        Args:
            school (SandboxSchool): the school.
        """
        settle(uai=school.uai, year=YEAR, actor=SIGNATURE, at=self.now)

    def pupils(self, school: SandboxSchool, *, year: int = YEAR) -> list[dict[str, Any]]:
        """Read who is in a school's year.

        Args:
            school (SandboxSchool): the school.
            year (int): first calendar year.

        Returns:
            list[dict[str, Any]]: as the interface tells them.
        """
        return feed.read_year(uai=school.uai, year=year, at=self.now).pupils

    def exports(self, school: SandboxSchool, kinds: Sequence[str]) -> list[SentFileContent]:
        """Make the files that software reads.

        Args:
            school (SandboxSchool): the school.
            kinds (Sequence[str]): words of exports.

        Returns:
            list[SentFileContent]: the files.
        """
        return export(uai=school.uai, year=YEAR, kinds=kinds, actor=SIGNATURE, at=self.now)

    def runs_of(self, school: SandboxSchool) -> list[ImportRun]:
        """Give the imports of a school, once all that was deposited is read.

        Args:
            school (SandboxSchool): the school.

        Returns:
            list[ImportRun]: the latest first.
        """
        self.settle()
        return list(runs.list_runs(uai=school.uai))

    def last_run_of(self, school: SandboxSchool, *, year: int | None = None) -> ImportRun | None:
        """Give the latest import of a school, once all that was deposited is read.

        Args:
            school (SandboxSchool): the school.
            year (int | None): of one year only.

        Returns:
            ImportRun | None: the import; None for none.
        """
        self.settle()
        return next(iter(runs.list_runs(uai=school.uai, year=year, most=1)), None)

    def settle(self) -> None:
        """Wait until all that was deposited is read; what went wrong in it is raised, as no fault of the software.

        Raises:
            TimeoutError: if it takes too long.
        """
        ends_at = time.monotonic() + _LONGEST_READING
        while self._fault is None and self._waiting.unfinished_tasks:
            if time.monotonic() > ends_at:
                raise TimeoutError
            time.sleep(0.02)
        if self._fault is not None:
            raise self._fault

    def findings(self, run: ImportRun) -> list[tuple[str, int]]:
        """Give what the rules say of an import.

        Args:
            run (ImportRun): the import.

        Returns:
            list[tuple[str, int]]: code and line of each.
        """
        found = run_lines.findings_after(run_id=run.pk, uai=run.uai, after=0, most=1000)
        return [(one["code"], one["line"]) for one in found]

    def content_of(self, run: ImportRun) -> tuple[str, bytes]:
        """Give the file of an import as it arrived.

        Args:
            run (ImportRun): the import.

        Returns:
            tuple[str, bytes]: name and bytes.
        """
        return deposited(run)

    def read_soon(self, path: str) -> None:
        """Have the worker read what was deposited.

        Args:
            path (str): path of a call that wrote; it names the school.
        """
        named = _SCHOOL.search(path)
        if named:
            self._waiting.put(named[0])

    def _work(self) -> None:
        while True:
            uai = self._waiting.get()
            try:
                runs.resume(uai=uai, actor=SIGNATURE, at=self.now)
            except Exception as fault:  # noqa: BLE001 - whoever waits for this reading raises it
                self._fault = fault
            finally:
                connections.close_all()
                self._waiting.task_done()


def _head(at: datetime) -> Actor:
    """Give the head of all the schools, who makes the tokens."""
    person = Person.objects.filter(login=SIGNATURE).first()
    if person is None:
        with act(uai=AUTHORITY, kind="person.create", actor=SIGNATURE, at=at) as opened:
            person = Person(
                login=SIGNATURE,
                first_name="Camille",
                family_name="ESSAI",
                state=Person.State.ACTIVE,
                created_at=at,
                created_by=SIGNATURE,
            )
            person.save()
            opened.facts |= {"person": person.login}
    return Actor(person.pk, person.login, "Camille ESSAI", ())
