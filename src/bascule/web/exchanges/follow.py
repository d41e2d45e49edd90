"""Follow the exchanges: every file received or sent, and each of them again."""

from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _, gettext_lazy

from bascule.accounts import policy
from bascule.accounts.profiles import Permission
from bascule.exchange import follow as verbs
from bascule.exchange.models import ImportRun
from bascule.exchange.resend import to_send_again
from bascule.web.access import school
from bascule.web.components.filters import page_asked
from bascule.web.components.taken import file_taken
from bascule.web.exchanges.forms import FollowForm
from bascule.web.exchanges.section import parts
from bascule.web.gate import PageRequest, actor_on

#: What is received, in the words of the school.
_RECEIVED: Final = {
    "private": gettext_lazy("Fichier de votre logiciel"),
    "bee": gettext_lazy("Fichiers au format de la Base élèves"),
    "table": gettext_lazy("Tableau"),
    "groups": gettext_lazy("Groupes des élèves"),
    "gep": gettext_lazy("Dossier de GEP"),
    "oneroster": gettext_lazy("Dossier OneRoster"),
    "roster-group": gettext_lazy("Groupes d’un dossier OneRoster"),
}
#: What is sent.
_SENT: Final = {
    "nomenclature": gettext_lazy("Nomenclatures"),
    "structures": gettext_lazy("Divisions et groupes"),
    "communs": gettext_lazy("Données communes"),
    "etablissements": gettext_lazy("Annuaire des établissements"),
    "etablissements-eleves": gettext_lazy("Établissements d’origine"),
    "geographique": gettext_lazy("Pays et communes"),
    "eleves": gettext_lazy("Élèves, avec adresses"),
    "eleves-sans-adresses": gettext_lazy("Élèves, sans adresses"),
    "responsables": gettext_lazy("Responsables, avec adresses"),
    "responsables-sans-adresses": gettext_lazy("Responsables, sans adresses"),
    "eleves-anciens": gettext_lazy("Élèves, pour un logiciel d’avant 2018"),
    "responsables-anciens": gettext_lazy("Responsables, pour un logiciel d’avant 2018"),
    "ine": gettext_lazy("INE seulement"),
    "ine-csv": gettext_lazy("INE seulement, dans un tableau"),
    "groupes": gettext_lazy("Groupes des élèves"),
    "oneroster": gettext_lazy("Dossier OneRoster"),
}


@school(Permission.IMPORT)
def follow(request: PageRequest, uai: str, year: int) -> HttpResponse:
    """List the exchanges of a year, newest first, filtered by what the URL says."""
    names = _kinds()
    form = FollowForm(request.GET, kinds=names, states=ImportRun.State.choices)
    filters = form.filters() if form.is_valid() else None
    found = None
    if filters is not None:
        found = verbs.find_exchanges(
            uai=uai, year=year, filters=filters, page=page_asked(request.GET)
        )
    actor = actor_on(request)
    may_export = policy.may(actor, Permission.EXPORT, uai=uai)
    context = {
        "uai": uai,
        "year": year,
        "parts": parts(request, uai, year),
        "form": form,
        "here": request.path,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "lines": [_shown(line, names) for line in found.lines] if found else [],
        "count": found.count if found else 0,
        "pages": Paginator(range(found.count), verbs.PAGE).get_page(found.page) if found else None,
        "may_take": policy.may(actor, Permission.IMPORT_CONFIRM, uai=uai),
        "may_export": may_export,
        "to_send_again": len(to_send_again(uai=uai, year=year)) if may_export else 0,
    }
    return render(request, "exchanges/follow.html", context)


@school(Permission.IMPORT_CONFIRM)
def file(request: PageRequest, uai: str, year: int, run_id: int) -> HttpResponse:
    """Give what was deposited, byte for byte, and note who took it."""
    name, content = verbs.take_again(uai=uai, year=year, run_id=run_id)
    return file_taken(
        request, uai=uai, about=f"run/{run_id}", paper="fichier-depose", name=name, content=content
    )


def _kinds() -> dict[str, str]:
    """Give the words of every kind of exchange."""
    return {kind: str(words) for kind, words in {**_RECEIVED, **_SENT}.items()}


def _shown(line: verbs.Exchange, names: dict[str, str]) -> dict[str, Any]:
    states = dict(ImportRun.State.choices)
    return {
        "at": line.at,
        "id": line.id,
        "is_received": line.is_received,
        "who": line.who,
        "kind": names.get(line.kind, line.kind),
        "files": line.names,
        "state": _(str(states[line.state])) if line.is_received else _("produit"),
        "tone": _TONES.get(line.state, "neutral"),
        "has_report": line.is_received and line.state not in _WITHOUT_REPORT,
    }


#: What is not read yet, or was refused at the gate.
_WITHOUT_REPORT: Final = tuple(
    one.value for one in (ImportRun.State.UNTOLD, ImportRun.State.RECEIVED, ImportRun.State.REFUSED)
)
_TONES: Final = {
    ImportRun.State.APPLIED.value: "success",
    ImportRun.State.HELD.value: "warning",
    ImportRun.State.UNTOLD.value: "warning",
    ImportRun.State.PLANNED.value: "warning",
    ImportRun.State.REFUSED.value: "danger",
}
