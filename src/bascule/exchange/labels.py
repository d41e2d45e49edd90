"""French words for what a plan changes: the fields, their values, and a change as one sentence. Pure.

The keys are those of `PlanLine.changes`: columns of the rows of `bascule.students.rows`, plus
`enrolment`, `schooling`, `schooling.<first day>`, `group.<code>`, `guardian.<whom>` and `guardian.<whom>.<column>`.
Codes stay codes: their labels belong to the nomenclatures. What the law calls sensitive is told to
have changed, and its value is not given.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

#: Shown where a sensitive value stands.
HIDDEN: Final = "valeur non affichée"
_EMPTY: Final = "(vide)"
_ARROW: Final = "→"

_LABELS: Final = {
    "ine": "Identifiant national",
    "ine_bea": "INE de la base académique",
    "ine_rnie": "INE du répertoire national",
    "family_name": "Nom de famille",
    "usual_name": "Nom d’usage",
    "first_name": "Prénom",
    "second_name": "Deuxième prénom",
    "third_name": "Troisième prénom",
    "birth_date": "Date de naissance",
    "sex": "Sexe",
    "nationality": "Nationalité",
    "birth_country": "Pays de naissance",
    "birth_commune": "Commune de naissance",
    "birth_town": "Ville de naissance",
    "personal_phone": "Téléphone personnel",
    "work_phone": "Téléphone professionnel",
    "mobile_phone": "Téléphone portable",
    "accepts_sms": "Accord pour les SMS",
    "email": "Courriel",
    "address_id": "Adresse",
    "address.line1": "Adresse, ligne 1",
    "address.line2": "Adresse, ligne 2",
    "address.line3": "Adresse, ligne 3",
    "address.line4": "Adresse, ligne 4",
    "address.postcode": "Code postal",
    "address.town": "Commune",
    "address.foreign_town": "Commune à l’étranger",
    "address.country": "Pays de l’adresse",
    "private_id": "Identifiant dans votre logiciel",
    "is_blocked": "Bloqué avant la base académique",
    "is_expected": "Attendu, sans fichier qui le confirme",
    "entered_on": "Date d’entrée",
    "left_on": "Date de sortie",
    "exit_reason": "Motif de sortie",
    "regime": "Régime",
    "takes_transport": "Transport scolaire",
    "is_repeating": "Doublement",
    "lodging_uai": "Établissement d’hébergement",
    "grants": "Bourses",
    "previous_uai": "Établissement de l’an dernier",
    "previous_department": "Département de l’an dernier",
    "previous_origin": "Provenance",
    "previous_mef": "MEF de l’an dernier",
    "previous_mef_type": "Type de MEF de l’an dernier",
    "previous_division": "Division de l’an dernier",
    "previous_status": "Statut de l’an dernier",
    "previous_starts_on": "Début de scolarité de l’an dernier",
    "previous_ends_on": "Fin de scolarité de l’an dernier",
    "previous_regime": "Régime de l’an dernier",
    "previous_options": "Options de l’an dernier",
    "previous_plans": "Dispositifs de l’an dernier",
    "starts_on": "Début de scolarité",
    "ends_on": "Fin de scolarité",
    "mef": "MEF",
    "division": "Division",
    "status": "Statut",
    "is_stopped": "Arrêt de la formation",
    "options": "Options",
    "plans": "Dispositifs",
    "civility": "Civilité",
    "profession": "Profession",
    "shares_address": "Accord pour communiquer l’adresse",
    "dependent_children": "Enfants à charge",
    "level": "Niveau de responsabilité",
    "kinship": "Lien de parenté",
    "pays_fees": "Paie les frais scolaires",
    "lodges_pupil": "Héberge l’élève",
    "receives_aid": "Perçoit les aides",
    "is_first_to_call": "À contacter en priorité",
    "enrolment": "Inscription pour l’année",
    "schooling": "Scolarité",
    "guardian": "Responsable",
}

#: The national tables whose words stand for the codes of a column.
CODE_TABLES: Final = {
    "sex": "sexe", "nationality": "pays", "birth_country": "pays", "country": "pays", "exit_reason": "motif_sortie",
    "regime": "regime", "previous_regime": "regime", "status": "statut_eleve", "previous_status": "statut_eleve",
    "previous_origin": "provenance", "civility": "civilite", "profession": "pcs", "kinship": "lien_parente",
    "birth_commune": "commune",
}  # fmt: skip

_LEVELS: Final = {
    "1": "représentant légal",
    "2": "personne en charge",
    "3": "personne à contacter",
}
_OF_A_LINK: Final = frozenset(
    ("level", "kinship", "pays_fees", "lodges_pupil", "receives_aid", "is_first_to_call")
)
_DATES: Final = frozenset(
    (
        "birth_date", "entered_on", "left_on", "starts_on", "ends_on", "previous_starts_on", "previous_ends_on",
    )
)  # fmt: skip

#: Columns whose value no report gives.
_HIDDEN_COLUMNS: Final = frozenset(("nationality", "profession", "grants"))
#: Elements of the file whose value no report gives.
_HIDDEN_ELEMENTS: Final = frozenset(("CODE_PAYS_NAT", "CODE_PROFESSION", "CODE_BOURSE", "NB_PART"))
#: Codes that say too much: kin who are there by a decision of justice or of social aid; a death.
_HIDDEN_CODES: Final = {
    "kinship": frozenset(("41", "42", "51")),
    "exit_reason": frozenset(("43",)),
}
#: Religious subjects, by code and by the shorter code that files give for last year.
_RELIGIOUS: Final = re.compile(r"90[0-9]{4}|CATHO|ISRLT|PROTT|LUTHR|CALVN|RLGDI")
_SUBJECTS: Final = frozenset(("options", "previous_options"))
_CONTENT_OF_ELEMENTS: Final = {"CODE_PARENTE": "kinship", "CODE_MOTIF_SORTIE": "exit_reason"}


def is_hidden(element: str, value: str) -> bool:
    """Tell whether a value read must not be shown.

    Args:
        element (str): element of the file (`CODE_PAYS_NAT`).
        value (str): what it holds.

    Returns:
        bool: True for nationality, profession, grants, and the codes that say too much.
    """
    if element in _HIDDEN_ELEMENTS:
        return True
    if element == "CODE_MATIERE":
        return _RELIGIOUS.fullmatch(value) is not None
    column = _CONTENT_OF_ELEMENTS.get(element)
    return column is not None and value in _HIDDEN_CODES[column]


#: What a plan adds and removes whole, and the words for it.
_COMES_AND_GOES: Final = {"schooling": ("ouverte", "retirée"), "group": ("ajouté", "retiré")}


def field_label(key: str) -> str:
    """Name a field of a plan.

    Args:
        key (str): a key of `PlanLine.changes`.

    Returns:
        str: French; a key that has no label is given back as it is.
    """
    subject, _, rest = key.partition(".")
    if subject == "group":
        return f"Groupe {rest}"
    if subject == "guardian" and rest:
        whom, column = _split_guardian(rest)
        who = f"Responsable {_guardian(whom)}"
        return f"{who}, {_lower(_LABELS[column])}" if column else who
    if subject == "schooling" and rest:
        return f"Scolarité du {_day(rest)}"
    return _LABELS.get(key, key)


def value_label(key: str, value: Any) -> str:
    """Word a value of a field.

    Args:
        key (str): a key of `PlanLine.changes`.
        value (Any): the value before or after.

    Returns:
        str: French; dates as JJ/MM/AAAA, lists with commas, `(vide)` when there is none.
    """
    column = _column(key)
    if value is None or value in ("", []):
        return _EMPTY
    if column in _HIDDEN_COLUMNS:
        return HIDDEN
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(_item(column, str(item)) for item in value)
    return _text(column, str(value))


def change_label(key: str, change: Sequence[Any]) -> str:
    """Word a change.

    Args:
        key (str): a key of `PlanLine.changes`.
        change (Sequence[Any]): the value before, and the value after.

    Returns:
        str: `Régime : 0 → 2`.
    """
    before, after = change
    label = field_label(key)
    subject, _, rest = key.partition(".")
    if subject == "guardian" and rest and not _split_guardian(rest)[1]:
        return f"{label} retiré" if after is None else f"{label} ajouté : {_link(after)}"
    if subject == "enrolment":
        return f"{label} : {after}" if after else label
    if subject in _COMES_AND_GOES and None in change:
        came, went = _COMES_AND_GOES[subject]
        word, value = (came, after) if before is None else (went, before)
        return f"{label} {word} : {value_label(key, value)}"
    if _column(key) in _HIDDEN_COLUMNS:
        return f"{label} : changement ({HIDDEN})"
    return f"{label} : {value_label(key, before)} {_ARROW} {value_label(key, after)}"


def _text(column: str, text: str) -> str:
    if text in _HIDDEN_CODES.get(column, ()):
        return HIDDEN
    if column == "group":
        return _place(text)
    if column == "level":
        return _LEVELS.get(text, text)
    return _day(text) if column in _DATES else text


def _column(key: str) -> str:
    """Return the column that a key is about, or the key."""
    if key.startswith("guardian."):
        return _split_guardian(key.removeprefix("guardian."))[1] or "guardian"
    return "group" if key.startswith("group.") else key


def _split_guardian(rest: str) -> tuple[str, str]:
    """Return whom, and the column of the link; the name of a person may hold a dot."""
    whom, _, column = rest.rpartition(".")
    return (whom, column) if column in _OF_A_LINK else (rest, "")


def _guardian(whom: str) -> str:
    if whom.startswith("#"):
        return f"n° {whom[1:]} de la base"
    return f"n° {whom}" if whom.isdigit() else whom


def _link(text: Any) -> str:
    """Word `level kinship`, as the plan writes a link that comes."""
    level, _, kinship = str(text).partition(" ")
    words = value_label("level", level)
    if kinship in _HIDDEN_CODES["kinship"]:
        return f"{words}, lien non affiché"
    return f"{words}, lien {kinship}" if kinship else words


def _place(text: str) -> str:
    """Word `start end`, as the plan writes when a place in a group runs."""
    start, _, end = text.partition(" ")
    words = [f"du {_day(start)}"] if start != "-" else []
    words += [f"jusqu’au {_day(end)}"] if end not in ("-", "") else []
    return " ".join(words) or "toute l’année"


def _item(column: str, text: str) -> str:
    if column in _SUBJECTS and _RELIGIOUS.match(text):
        return HIDDEN
    return text


def _day(text: str) -> str:
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}"
    except ValueError:
        return text


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]
