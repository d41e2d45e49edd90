"""Pupils: entry and exit, the family SORTI."""

from typing import Any

from bascule.exchange.records import Facts, PupilRecord
from bascule.exchange.rules.declare import OBSERVED, OWN, SCHEMA, rule
from bascule.exchange.rules.identity import day
from bascule.findings import Effect
from bascule.formats.record import Fields

REJEL_SORTI_A_01 = rule(
    "REJEL_SORTI_A_01", Effect.RECORD, "Élève sorti sans motif de sortie", "CODE_MOTIF_SORTIE", source=SCHEMA,
)  # fmt: skip
REJEL_SORTI_B_01 = rule(
    "REJEL_SORTI_B_01", Effect.RECORD, "Date de sortie absente ou impossible", "DATE_SORTIE", source=SCHEMA,
)  # fmt: skip
REJEL_SORTI_F_01 = rule(
    "REJEL_SORTI_F_01", Effect.RECORD, "Motif de sortie hors nomenclature", "CODE_MOTIF_SORTIE", source=OBSERVED,
)  # fmt: skip
SORTI_C_01 = rule(
    "SORTI_C_01", Effect.PART, "Sortie hors de l’année scolaire : date et motif de sortie ne sont pas repris",
    "DATE_SORTIE",
)  # fmt: skip
SORTI_D_01 = rule(
    "SORTI_D_01", Effect.PART, "Sortie avant l’entrée : date et motif de sortie ne sont pas repris",
    "DATE_SORTIE", "DATE_ENTREE", source=OWN,
)  # fmt: skip
SCOAC_C_01 = rule(
    "SCOAC_C_01", Effect.PART, "Date d’entrée impossible : elle n’est pas reprise", "DATE_ENTREE", source=SCHEMA,
)  # fmt: skip


def entry_and_exit(raw: Fields, pupil: PupilRecord, facts: Facts) -> None:
    """Take entry and exit over; without a right reason a pupil who left is rejected.

    Args:
        raw (Fields): the record read.
        pupil (PupilRecord): receives values and findings.
        facts (Facts): the school's year.
    """
    row = pupil.enrolment
    text: Any = raw.get("DATE_ENTREE")
    if text is not None:
        row.entered_on = day(text)
        if row.entered_on is None:
            pupil.meets(SCOAC_C_01, "DATE_ENTREE", text)
    if not pupil.has_left:
        return
    reason: Any = raw.get("CODE_MOTIF_SORTIE")
    left_on = day(raw.get("DATE_SORTIE"))
    shown: Any = raw.get("DATE_SORTIE") or ""
    if reason is None:
        pupil.meets(REJEL_SORTI_A_01, "CODE_MOTIF_SORTIE")
    elif reason not in facts.exit_reasons:
        pupil.meets(REJEL_SORTI_F_01, "CODE_MOTIF_SORTIE", reason)
    elif left_on is None:
        pupil.meets(REJEL_SORTI_B_01, "DATE_SORTIE", shown)
    elif not facts.starts_on <= left_on <= facts.ends_on:
        pupil.meets(SORTI_C_01, "DATE_SORTIE", shown)
    elif row.entered_on is not None and left_on < row.entered_on:
        pupil.meets(SORTI_D_01, "DATE_SORTIE", shown)
    else:
        row.left_on, row.exit_reason = left_on, reason
