"""The order of the steps: what is tried too early is refused, with what is missing and where to go."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from bascule.journal.milestones import Milestone, Reached, reached_in
from bascule.preparation.facts import YearFacts, facts_in
from bascule.preparation.steps import State, steps
from bascule.values.steps import MissingStepError, NextAct, Step


class Tried(Enum):
    """What needs earlier steps: the French words of a refusal, and those steps."""

    PROFILE = ("Le profilage ne peut pas encore être validé.", (Step.YEAR, Step.NOMENCLATURES))
    STRUCTURES = (
        "Les divisions et les groupes ne peuvent pas encore être validés.",
        (Step.YEAR, Step.NOMENCLATURES, Step.PROFILE),
    )
    NOMENCLATURE_EXPORT = (
        "L’export des nomenclatures n’est pas encore possible.",
        (Step.YEAR, Step.NOMENCLATURES, Step.PROFILE),
    )
    STRUCTURES_EXPORT = (
        "L’export des structures n’est pas encore possible.",
        (Step.YEAR, Step.NOMENCLATURES, Step.PROFILE, Step.STRUCTURES),
    )
    FIRST_IMPORT = (
        "Le premier import de l’année n’est pas encore possible.",
        (Step.YEAR, Step.NOMENCLATURES, Step.PROFILE, Step.STRUCTURES, Step.EXPORTS),
    )

    def __init__(self, words: str, needs: tuple[Step, ...]) -> None:
        self.words = words
        self.needs = needs


def refuse_too_early(*, uai: str, year: int, tried: Tried, at: datetime) -> YearFacts:
    """Refuse what is tried before the steps that it needs.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        tried (Tried): what is tried.
        at (datetime): now.

    Returns:
        YearFacts: the facts that were read.

    Raises:
        MissingStepError: if one of these steps is missing, or is to be done again.
    """
    facts = facts_in(uai=uai, year=year, at=at)
    states = {one.step: one for one in steps(facts)}
    for step in tried.needs:
        found = states[step]
        if not found.is_done:
            words = f"{tried.words} Il manque l’étape « {step.label} »"
            if found.state is State.TO_REDO:
                words = f"{tried.words} L’étape « {step.label} » est à refaire"
            raise MissingStepError(
                step,
                found.act or NextAct.WAIT_FOR_YEAR,
                uai=uai,
                year=year,
                sentence=f"{words} : {_lower(str(found.sentence))}",
            )
    return facts


def refuse_import_too_early(*, uai: str, year: int, at: datetime) -> None:
    """Refuse the first import of a year before its exports; later ones are free. Its school is open.

    Args:
        uai (str): the school.
        year (int): first calendar year.
        at (datetime): now.
    """
    found = reached_in(uai, year=year)
    if Milestone.PUPILS_IMPORTED in found or _is_plainly_in_order(found):
        return
    refuse_too_early(uai=uai, year=year, tried=Tried.FIRST_IMPORT, at=at)


#: What is validated, and what makes it to be validated again.
_VALIDATED = {
    Milestone.RELEASE_RECEIVED: Milestone.RELEASE_RECEIVED,
    Milestone.PROFILE_VALIDATED: Milestone.PROFILE_CHANGED,
    Milestone.STRUCTURES_VALIDATED: Milestone.STRUCTURES_CHANGED,
}
_SENT = (Milestone.NOMENCLATURE_SENT, Milestone.STRUCTURES_SENT)


def _is_plainly_in_order(found: Mapping[Milestone, Reached]) -> bool:
    """Tell whether all was validated, then sent, and nothing changed since: no other fact need be read."""
    if any(one not in found for one in (*_VALIDATED, *_SENT)):
        return False
    sent = min(found[one].act_id for one in _SENT)
    return all(
        found.get(changed, found[validated]).act_id <= found[validated].act_id < sent
        for validated, changed in _VALIDATED.items()
    )


def _lower(sentence: str) -> str:
    """Let a sentence follow a colon; codes keep their capitals."""
    return (
        sentence[:1].lower() + sentence[1:]
        if sentence[1:2].islower() or sentence[1:2] == "’"
        else sentence
    )
