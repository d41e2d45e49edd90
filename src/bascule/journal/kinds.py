"""What the kinds of the journal are called: one place for pages, commands and exports.

A capability names its acts and its lines by codes; whoever reads them is shown these words. A test
fails when a kind has none.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

#: What an act did.
ACTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "access.seal": "scellement des accès",
        "common.load": "chargement des données communes",
        "export": "production d’un export",
        "import.apply": "import intégré",
        "import.restore": "import rétabli",
        "import.undo": "import annulé",
        "nomenclatures.national": "chargement de tables nationales",
        "nomenclatures.profile": "chargement des nomenclatures",
        "right.give": "droit donné",
        "right.withdraw": "droit retiré",
        "school-year.open": "ouverture d’une année",
        "school-year.software": "changement de logiciel",
        "school-year.state": "changement d’état d’une année",
        "school.register": "inscription d’un établissement",
        "structures.division": "ajout ou rattachement d’une division",
        "structures.load": "chargement des structures",
    }
)

#: What was looked at, or tried.
ACCESSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "door.closed": "page ou donnée refusée",
        "paper.taken": "document emporté",
        "record.read": "dossier d’élève consulté",
    }
)


def words(kind: str) -> str:
    """Give the French words of a kind.

    Args:
        kind (str): an act's or an access's.

    Returns:
        str: the words; the code itself for a kind that has none.
    """
    return ACTS.get(kind) or ACCESSES.get(kind) or kind


def choices(kinds: Iterable[str]) -> list[tuple[str, str]]:
    """Give kinds as a list to choose from.

    Args:
        kinds (Iterable[str]): codes.

    Returns:
        list[tuple[str, str]]: codes and words, by words.
    """
    return sorted(((kind, words(kind)) for kind in kinds), key=lambda pair: pair[1])
