"""The words of the journal on pages: what a line is about, which page was opened."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from django.utils.translation import gettext as _, gettext_noop

from bascule.journal import kinds

#: Pages and routes that lines name, by URL name.
PAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "api-v1:import": gettext_noop("un import"),
        "api-v1:imports": gettext_noop("la liste des imports"),
        "api-v1:me": gettext_noop("ce que permet le jeton"),
        "api-v1:report": gettext_noop("le compte rendu d’un import"),
        "bea:board": gettext_noop("la base académique"),
        "bea:kept-back": gettext_noop("les élèves restés en arrière"),
        "bea:transfer": gettext_noop("l’accusé de réception d’une nuit"),
        "common:read": gettext_noop("les données communes"),
        "exchanges:accents": gettext_noop("la lecture des accents d’un fichier déposé"),
        "constat:paper": gettext_noop("le document d’un constat de rentrée"),
        "constat:school": gettext_noop("le constat de rentrée"),
        "constat:sign": gettext_noop("la signature du constat de rentrée"),
        "exchanges:check": gettext_noop("la lecture d’un fichier déposé"),
        "exchanges:columns": gettext_noop("ce que contiennent les colonnes d’un tableau"),
        "exchanges:compare": gettext_noop("ce qu’un import ferait"),
        "exchanges:decline": gettext_noop("l’abandon d’un import"),
        "exchanges:spare": gettext_noop("les changements laissés de côté"),
        "exchanges:deposit": gettext_noop("le dépôt d’un fichier"),
        "exchanges:file": gettext_noop("le fichier déposé pour un import"),
        "exchanges:follow": gettext_noop("le suivi des échanges"),
        "exchanges:gep": gettext_noop("la fin de GEP"),
        "exchanges:gep-paper": gettext_noop("le procès-verbal de la fin de GEP"),
        "exchanges:paper": gettext_noop("le compte rendu d’un import"),
        "exchanges:refused": gettext_noop("les fiches mises de côté par un import"),
        "exchanges:rest": gettext_noop("la suite d’un import"),
        "exchanges:result": gettext_noop("ce qu’un import a fait"),
        "exchanges:run": gettext_noop("un import"),
        "exchanges:runs": gettext_noop("la liste des imports"),
        "exchanges:software": gettext_noop("le logiciel de l’établissement"),
        "figures:school": gettext_noop("les effectifs de la base académique"),
        "glance:school": gettext_noop("l’établissement en un coup d’œil"),
        "guide:steps": gettext_noop("le fil conducteur"),
        "identities:school": gettext_noop("les identifiants nationaux"),
        "lists:headcounts": gettext_noop("les effectifs de l’établissement"),
        "lists:home": gettext_noop("les listes standard"),
        "papers:class-list": gettext_noop("une liste de classe"),
        "papers:home": gettext_noop("les certificats et les listes"),
        "profiling:received": gettext_noop("les nomenclatures reçues"),
        "pupils:columns": gettext_noop("le choix des colonnes d’une liste"),
        "pupils:copy": gettext_noop("la copie de ce qui est tenu sur un élève"),
        "pupils:list": gettext_noop("la liste des élèves"),
        "pupils:record": gettext_noop("le dossier d’un élève"),
        "pupils:tab": gettext_noop("une partie du dossier d’un élève"),
        "structures:list": gettext_noop("les divisions et les groupes"),
        "years:school-balance": gettext_noop("le bilan des élèves de l’année"),
    }
)

_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "scope": gettext_noop("le jeton ne le permet pas"),
        "withdrawn": gettext_noop("le jeton est retiré"),
        "expired": gettext_noop("le jeton a pris fin"),
    }
)

#: Documents taken out.
_PAPERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "campaign-board": gettext_noop("tableau d’une campagne"),
        "certificat-de-scolarite": gettext_noop("certificat de scolarité"),
        "compte-rendu": gettext_noop("compte rendu d’import"),
        "constat-list": gettext_noop("liste des constats de rentrée"),
        "copy": gettext_noop("copie de ce qui est tenu sur un élève"),
        "effectifs": gettext_noop("tableau d’effectifs"),
        "etiquettes": gettext_noop("étiquettes d’adresses"),
        "exeat": gettext_noop("certificat de radiation"),
        "exports": gettext_noop("fichiers pour le logiciel"),
        "fiches-a-corriger": gettext_noop("fiches à corriger"),
        "fichier-depose": gettext_noop("fichier déposé"),
        "liste": gettext_noop("liste d’élèves"),
        "liste-de-classe": gettext_noop("liste de classe"),
    }
)

#: What a line is about, by the first word of what it names.
_THINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "key": gettext_noop("Clé n° %s"),
        "key-register": gettext_noop("Registre des clés"),
        "person": gettext_noop("Compte n° %s"),
        "run": gettext_noop("Import n° %s"),
        "sent": gettext_noop("Export n° %s"),
        "student": gettext_noop("Élève n° %s"),
        "support": gettext_noop("Session d’assistance n° %s"),
        "token": gettext_noop("Jeton n° %s"),
        "year": gettext_noop("Rentrée %s"),
    }
)


def kind(code: str) -> str:
    """Give the words of what happened.

    Args:
        code (str): the kind of an act or of an access.

    Returns:
        str: words, in the language of the page.
    """
    return _(kinds.words(code))


def thing(about: str) -> str:
    """Give the words of what a line is about.

    Args:
        about (str): as the line names it (`student/12`).

    Returns:
        str: words; blank for nothing, the code itself for what has no words.
    """
    name, _slash, number = about.partition("/")
    if name not in _THINGS:
        return about
    pattern = _(_THINGS[name])
    return pattern % number if "%s" in pattern else pattern


def page(url_name: str) -> str:
    """Give the words of a page or a route.

    Args:
        url_name (str): its URL name.

    Returns:
        str: words; the name itself for one that has none.
    """
    return _(PAGES[url_name]) if url_name in PAGES else url_name


def detail(facts: Mapping[str, Any]) -> str:
    """Give the words of what else a line says.

    Args:
        facts (Mapping[str, Any]): its facts.

    Returns:
        str: words; blank when it says nothing that people read.
    """
    found = []
    opened = facts.get("page") or facts.get("route")
    if opened:
        found.append(page(str(opened)))
    if facts.get("paper"):
        paper = str(facts["paper"])
        found.append(_(_PAPERS[paper]) if paper in _PAPERS else paper)
    if facts.get("forme"):
        found.append(str(facts["forme"]))
    if facts.get("reason") in _REASONS:
        found.append(_(_REASONS[facts["reason"]]))
    return ", ".join(found)


def raw(facts: Mapping[str, Any]) -> str:
    """Write all the facts of a line or an act, for whoever reads codes.

    Args:
        facts (Mapping[str, Any]): the facts.

    Returns:
        str: names and values.
    """
    return " ; ".join(f"{name} : {_value(value)}" for name, value in facts.items())


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
