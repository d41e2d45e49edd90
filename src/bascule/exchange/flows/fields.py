"""What a column of a table may be, and what a person says of columns. Pure."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bascule.errors import RefusedError
from bascule.formats.sheet import day_of
from bascule.values.ine import ine_kind


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a column may be.

    Attributes:
        code: stable; what a mapping holds.
        title: French.
        words: headings that mean it, as keys; the longest that a heading holds decides.
        looks_like: tells one of its values, where values can be told at all.
        is_needed: no pupil can be read without it.
    """

    code: str
    title: str
    words: tuple[str, ...]
    looks_like: Callable[[str], bool] | None = None
    is_needed: bool = False


def _is_day(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", day_of(text)) is not None


def _is_ine(text: str) -> bool:
    return ine_kind(text.upper()) is not None


def _is_mail(text: str) -> bool:
    return re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", text) is not None


def _is_mef(text: str) -> bool:
    return re.fullmatch(r"\d{11}", text) is not None


#: Of the pupil.
PUPIL = (
    Field(
        "private_id",
        "Numéro de l’élève",
        ("NUMERO ELEVE", "N ELEVE", "IDENTIFIANT", "ID", "MATRICULE", "NUMERO"),
    ),
    Field(
        "ine",
        "Identifiant national (INE)",
        ("INE", "IDENTIFIANT NATIONAL", "NUMERO NATIONAL", "ID NATIONAL"),
        _is_ine,
    ),
    Field(
        "family_name",
        "Nom de famille",
        ("NOM", "NOM DE FAMILLE", "NOM ELEVE", "NOM DE L ELEVE", "NOM DE NAISSANCE"),
        is_needed=True,
    ),
    Field("usual_name", "Nom d’usage", ("NOM D USAGE", "NOM USAGE", "NOM USUEL")),
    Field(
        "first_name",
        "Prénom",
        ("PRENOM", "PRENOM ELEVE", "PRENOM DE L ELEVE", "PRENOM 1", "PRENOMS"),
        is_needed=True,
    ),
    Field("second_name", "Deuxième prénom", ("PRENOM 2", "DEUXIEME PRENOM", "2E PRENOM")),
    Field("third_name", "Troisième prénom", ("PRENOM 3", "TROISIEME PRENOM", "3E PRENOM")),
    Field(
        "birth_date",
        "Date de naissance",
        (
            "DATE DE NAISSANCE",
            "DATE NAISSANCE",
            "NE LE",
            "NEE LE",
            "NE E LE",
            "DATE NAISS",
            "NAISSANCE",
        ),
        _is_day,
        is_needed=True,
    ),
    Field("sex", "Sexe", ("SEXE", "GENRE", "CIVILITE ELEVE")),
    Field("birth_country", "Pays de naissance", ("PAYS DE NAISSANCE", "PAYS NAISSANCE")),
    Field(
        "birth_commune",
        "Commune de naissance (code)",
        ("COMMUNE DE NAISSANCE", "CODE COMMUNE NAISSANCE", "COMMUNE NAISS"),
    ),
    Field(
        "birth_town",
        "Ville de naissance",
        ("VILLE DE NAISSANCE", "LIEU DE NAISSANCE", "VILLE NAISSANCE"),
    ),
    Field("nationality", "Nationalité (code)", ("NATIONALITE",)),
    Field(
        "division", "Classe", ("CLASSE", "DIVISION", "CODE CLASSE", "CODE DIVISION"), is_needed=True
    ),
    Field("mef", "MEF", ("MEF", "CODE MEF", "FORMATION"), _is_mef),
    Field(
        "entered_on",
        "Date d’entrée",
        ("DATE D ENTREE", "DATE ENTREE", "ENTREE", "ENTRE LE", "ENTREE LE"),
        _is_day,
    ),
    Field(
        "left_on",
        "Date de sortie",
        (
            "DATE DE SORTIE",
            "DATE SORTIE",
            "SORTIE",
            "SORTI LE",
            "SORTIE LE",
            "PARTI LE",
            "PARTIE LE",
        ),
        _is_day,
    ),
    Field(
        "exit_reason",
        "Motif de sortie (code)",
        ("MOTIF DE SORTIE", "MOTIF SORTIE", "CODE MOTIF SORTIE", "MOTIF"),
    ),
    Field("regime", "Régime", ("REGIME", "CODE REGIME", "DP")),
    Field("repeats", "Redoublant", ("REDOUBLANT", "DOUBLEMENT", "REDOUBLE")),
    Field("transport", "Transport scolaire", ("TRANSPORT", "TRANSPORT SCOLAIRE")),
    Field(
        "previous_uai",
        "Établissement de l’an dernier",
        ("ETABLISSEMENT D ORIGINE", "ETABLISSEMENT AN DERNIER", "UAI D ORIGINE"),
    ),
    Field("previous_origin", "Provenance", ("PROVENANCE",)),
)
#: Of each guardian; a heading says which one by a number or by a word.
GUARDIAN = (
    Field("family_name", "nom", ("NOM",)),
    Field("first_name", "prénom", ("PRENOM",)),
    Field("civility", "civilité", ("CIVILITE", "TITRE")),
    Field("kinship", "lien avec l’élève", ("LIEN", "PARENTE", "LIEN DE PARENTE", "QUALITE")),
    Field("profession", "profession (code)", ("PROFESSION", "PCS", "CSP")),
    Field("line1", "adresse", ("ADRESSE", "RUE", "ADRESSE 1")),
    Field("line2", "suite de l’adresse", ("ADRESSE 2", "COMPLEMENT", "COMPLEMENT D ADRESSE")),
    Field("postcode", "code postal", ("CODE POSTAL", "CP")),
    Field("town", "commune", ("VILLE", "COMMUNE")),
    Field(
        "home_phone",
        "téléphone",
        ("TELEPHONE", "TEL", "TEL FIXE", "FIXE", "DOMICILE", "TEL DOMICILE"),
    ),
    Field(
        "work_phone",
        "téléphone professionnel",
        ("TEL PRO", "TEL TRAVAIL", "TELEPHONE PROFESSIONNEL"),
    ),
    Field("mobile", "portable", ("PORTABLE", "MOBILE", "TEL PORTABLE", "GSM", "TEL MOBILE")),
    Field(
        "email",
        "courriel",
        ("MAIL", "EMAIL", "E MAIL", "COURRIEL", "ADRESSE MAIL", "ADRESSE E MAIL"),
        _is_mail,
    ),
)


def _all() -> Mapping[str, Field]:
    fields = {field.code: field for field in PUPIL}
    for number in (1, 2):
        for field in GUARDIAN:
            code = f"guardian{number}.{field.code}"
            title = f"Responsable {number} : {field.title}"
            fields[code] = Field(code, title, field.words, field.looks_like)
    return fields


#: What a column may be, by code.
FIELDS: Final = _all()


class NotColumnsError(RefusedError):
    """What is said of columns cannot be read, or names a field that does not exist.

    Args:
        found (str): what is wrong.
    """

    code = "table.not-columns"

    def __init__(self, found: str) -> None:
        super().__init__(
            f"Ce qui est dit des colonnes ne se lit pas{found}. Pour chaque intitulé, choisissez l’un de ces "
            f"codes : {', '.join(FIELDS)}."
        )


def read_columns(data: bytes) -> dict[str, str]:
    """Read what a person says of columns.

    Args:
        data (bytes): a JSON object: code of a field, by heading.

    Returns:
        dict[str, str]: the same.

    Raises:
        NotColumnsError: if it is no such object.
    """
    try:
        said = json.loads(data)
    except ValueError as fault:
        raise NotColumnsError("") from fault
    if not isinstance(said, dict):
        raise NotColumnsError("")
    wrong = next((code for code in said.values() if code not in FIELDS), None)
    if wrong is not None:
        raise NotColumnsError(f" : « {str(wrong)[:40]} » n’est pas un code")
    return said


def missing_of(codes: Iterable[str]) -> list[str]:
    """Name the fields without which no pupil can be read, and that are not told.

    Args:
        codes (Iterable[str]): of those that are told.

    Returns:
        list[str]: their titles.
    """
    told = set(codes)
    return [field.title for field in PUPIL if field.is_needed and field.code not in told]
