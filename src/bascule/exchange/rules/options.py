"""Pupils: the options of the year, against the school's programme."""

from typing import Any

from bascule.exchange.records import Facts, PupilRecord
from bascule.exchange.rules import contact
from bascule.exchange.rules.declare import OWN, SCHEMA, rule
from bascule.findings import Effect
from bascule.values.uai import is_uai

INOPT_A_01 = rule(
    "INOPT_A_01", Effect.PART, "Matière que l’établissement n’a pas retenue : l’option n’est pas reprise", "CODE_MATIERE",
    remedy="Retenez cette matière dans le profil de l’établissement, ou corrigez l’option dans votre logiciel, puis "
    "renvoyez le fichier.",
)  # fmt: skip
INOPT_B_01 = rule(
    "INOPT_B_01", Effect.PART, "Plus de douze options : celles de trop ne sont pas reprises", "OPTION", source=SCHEMA,
)  # fmt: skip
INOPT_C_01 = rule(
    "INOPT_C_01", Effect.PART, "Même matière donnée deux fois : la seconde n’est pas reprise", "CODE_MATIERE",
)  # fmt: skip
MODCH_A_01 = rule(
    "MODCH_A_01", Effect.PART, "Modalité d’élection hors nomenclature : l’option n’est pas reprise", "CODE_MODALITE_ELECT",
)  # fmt: skip
OPOBL_A_01 = rule(
    "OPOBL_A_01", Effect.PART, "Option obligatoire absente du programme du MEF : elle n’est pas reprise", "CODE_MATIERE",
)  # fmt: skip
OPFAC_A_01 = rule(
    "OPFAC_A_01", Effect.PART, "Option facultative absente du programme du MEF : elle n’est pas reprise", "CODE_MATIERE",
    blocks=False,
)  # fmt: skip
INF_OPOBL_B_01 = rule(
    "INF_OPOBL_B_01", Effect.NOTE, "Moins d’options obligatoires que le MEF n’en demande", "OPTIONS", source=OWN,
    remedy="Complétez les options dans votre logiciel quand elles sont connues.",
)  # fmt: skip

_MOST_OPTIONS = 12
_COMPULSORY, _OPTIONAL = "O", "F"


def options(block: Any, mef: str, pupil: PupilRecord, facts: Facts) -> list[str]:
    """Take the options over, one by one.

    Args:
        block (Any): the block `OPTIONS`.
        mef (str): the pupil's MEF.
        pupil (PupilRecord): receives the findings.
        facts (Facts): subjects and programmes.

    Returns:
        list[str]: `subject mode [host UAI]`, in the order of the file.
    """
    kept: dict[str, str] = {}
    compulsory_count = 0
    programme = facts.programmes.get(mef) if facts.programmes else None
    for option in block.get("OPTION", ()) if block else ():
        subject, mode = option.get("CODE_MATIERE", ""), option.get("CODE_MODALITE_ELECT", "")
        if subject in kept:
            pupil.meets(INOPT_C_01, "CODE_MATIERE", subject)
        elif len(kept) == _MOST_OPTIONS:
            pupil.meets(INOPT_B_01, "CODE_MATIERE", subject)
        elif facts.subjects is not None and subject not in facts.subjects:
            pupil.meets(INOPT_A_01, "CODE_MATIERE", subject)
        elif mode not in facts.modes:
            pupil.meets(MODCH_A_01, "CODE_MODALITE_ELECT", mode)
        elif programme and mode == _COMPULSORY and subject not in programme:
            pupil.meets(OPOBL_A_01, "CODE_MATIERE", subject)
        elif programme and mode == _OPTIONAL and subject not in programme:
            pupil.meets(OPFAC_A_01, "CODE_MATIERE", subject)
        else:
            compulsory_count += mode == _COMPULSORY
            host = option.get("UAJ_ACCUEIL")
            if host and not is_uai(host):
                pupil.meets(contact.FORMA_A_01, "UAJ_ACCUEIL", host)
                host = None
            kept[subject] = f"{subject} {mode} {host}" if host else f"{subject} {mode}"
    if (
        facts.minimum_options
        and compulsory_count < facts.minimum_options.get(mef, 0)
        and not pupil.has_left
    ):
        pupil.meets(INF_OPOBL_B_01, "OPTIONS", str(compulsory_count))
    return list(kept.values())
