"""Pupils: last year's schooling."""

from typing import Any

from bascule.exchange.records import Facts, PupilRecord
from bascule.exchange.rules import contact
from bascule.exchange.rules.contact import is_clean, plain_texts
from bascule.exchange.rules.declare import OBSERVED, SCHEMA, rule
from bascule.exchange.rules.identity import day
from bascule.exchange.rules.schooling import plans
from bascule.findings import Effect
from bascule.formats.record import Fields
from bascule.values.uai import is_uai

HETAB_A_01 = rule(
    "HETAB_A_01", Effect.PART, "Établissement de l’an dernier mal formé : il n’est pas repris", "CODE_RNE",
)  # fmt: skip
HETAB_B_01 = rule(
    "HETAB_B_01", Effect.PART, "Ni établissement ni département pour l’an dernier", "CODE_RNE", "CODE_DEPARTEMENT",
    source=SCHEMA, blocks=False,
)  # fmt: skip
PROVE_A_01 = rule(
    "PROVE_A_01", Effect.PART, "Provenance absente", "CODE_PROVENANCE", source=SCHEMA,
)  # fmt: skip
PROVE_B_01 = rule(
    "PROVE_B_01", Effect.PART, "Provenance hors nomenclature : elle n’est pas reprise", "CODE_PROVENANCE",
)  # fmt: skip
MEFAD_C_02 = rule(
    "MEFAD_C_02", Effect.PART, "MEF de l’an dernier que l’établissement ne connaît pas : il n’est pas repris", "CODE_MEF",
    source=OBSERVED,
    remedy="Ajoutez ce MEF aux formations d’origine du profil, ou corrigez-le dans votre logiciel, puis renvoyez le fichier.",
)  # fmt: skip
STATU_D_01 = rule(
    "STATU_D_01", Effect.PART, "Statut de l’an dernier hors nomenclature : il n’est pas repris", "CODE_STATUT",
    blocks=False,
)  # fmt: skip
SCOPR_B_01 = rule(
    "SCOPR_B_01", Effect.PART, "Dates de l’an dernier impossibles : elles ne sont pas reprises",
    "DATE_DEB_SCO", "DATE_FIN_SCO", blocks=False,
)  # fmt: skip


_TEXTS = (
    ("CODE_DIVISION", "previous_division", 8),
    ("TYPE_MEF", "previous_mef_type", 1),
    ("CODE_REGIME", "previous_regime", 2),
)
_LONGEST_SUBJECT = 6


def last_year(raw: Fields, pupil: PupilRecord, facts: Facts) -> None:
    """Take last year's schooling over: rules HETAB, PROVE, MEFAD, STATU_D, SCOPR_B, FORMA.

    Args:
        raw (Fields): the record read.
        pupil (PupilRecord): receives values and findings.
        facts (Facts): the school's year.
    """
    block: Any = raw.get("ETABLISSEMENT_AN_DERNIER")
    if not block:
        if not pupil.has_left:
            pupil.meets(PROVE_A_01, "ETABLISSEMENT_AN_DERNIER")
        return
    get = block.get
    row = pupil.enrolment
    _where_from(block, pupil, facts)
    mef = get("CODE_MEF")
    if mef is not None:
        if facts.origin_mefs is None or mef in facts.origin_mefs:
            row.previous_mef = mef
        else:
            pupil.meets(MEFAD_C_02, "CODE_MEF", mef)
    status = get("CODE_STATUT")
    if status is not None:
        if status in facts.statuses:
            row.previous_status = status
        else:
            pupil.meets(STATU_D_01, "CODE_STATUT", status)
    plain_texts(block, pupil, row, _TEXTS)
    if "DATE_DEB_SCO" in block or "DATE_FIN_SCO" in block:
        _dates(block, pupil)
    if "OPTIONS_AN_DERNIER" in block:
        row.previous_options = _options(block["OPTIONS_AN_DERNIER"], pupil)
    if "DPPS" in block:
        row.previous_plans = plans(block["DPPS"], pupil)


def _options(block: Any, pupil: PupilRecord) -> list[str]:
    kept: list[str] = []
    for subject in block.get("CODE_MATIERE", ()) if block else ():
        if is_clean(subject, _LONGEST_SUBJECT):
            kept.append(subject)
        else:
            pupil.meets(contact.FORMA_A_01, "CODE_MATIERE", subject)
    return kept


def _where_from(block: Any, pupil: PupilRecord, facts: Facts) -> None:
    row = pupil.enrolment
    uai, department = block.get("CODE_RNE"), block.get("CODE_DEPARTEMENT")
    if uai is not None:
        if is_uai(uai):
            row.previous_uai = uai
        else:
            pupil.meets(HETAB_A_01, "CODE_RNE", uai)
    elif department is not None:
        row.previous_department = department[:3]
    elif not pupil.has_left:
        pupil.meets(HETAB_B_01, "CODE_RNE")
    origin = block.get("CODE_PROVENANCE")
    if origin in facts.origins:
        row.previous_origin = origin
    elif origin is not None:
        pupil.meets(PROVE_B_01, "CODE_PROVENANCE", origin)
    elif not pupil.has_left:
        pupil.meets(PROVE_A_01, "CODE_PROVENANCE")


def _dates(block: Any, pupil: PupilRecord) -> None:
    starts_on, ends_on = day(block.get("DATE_DEB_SCO")), day(block.get("DATE_FIN_SCO"))
    unusable = (starts_on is None and "DATE_DEB_SCO" in block) or (
        ends_on is None and "DATE_FIN_SCO" in block
    )
    if unusable or (starts_on and ends_on and ends_on < starts_on):
        pupil.meets(
            SCOPR_B_01,
            "DATE_DEB_SCO",
            f"{block.get('DATE_DEB_SCO', '')} {block.get('DATE_FIN_SCO', '')}",
        )
        return
    pupil.enrolment.previous_starts_on, pupil.enrolment.previous_ends_on = starts_on, ends_on
