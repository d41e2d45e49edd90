"""The steps of a school's year, in their order, and the refusal of whoever takes one too early. Pure.

Whether a step is done is read from facts (`bascule.preparation.steps`); here is only what they are called,
so that whatever refuses can say which one is missing, and faces lead there.
"""

from enum import Enum, StrEnum

from bascule.errors import RefusedError
from bascule.values.words import said as _


class Step(Enum):
    """A step: stable code and French words, in the order of the year."""

    YEAR = ("year", _("Année ouverte"))
    KEYS = ("keys", _("Clés de sécurité actives"))
    DELEGATIONS = ("delegations", _("Droits donnés aux collègues"))
    CARRIED = ("carried", _("Bascule STS"))
    SCONET = ("sconet", _("Utilisation de Sconet déclarée"))
    COMMON = ("common", _("Données communes vérifiées"))
    NOMENCLATURES = ("nomenclatures", _("Nomenclatures reçues"))
    PROFILE = ("profile", _("Profilage validé"))
    STRUCTURES = ("structures", _("Divisions et groupes validés"))
    EXPORTS = ("exports", _("Exports remis à votre logiciel"))
    IMPORT = ("import", _("Premier fichier d’élèves intégré"))
    BLOCKED = ("blocked", _("Aucun dossier bloqué"))
    #: Of a year in which GEP was taken over, and of no other.
    GEP = ("gep", _("GEP arrêté"))

    def __init__(self, code: str, label: str) -> None:
        self.code = code
        self.label = label


class NextAct(StrEnum):
    """What is done next for a step: pages have a button for each, commands a command."""

    #: The authority opens the year, and sends nomenclatures down: a school waits.
    WAIT_FOR_YEAR = "wait-for-year"
    WAIT_FOR_NOMENCLATURES = "wait-for-nomenclatures"
    ACTIVATE_KEYS = "activate-keys"
    GIVE_RIGHTS = "give-rights"
    CARRY_STRUCTURES = "carry-structures"
    SAY_SCONET = "say-sconet"
    VERIFY_COMMON = "verify-common"
    VALIDATE_PROFILE = "validate-profile"
    VALIDATE_STRUCTURES = "validate-structures"
    EXPORT = "export"
    IMPORT = "import"
    CORRECT = "correct"
    STOP_GEP = "stop-gep"


class MissingStepError(RefusedError):
    """Something was tried before a step that it needs.

    Args:
        step (Step): the step that is missing.
        act (NextAct): what does it.
        uai (str): the school.
        year (int): first calendar year.
        sentence (str): French, what was tried, what is missing, what to do.
    """

    code = "step.missing"

    def __init__(self, step: Step, act: NextAct, *, uai: str, year: int, sentence: str) -> None:
        super().__init__(sentence)
        self.step, self.act, self.uai, self.year = step, act, uai, year
