"""Pupils: the schooling of the year. MEF, division, status, dates."""

from typing import Any

from bascule.exchange.records import Facts, PupilRecord
from bascule.exchange.rules import contact
from bascule.exchange.rules.contact import BOOLEANS, is_clean
from bascule.exchange.rules.declare import OBSERVED, SCHEMA, rule
from bascule.exchange.rules.identity import day
from bascule.exchange.rules.options import options
from bascule.findings import Effect
from bascule.formats.record import Fields
from bascule.students.rows import SchoolingRow

ACMEF_A_01 = rule(
    "ACMEF_A_01", Effect.PART, "MEF absent : la scolarité active n’est pas reprise", "CODE_MEF", source=SCHEMA,
)  # fmt: skip
ACMEF_B_01 = rule(
    "ACMEF_B_01", Effect.PART, "MEF que l’établissement n’a pas retenu : la scolarité active n’est pas reprise", "CODE_MEF",
    remedy="Retenez ce MEF dans le profil de l’établissement, ou corrigez-le dans votre logiciel, puis renvoyez le fichier.",
)  # fmt: skip
ACDIV_A_01 = rule(
    "ACDIV_A_01", Effect.PART, "Division absente : l’élève reste sans division", "CODE_DIVISION",
)  # fmt: skip
ACDIV_B_01 = rule(
    "ACDIV_B_01", Effect.PART, "Division inconnue ou non rattachée au MEF de l’élève : la scolarité active n’est pas reprise",
    "CODE_DIVISION", "CODE_MEF", source=OBSERVED,
    remedy="Créez la division ou rattachez-la à ce MEF dans les structures, puis renvoyez le même fichier ; sinon, "
    "corrigez-la dans votre logiciel.",
)  # fmt: skip
STATU_A_01 = rule(
    "STATU_A_01", Effect.DEFAULT, "Statut absent : scolaire (ST) si rien n’est connu", "CODE_STATUT", source=SCHEMA,
)  # fmt: skip
STATU_C_01 = rule(
    "STATU_C_01", Effect.PART, "Statut hors nomenclature : il n’est pas repris", "CODE_STATUT", source=OBSERVED,
)  # fmt: skip
SCOAC_A_01 = rule(
    "SCOAC_A_01", Effect.DEFAULT, "Début de scolarité absent ou impossible : premier jour de l’année ou jour d’entrée",
    "DATE_DEB_SCO", source=SCHEMA,
)  # fmt: skip
SCOAC_B_01 = rule(
    "SCOAC_B_01", Effect.PART, "Fin de scolarité impossible ou avant le début : elle n’est pas reprise", "DATE_FIN_SCO",
)  # fmt: skip
SCOAC_D_01 = rule(
    "SCOAC_D_01", Effect.PART, "Élève présent sans scolarité active", "SCOLARITE_ACTIVE", source=SCHEMA,
)  # fmt: skip
SCOAC_E_02 = rule(
    "SCOAC_E_02", Effect.PART,
    "Début de scolarité hors de l’année scolaire : scolarité active, date et motif de sortie ne sont pas repris",
    "DATE_DEB_SCO", source=OBSERVED,
)  # fmt: skip
SCOAC_E_03 = rule(
    "SCOAC_E_03", Effect.PART, "Fin de scolarité hors de l’année scolaire : elle n’est pas reprise", "DATE_FIN_SCO",
)  # fmt: skip

DEFAULT_STATUS = "ST"


def schooling(raw: Fields, pupil: PupilRecord, facts: Facts) -> None:
    """Take the active schooling over, or set it aside whole.

    Args:
        raw (Fields): the record read.
        pupil (PupilRecord): receives the schooling and the findings.
        facts (Facts): the school's year.
    """
    block: Any = raw.get("SCOLARITE_ACTIVE")
    if not block:
        if not pupil.has_left:
            pupil.meets(SCOAC_D_01, "SCOLARITE_ACTIVE")
        return
    mef, division = block.get("CODE_MEF"), block.get("CODE_DIVISION")
    pupil.division = (division or "")[:8]
    if mef is None or (facts.mefs is not None and mef not in facts.mefs):
        pupil.meets(ACMEF_B_01 if mef else ACMEF_A_01, "CODE_MEF", mef or "")
        return
    if division is None:
        if not pupil.has_left:
            pupil.meets(ACDIV_A_01, "CODE_DIVISION")
    elif facts.divisions is not None and mef not in facts.divisions.get(division, ()):
        pupil.meets(ACDIV_B_01, "CODE_DIVISION", division, _why_not(division, mef, facts))
        return
    row = SchoolingRow(mef=mef, division=division)
    if _dates(block, row, pupil, facts):
        pupil.schooling = row
        _status(block.get("CODE_STATUT"), row, pupil, facts)
        stopped = block.get("ARRET_FORMATION")
        if stopped is not None:
            row.is_stopped = BOOLEANS.get(stopped)
        if "OPTIONS" in block:
            row.options = options(block["OPTIONS"], mef, pupil, facts)
        if "DPPS" in block:
            row.plans = plans(block["DPPS"], pupil)


def plans(block: Any, pupil: PupilRecord) -> list[str]:
    """Take the `DPP` of a schooling over, one by one: rule FORMA_A_01.

    Args:
        block (Any): the block `DPPS`.
        pupil (PupilRecord): receives the findings.

    Returns:
        list[str]: `code start end`, a dash for a missing date.
    """
    kept: list[str] = []
    for plan in block.get("DPP", ()) if block else ():
        code, *dates = (plan.get(tag, "-") for tag in ("CODE_DPP", "DATE_DEB_DPP", "DATE_FIN_DPP"))
        text = f"{code} {' '.join(dates)}"
        if is_clean(code, 2) and all(written == "-" or day(written) for written in dates):
            kept.append(text)
        else:
            pupil.meets(contact.FORMA_A_01, "DPP", text)
    return kept


def _why_not(division: str, mef: str, facts: Facts) -> str:
    served = facts.divisions.get(division) if facts.divisions else None
    if served is None:
        return f"La division {division} n’existe pas dans les structures."
    return f"La division {division} reçoit {', '.join(sorted(served)) or 'aucun MEF'}, pas {mef}."


def _dates(block: Any, row: SchoolingRow, pupil: PupilRecord, facts: Facts) -> bool:
    starts_on = day(block.get("DATE_DEB_SCO"))
    if starts_on is None:
        pupil.meets(SCOAC_A_01, "DATE_DEB_SCO", block.get("DATE_DEB_SCO", ""))
        pupil.defaults["starts_on"] = True
        entered_on = pupil.enrolment.entered_on
        starts_on = max(facts.starts_on, entered_on) if entered_on else facts.starts_on
    if not facts.starts_on <= starts_on <= facts.ends_on:
        pupil.meets(SCOAC_E_02, "DATE_DEB_SCO", block.get("DATE_DEB_SCO", ""))
        pupil.enrolment.left_on = pupil.enrolment.exit_reason = None
        return False
    row.starts_on = starts_on
    text = block.get("DATE_FIN_SCO")
    if text is not None:
        ends_on = day(text)
        if ends_on is None or ends_on < starts_on:
            pupil.meets(SCOAC_B_01, "DATE_FIN_SCO", text)
        elif ends_on > facts.ends_on:
            pupil.meets(SCOAC_E_03, "DATE_FIN_SCO", text)
        else:
            row.ends_on = ends_on
    return True


def _status(code: Any, row: SchoolingRow, pupil: PupilRecord, facts: Facts) -> None:
    if code in facts.statuses:
        row.status = code
    elif code is None:
        pupil.defaults["status"] = DEFAULT_STATUS
        pupil.meets(STATU_A_01, "CODE_STATUT")
    else:
        pupil.meets(STATU_C_01, "CODE_STATUT", code)
