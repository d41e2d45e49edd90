"""Pupils: régime, transport, repeating, grants, lodging."""

from typing import Any

from bascule.exchange.records import Facts, PupilRecord
from bascule.exchange.rules.contact import BOOLEANS
from bascule.exchange.rules.declare import OBSERVED, SCHEMA, rule
from bascule.findings import Effect
from bascule.formats.record import Fields
from bascule.values.uai import is_uai

INF_REGIM_A_01 = rule(
    "INF_REGIM_A_01", Effect.NOTE, "Régime non transmis : externe libre si rien n’est connu", "CODE_REGIME",
    source=OBSERVED,
)  # fmt: skip
REGIM_B_01 = rule(
    "REGIM_B_01", Effect.DEFAULT, "Régime hors nomenclature de l’établissement : externe libre si rien n’est connu",
    "CODE_REGIME",
)  # fmt: skip
TRANS_A_01 = rule(
    "TRANS_A_01", Effect.DEFAULT, "Transport scolaire absent ou illisible (oui ou non attendu) : non",
    "ADHESION_TRANSPORT", blocks=False,
)  # fmt: skip
SCOPR_A_01 = rule(
    "SCOPR_A_01", Effect.DEFAULT, "Doublement absent ou illisible (oui ou non attendu) : non", "DOUBLEMENT",
)  # fmt: skip
BOURS_A_01 = rule(
    "BOURS_A_01", Effect.PART, "Bourse hors nomenclature : elle n’est pas reprise", "CODE_BOURSE",
)  # fmt: skip
BOURS_B_01 = rule(
    "BOURS_B_01", Effect.PART, "Nombre de parts de bourse absent ou qui n’est pas de 0 à 99 : la bourse n’est pas reprise",
    "NB_PART", source=SCHEMA,
)  # fmt: skip
BOURS_C_01 = rule(
    "BOURS_C_01", Effect.PART, "Même bourse donnée deux fois : la seconde n’est pas reprise", "CODE_BOURSE",
    source=SCHEMA,
)  # fmt: skip
HETAB_C_01 = rule(
    "HETAB_C_01", Effect.PART, "Établissement d’hébergement mal formé : il n’est pas repris", "UAI_ETAB_HEBERGEMENT",
    blocks=False,
)  # fmt: skip

DEFAULT_REGIME = "0"


def school_life(raw: Fields, pupil: PupilRecord, facts: Facts) -> None:
    """Take régime, transport, repeating, grants and lodging over.

    Args:
        raw (Fields): the record read.
        pupil (PupilRecord): receives values and findings.
        facts (Facts): the school's year.
    """
    get = raw.get
    row = pupil.enrolment
    regime: Any = get("CODE_REGIME")
    if regime in facts.regimes:
        row.regime = regime
    else:
        pupil.defaults["regime"] = DEFAULT_REGIME
        pupil.meets(REGIM_B_01 if regime else INF_REGIM_A_01, "CODE_REGIME", regime or "")
    transport: Any = get("ADHESION_TRANSPORT")
    row.takes_transport = BOOLEANS.get(transport)
    if row.takes_transport is None:
        pupil.defaults["takes_transport"] = False
        pupil.meets(TRANS_A_01, "ADHESION_TRANSPORT", transport or "")
    repeating: Any = get("DOUBLEMENT")
    row.is_repeating = BOOLEANS.get(repeating)
    if row.is_repeating is None:
        pupil.defaults["is_repeating"] = False
        pupil.meets(SCOPR_A_01, "DOUBLEMENT", repeating or "")
    if "BOURSES" in raw:
        _grants(raw["BOURSES"], pupil, facts)
    lodging: Any = get("UAI_ETAB_HEBERGEMENT")
    if lodging is not None:
        if is_uai(lodging):
            row.lodging_uai = lodging
        else:
            pupil.meets(HETAB_C_01, "UAI_ETAB_HEBERGEMENT", lodging)


def _grants(block: Any, pupil: PupilRecord, facts: Facts) -> None:
    grants: dict[str, str] = {}
    for grant in block.get("BOURSE", ()) if block else ():
        code, parts = grant.get("CODE_BOURSE", ""), grant.get("NB_PART", "")
        if code not in facts.grants:
            pupil.meets(BOURS_A_01, "CODE_BOURSE", code)
        elif code in grants:
            pupil.meets(BOURS_C_01, "CODE_BOURSE", code)
        elif not (parts.isascii() and parts.isdigit() and int(parts) <= 99):
            pupil.meets(BOURS_B_01, "NB_PART", parts)
        else:
            grants[code] = str(int(parts))
    pupil.enrolment.grants = [f"{code} {parts}" for code, parts in sorted(grants.items())]
