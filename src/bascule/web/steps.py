"""Where each next act is done: the page, what its button says, and who may."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bascule.accounts import policy
from bascule.accounts.actor import Actor
from bascule.accounts.profiles import Permission
from bascule.values.steps import MissingStepError, NextAct


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a page.

    Attributes:
        text: what the button says.
        url: the page.
    """

    text: str
    url: str


#: For each act: what the button says, the page, and what one must hold there. What the authority does has none.
_PAGES: Final[Mapping[NextAct, tuple[Promise, str, Permission]]] = {
    NextAct.ACTIVATE_KEYS: (_("Voir les comptes et leurs clés"), "staff:people", Permission.STAFF),
    NextAct.GIVE_RIGHTS: (_("Donner des droits"), "staff:people", Permission.STAFF),
    NextAct.CARRY_STRUCTURES: (
        _("Faire la bascule STS"), "structures:carry", Permission.STRUCTURES,
    ),
    NextAct.SAY_SCONET: (
        _("Répondre à la question"), "structures:carry", Permission.STRUCTURES,
    ),
    NextAct.VERIFY_COMMON: (
        _("Vérifier les données communes"), "common:read", Permission.COMMON_DATA,
    ),
    NextAct.WAIT_FOR_NOMENCLATURES: (
        _("Voir les nomenclatures"), "profiling:received", Permission.PREPARE,
    ),
    NextAct.WAIT_FOR_NOMENCLATURES: (
        _("Voir les nomenclatures"), "profiling:received", Permission.PREPARE,
    ),
    NextAct.VALIDATE_PROFILE: (_("Profiler les nomenclatures"), "profiling:home", Permission.PROFILE),
    NextAct.VALIDATE_STRUCTURES: (
        _("Relire et valider les divisions"), "structures:list", Permission.STRUCTURES,
    ),
    NextAct.EXPORT: (_("Produire les exports"), "exports:make", Permission.EXPORT),
    NextAct.IMPORT: (_("Importer le fichier des élèves"), "exchanges:deposit", Permission.IMPORT),
    NextAct.STOP_GEP: (_("Comparer, puis arrêter GEP"), "exchanges:gep", Permission.IMPORT),
    NextAct.CORRECT: (_("Lire le compte rendu"), "exchanges:runs", Permission.IMPORT),
}  # fmt: skip

#: Where one sees all steps, when nothing else can be done about the one that is missing.
_GUIDE: Final = (_("Voir le fil conducteur"), "guide:steps", Permission.PREPARE)

#: Pages that take no year.
_OF_SCHOOL = ("staff:people",)


def way_to(act: NextAct | None, *, uai: str, year: int, actor: Actor | None) -> Way | None:
    """Give the way to where an act is done.

    Args:
        act (NextAct | None): the act.
        uai (str): the school.
        year (int): first calendar year.
        actor (Actor | None): who asks.

    Returns:
        Way | None: None when nobody of a school does it, or not this person.
    """
    page = _PAGES.get(act) if act else None
    return None if page is None or actor is None else _way(page, uai=uai, year=year, actor=actor)


def way_after(refusal: Exception | None, *, actor: Actor | None) -> Way | None:
    """Give the way out of a refusal that names a missing step.

    Args:
        refusal (Exception | None): any refusal, or none.
        actor (Actor | None): who asks.

    Returns:
        Way | None: to where the step is done, else to all steps; None when there is nothing to see.
    """
    if not isinstance(refusal, MissingStepError) or actor is None:
        return None
    where: dict[str, Any] = {"uai": refusal.uai, "year": refusal.year, "actor": actor}
    return way_to(refusal.act, **where) or _way(_GUIDE, **where)


def _way(page: tuple[Promise, str, Permission], *, uai: str, year: int, actor: Actor) -> Way | None:
    text, name, permission = page
    if not policy.may(actor, permission, uai=uai):
        return None
    taken: dict[str, str | int] = {"uai": uai} if name in _OF_SCHOOL else {"uai": uai, "year": year}
    try:
        return Way(str(text), reverse(name, kwargs=taken))
    except NoReverseMatch:
        return None
