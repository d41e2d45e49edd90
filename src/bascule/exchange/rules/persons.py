"""Persons: identity, civility, profession, consent, children."""

from typing import Any

from bascule.exchange.records import Facts, PersonRecord
from bascule.exchange.rules import contact
from bascule.exchange.rules.contact import BOOLEANS, is_clean
from bascule.exchange.rules.declare import IN_SOFTWARE, OBSERVED, OWN, SCHEMA, rule
from bascule.findings import Effect, Subject
from bascule.formats.record import Record
from bascule.values import civil_identity

_PERSON = Subject.PERSON

REJRE_CREAT_A_01 = rule(
    "REJRE_CREAT_A_01", Effect.RECORD, "Identifiant du responsable absent ou qui n’est pas un nombre de 0 à 99999",
    "ID_PRV_PER", subject=_PERSON, source=SCHEMA,
)  # fmt: skip
REJRE_CREAT_A_02 = rule(
    "REJRE_CREAT_A_02", Effect.RECORD, "Même identifiant pour plusieurs responsables du fichier",
    "ID_PRV_PER", subject=_PERSON, source=SCHEMA,
)  # fmt: skip
REJRE_CREAT_B_01 = rule(
    "REJRE_CREAT_B_01", Effect.RECORD, "Nom ou prénom du responsable absent ou inutilisable",
    "NOM_DE_FAMILLE", "PRENOM", subject=_PERSON, source=SCHEMA,
)  # fmt: skip
REJRE_CREAT_C_01 = rule(
    "REJRE_CREAT_C_01", Effect.RECORD, "Les deux identifiants du responsable désignent deux personnes de la base",
    "ID_SIECLE_PER", "ID_PRV_PER", subject=_PERSON, source=OWN,
)  # fmt: skip
CIVIL_A_01 = rule(
    "CIVIL_A_01", Effect.PART, "Civilité absente ou hors nomenclature : elle n’est pas reprise",
    "CODE_CIVILITE", subject=_PERSON, blocks=False,
)  # fmt: skip
INF_COMAD_A_01 = rule(
    "INF_COMAD_A_01", Effect.NOTE, "Accord pour communiquer l’adresse non transmis : pris comme un refus",
    "COMMUNICATION_ADRESSE", subject=_PERSON, source=OBSERVED,
    remedy="Rien à faire si la famille refuse ; sinon, cochez l’accord dans votre logiciel.",
)  # fmt: skip
COMAD_B_01 = rule(
    "COMAD_B_01", Effect.DEFAULT, "Accord pour communiquer l’adresse illisible (oui ou non attendu) : pris comme un refus",
    "COMMUNICATION_ADRESSE", subject=_PERSON, source=SCHEMA, blocks=False,
)  # fmt: skip
PEPCS_A_01 = rule(
    "PEPCS_A_01", Effect.DEFAULT, "Profession absente : « non renseignée » (99)",
    "CODE_PROFESSION", subject=_PERSON, source=SCHEMA, blocks=False,
)  # fmt: skip
PEPCS_B_01 = rule(
    "PEPCS_B_01", Effect.DEFAULT, "Profession hors nomenclature : « non renseignée » (99)",
    "CODE_PROFESSION", subject=_PERSON, blocks=False,
)  # fmt: skip
NBENF_F_03 = rule(
    "NBENF_F_03", Effect.DEFAULT, "Nombre d’enfants à charge nul ou négatif : ramené à 1",
    "ENFANT_A_CHARGE", subject=_PERSON, source=OBSERVED,
)  # fmt: skip
NBENF_A_01 = rule(
    "NBENF_A_01", Effect.PART, "Nombre d’enfants à charge illisible : il n’est pas repris",
    "ENFANT_A_CHARGE", subject=_PERSON, source=SCHEMA, blocks=False, remedy=IN_SOFTWARE,
)  # fmt: skip

_TEXTS = (("NOM_USAGE", "usual_name", 100),)
_UNKNOWN_PROFESSION = "99"
_MOST_CHILDREN = 255
LONGEST_NAME = 100


def private_id(text: Any) -> int | None:
    """Read an id of the school's software.

    Args:
        text (Any): the text read, or None.

    Returns:
        int | None: 0 to 99999; None when it is anything else.
    """
    number = known_id(text)
    return number if number is not None and number <= 99999 else None


def known_id(text: Any) -> int | None:
    """Read one of our own ids.

    Args:
        text (Any): the text read, or None.

    Returns:
        int | None: at most ten digits; None when it is anything else.
    """
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 10:
        return int(text)
    return None


def is_name(text: Any) -> bool:
    """Tell whether a text may be stored as a name.

    Args:
        text (Any): the text read, or None.

    Returns:
        bool: False when it is missing, too long or holds a forbidden character.
    """
    return bool(text) and is_clean(text, LONGEST_NAME)


def are_names(family: Any, first: Any) -> bool:
    """Tell whether a family name and a first name may be stored.

    Args:
        family (Any): the text read, or None.
        first (Any): the text read, or None.

    Returns:
        bool: True when both may.
    """
    return is_name(family) and is_name(first)


def check_person(raw: Record, facts: Facts) -> PersonRecord:
    """Validate a `PERSONNE`.

    Args:
        raw (Record): as read.
        facts (Facts): the school's year.

    Returns:
        PersonRecord: values ready to compare, and findings.
    """
    fields = raw.fields
    get = fields.get
    person = PersonRecord(raw.line, raw.rank)
    row = person.row
    _identity(fields, person)
    if person.is_rejected:
        return person
    civility = get("CODE_CIVILITE")
    if civility in facts.civilities:
        row.civility = civility
    else:
        person.meets(CIVIL_A_01, "CODE_CIVILITE", str(civility or ""))
    _profession(get("CODE_PROFESSION"), person, facts)
    _consent(get("COMMUNICATION_ADRESSE"), person)
    children = get("ENFANT_A_CHARGE")
    if children is not None:
        _children(str(children), person)
    if "NOM_USAGE" in fields:
        contact.plain_texts(fields, person, row, _TEXTS)
        if row.usual_name:
            row.usual_name = civil_identity.family_name(row.usual_name)
    contact.contact(fields, person, row)
    if "ADRESSE" in fields:
        contact.address(fields, person, facts)
    return person


def _identity(fields: Any, person: PersonRecord) -> None:
    get = fields.get
    row = person.row
    person.private_id = row.private_id = private_id(get("ID_PRV_PER"))
    if "ID_SIECLE_PER" in fields:
        person.known_id = known_id(get("ID_SIECLE_PER"))
    family, first = get("NOM_DE_FAMILLE"), get("PRENOM")
    if not are_names(family, first):
        tag, text = ("PRENOM", first) if is_name(family) else ("NOM_DE_FAMILLE", family)
        person.meets(REJRE_CREAT_B_01, tag, str(text or ""))
        return
    row.family_name = family = civil_identity.family_name(family)
    row.first_name = first = civil_identity.first_name(first)
    person.label = f"{family} {first}"
    row.identity_key = civil_identity.identity_key(family, first)
    row.sort_key = civil_identity.sort_key(family, first)
    if person.private_id is None and person.known_id is None:
        person.meets(REJRE_CREAT_A_01, "ID_PRV_PER", str(get("ID_PRV_PER") or ""))


def _profession(code: Any, person: PersonRecord, facts: Facts) -> None:
    if code in facts.professions:
        person.row.profession = code
        return
    person.defaults["profession"] = _UNKNOWN_PROFESSION
    person.meets(PEPCS_B_01 if code else PEPCS_A_01, "CODE_PROFESSION", code or "")


def _consent(text: Any, person: PersonRecord) -> None:
    if text is None:
        person.defaults["shares_address"] = False
        person.meets(INF_COMAD_A_01, "COMMUNICATION_ADRESSE")
        return
    consent = BOOLEANS.get(text)
    if consent is None:
        person.meets(COMAD_B_01, "COMMUNICATION_ADRESSE", text)
        consent = False
    person.row.shares_address = consent


def _children(text: str, person: PersonRecord) -> None:
    try:
        count = int(text)
    except ValueError:
        person.meets(NBENF_A_01, "ENFANT_A_CHARGE", text)
        return
    if count > _MOST_CHILDREN:
        person.meets(NBENF_A_01, "ENFANT_A_CHARGE", text)
    elif count <= 0:
        person.meets(NBENF_F_03, "ENFANT_A_CHARGE", text)
        person.row.dependent_children = 1
    else:
        person.row.dependent_children = count
