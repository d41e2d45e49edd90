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
        "account.reissue": "nouveau code d’activation d’un compte",
        "account.unlock": "compte débloqué",
        "common.load": "chargement des données communes",
        "export": "production d’un export",
        "import.apply": "import intégré",
        "import.restore": "import rétabli",
        "import.undo": "import annulé",
        "key.activated": "clé activée",
        "key.added": "clé ajoutée",
        "key.code-renewed": "nouveau code d’activation d’une clé",
        "key.expired": "clés arrivées à leur fin",
        "key.handed": "clé remise",
        "key.lost": "clé déclarée perdue",
        "key.received": "clés entrées en stock",
        "key.replace": "clé remplacée par deux personnes de l’établissement",
        "key.replaced": "clé remplacée",
        "key.reserved": "clé changée de réserve",
        "key.restocked": "clé remise en stock",
        "key.resumed": "fin de suspension d’une clé",
        "key.returned": "clé rendue",
        "key.suspended": "clé suspendue",
        "key.withdrawn": "clé retirée du parc",
        "keys.rotate": "changement de la clé qui chiffre les graines",
        "news.publish": "actualité publiée",
        "news.withdraw": "actualité retirée",
        "nomenclatures.national": "chargement de tables nationales",
        "nomenclatures.profile": "chargement des nomenclatures",
        "person.change": "compte modifié",
        "person.create": "compte créé",
        "person.disable": "compte désactivé",
        "person.enable": "compte réactivé",
        "person.unblock": "compte débloqué",
        "right.delegate": "droit délégué",
        "right.end": "date de fin d’un droit changée",
        "right.give": "droit donné",
        "right.withdraw": "droit retiré",
        "school-year.open": "ouverture d’une année",
        "school-year.software": "changement de logiciel",
        "school-year.state": "changement d’état d’une année",
        "school.register": "inscription d’un établissement",
        "structures.division": "ajout ou rattachement d’une division",
        "structures.load": "chargement des structures",
        "support.answer": "réponse à une demande d’assistance",
        "support.ask": "session d’assistance demandée",
        "support.end": "session d’assistance terminée",
        "token.create": "jeton créé",
        "token.rotate": "jeton renouvelé",
        "token.withdraw": "jeton retiré",
    }
)

#: What was looked at, or tried.
ACCESSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account.activated": "compte activé par sa lettre",
        "activation.failed": "code d’activation refusé",
        "api.call": "appel du logiciel de l’établissement",
        "api.refused": "appel refusé au logiciel",
        "door.closed": "page ou donnée refusée",
        "key.lost": "clé déclarée perdue",
        "key.resync": "clé remise au pas",
        "key.vouch-failed": "code refusé pour remplacer la clé d’un collègue",
        "paper.taken": "document emporté",
        "password.changed": "mot de passe changé",
        "record.read": "dossier d’élève consulté",
        "signin.done": "connexion",
        "signin.failed": "connexion refusée",
        "signin.locked": "compte bloqué après trop d’essais",
        "signin.out": "déconnexion",
        "support.page": "page ouverte en session d’assistance",
        "trail.export": "journal emporté",
        "trail.search": "recherche dans le journal",
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
