"""Put rows of the national tables into the words of `Nomenclature.xml`. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from bascule.formats.record import Fields

#: What `DATE_FERMETURE` says of a MEF that nothing closes.
NO_END = "31/12/9999"

#: What a MEF says when pupils may be enrolled in it.
_OF_PUPILS = ("LIBELLE_EDITION", "MEF_RATTACHEMENT")
_SHORT_AND_LONG = {"LIBELLE_COURT": "libelle_court", "LIBELLE_LONG": "libelle_long"}
_WITH_EDITION = {**_SHORT_AND_LONG, "LIBELLE_EDITION": "libelle_edition"}

#: National table, block, its key, and its elements with their columns.
_SMALL_TABLES: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("modalite_election", "MODALITE_ELECTION", "CODE_MODALITE_ELECT", _SHORT_AND_LONG),
    ("regime", "REGIME", "CODE_REGIME", _SHORT_AND_LONG),
    ("lien_parente", "LIEN_PARENTE", "CODE_PARENTE", {**_WITH_EDITION, "TRI": "tri"}),
    ("niveau_responsabilite", "N_NIVEAU_RESPONSABILITE", "NIVEAU_RESPONSABILITE", _WITH_EDITION),
    (
        "bourse",
        "BOURSE",
        "CODE_BOURSE",
        {**_SHORT_AND_LONG, "BOURSE_NATIONALE": "bourse_nationale"},
    ),
    (
        "pcs",
        "PROFESSION",
        "CODE_PROFESSION",
        {"LIBELLE_COURT_PCS": "libelle_court", "LIBELLE_LONG_PCS": "libelle_long"},
    ),
    ("provenance", "PROVENANCE", "CODE_PROVENANCE", _SHORT_AND_LONG),
    ("motif_sortie", "MOTIF_SORTIE", "CODE_MOTIF_SORTIE", _SHORT_AND_LONG),
    ("statut_eleve", "STATUT_ELEVE", "CODE_STATUT", _SHORT_AND_LONG),
    (
        "type_contrat_division",
        "CONTRAT",
        "CODE_CONTRAT",
        {"LIBELLE_COURT": "libelle_long", "LIBELLE_LONG": "libelle_long"},
    ),
    ("type_uai_siecle", "TYPE_ETABLISSEMENT", "CODE_TYPE_ETAB", _SHORT_AND_LONG),
    ("civilite", "CIVILITE", "CODE_CIVILITE", _SHORT_AND_LONG),
    (
        "modalite_cours",
        "MODALITE_COURS",
        "CODE_MODALITE_COURS",
        {**_SHORT_AND_LONG, "CO_ENSEIGNEMENT": "co_enseignement"},
    ),
)

#: The blocks that every school receives whole.
SMALL_BLOCKS = tuple(block for _, block, _, _ in _SMALL_TABLES)


def small_table_of(block: str) -> str:
    """Name the national table that a block is made of.

    Args:
        block (str): the block.

    Returns:
        str: name of the table; blank for a block of more than one.
    """
    return next((table for table, made, *_ in _SMALL_TABLES if made == block), "")


def small_tables(
    rows: Callable[[str], Iterable[Mapping[str, str]]],
) -> Iterator[tuple[str, list[Fields]]]:
    """Give the blocks that every school receives whole.

    Args:
        rows (Callable[[str], Iterable[Mapping[str, str]]]): reads a national table.

    Yields:
        tuple[str, list[Fields]]: each block, in the order of the file.
    """
    for table, block, key, elements in _SMALL_TABLES:
        current = (row for row in rows(table) if row.get("historique", "0") != "1")
        yield block, [_small(row, key, elements) for row in current]


def mef(row: Mapping[str, str], *, option_count: int | None, takes_pupils: bool) -> Fields:
    """Give a MEF.

    Args:
        row (Mapping[str, str]): its row of the national table.
        option_count (int | None): compulsory options that it asks for; None for what its row says.
        takes_pupils (bool): whether pupils may be enrolled in it; else they may only come from it.

    Returns:
        Fields: without what a school chooses.
    """
    count = str(option_count if option_count is not None else row.get("options_obligatoires") or 0)
    fields: Fields = {
        "@CODE_MEF": row["code"],
        "FORMATION": row["libelle_court"][:6].strip(),
        "LIBELLE_LONG": row["libelle_long"][:40],
        "LIBELLE_EDITION": row.get("libelle_edition", "")[:60],
        "STATUT_MEF": row.get("statut", ""),
        "MEF_RATTACHEMENT": row["code"],
        "CODE_MEFSTAT": row.get("mefstat", ""),
        "NB_OPT_OBLIG": count,
        "NB_OPT_MINI": count,
        "RENFORCEMENT_LANGUES": "0",
        "INSCRIPTION_ETAB": "1",
        "DATE_OUVERTURE": french_day(row.get("date_ouverture", "")),
        "DATE_FERMETURE": french_day(row.get("date_fermeture", "")) or NO_END,
    }
    said = {tag: text for tag, text in fields.items() if text}
    return said if takes_pupils else origin_only(said)


def origin_only(fields: Fields) -> Fields:
    """Give a MEF as the profile of a school that has no pupil in it says it.

    Args:
        fields (Fields): the MEF.

    Returns:
        Fields: without what only serves those who are in it.
    """
    kept = {tag: text for tag, text in fields.items() if tag not in _OF_PUPILS}
    return kept | {"NB_OPT_OBLIG": "0", "NB_OPT_MINI": "0", "INSCRIPTION_ETAB": "0"}


def subject(row: Mapping[str, str]) -> Fields:
    """Give a subject.

    Args:
        row (Mapping[str, str]): its row of the national table.

    Returns:
        Fields: a subject that is not *ETP*.
    """
    label = row["libelle_long"]
    fields: Fields = {
        "@CODE_MATIERE": row["code"],
        "CODE_GESTION": row["code_gestion"][:5],
        "LIBELLE_COURT": label[:20].strip(),
        "LIBELLE_LONG": label[:40],
        "LIBELLE_EDITION": (row.get("libelle_edition") or label.capitalize())[:60],
        "MATIERE_ETP": "0",
    }
    return {tag: text for tag, text in fields.items() if text}


def programme(mef_code: str, subject_code: str, mode: str, hours: str) -> Fields:
    """Give one line of a programme.

    Args:
        mef_code (str): the MEF.
        subject_code (str): the subject.
        mode (str): how it is taken, a code of `modalite_election`.
        hours (str): hours a week, `4`, `4.5` or `4,50`.

    Returns:
        Fields: the line.
    """
    return {
        "CODE_MEF": mef_code,
        "CODE_MATIERE": subject_code,
        "CODE_MODALITE_ELECT": mode,
        "HORAIRE": f"{_hours(hours):.2f}",
    }


def option(mef_code: str, subject_code: str, rank: str) -> Fields:
    """Give a subject that may be a compulsory option.

    Args:
        mef_code (str): the MEF.
        subject_code (str): the subject.
        rank (str): the rank at which it may be.

    Returns:
        Fields: the option.
    """
    return {"CODE_MEF": mef_code, "CODE_MATIERE": subject_code, "RANG_OPTION": rank}


def french_day(text: str) -> str:
    """Write a day of a national table as exports do.

    Args:
        text (str): `AAAA-MM-JJ`, or blank.

    Returns:
        str: `JJ/MM/AAAA`, or blank.
    """
    return f"{date.fromisoformat(text):%d/%m/%Y}" if text else ""


def _hours(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return 0.0


def _small(row: Mapping[str, str], key: str, elements: Mapping[str, str]) -> Fields:
    fields: Fields = {f"@{key}": row["code"]}
    fields |= {tag: row[column] for tag, column in elements.items() if row.get(column)}
    if key == "CODE_CONTRAT":
        fields["LIBELLE_COURT"] = row["libelle_long"][:10].strip()
    return fields
