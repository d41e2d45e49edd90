"""Pupils: who they are. Ids, names, birth, sex, nationality, national numbers."""

from datetime import date
from typing import Any

from bascule.exchange.records import NUMBER_TAGS, Facts, PupilRecord
from bascule.exchange.rules import contact
from bascule.exchange.rules.declare import OWN, SCHEMA, rule
from bascule.exchange.rules.persons import are_names, is_name, known_id, private_id
from bascule.findings import Effect
from bascule.formats.record import Fields
from bascule.values import civil_identity
from bascule.values.ine import IneKind, ine_key_is_right, ine_kind

REJEL_CREAT_A_01 = rule(
    "REJEL_CREAT_A_01", Effect.RECORD, "Identifiant de l’élève absent ou qui n’est pas un nombre de 0 à 99999",
    "ID_PRV_ELE", source=SCHEMA,
)  # fmt: skip
REJEL_CREAT_A_02 = rule(
    "REJEL_CREAT_A_02", Effect.RECORD, "Même identifiant pour plusieurs élèves du fichier", "ID_PRV_ELE",
    source=SCHEMA,
)  # fmt: skip
REJEL_CREAT_B_01 = rule(
    "REJEL_CREAT_B_01", Effect.RECORD, "Nom ou prénom de l’élève absent ou inutilisable",
    "NOM_DE_FAMILLE", "PRENOM", source=SCHEMA,
)  # fmt: skip
REJEL_DNAIS_A_01 = rule(
    "REJEL_DNAIS_A_01", Effect.RECORD, "Date de naissance absente ou impossible", "DATE_NAISS", source=SCHEMA,
)  # fmt: skip
INF_DNAIS_B_01 = rule(
    "INF_DNAIS_B_01", Effect.NOTE, "Âge surprenant à la rentrée (moins de 8 ans ou plus de 30)", "DATE_NAISS",
    source=OWN, remedy="Vérifiez la date de naissance dans votre logiciel.",
)  # fmt: skip
CSEXE_A_01 = rule(
    "CSEXE_A_01", Effect.PART, "Sexe absent ou inconnu : il n’est pas repris", "CODE_SEXE",
)  # fmt: skip
ELNAT_A_01 = rule(
    "ELNAT_A_01", Effect.PART, "Nationalité absente", "CODE_PAYS_NAT", source=SCHEMA,
)  # fmt: skip
ELNAT_B_01 = rule(
    "ELNAT_B_01", Effect.PART, "Nationalité absente de la table des pays : elle n’est pas reprise", "CODE_PAYS_NAT",
)  # fmt: skip
IDNAT_A_01 = rule(
    "IDNAT_A_01", Effect.PART, "Identifiant national mal formé : il n’est pas repris",
    "ID_NATIONAL", "INE_BEA", "INE_RNIE",
)  # fmt: skip
IDNAT_B_01 = rule(
    "IDNAT_B_01", Effect.PART, "Lettre de contrôle de l’identifiant national fausse : il n’est pas repris",
    "ID_NATIONAL", "INE_BEA",
)  # fmt: skip
INF_IDNAT_C_01 = rule(
    "INF_IDNAT_C_01", Effect.NOTE, "Lettres de contrôle de l’identifiant national inhabituelles",
    "ID_NATIONAL", "INE_RNIE", source=OWN,
    remedy="Comparez avec un document officiel ; l’identifiant est gardé.",
)  # fmt: skip
LNAIS_A_01 = rule(
    "LNAIS_A_01", Effect.PART, "Lieu de naissance absent", "CODE_COMMUNE_INSEE_NAISS", "VILLE_NAISS", source=SCHEMA,
)  # fmt: skip
LNAIS_B_01 = rule(
    "LNAIS_B_01", Effect.PART, "Commune de naissance inconnue : elle n’est pas reprise", "CODE_COMMUNE_INSEE_NAISS",
)  # fmt: skip
LNAIS_C_01 = rule(
    "LNAIS_C_01", Effect.PART, "Pays de naissance absent ou inconnu : il n’est pas repris", "CODE_PAYS",
)  # fmt: skip
LNAIS_D_01 = rule(
    "LNAIS_D_01", Effect.PART, "Commune française donnée pour une naissance à l’étranger : elle n’est pas reprise",
    "CODE_COMMUNE_INSEE_NAISS", source=OWN,
)  # fmt: skip

FRANCE = "100"
_SEXES = frozenset("12")
_TEXTS = (
    ("NOM_USAGE", "usual_name", 100),
    ("PRENOM2", "second_name", 100),
    ("PRENOM3", "third_name", 100),
)
_YOUNGEST, _OLDEST = 8, 30


def day(text: Any) -> date | None:
    """Read a date as the file writes it.

    Args:
        text (Any): `AAAA-MM-JJ`.

    Returns:
        date | None: None when it is no date between 1900 and 2100.
    """
    if not isinstance(text, str) or len(text) != 10 or text[7] != "-":
        return None
    try:
        read = date.fromisoformat(text)
    except ValueError:
        return None
    return read if 1900 <= read.year <= 2100 else None


def identity(raw: Fields, pupil: PupilRecord) -> None:
    """Take ids, names and birth date over; without them the record is rejected.

    Args:
        raw (Fields): the record read.
        pupil (PupilRecord): receives values and findings.
    """
    get = raw.get
    row = pupil.student
    pupil.private_id = pupil.enrolment.private_id = private_id(get("ID_PRV_ELE"))
    if "ID_SIECLE_ELE" in raw:
        pupil.known_id = known_id(get("ID_SIECLE_ELE"))
    family: Any = get("NOM_DE_FAMILLE")
    first: Any = get("PRENOM")
    if not are_names(family, first):
        tag, text = ("PRENOM", first) if is_name(family) else ("NOM_DE_FAMILLE", family)
        pupil.meets(REJEL_CREAT_B_01, tag, str(text or ""))
        return
    row.family_name = family = civil_identity.family_name(family)
    row.first_name = first = civil_identity.first_name(first)
    pupil.label = f"{family} {first}"
    birth = day(get("DATE_NAISS"))
    if birth is not None:
        # Even a record that is rejected says who is there.
        row.birth_date = birth
        row.identity_key = civil_identity.identity_key(family, first, birth)
        row.sort_key = civil_identity.sort_key(family, first)
    if pupil.private_id is None and pupil.known_id is None:
        pupil.meets(REJEL_CREAT_A_01, "ID_PRV_ELE", str(get("ID_PRV_ELE") or ""))
    elif birth is None:
        pupil.meets(REJEL_DNAIS_A_01, "DATE_NAISS", str(get("DATE_NAISS") or ""))


def civil_status(raw: Fields, pupil: PupilRecord, facts: Facts) -> None:
    """Take the rest of the civil status over: rules DNAIS, CSEXE, ELNAT, LNAIS, FORMA.

    Args:
        raw (Fields): the record read.
        pupil (PupilRecord): receives values and findings.
        facts (Facts): the school's year.
    """
    get = raw.get
    row = pupil.student
    age = facts.year - row.birth_date.year
    if not _YOUNGEST <= age <= _OLDEST:
        pupil.meets(INF_DNAIS_B_01, "DATE_NAISS", str(get("DATE_NAISS")))
    sex: Any = get("CODE_SEXE")
    if sex in _SEXES:
        row.sex = sex
    elif sex is not None or not pupil.has_left:
        pupil.meets(CSEXE_A_01, "CODE_SEXE", sex or "")
    nationality: Any = get("CODE_PAYS_NAT")
    if nationality is None:
        if not pupil.has_left:
            pupil.meets(ELNAT_A_01, "CODE_PAYS_NAT")
    elif nationality in facts.countries:
        row.nationality = nationality
    else:
        pupil.meets(ELNAT_B_01, "CODE_PAYS_NAT", nationality)
    if "NOM_USAGE" in raw or "PRENOM2" in raw or "PRENOM3" in raw:
        _other_names(raw, pupil)
    _birth_place(raw, pupil, facts)


def _other_names(raw: Fields, pupil: PupilRecord) -> None:
    row = pupil.student
    contact.plain_texts(raw, pupil, row, _TEXTS)
    if row.usual_name:
        row.usual_name = civil_identity.family_name(row.usual_name)
    if row.second_name:
        row.second_name = civil_identity.first_name(row.second_name)
    if row.third_name:
        row.third_name = civil_identity.first_name(row.third_name)


def _birth_place(raw: Fields, pupil: PupilRecord, facts: Facts) -> None:
    get = raw.get
    row = pupil.student
    country: Any = get("CODE_PAYS")
    commune: Any = get("CODE_COMMUNE_INSEE_NAISS")
    town: Any = get("VILLE_NAISS")
    if country in facts.countries:
        row.birth_country = country
    else:
        pupil.meets(LNAIS_C_01, "CODE_PAYS", country or "")
    if commune is not None:
        if country is not None and country != FRANCE and country in facts.countries:
            pupil.meets(LNAIS_D_01, "CODE_COMMUNE_INSEE_NAISS", commune)
        elif commune in facts.communes:
            row.birth_commune = commune
        else:
            pupil.meets(LNAIS_B_01, "CODE_COMMUNE_INSEE_NAISS", commune)
    elif town is None and not pupil.has_left:
        pupil.meets(LNAIS_A_01, "CODE_COMMUNE_INSEE_NAISS")
    if town is not None:
        contact.plain_texts(raw, pupil, row, (("VILLE_NAISS", "birth_town", 32),))


def national_numbers(raw: Fields, pupil: PupilRecord) -> None:
    """Take the national numbers over: rules IDNAT that look at the record alone.

    Args:
        raw (Fields): the record read.
        pupil (PupilRecord): receives values and findings.
    """
    for attribute, tag in NUMBER_TAGS:
        text: Any = raw.get(tag)
        if text is None:
            continue
        text = text if text.isupper() else text.upper()
        kind = ine_kind(text)
        if kind is None:
            pupil.meets(IDNAT_A_01, tag, text)
        elif ine_key_is_right(text):
            setattr(pupil.student, attribute, text)
        elif kind is IneKind.BEA:
            pupil.meets(IDNAT_B_01, tag, text)
        else:
            pupil.meets(INF_IDNAT_C_01, tag, text)
            setattr(pupil.student, attribute, text)
