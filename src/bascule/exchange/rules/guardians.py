"""Pupils: their guardians, the family PAREN."""

from collections.abc import Container, Iterator
from typing import Any

from bascule.exchange.records import Facts, PupilLink, PupilRecord
from bascule.exchange.rules.contact import BOOLEANS
from bascule.exchange.rules.declare import SCHEMA, rule
from bascule.exchange.rules.persons import private_id
from bascule.findings import Effect
from bascule.formats.record import Fields
from bascule.students.rows import LinkRow

REJEL_PAREN_A_01 = rule(
    "REJEL_PAREN_A_01", Effect.RECORD, "Aucun représentant légal", "RESPONSABLES_ELEVE", "LEGAL", source=SCHEMA,
)  # fmt: skip
PAREN_B_01 = rule(
    "PAREN_B_01", Effect.PART, "Responsable absent du fichier ou rejeté : le lien n’est pas repris", "ID_PRV_PER",
)  # fmt: skip
PAREN_C_01 = rule(
    "PAREN_C_01", Effect.DEFAULT, "Lien de parenté absent ou hors nomenclature : « autre lien » (90)", "CODE_PARENTE",
)  # fmt: skip
PAREN_C_02 = rule(
    "PAREN_C_02", Effect.DEFAULT, "Lien de parenté à un seul caractère, refusé depuis 2018 : « autre lien » (90)",
    "CODE_PARENTE", remedy="Demandez à l’éditeur de votre logiciel les codes à deux chiffres, puis renvoyez le fichier.",
)  # fmt: skip
PAREN_D_01 = rule(
    "PAREN_D_01", Effect.PART, "Plus de deux représentants légaux : le lien de trop n’est pas repris", "LEGAL",
    source=SCHEMA,
)  # fmt: skip
PAREN_E_01 = rule(
    "PAREN_E_01", Effect.PART, "Même responsable donné deux fois : le second lien n’est pas repris", "ID_PRV_PER",
)  # fmt: skip
PAREN_F_01 = rule(
    "PAREN_F_01", Effect.PART, "Réponse illisible (oui ou non attendu) : elle n’est pas reprise",
    "PAIE_FRAIS_SCOLAIRES", "HEBERGE_ELEVE", "PERCOIT_LES_AIDES", "A_CONTACTER_EN_PRIORITE", source=SCHEMA,
    blocks=False,
)  # fmt: skip

LEGAL, IN_CHARGE, CONTACT = "1", "2", "3"
OTHER_KINSHIP = "90"

#: The one-character codes of before 2018. 1 and 2 are not 10 and 20: they are the other way round.
OLD_KINSHIPS = {"1": "20", "2": "10", "3": "50", "4": "39", "5": "51", "6": "90", "7": "70"}

_LEVELS = (
    ("LEGAL", LEGAL),
    ("LEGAL1", LEGAL),
    ("LEGAL2", LEGAL),
    ("PERSONNE_EN_CHARGE", IN_CHARGE),
    ("CONTACT", CONTACT),
)
_FLAGS = (
    ("PAIE_FRAIS_SCOLAIRES", "pays_fees"),
    ("FINANCIER", "pays_fees"),
    ("HEBERGE_ELEVE", "lodges_pupil"),
    ("PERCOIT_LES_AIDES", "receives_aid"),
    ("A_CONTACTER_EN_PRIORITE", "is_first_to_call"),
)
_MOST_LEGAL = 2


def guardians(raw: Fields, pupil: PupilRecord, facts: Facts, persons: Container[int | str]) -> None:
    """Take the links over; a pupil in school without a legal guardian is rejected.

    Args:
        raw (Fields): the record read.
        pupil (PupilRecord): receives links and findings.
        facts (Facts): the kinships.
        persons (Container[int | str]): the `ref` of the persons of the file that were accepted.
    """
    block: Any = raw.get("RESPONSABLES_ELEVE")
    if block:
        links: dict[int | str, PupilLink] = {}
        legal_count = 0
        for level, tag, link in _links(block):
            key: int | str | None = private_id(link.get("ID_PRV_PER"))
            if key is None and "ID_SIECLE_PER" in link:
                key = f"#{link['ID_SIECLE_PER']}"
            if key is None or key not in persons:
                pupil.meets(PAREN_B_01, "ID_PRV_PER", link.get("ID_PRV_PER", ""))
            elif key in links:
                pupil.meets(PAREN_E_01, "ID_PRV_PER", str(key))
            elif level == LEGAL and legal_count == _MOST_LEGAL:
                pupil.meets(PAREN_D_01, tag, str(key))
                pupil.links_set_aside.append(key)
            else:
                legal_count += level == LEGAL
                links[key] = PupilLink(key, _link(level, tag, link, pupil, facts))
        pupil.links = list(links.values())
        if legal_count:
            return
    if not pupil.has_left:
        pupil.meets(REJEL_PAREN_A_01, "RESPONSABLES_ELEVE")


def _links(block: Any) -> Iterator[tuple[str, str, Any]]:
    for tag, level in _LEVELS:
        found = block.get(tag)
        if found:
            for link in found if isinstance(found, list) else (found,):
                yield level, tag, link


def _link(level: str, tag: str, link: Any, pupil: PupilRecord, facts: Facts) -> LinkRow:
    row = LinkRow(level, link.get("CODE_PARENTE", ""))
    if row.kinship not in facts.kinships:
        # Only the shape of 2.0 tells that the one-character codes are meant: later files may not use them.
        if tag in ("LEGAL1", "LEGAL2") and row.kinship in OLD_KINSHIPS:
            row.kinship = OLD_KINSHIPS[row.kinship]
        else:
            pupil.meets(
                PAREN_C_02 if len(row.kinship) == 1 else PAREN_C_01, "CODE_PARENTE", row.kinship
            )
            row.kinship = OTHER_KINSHIP
    if level == CONTACT:
        return row
    for flag, attribute in _FLAGS:
        text = link.get(flag)
        if text is not None:
            answer = BOOLEANS.get(text)
            setattr(row, attribute, answer)
            if answer is None:
                pupil.meets(PAREN_F_01, flag, text)
    return row
