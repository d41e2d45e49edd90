"""What tests of the kit share: a stage on the base of a test, and software that answers in this process."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bascule.formats.conformity.report import Ability, Report
from bascule.kit import example
from bascule.kit.asking import Driver
from bascule.kit.run import catalogue, chosen, play, stage_set
from bascule.kit.sandbox import clock_set
from bascule.kit.stage import Software, Stage

SOFTWARE = Software("Éditions d’essai", "ESSAI", "1.0", abilities=frozenset(Ability))


def now() -> datetime:
    return datetime.now(tz=UTC)  # noqa: TID251 - of the machine, beside the sandbox whose clock is set


class InProcess:
    """Answers as the example does, without a process of its own."""

    def __init__(self, software: type[example.Software] = example.Software) -> None:
        self._software = software

    def hand(self, folder: Path, *, patience: float) -> None:  # noqa: ARG002 - it answers at once
        example.main(folder, self._software)


@contextmanager
def stage_for(
    driver: Driver, folder: Path, *, patience: float = 30, software: Software = SOFTWARE
) -> Iterator[Stage]:
    with (
        clock_set(),
        stage_set(
            folder=folder, driver=driver, software=software, patience=patience, at=now()
        ) as stage,
    ):
        yield stage


def report_on(
    driver: Driver,
    folder: Path,
    *,
    only: Sequence[str] = (),
    patience: float = 30,
    software: Software = SOFTWARE,
) -> Report:
    scenarios = chosen(catalogue(software), only=only)
    with stage_for(driver, folder, patience=patience, software=software) as stage:
        return play(stage, scenarios, clock=now)
