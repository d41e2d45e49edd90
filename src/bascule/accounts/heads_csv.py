"""Read a table of heads: what the authority writes with a spreadsheet. Pure.

`UAI;nom;prénom;courriel;[début];[fin]`, or any order under headings. Every wrong line is told, with
what is wrong; the others may be taken.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from bascule.errors import RefusedError
from bascule.values import civil_identity
from bascule.values.contact import is_email
from bascule.values.uai import is_uai, normalise_uai, uai_key

LARGEST_FILE: Final = 1024 * 1024
MOST_LINES: Final = 5000

_NAME_LENGTH: Final = 100
#: What each column may be called, without accents, marks or capitals.
_HEADINGS: Final = {
    "uai": ("UAI", "CODE UAI", "NUMERO UAI", "RNE", "CODE RNE", "ETABLISSEMENT"),
    "family": ("NOM", "NOM DE FAMILLE", "NOM D USAGE"),
    "first": ("PRENOM", "PRENOMS"),
    "email": ("COURRIEL", "MEL", "E MAIL", "EMAIL", "MAIL", "ADRESSE ELECTRONIQUE", "ADRESSE MAIL"),
    "starts": ("DEBUT", "DATE DE DEBUT", "A PARTIR DU", "DU"),
    "ends": ("FIN", "DATE DE FIN", "JUSQU AU", "AU"),
}  # fmt: skip
_COLUMN_OF: Final = {name: column for column, names in _HEADINGS.items() for name in names}
_WRONG_EMAIL: Final = "le courriel n’a pas la forme d’une adresse"
_NEEDED: Final = ("uai", "family", "first")
_DAYS: Final = ("%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d", "%d%m%Y", "%d.%m.%Y", "%d-%m-%Y")
_OTHER_FILES: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")


class UnreadableHeadsError(RefusedError):
    """The file is not a table that can be read.

    Args:
        reason (str): French, what it is or lacks.
    """

    code = "heads.file-unreadable"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{reason} Enregistrez le tableau en « CSV (séparateur : point-virgule) », avec les"
            " colonnes UAI, nom, prénom, courriel, et si besoin début et fin."
        )
        self.reason = reason


@dataclass(frozen=True, slots=True)
class HeadLine:
    """One line of the table.

    Attributes:
        number: its place in the file, from 1.
        uai: the school, as typed where it cannot be one.
        family_name: as it is stored.
        first_name: as it is stored.
        email: blank for none.
        starts_on: first day; None where it is not given.
        ends_on: last day, included; None where it is not given.
        fault: French, what is wrong; blank for nothing.
    """

    number: int
    uai: str
    family_name: str
    first_name: str
    email: str
    starts_on: date | None
    ends_on: date | None
    fault: str = ""


def read_heads(content: bytes) -> tuple[HeadLine, ...]:
    """Read a table of heads.

    Args:
        content (bytes): the file, in UTF-8 or as Windows writes it.

    Returns:
        tuple[HeadLine, ...]: in the order of the file, wrong lines with what is wrong.

    Raises:
        UnreadableHeadsError: if it is no such table.
    """
    if len(content) > LARGEST_FILE:
        raise UnreadableHeadsError("Le fichier est trop gros pour une liste de chefs.")
    rows = [(number, row) for number, row in _rows(text_of(content)) if any(row)]
    columns = _columns(rows[0][1]) if rows else None
    width = len(_HEADINGS)
    if columns is not None:
        width = len(rows[0][1])
        rows = rows[1:]
    if not rows:
        raise UnreadableHeadsError("Le fichier ne contient aucune ligne.")
    if len(rows) > MOST_LINES:
        raise UnreadableHeadsError(f"Le fichier compte plus de {MOST_LINES} lignes.")
    places = columns or {name: place for place, name in enumerate(_HEADINGS)}
    return tuple(_line(number, row, places, width) for number, row in rows)


def text_of(content: bytes) -> str:
    """Give the text of a table.

    Args:
        content (bytes): the file, in UTF-8 or as Windows writes it.

    Returns:
        str: its lines.

    Raises:
        UnreadableHeadsError: if it is no text.
    """
    if content.startswith(_OTHER_FILES) or b"\0" in content:
        raise UnreadableHeadsError("Ce fichier n’est pas un CSV.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    delimiter = max(";\t,", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, [" ".join(cell.split()) for cell in row]
    except csv.Error:
        raise UnreadableHeadsError("Le fichier n’est pas un tableau lisible.") from None


def _columns(row: Sequence[str]) -> dict[str, int] | None:
    """Give the places of the columns, if the row names them."""
    named = {
        _COLUMN_OF[key]: place
        for place, cell in enumerate(row)
        if (key := civil_identity.key(cell)) in _COLUMN_OF
    }
    if "uai" not in named and len(named) < len(_NEEDED):
        return None
    missing = [_HEADINGS[name][0] for name in _NEEDED if name not in named]
    if missing:
        raise UnreadableHeadsError(f"La colonne {missing[0]} manque.")
    return named


def _line(number: int, row: Sequence[str], places: Mapping[str, int], width: int) -> HeadLine:
    cells = {
        name: row[places[name]] if places.get(name, len(row)) < len(row) else ""
        for name in _HEADINGS
    }
    uai = normalise_uai(cells["uai"]) or cells["uai"]
    family = civil_identity.family_name(cells["family"])
    first = civil_identity.first_name(cells["first"])
    starts_on, ends_on = _day(cells["starts"]), _day(cells["ends"])
    faults = [
        _fault_of_uai(uai),
        _fault_of_name(family, "nom"),
        _fault_of_name(first, "prénom"),
        "" if not cells["email"] or is_email(cells["email"]) else _WRONG_EMAIL,
        _fault_of_day(cells["starts"], starts_on, "de début"),
        _fault_of_day(cells["ends"], ends_on, "de fin"),
        # What stands under no heading would be lost without a word.
        "la ligne a plus de colonnes que prévu" if any(row[width:]) else "",
        "la fin vient avant le début" if starts_on and ends_on and ends_on < starts_on else "",
    ]
    fault = " ; ".join(filter(None, faults))
    return HeadLine(number, uai, family, first, cells["email"], starts_on, ends_on, fault)


def _fault_of_uai(uai: str) -> str:
    if not uai:
        return "le numéro d’établissement (UAI) manque"
    if is_uai(uai):
        return ""
    if normalise_uai(uai):
        return f"la clé du numéro {uai} est fausse : la lettre attendue est {uai_key(uai[:7])}"
    return f"« {uai[:20]} » n’est pas un numéro d’établissement (UAI)"


def _fault_of_name(name: str, words: str) -> str:
    if not civil_identity.key(name):
        return f"le {words} manque"
    if len(name) > _NAME_LENGTH or civil_identity.strange_characters(name):
        return f"le {words} n’est pas utilisable"
    return ""


def _fault_of_day(text: str, day: date | None, words: str) -> str:
    if not text or day is not None:
        return ""
    return f"la date {words} « {text[:20]} » n’est pas lisible (jj/mm/aaaa est attendu)"


def _day(text: str) -> date | None:
    if text.isdecimal() and len(text) != len("jjmmaaaa"):
        return None
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    return None
