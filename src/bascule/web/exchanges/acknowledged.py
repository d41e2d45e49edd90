"""What an import's pages say of the software that asked to be told of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from bascule.exchange import acknowledgements
from bascule.exchange.models import ImportRun

_STANDS = {
    acknowledgements.WAITING: gettext_lazy("pas encore reçu : d’autres essais suivent"),
    acknowledgements.TOLD: gettext_lazy("reçu"),
    acknowledgements.GIVEN_UP: gettext_lazy(
        "pas reçu, et plus aucun essai ne suit : prévenez l’assistance"
    ),
}
_FAULTS = {
    "not-allowed": gettext_lazy("cette adresse n’est plus permise par l’académie"),
    "private": gettext_lazy("cette adresse mène à un réseau privé : elle n’est pas appelée"),
    "unknown-name": gettext_lazy("cette adresse n’existe pas"),
    "no-answer": gettext_lazy("pas de réponse"),
}


def acknowledged(run: ImportRun) -> list[dict[str, Any]]:
    """Give what is shown of acknowledgements.

    Args:
        run (ImportRun): the import.

    Returns:
        list[dict[str, Any]]: `address`, `stands`, `tries` of each that was asked for.
    """
    return [
        {
            "address": found.address,
            "stands": _STANDS[found.state],
            "tries": [(datetime.fromisoformat(one["at"]), _heard(one)) for one in found.tries],
        }
        for found in acknowledgements.of_run(run=run)
    ]


def _heard(one: Mapping[str, Any]) -> str:
    if one["status"] is None:
        return str(_FAULTS[one["fault"]])
    return _("le logiciel répond %(status)s") % {"status": one["status"]}
