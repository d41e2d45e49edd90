"""What a scenario plays on: the sandbox, the site, the software, and where the conversation is kept."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from bascule.errors import RefusedError
from bascule.exchange.models import ImportRun
from bascule.formats.conformity.report import (
    LONGEST_EDITOR,
    LONGEST_NAME,
    NAME,
    VERSION,
    Ability,
    Family,
)
from bascule.generator.files import MadeFile
from bascule.kit.asking import Answer, Driver, read_answer, write_question
from bascule.kit.sandbox import YEAR, Sandbox, SandboxSchool
from bascule.kit.site import Call, Site

_Made = TypeVar("_Made")
#: The versions in which a software may write its pupils, and the shapes in which it may read.
WRITES: Final = ("3.1", "4.0")


class UnknownWritingError(RefusedError):
    """The kit knows no such version of the file of pupils.

    Args:
        version (str): what was given.
    """

    code = "kit.unknown-writing"

    def __init__(self, version: str) -> None:
        super().__init__(
            f"Le kit n’essaie pas la version « {version} » du fichier des élèves. Choisissez"
            f" {' ou '.join(WRITES)} : celle que votre logiciel écrit."
        )


class UnqualifiableSoftwareError(RefusedError):
    """No register could take a report on it."""

    code = "kit.software"

    def __init__(self) -> None:
        super().__init__(
            f"Aucun registre n’inscrirait ce logiciel. Donnez son éditeur en {LONGEST_EDITOR} caractères au plus, son"
            f" nom tel que LOGICIEL le dit, de 1 à {LONGEST_NAME} caractères, puis sa version, de 1 à 40 lettres,"
            " chiffres, points, + et -, par exemple « NOM 4.2 »."
        )


@dataclass(frozen=True, slots=True)
class Software:
    """What the editor says of the software.

    Attributes:
        editor: who makes it.
        name: as its files say it (`LOGICIEL`).
        version: its own.
        writes: version of the files of pupils that it writes.
        reads_old: whether it reads exports in their shape from before 2018.
        abilities: what it does besides, and is tried.
    """

    editor: str = "Éditeur"
    name: str = "ESSAI"
    version: str = "0"
    writes: str = "4.0"
    reads_old: bool = False
    abilities: frozenset[Ability] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what the kit cannot try, and what no register could take.

        Raises:
            UnknownWritingError: if the version is not one of `WRITES`.
            UnqualifiableSoftwareError: if the editor, the name or the version is not one.
        """
        if (
            not 0 < len(self.editor.strip()) <= LONGEST_EDITOR
            or not NAME.fullmatch(self.name)
            or not self.version.strip()
            or not VERSION.fullmatch(self.version)
        ):
            raise UnqualifiableSoftwareError
        if self.writes not in WRITES:
            raise UnknownWritingError(self.writes)


class NotAsExpectedError(Exception):
    """What was seen is not what was expected.

    Args:
        sentence (str): French, what was seen.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that a software is asked, and what is expected of it.

    Attributes:
        code: stable code.
        family: what it is about.
        title: French, in a few words.
        expected: French, what is expected.
        play: plays it; what is not as expected is a `NotAsExpectedError`.
        is_quick: whether it is of the short round.
        ability: which software it is for; None for all.
    """

    code: str
    family: Family
    title: str
    expected: str
    play: "Callable[[Stage], None]"
    is_quick: bool = False
    ability: Ability | None = None


@dataclass
class Stage:
    """What a scenario plays on.

    Attributes:
        sandbox: the authority.
        site: where the software calls.
        stranger: a site whose certificate nobody vouches for.
        authority: certificate to be believed, in PEM.
        driver: how the software is asked.
        folder: where the conversation is kept.
        software: what the editor says of it.
        patience: seconds at most for an answer.
        asked: how many questions were asked.
    """

    sandbox: Sandbox
    site: Site
    stranger: Site
    authority: Path
    driver: Driver
    folder: Path
    software: Software
    patience: float = 30.0
    asked: int = 0
    _code: str = ""
    _home: Path = field(default_factory=Path)
    _known: dict[str, Any] = field(default_factory=dict)
    _before: int = 0

    def begin(self, code: str) -> None:
        """Begin a scenario: the software remembers nothing of the ones before.

        Args:
            code (str): its code.
        """
        self._code, self._home = code, Path()

    def once(self, name: str, make: Callable[[], _Made]) -> _Made:
        """Make what several scenarios share, at the first of them; what went wrong goes wrong for all.

        Args:
            name (str): its name.
            make (Callable[[], _Made]): makes it.

        Returns:
            _Made: what was made.
        """
        if name not in self._known:
            try:
                self._known[name] = make()
            except Exception as fault:  # noqa: BLE001 - it is raised again below, each time
                self._known[name] = fault
        found = self._known[name]
        if isinstance(found, Exception):
            raise found
        made: _Made = found
        return made

    def ask(
        self,
        what: str,
        school: SandboxSchool,
        *,
        files: Iterable[MadeFile] = (),
        situation: Mapping[str, Any] | None = None,
        applies: bool = True,
        year: int = YEAR,
        at: Site | None = None,
    ) -> "Heard":
        """Ask the software something, and hear what it says and what it did.

        Args:
            what (str): `send`, `hold`, `take` or `read`; or the question of an ability.
            school (SandboxSchool): the school that it is asked for.
            files (Iterable[MadeFile]): files that it is given.
            situation (Mapping[str, Any] | None): what it is to hold.
            applies (bool): whether it is to apply what nothing holds.
            year (int): first calendar year.
            at (Site | None): where it calls; the site by default.

        Returns:
            Heard: what it said, and the calls that arrived.
        """
        site = at or self.site
        self.asked += 1
        folder = self.folder / f"{self.asked:03}-{self._code.replace('/', '-')}"
        folder.mkdir(parents=True)
        if self._home == Path():
            self._home = self.folder / f"home-{folder.name}"
            self._home.mkdir()
        names = []
        for file in files:
            (folder / file.name).write_bytes(file.content)
            names.append(file.name)
        question = {
            "scenario": self._code,
            "ask": what,
            "address": site.address,
            "authority": str(self.authority.absolute()),
            "token": school.token,
            "school": school.uai,
            "year": year,
            "now": self.sandbox.now.isoformat(timespec="seconds"),
            "applies": applies,
            "files": names,
            "home": str(self._home.absolute()),
            "software": self.software.name,
            "writes": self.software.writes,
        }
        if situation is not None:
            text = json.dumps(situation, ensure_ascii=False, indent=1)
            (folder / "situation.json").write_text(text, encoding="utf-8")
            question["situation"] = "situation.json"
        seen = len(site.calls)
        last = self.sandbox.last_run_of(school)
        self._before = last.pk if last else 0
        write_question(folder, question)
        self.driver.hand(folder.absolute(), patience=self.patience)
        return Heard(read_answer(folder), tuple(site.calls[seen:]))

    def arrived(self, school: SandboxSchool, *, year: int = YEAR) -> ImportRun:
        """Give the import that the last question made the software cause.

        Args:
            school (SandboxSchool): the school.
            year (int): first calendar year.

        Returns:
            ImportRun: the latest of the year.

        Raises:
            NotAsExpectedError: if no file arrived.
        """
        found = self.sandbox.last_run_of(school, year=year)
        if found is None or found.pk <= self._before:
            raise NotAsExpectedError("Aucun fichier n’est arrivé.")
        return found


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a question.

    Attributes:
        answer: what the software says.
        calls: those that arrived meanwhile.
    """

    answer: Answer
    calls: tuple[Call, ...]

    @property
    def deposits(self) -> tuple[Call, ...]:
        """Return the calls that deposit a file."""
        return tuple(call for call in self.calls if call.is_deposit)

    @property
    def confirmations(self) -> tuple[Call, ...]:
        """Return the calls that confirm an import."""
        return tuple(call for call in self.calls if call.is_confirmation)


def expect(holds: object, seen: str) -> None:
    """Go on if something holds.

    Args:
        holds (object): what should be true.
        seen (str): French, what was seen if it is not.

    Raises:
        NotAsExpectedError: if it does not hold.
    """
    if not holds:
        raise NotAsExpectedError(seen)
