"""Which column of a table is what: proposed from its headings and its values. Pure."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from bascule.errors import RefusedError
from bascule.formats.sheet import Sheet, day_of
from bascule.values.civil_identity import key
from bascule.values.ine import ine_kind

#: Rows among which the headings are looked for: titles and blanks may stand above.
_HEADINGS_WITHIN: Final = 15
_VALUES_LOOKED_AT: Final = 60
#: How a column without a heading is called, but for its place.
NAMELESS: Final = "(colonne "
#: Share of the values that must look like those of a field for the values alone to decide.
_MOSTLY: Final = 0.8


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


_PUPIL = (
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
_GUARDIAN = (
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
#: Words by which a heading says that it is about a guardian, and which one.
_WHOM: Final = (
    ("MERE", 1),
    ("RESPONSABLE 1", 1),
    ("RESP 1", 1),
    ("RESP1", 1),
    ("REPRESENTANT 1", 1),
    ("LEGAL 1", 1),
    ("PARENT 1", 1),
    ("PERE", 2),
    ("RESPONSABLE 2", 2),
    ("RESP 2", 2),
    ("RESP2", 2),
    ("REPRESENTANT 2", 2),
    ("LEGAL 2", 2),
    ("PARENT 2", 2),
    ("RESPONSABLE", 1),
    ("RESP", 1),
    ("REPRESENTANT", 1),
    ("LEGAL", 1),
    ("PARENT", 1),
    ("TUTEUR", 1),
)
#: Small words that tell nothing.
_EMPTY: Final = frozenset(("DE", "DU", "DES", "LA", "LE", "L", "D", "CODE", "N", "NO"))


def _all() -> Mapping[str, Field]:
    fields = {field.code: field for field in _PUPIL}
    for number in (1, 2):
        for field in _GUARDIAN:
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


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for a table.

    Attributes:
        row: place of the row of headings, from 0.
        headings: text of each heading.
        columns: field of each column that is told, by heading.
    """

    row: int
    headings: tuple[str, ...]
    columns: dict[str, str]

    def missing(self) -> list[str]:
        """Name the fields without which no pupil can be read.

        Returns:
            list[str]: their titles.
        """
        return missing_of(self.columns.values())


def missing_of(codes: Iterable[str]) -> list[str]:
    """Name the fields without which no pupil can be read, and that are not told.

    Args:
        codes (Iterable[str]): of those that are told.

    Returns:
        list[str]: their titles.
    """
    told = set(codes)
    return [field.title for field in _PUPIL if field.is_needed and field.code not in told]


def propose(sheet: Sheet, kept: Mapping[str, str] | None = None) -> Proposal:
    """Propose what each column of a table is.

    Args:
        sheet (Sheet): the table.
        kept (Mapping[str, str] | None): what a person said before, by heading; a column that is not there is none.

    Returns:
        Proposal: headings and fields.
    """
    found = [_of_row(sheet, row, kept) for row in range(min(len(sheet.rows), _HEADINGS_WITHIN))]
    return max(found, key=lambda one: (len(one.columns), len(_named(one.headings)), -one.row))


def marks(sheet: Sheet) -> list[str]:
    """Give the mark of each row that may be that of the headings.

    Args:
        sheet (Sheet): the table.

    Returns:
        list[str]: as `mark` gives them.
    """
    return [mark(_distinct(row)) for row in sheet.rows[:_HEADINGS_WITHIN]]


def mark(headings: Sequence[str]) -> str:
    """Give what tells a row of headings from others, whatever their order.

    Args:
        headings (Sequence[str]): of a proposal.

    Returns:
        str: a digest of those that have a name.
    """
    return sha256("\n".join(sorted(_named(headings))).encode()).hexdigest()


def _named(headings: Sequence[str]) -> list[str]:
    return [heading for heading in headings if not heading.startswith(NAMELESS)]


def _of_row(sheet: Sheet, row: int, kept: Mapping[str, str] | None) -> Proposal:
    headings = _distinct(sheet.rows[row])
    if kept is not None:
        columns = {heading: kept[heading] for heading in headings if kept.get(heading) in FIELDS}
        return Proposal(row, headings, columns)
    columns = {}
    whom = 0
    for place, heading in enumerate(headings):
        whom = _whom(heading) or (whom if _goes_on(heading, columns, whom) else 0)
        code = _told(heading, whom) or _by_values(sheet, row, place)
        if code and code not in columns.values():
            columns[heading] = code
    return Proposal(row, headings, columns)


def _distinct(row: Sequence[str]) -> tuple[str, ...]:
    """Tell headings apart that are the same or blank, as merged cells leave them."""
    seen: dict[str, int] = {}
    names: list[str] = []
    for place, cell in enumerate(row, 1):
        name = " ".join(cell.split()) or f"{NAMELESS}{place})"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def _whom(heading: str) -> int:
    text = f" {key(heading)} "
    return next((number for word, number in _WHOM if f" {word} " in text), 0)


def _goes_on(heading: str, columns: Mapping[str, str], whom: int) -> bool:
    """Tell whether a heading that names nobody is still about the guardian of the columns before it."""
    if not whom or not _told(heading, whom):
        return False
    return _told(heading, 0) == "" or _told(heading, 0) in columns.values()


def _told(heading: str, whom: int) -> str:
    """Give the field that the words of a heading tell, blank when they tell none."""
    text = key(re.sub(r"\s\(\d+\)$", "", heading))
    for word, _ in _WHOM if whom else ():
        text = " ".join(f" {text} ".replace(f" {word} ", " ").split())
    prefix = f"guardian{whom}." if whom else ""
    fields = _GUARDIAN if whom else _PUPIL
    best: tuple[int, str] = (0, "")
    for field in fields:
        for word in field.words:
            if _is_said(word, text):
                best = max(best, (len(word), prefix + field.code))
    return best[1]


def _is_said(word: str, text: str) -> bool:
    """Tell whether a heading says a word, and little else."""
    said = [part for part in text.split() if part not in _EMPTY]
    wanted = [part for part in word.split() if part not in _EMPTY]
    return bool(wanted) and said == wanted


def _by_values(sheet: Sheet, row: int, place: int) -> str:
    """Give the field that the values of a column tell by themselves."""
    values = [
        line[place]
        for line in sheet.rows[row + 1 : row + 1 + _VALUES_LOOKED_AT]
        if place < len(line) and line[place]
    ]
    for code in ("ine", "mef", "guardian1.email"):
        looks = FIELDS[code].looks_like
        if values and looks and sum(map(looks, values)) >= _MOSTLY * len(values):
            return code
    return ""
