"""Why a line moved, or did not: codes that stay, and their French words. Pure."""

from enum import StrEnum
from typing import Final

from bascule.bea.catalogue import Part
from bascule.exchange.rules.book import BY_CODE
from bascule.values.words import said as _


class Reason(StrEnum):
    """Why a line came, went or was refused; what changed in it is a `Part`."""

    NEW = "NOUVEAU"
    BACK = "RETOUR"
    RESENT = "RENVOI_DEMANDE"
    REMOVED = "FICHE_RETIREE"
    UNDONE = "IMPORT_ANNULE"
    KEY = "FICHE_REMPLACEE"
    NO_SCHOOLING = "SANS_SCOLARITE"
    SAME_INE = "INE_DOUBLE"
    TONIGHT = "ATTEND_LA_NUIT"
    TONIGHT_OUT = "RETRAIT_ATTEND_LA_NUIT"
    UNKNOWN = "NON_EXPLIQUE"


#: For a pupil kept back by no anomaly that is still told.
BLOCKED: Final = "BLOQUE"

_WORDS: Final = {
    Reason.NEW: _("nouvel élève"),
    Reason.BACK: _("élève de retour"),
    Reason.RESENT: _("renvoi demandé"),
    Reason.REMOVED: _("la fiche n’est plus dans l’établissement"),
    Reason.UNDONE: _("l’import qui l’avait apportée a été annulé"),
    Reason.KEY: _("une autre fiche porte maintenant son INE"),
    Reason.NO_SCHOOLING: _("aucune formation (MEF) n’est connue cette année"),
    Reason.SAME_INE: _("deux fiches de l’établissement portent le même INE"),
    Reason.TONIGHT: _("écrit depuis la dernière nuit : part la nuit prochaine"),
    Reason.TONIGHT_OUT: _("retiré depuis la dernière nuit : la base le retire la nuit prochaine"),
    Reason.UNKNOWN: _("différence sans explication : à signaler au rectorat"),
    Part.IDENTITY: _("état civil"),
    Part.INE: _("INE"),
    Part.ADDRESS: _("adresse"),
    Part.GUARDIANS: _("responsables"),
    Part.PRESENCE: _("entrée ou sortie"),
    Part.REGIME: _("régime, redoublement ou bourses"),
    Part.ORIGIN: _("année précédente"),
    Part.SCHOOLING: _("scolarité"),
    Part.NATIONALITY: _("nationalité"),
    BLOCKED: _("une anomalie bloquante de la fiche"),
}


def words_of(code: str) -> str:
    """Give the French words of a reason.

    Args:
        code (str): a reason, a part of the catalogue, or a rule that blocks.

    Returns:
        str: the words; the code itself for one that has none.
    """
    rule = BY_CODE.get(code)
    return rule.title if rule else _WORDS.get(code, code)
