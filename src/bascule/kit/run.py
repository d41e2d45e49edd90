"""Play scenarios one after the other, and make the report."""

import importlib.metadata
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from bascule.errors import RefusedError
from bascule.formats.conformity import signed
from bascule.formats.conformity.report import Outcome, Report, Verdict, as_content
from bascule.kit.asking import Driver, NoAnswerError
from bascule.kit.confirming import confirming_scenarios
from bascule.kit.elements import element_scenarios
from bascule.kit.exchanges import exchange_scenarios
from bascule.kit.files import refusal_scenarios, rule_scenarios
from bascule.kit.groups import group_scenarios
from bascule.kit.keeping import certificate, signing_key
from bascule.kit.sandbox import Sandbox
from bascule.kit.site import listening
from bascule.kit.stage import NotAsExpectedError, Scenario, Software, Stage
from bascule.kit.tables import table_scenarios
from bascule.kit.trial import TRIAL

__all__ = ["Report", "Stage", "Verdict", "as_content"]

INTERFACE_VERSION: Final = "1"
#: After so many questions in a row that nobody answered, no other is asked.
_MOST_SILENCES: Final = 3
_TALK, _AUTHORITY, _STRANGER = "conversation", "autorite", "inconnu"
#: What the kit puts in a folder of its own, and what it would write over in another's.
_MARK: Final = ".bascule-kit"
_WRITTEN: Final = (
    _TALK,
    TRIAL,
    *(f"{name}.{end}" for name in (_AUTHORITY, _STRANGER) for end in ("pem", "key")),
    "rapport.json",
)
_NOT_ASKED = (
    f"Rien n’a été demandé : {_MOST_SILENCES} questions de suite étaient restées sans réponse."
)


class UnknownScenarioError(RefusedError):
    """The kit has no such scenario.

    Args:
        code (str): what was given.
    """

    code = "kit.unknown-scenario"

    def __init__(self, code: str) -> None:
        super().__init__(
            f"Le kit n’a pas de scénario « {code} » pour ce logiciel. Lancez « bascule kit list » : il les nomme tous,"
            " et dit l’option qui ajoute ceux d’une capacité."
        )


class NotKitFolderError(RefusedError):
    """The folder holds what the kit would write over, and is not its own.

    Args:
        path (Path): what would be written over.
    """

    code = "kit.folder-of-another"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"Le kit écrirait par-dessus {path}, qui n’est pas à lui. Donnez-lui un dossier vide ou nouveau par --kit."
        )


def catalogue(software: Software) -> tuple[Scenario, ...]:
    """Give every scenario that a software is to play: those for all, and those of what it does besides.

    Args:
        software (Software): what its editor says of it.

    Returns:
        tuple[Scenario, ...]: exchanges and elements first, then rules and refusals, then what it does besides.
    """
    every = (
        *element_scenarios(software.writes),
        *exchange_scenarios(),
        *rule_scenarios(),
        *refusal_scenarios(),
        *group_scenarios(),
        *table_scenarios(),
        *confirming_scenarios(),
    )
    return tuple(one for one in every if one.ability in {None, *software.abilities})


def chosen(
    scenarios: Sequence[Scenario], *, only: Sequence[str] = (), quick: bool = False
) -> tuple[Scenario, ...]:
    """Choose among scenarios.

    Args:
        scenarios (Sequence[Scenario]): the catalogue.
        only (Sequence[str]): beginnings of codes; none for all.
        quick (bool): those of the short round.

    Returns:
        tuple[Scenario, ...]: in the order of the catalogue.

    Raises:
        UnknownScenarioError: if a beginning is of no scenario.
    """
    for beginning in only:
        if not any(one.code.startswith(beginning) for one in scenarios):
            raise UnknownScenarioError(beginning)
    return tuple(
        one
        for one in scenarios
        if (not only or one.code.startswith(tuple(only))) and (one.is_quick or not quick)
    )


@contextmanager
def stage_set(
    *,
    folder: Path,
    driver: Driver,
    software: Software,
    patience: float,
    at: datetime,
    port: int = 0,
) -> Iterator[Stage]:
    """Open the sandbox for the block; the base is open, and the clock set.

    Args:
        folder (Path): where the kit keeps its key, its certificate and the conversation.
        driver (Driver): how the software is asked.
        software (Software): what its editor says of it.
        patience (float): seconds at most for an answer.
        at (datetime): now, as the machine says it: for the certificate.
        port (int): port of the site; 0 for any that is free.

    Yields:
        Stage: where scenarios play. A folder that is not the kit's is refused before.
    """
    _take(folder)
    talk = folder / _TALK
    shutil.rmtree(talk, ignore_errors=True)
    talk.mkdir()
    ours, strange = (certificate(folder, name, at=at) for name in (_AUTHORITY, _STRANGER))
    sandbox = Sandbox()
    with ExitStack() as stack:
        site = stack.enter_context(listening(ours, after=sandbox.read_soon, port=port))
        stranger = stack.enter_context(listening(strange, after=sandbox.read_soon))
        yield Stage(sandbox, site, stranger, ours[0], driver, talk, software, patience)


def play(
    stage: Stage,
    scenarios: Sequence[Scenario],
    *,
    clock: Callable[[], datetime],
    tell: Callable[[Verdict], None] = lambda _: None,
) -> Report:
    """Play scenarios, and make the report.

    Args:
        stage (Stage): where they play.
        scenarios (Sequence[Scenario]): those to play.
        clock (Callable[[], datetime]): gives the time of the machine.
        tell (Callable[[Verdict], None]): told each verdict.

    Returns:
        Report: what was seen.
    """
    started_at, verdicts, silences = clock(), list[Verdict](), 0
    for scenario in scenarios:
        if silences < _MOST_SILENCES:
            asked = stage.asked
            outcome, seen = _played(stage, scenario)
            if outcome is not Outcome.NO_ANSWER:
                silences = 0
            elif stage.asked > asked:
                # What several scenarios share was asked once.
                silences += 1
        else:
            outcome, seen = Outcome.NO_ANSWER, _NOT_ASKED
        verdicts.append(
            Verdict(
                scenario.code, scenario.family, scenario.title, outcome, scenario.expected, seen
            )
        )
        tell(verdicts[-1])
    # No report says of a software what went wrong here.
    stage.sandbox.settle()
    software = stage.software
    return Report(
        editor=software.editor,
        software=software.name,
        software_version=software.version,
        kit_version=_version(),
        interface_version=INTERFACE_VERSION,
        started_at=started_at,
        ended_at=clock(),
        is_complete={one.code for one in catalogue(software)} <= {one.code for one in verdicts},
        verdicts=tuple(verdicts),
        abilities=tuple(sorted(software.abilities)),
    )


def write_report(report: Report, *, folder: Path, path: Path) -> str:
    """Write a report, signed with the key of the sandbox.

    Args:
        report (Report): the report.
        folder (Path): where the kit keeps its key.
        path (Path): where the report goes.

    Returns:
        str: fingerprint of the key.
    """
    content = signed.write(report, signing_key(folder))
    path.write_bytes(content)
    return signed.read(content).fingerprint


def read_report(content: bytes) -> signed.SignedReport:
    """Read a report, and verify that it is what was signed.

    Args:
        content (bytes): the file.

    Returns:
        signed.SignedReport: the report, and the fingerprint of the key.
    """
    return signed.read(content)


def _take(folder: Path) -> None:
    """Make a folder the kit's own, unless it holds what is not."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / _MARK
    if not mark.exists():
        for path in (folder / name for name in _WRITTEN):
            if path.exists():
                raise NotKitFolderError(path)
        mark.touch()


def _played(stage: Stage, scenario: Scenario) -> tuple[Outcome, str]:
    """Play one scenario: how it ended, and what was seen."""
    stage.begin(scenario.code)
    try:
        scenario.play(stage)
    except NotAsExpectedError as seen:
        return Outcome.FAILED, seen.sentence
    except NoAnswerError as silence:
        return Outcome.NO_ANSWER, silence.sentence
    return Outcome.PASSED, ""


def _version() -> str:
    try:
        return importlib.metadata.version("bascule")
    except importlib.metadata.PackageNotFoundError:
        return "0"
