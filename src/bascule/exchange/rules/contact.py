"""Addresses, telephones, e-mails and other plain text, of persons and pupils alike."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from bascule.exchange.records import Facts, PersonRecord, PupilRecord
from bascule.exchange.rules.declare import SCHEMA, rule
from bascule.findings import Effect
from bascule.formats.record import Fields
from bascule.students.rows import AddressRow
from bascule.values.civil_identity import family_name
from bascule.values.contact import is_email, is_phone, normalise_phone

TELEP_A_01 = rule(
    "TELEP_A_01", Effect.PART, "Numéro de téléphone inutilisable : il n’est pas repris",
    "TEL_PERSONNEL", "TEL_PROFESSIONNEL", "TEL_PORTABLE",
    blocks=False,
)  # fmt: skip
TELEP_B_01 = rule(
    "TELEP_B_01", Effect.PART, "Adresse de courriel inutilisable : elle n’est pas reprise", "EMAIL",
    blocks=False,
)  # fmt: skip
TELEP_C_01 = rule(
    "TELEP_C_01", Effect.PART, "Accord pour les SMS illisible (oui ou non attendu) : il n’est pas repris",
    "ACCEPTE_SMS", source=SCHEMA, blocks=False,
)  # fmt: skip
ADRES_A_01 = rule(
    "ADRES_A_01", Effect.PART, "Code postal qui n’a pas cinq chiffres : l’adresse n’est pas reprise",
    "CODE_POSTAL", source=SCHEMA, blocks=False,
)  # fmt: skip
ADRES_B_01 = rule(
    "ADRES_B_01", Effect.PART, "Pays de l’adresse absent ou inconnu : l’adresse n’est pas reprise",
    "CODE_PAYS", blocks=False,
)  # fmt: skip
ADRES_C_01 = rule(
    "ADRES_C_01", Effect.PART, "Ligne d’adresse trop longue ou illisible : l’adresse n’est pas reprise",
    "LIGNE1_ADRESSE", "LIGNE2_ADRESSE", "LIGNE3_ADRESSE", "LIGNE4_ADRESSE", "LL_POSTAL", "COMMUNE_ETRANGERE",
    source=SCHEMA, blocks=False,
)  # fmt: skip
INF_ADRES_D_01 = rule(
    "INF_ADRES_D_01", Effect.NOTE, "Adresse sans code postal ni commune étrangère",
    "CODE_POSTAL", "COMMUNE_ETRANGERE",
)  # fmt: skip
FORMA_A_01 = rule(
    "FORMA_A_01", Effect.PART, "Valeur trop longue ou qui contient un caractère interdit : elle n’est pas reprise",
    "NOM_USAGE", "PRENOM2", "PRENOM3", "VILLE_NAISS", "CODE_DIVISION", "TYPE_MEF", "CODE_REGIME", "CODE_MATIERE",
    "UAJ_ACCUEIL", "DPP",
    source=SCHEMA, blocks=False,
)  # fmt: skip

_FIVE_DIGITS = re.compile(r"[0-9]{5}").fullmatch

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}

_PHONES = (
    ("TEL_PERSONNEL", "personal_phone"),
    ("TEL_PROFESSIONNEL", "work_phone"),
    ("TEL_PORTABLE", "mobile_phone"),
)
_LONGEST_LINE, _LONGEST_TOWN = 38, 32
_LINES = ("LIGNE1_ADRESSE", "LIGNE2_ADRESSE", "LIGNE3_ADRESSE", "LIGNE4_ADRESSE")


def is_clean(text: str, limit: int) -> bool:
    """Tell whether a text may be stored as it is.

    Args:
        text (str): stripped text.
        limit (int): characters at most.

    Returns:
        bool: False when it is too long or holds a control or invisible character.
    """
    if text.isascii():
        return len(text) <= limit and text.isprintable()
    # Upper case may lengthen a text, and so may its normal form: ß becomes SS.
    return (
        len(text) <= limit
        and len(family_name(text)) <= limit
        and text.replace("\xa0", " ").isprintable()
    )


def plain_texts(
    raw: Fields,
    record: PersonRecord | PupilRecord,
    row: Any,
    wanted: Iterable[tuple[str, str, int]],
) -> None:
    """Take optional texts over: rule FORMA_A_01.

    Args:
        raw (Fields): the record read.
        record (PersonRecord | PupilRecord): where findings go.
        row (Any): the row that receives the values.
        wanted (Iterable[tuple[str, str, int]]): element, attribute, longest length.
    """
    for tag, attribute, limit in wanted:
        text = raw.get(tag)
        if text is None:
            continue
        if isinstance(text, str) and is_clean(text, limit):
            setattr(row, attribute, text)
        else:
            record.meets(FORMA_A_01, tag, str(text))


def contact(raw: Fields, record: PersonRecord | PupilRecord, row: Any) -> None:
    """Take telephones, e-mail and consent to SMS over: rules TELEP.

    Args:
        raw (Fields): the record read.
        record (PersonRecord | PupilRecord): where findings go.
        row (Any): the row that receives the values.
    """
    for tag, attribute in _PHONES:
        text = raw.get(tag)
        if text is None:
            continue
        if is_phone(text):  # type: ignore[arg-type]
            setattr(row, attribute, normalise_phone(text))  # type: ignore[arg-type]
        else:
            record.meets(TELEP_A_01, tag, str(text))
    email = raw.get("EMAIL")
    if email is not None:
        if is_email(email):  # type: ignore[arg-type]
            row.email = email
        else:
            record.meets(TELEP_B_01, "EMAIL", str(email))
    sms = raw.get("ACCEPTE_SMS")
    if sms is not None:
        row.accepts_sms = BOOLEANS.get(sms)  # type: ignore[arg-type]
        if row.accepts_sms is None:
            record.meets(TELEP_C_01, "ACCEPTE_SMS", str(sms))


def address(raw: Fields, record: PersonRecord | PupilRecord, facts: Facts) -> None:
    """Take the address over, whole or not at all: rules ADRES.

    Args:
        raw (Fields): the record read.
        record (PersonRecord | PupilRecord): receives the address and the findings.
        facts (Facts): the countries.
    """
    block = raw.get("ADRESSE")
    if not block or not isinstance(block, dict):
        return
    get = block.get
    postcode: Any = get("CODE_POSTAL")
    town: Any = get("LL_POSTAL")
    foreign_town: Any = get("COMMUNE_ETRANGERE")
    country: Any = get("CODE_PAYS")
    read = AddressRow(
        get("LIGNE1_ADRESSE"), get("LIGNE2_ADRESSE"), get("LIGNE3_ADRESSE"), get("LIGNE4_ADRESSE"),  # type: ignore[arg-type]
        postcode, town, foreign_town, country,
    )  # fmt: skip
    if postcode is not None and not _FIVE_DIGITS(postcode):
        record.meets(ADRES_A_01, "CODE_POSTAL", postcode)
        return
    if country not in facts.countries:
        record.meets(ADRES_B_01, "CODE_PAYS", country or "")
        return
    texts = [text for text in read if text]
    if not "".join(texts).isprintable() or max(map(len, texts)) > _LONGEST_LINE:
        record.meets(ADRES_C_01, "ADRESSE", max(texts, key=_how_unusable))
        return
    if (town and len(town) > _LONGEST_TOWN) or (foreign_town and len(foreign_town) > _LONGEST_TOWN):
        record.meets(ADRES_C_01, "LL_POSTAL" if town else "COMMUNE_ETRANGERE", town or foreign_town)
        return
    if postcode is None and foreign_town is None:
        record.meets(INF_ADRES_D_01, "CODE_POSTAL")
    record.address, record.address_digest = _shared(read)


@lru_cache(4096)
def _shared(read: AddressRow) -> tuple[AddressRow, bytes]:
    """Give an address and its digest: a family lives together, half of those of a file were met just before."""
    return read, read.digest()


def _how_unusable(text: str) -> tuple[bool, int]:
    return not text.isprintable(), len(text)
