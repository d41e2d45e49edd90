"""Scenarios of a file that the software is given to send: one for each rule, one for each refusal."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from bascule.exchange.rules.book import BY_CODE
from bascule.formats.conformity.report import Family
from bascule.generator.broken_files import BROKEN_FILES, BrokenFile
from bascule.generator.faults import FAULTS, Fault, Spoilt
from bascule.generator.files import MadeFile, private_file
from bascule.kit.sandbox import SandboxSchool
from bascule.kit.stage import Scenario, Stage, expect

#: Those of the short round: a record, a part of it, a note; a file that was cut.
_QUICK: Final = ("REJEL_CREAT_B_01", "ACDIV_B_01", "INF_FICHI_B_01", "file.truncated")
_REFUSED: Final = "Le logiciel montre le refus que le site a dit, et n’annonce aucun import."


def rule_scenarios() -> Iterator[Scenario]:
    """Give a scenario for each fault that the generator can plant.

    Yields:
        Scenario: in the order of the catalogue of faults.
    """
    for code, fault in FAULTS.items():
        yield Scenario(
            f"rule.{code}",
            Family.RULE,
            BY_CODE[code].title,
            f"Le logiciel envoie le fichier tel quel, et montre chaque anomalie ({code}) avec sa ligne.",
            _Rule(fault),
            code in _QUICK,
        )


def refusal_scenarios() -> Iterator[Scenario]:
    """Give a scenario for each reason to refuse a file whole.

    Yields:
        Scenario: the first broken file of each refusal.
    """
    known: dict[str, BrokenFile] = {}
    for broken in BROKEN_FILES.values():
        known.setdefault(broken.refusal, broken)
    for code, broken in known.items():
        yield Scenario(
            f"refusal.{code}",
            Family.REFUSAL,
            f"fichier refusé ({code})",
            _REFUSED,
            _Refusal(broken),
            code in _QUICK,
        )
    yield Scenario(
        "refusal.import.other-software",
        Family.REFUSAL,
        "fichier d’un autre logiciel (import.other-software)",
        _REFUSED,
        _other_software,
    )


class _Rule:
    """Sends a file that meets one rule, in a school that knows nothing, or the clean file before."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def __call__(self, stage: Stage) -> None:
        school = _own_school(stage) if self._fault.needs_first else _shared_school(stage)
        spoilt = self._fault.plant(school.population, at=_real(stage.sandbox.now))
        if spoilt.first is not None:
            stage.sandbox.bring(school, spoilt.first)
            spoilt = _with_base_id(stage, school, spoilt)
        shows_findings(stage, school, spoilt.file, self._fault.code)


class _Refusal:
    """Sends a file that is refused whole."""

    def __init__(self, broken: BrokenFile) -> None:
        self._broken = broken

    def __call__(self, stage: Stage) -> None:
        school = _shared_school(stage)
        file = self._broken.make(school.population, at=_real(stage.sandbox.now))
        shows_refusal(stage, school, file)


def _other_software(stage: Stage) -> None:
    """Send a file to a school whose earlier one came from another software."""
    school, at = stage.sandbox.school(), _real(stage.sandbox.now)
    stage.sandbox.bring(school, private_file(school.population, at=at, software="AUTRE"))
    file = private_file(school.population, at=at, send_number=2, software=stage.software.name)
    shows_refusal(stage, school, file)


def shows_findings(stage: Stage, school: SandboxSchool, file: MadeFile, code: str) -> None:
    """Have a file sent, and see that what the rules say of it is shown, and nothing else.

    Args:
        stage (Stage): where it is played.
        school (SandboxSchool): the school.
        file (MadeFile): the file.
        code (str): a rule that it meets.
    """
    heard = stage.ask("send", school, files=[file], applies=False)
    run = stage.arrived(school)
    expected, shown = Counter(stage.sandbox.findings(run)), Counter(heard.answer.findings)
    expect(
        code in {one for one, _ in expected},
        "Le fichier arrivé n’est pas celui qui était donné : il ne présente pas l’anomalie.",
    )
    missing = ", ".join(f"{code} ligne {line}" for code, line in expected - shown)
    expect(not missing, f"Anomalies qui ne sont pas montrées : {missing}.")
    more = ", ".join(f"{code} ligne {line}" for code, line in shown - expected)
    expect(not more, f"Anomalies montrées, que personne n’a dites : {more}.")


def shows_refusal(stage: Stage, school: SandboxSchool, file: MadeFile) -> None:
    """Have a file sent that is refused whole, and see that the refusal is shown.

    Args:
        stage (Stage): where it is played.
        school (SandboxSchool): the school.
        file (MadeFile): the file.
    """
    heard = stage.ask("send", school, files=[file], applies=False)
    expect(heard.deposits, "Aucun fichier n’est arrivé.")
    told = {call.refusal for call in heard.deposits if call.refusal}
    if not told:
        # Taken, and found damaged while it was read.
        told = {str(stage.arrived(school).heading.get("refused"))}
    said = heard.answer.refusal
    expect(said, "Aucun refus n’est montré.")
    expect(said in told, f"Le refus montré est {said}, au lieu de {', '.join(sorted(told))}.")
    state = heard.answer.state
    expect(state in {"", "refused"}, f"L’import est annoncé « {state} ».")


def _shared_school(stage: Stage) -> SandboxSchool:
    """Give the school that holds no pupil: what is only planned leaves no trace."""
    school = stage.once("files", lambda: _own_school(stage))
    return replace(school, token=stage.sandbox.token(school.uai))


def _own_school(stage: Stage) -> SandboxSchool:
    return stage.sandbox.school()


def _with_base_id(stage: Stage, school: SandboxSchool, spoilt: Spoilt) -> Spoilt:
    if spoilt.base_person is None:
        return spoilt
    known = {
        guardian["private_id"]: guardian["id"]
        for pupil in stage.sandbox.pupils(school)
        for guardian in pupil["guardians"]
    }
    return spoilt.with_base_id(known[spoilt.base_person])


def _real(at: datetime) -> datetime:
    """Give an instant to the second, as names of files say it."""
    return at.replace(microsecond=0)
