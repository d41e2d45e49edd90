"""Which command does a step: what a refusal, or the list of the steps, leads to."""

from collections.abc import Mapping
from typing import Final

from bascule.values.steps import MissingStepError, NextAct

#: What is typed after `bascule`; a school and a year take the place of their words.
COMMANDS: Final[Mapping[NextAct, str]] = {
    NextAct.WAIT_FOR_YEAR: "schools open {uai} {year}",
    NextAct.WAIT_FOR_NOMENCLATURES: "nomenclatures deliver {year} {uai}",
    NextAct.ACTIVATE_KEYS: "keys list --school {uai}",
    NextAct.GIVE_RIGHTS: "accounts list --school {uai}",
    NextAct.CARRY_STRUCTURES: "structures carry {uai} {year}",
    NextAct.SAY_SCONET: "structures sconet {uai} {year} --oui",
    NextAct.VERIFY_COMMON: "commons verify {uai} {year}",
    NextAct.VALIDATE_PROFILE: "profile show --school {uai} --year {year}",
    NextAct.VALIDATE_STRUCTURES: "structures validate {uai} {year}",
    NextAct.EXPORT: "export nomenclature structures --school {uai} --year {year}",
    NextAct.IMPORT: "import FICHIER --school {uai} --year {year}",
    NextAct.STOP_GEP: "takeover --school {uai} --year {year}",
    NextAct.CORRECT: "runs --school {uai} --year {year}",
}


def command(act: NextAct, *, uai: str, year: int) -> str:
    """Give the command that does an act.

    Args:
        act (NextAct): what is to be done.
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        str: the whole command.
    """
    return f"bascule {COMMANDS[act].format(uai=uai, year=year)}"


def command_after(refusal: Exception) -> str:
    """Give the command that a refusal leads to.

    Args:
        refusal (Exception): any refusal.

    Returns:
        str: blank when it names no step.
    """
    if not isinstance(refusal, MissingStepError):
        return ""
    return command(refusal.act, uai=refusal.uai, year=refusal.year)
