"""The kinds of file that schools and their software exchange, told apart by their root element.

Knows many kinds that nothing here reads, so that a file dropped in the wrong place is named and
sent where it belongs.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file.

    Attributes:
        code: stable code.
        root: root element; empty for what is not XML.
        name: French, with its article, as in "ce fichier est …".
        use: French sentence: what it is for, where it goes.
        is_exchanged: False for what is only mistaken for a file of an exchange.
    """

    code: str
    root: str
    name: str
    use: str
    is_exchanged: bool = True


_TO_SOFTWARE = "Il descend vers votre logiciel : c’est là qu’il s’importe."
_TO_STSWEB = "Il remonte vos services dans STSWEB : déposez-le dans les structures et services."

PRIVATE_IMPORT = Kind(
    "private_import",
    "IMPORT_ELEVES",
    "un import du privé (élèves et responsables)",
    "Il vient de votre logiciel : déposez-le dans l’import des élèves.",
)
GROUP_LINKS = Kind(
    "group_links",
    "IMPORT_ELEVES",
    "un import des liens élève-groupe",
    "Il vient de votre logiciel d’emploi du temps : déposez-le dans l’import des liens "
    "élève-groupe.",
)

#: Kinds that are not XML: known by what is in them, not by a root element.
GEP = Kind(
    "gep",
    "",
    "un dossier de GEP",
    "Il se reprend une fois : déposez-le dans l’import des élèves.",
)
TABLE = Kind(
    "table",
    "",
    "un tableau",
    "Déposez-le dans l’import des élèves, et dites ce que contient chaque colonne.",
)
ONEROSTER = Kind(
    "oneroster",
    "",
    "un dossier OneRoster",
    "Il vient d’un logiciel étranger : déposez-le dans l’import des élèves.",
)

_KINDS = (
    PRIVATE_IMPORT,
    Kind("bee_nomenclatures", "BEE_NOMENCLATURES", "un export « Nomenclatures »", _TO_SOFTWARE),
    Kind("bee_structures", "BEE_STRUCTURES", "un export « Structures »", _TO_SOFTWARE),
    Kind("bee_commun", "BEE_COMMUN", "un export « Communs »", _TO_SOFTWARE),
    Kind("bee_eleves", "BEE_ELEVES", "un export « Élèves » de la base élèves", _TO_SOFTWARE),
    Kind(
        "bee_responsables",
        "BEE_RESPONSABLES",
        "un export « Responsables » de la base élèves",
        _TO_SOFTWARE,
    ),
    Kind("bee_geographique", "BEE_GEOGRAPHIQUE", "un export « Géographique »", _TO_SOFTWARE),
    Kind("bee_etablissements", "BEE_ETABLISSEMENTS", "un export « Établissements »", _TO_SOFTWARE),
    Kind(
        "bee_ephc_eleves",
        "BEE_EPHC_ELEVES",
        "un export « Élèves » d’un établissement hors contrat",
        _TO_SOFTWARE,
    ),
    Kind(
        "bee_ephc_responsables",
        "BEE_EPHC_RESPONSABLES",
        "un export « Responsables » d’un établissement hors contrat",
        _TO_SOFTWARE,
    ),
    Kind(
        "sts_edt",
        "STS_EDT",
        "un export de STSWEB (sts_emp)",
        "Il descend vers votre logiciel d’emploi du temps : c’est là qu’il s’importe.",
    ),
    Kind("edt_sts", "EDT_STS", "un fichier d’emploi du temps (emp_sts)", _TO_STSWEB),
    Kind(
        "lsu",
        "lsun-bilans",
        "un fichier du livret scolaire unique",
        "Déposez-le dans l’application du livret scolaire.",
    ),
    Kind(
        "absences",
        "exportAbsence",
        "un export des absences",
        "Déposez-le dans l’application qui suit les absences.",
    ),
    Kind(
        "aaf",
        "ficAlimMENESR",
        "un fichier de l’annuaire fédérateur",
        "Il s’importe dans votre espace numérique de travail.",
    ),
    Kind(
        "web_page",
        "html",
        "une page internet enregistrée",
        "Votre session a sans doute expiré pendant le téléchargement : reconnectez-vous et "
        "téléchargez de nouveau le fichier.",
        is_exchanged=False,
    ),
    Kind(
        "news_feed",
        "rss",
        "un fil d’actualités",
        "Reprenez l’export dans votre logiciel et choisissez le fichier qu’il a produit.",
        is_exchanged=False,
    ),
    Kind(
        "exchange_error",
        "erreur",
        "un message d’erreur de l’échange",
        "L’export n’a pas abouti : relancez-le et choisissez le fichier produit.",
        is_exchanged=False,
    ),
    Kind(
        "spreadsheet_xml",
        "Workbook",
        "un classeur enregistré en XML",
        "Enregistrez-le au format XLSX ou CSV.",
        is_exchanged=False,
    ),
)

KINDS: dict[str, Kind] = {kind.root.casefold(): kind for kind in _KINDS} | {
    "bee_etablissement": next(kind for kind in _KINDS if kind.code == "bee_etablissements"),
}

_ROOT = re.compile(
    r"\ufeff?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*"
    r"(?:<!DOCTYPE\s+(?P<doctype>[^\s>\[]+)[\s>\[]|<(?P<root>[^\s/>!?<]+)[\s/>])",
    re.DOTALL | re.IGNORECASE,
)
_FIRST_CONTENT = re.compile(r"<DONNEES\s*>\s*<(?P<container>[^\s/>!?<]+)")
_GROUPS = re.compile(r"<(?:GROUPES|ELEVE_ID)[\s>]")


def root_of(text: str) -> str | None:
    """Return the name of the root element from the beginning of a file.

    Args:
        text (str): beginning of the file.

    Returns:
        str | None: the name; that of the DOCTYPE when there is one, None when there is neither.
    """
    found = _ROOT.match(text)
    return (found["doctype"] or found["root"]) if found else None


def recognise(root: str, beginning: str = "") -> Kind | None:
    """Say which kind of file this is.

    Args:
        root (str): name of the root element.
        beginning (str): beginning of the file; tells apart kinds that share a root. Without it,
            `IMPORT_ELEVES` is taken for the import of pupils, and its reader decides.

    Returns:
        Kind | None: the kind, None when it is not known.
    """
    kind = KINDS.get(root.casefold())
    if kind is PRIVATE_IMPORT:
        first = _FIRST_CONTENT.search(beginning)
        if first and first["container"] == "ELEVES" and _GROUPS.search(beginning):
            return GROUP_LINKS
    return kind
