"""The parts of the exchanges: what comes in, what goes out, the list of both, and the end of GEP."""

from django.urls import reverse
from django.utils.translation import gettext as _

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.web.gate import PageRequest, actor_on

_PARTS = (
    ("importer", "exchanges:runs", Permission.IMPORT),
    ("exporter", "exports:make", Permission.EXPORT),
    ("suivi", "exchanges:follow", Permission.IMPORT),
    ("gep", "exchanges:gep", Permission.IMPORT),
)


def parts(request: PageRequest, uai: str, year: int) -> list[tuple[str, str, str]]:
    """Give the parts that whoever asks may open, as tabs.

    Args:
        request (PageRequest): the request.
        uai (str): the school.
        year (int): first calendar year.

    Returns:
        list[tuple[str, str, str]]: words, URL and key of each.
    """
    words = {
        "importer": _("Importer"),
        "exporter": _("Exporter"),
        "suivi": _("Suivi des échanges"),
        "gep": _("Arrêt de GEP"),
    }
    return [
        (words[key], reverse(name, args=(uai, year)), key)
        for key, name, permission in _PARTS
        if policy.may(actor_on(request), permission, uai=uai)
    ]
