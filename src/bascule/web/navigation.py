"""The main menu: one line for each page that people go to by themselves.

A line is shown to whoever may open its page. Lines of a school stand under the school of the page, in the
order of the year's work; a new page adds its line here.
"""

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bascule.accounts.profiles import Permission


class Place(Enum):
    """Where a page is: what its URL takes."""

    #: Whoever is signed in; the URL takes nothing.
    OWN = "own"
    #: `uai`.
    SCHOOL = "school"
    #: `uai` and `year`.
    SCHOOL_YEAR = "school-year"
    #: The authority; the URL takes nothing.
    AUTHORITY = "authority"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu.

    Attributes:
        text: what it says.
        url_name: the page.
        place: what its URL takes.
        permission: what one must hold there; None for nothing.
        about: what the tile on the portal says of it; blank for a page without a tile.
        icon: the picture of its tile.
        sections: URL namespaces whose pages stand under this line too.
        without: not shown to who holds this permission, because another line leads there.
    """

    text: Promise
    url_name: str
    place: Place
    permission: Permission | None = None
    about: Promise | str = ""
    icon: str = ""
    sections: tuple[str, ...] = ()
    without: Permission | None = None


ENTRIES: tuple[Entry, ...] = (
    Entry(_("Accueil"), "portal", Place.OWN),
    Entry(
        _("Fil conducteur"), "guide:steps", Place.SCHOOL_YEAR, Permission.PREPARE,
        _("Les étapes de l’année : ce qui est fait, ce qui vient ensuite."), "success",
    ),
    Entry(
        _("En un coup d’œil"), "glance:school", Place.SCHOOL_YEAR, Permission.PUPILS_READ,
        _("Les effectifs, les arrivées et les sorties, les anomalies, les imports."), "chart",
    ),
    Entry(
        _("Données communes"), "common:read", Place.SCHOOL_YEAR, Permission.PREPARE,
        _("L’adresse, le chef d’établissement, le calendrier."), "calendar",
    ),
    Entry(
        _("Divisions et groupes"), "structures:list", Place.SCHOOL_YEAR, Permission.PREPARE,
        _("Les créer, les relire, les valider ; la bascule STS."), "structure",
    ),
    Entry(
        _("Exports"), "exports:make", Place.SCHOOL_YEAR, Permission.EXPORT,
        _("Les fichiers que votre logiciel attend."), "export", without=Permission.IMPORT,
    ),
    Entry(
        _("Élèves"), "pupils:list", Place.SCHOOL_YEAR, Permission.PUPILS_READ,
        _("Les dossiers de l’année : chercher, corriger, créer."), "people",
    ),
    Entry(
        _("Certificats et listes"), "papers:home", Place.SCHOOL_YEAR, Permission.PUPILS_READ,
        _("Certificats de scolarité, listes de classe à imprimer."), "document",
    ),
    Entry(
        _("Anomalies"), "anomalies:inbox", Place.SCHOOL_YEAR, Permission.PUPILS_WRITE,
        _("Ce que les imports ont signalé : corriger, expliquer."), "warning",
    ),
    Entry(
        _("Base académique (BEA)"), "bea:board", Place.SCHOOL_YEAR, Permission.PUPILS_READ,
        _("Ce qui monte chaque soir, ce qui est resté en arrière, et pourquoi."), "success",
    ),
    Entry(
        _("Constat de rentrée"), "constat:school", Place.SCHOOL_YEAR, Permission.PUPILS_READ,
        _("Relire les effectifs, régler ce qui bloque, signer."), "success",
    ),
    Entry(
        _("Effectifs de la base académique"), "figures:school", Place.SCHOOL_YEAR, Permission.PUPILS_READ,
        _("Ce que le rectorat compte chez vous, et les élèves derrière chaque chiffre."), "chart",
    ),
    Entry(
        _("Identifiants nationaux (INE)"), "identities:school", Place.SCHOOL_YEAR, Permission.PUPILS_READ,
        _("Qui n’en a pas et pourquoi, ceux qui sont revenus."), "account",
    ),
    Entry(
        _("Bilan des élèves"), "years:school-balance", Place.SCHOOL_YEAR, Permission.PREPARE,
        _("Ce qu’ils sont devenus dans l’année suivante."), "chart",
    ),
    Entry(
        _("Échanges"), "exchanges:follow", Place.SCHOOL_YEAR, Permission.IMPORT,
        _("Importer le fichier de votre logiciel, exporter ce qu’il attend, suivre l’un et l’autre."), "import",
        sections=("exchanges", "exports"),
    ),
    Entry(
        _("Nomenclatures"), "profiling:received", Place.SCHOOL_YEAR, Permission.PREPARE,
        _("Les MEF et les matières reçus du rectorat, et votre profilage."), "document",
    ),
    Entry(
        _("Personnel et droits"), "staff:people", Place.SCHOOL, Permission.STAFF,
        _("Les comptes de l’établissement, ce que chacun peut faire, les délégations."), "account",
    ),
    Entry(
        _("Accès du logiciel"), "tokens:list", Place.SCHOOL, Permission.TOKENS,
        _("Les jetons de votre logiciel : donner, renouveler, retirer."), "link",
    ),
    Entry(
        _("Qui a consulté quoi"), "trail:school", Place.SCHOOL, Permission.TRAIL_SCHOOL,
        _("Les dossiers ouverts, les documents emportés, et par qui."), "eye",
    ),
    Entry(
        _("Assistance"), "support:school", Place.SCHOOL, Permission.SUPPORT_ANSWER,
        _("Laisser un conseiller voir vos écrans, et savoir ce qu’il a regardé."), "help",
    ),
    Entry(
        _("Établissements"), "follow:schools", Place.AUTHORITY, Permission.SCHOOLS_FOLLOW,
        _("Leurs années et leur dernier import."), "school",
    ),
    Entry(
        _("Campagnes"), "campaign:home", Place.AUTHORITY, Permission.SCHOOLS_FOLLOW,
        _("Où en est chaque établissement, qui est bloqué et pourquoi."), "success",
    ),
    Entry(
        _("Logiciels qualifiés"), "software:home", Place.AUTHORITY, Permission.SCHOOLS_FOLLOW,
        _("Avec quels logiciels les établissements envoient, et lesquels sont qualifiés."), "device",
    ),
    Entry(
        _("Arrêt de GEP"), "follow:gep", Place.AUTHORITY, Permission.SCHOOLS_FOLLOW,
        _("Qui a signé l’arrêt de GEP, et où en sont les autres."), "success",
    ),
    Entry(
        _("Années scolaires"), "years:list", Place.AUTHORITY, Permission.YEARS,
        _("Ouvrir l’année suivante, suivre le bilan des élèves, clore."), "calendar",
    ),
    Entry(
        _("Nomenclatures diffusées"), "nomenclatures:home", Place.AUTHORITY, Permission.NOMENCLATURES,
        _("Les MEF diffusés, les publications, et qui les a reçues."), "document",
    ),
    Entry(
        _("Comptes des chefs"), "heads:list", Place.AUTHORITY, Permission.HEADS,
        _("Créer les comptes, imprimer les lettres d’activation."), "account",
    ),
    Entry(
        _("Effectifs"), "figures:home", Place.AUTHORITY, Permission.AGGREGATES,
        _("Les élèves de la base académique, comptés et jamais nommés : tableaux, entrées et sorties, années."),
        "chart",
    ),
    Entry(
        _("Constat de rentrée"), "constat:home", Place.AUTHORITY, Permission.AGGREGATES,
        _("Qui a signé ses effectifs, qui est en retard ; ouvrir, changer les dates, clore."), "success",
    ),
    Entry(
        _("Nuits"), "bea:nights", Place.AUTHORITY, Permission.NIGHTS,
        _("La base académique chaque soir : ce qui est passé, ce qui reste, ce qui se lance seul."), "calendar",
    ),
    Entry(
        _("Litiges d’INE"), "identities:queue", Place.AUTHORITY, Permission.IDENTITIES,
        _("Dire si deux fiches sont le même élève, à deux quand il le faut."), "people",
    ),
    Entry(
        _("Actualités"), "news:list", Place.AUTHORITY, Permission.NEWS,
        _("Ce que le portail annonce à tous."), "news",
    ),
    Entry(
        _("Parc des clés"), "fleet:inventory", Place.AUTHORITY, Permission.FLEET,
        _("Le stock, les remises, les pertes, et le registre."), "key",
    ),
    Entry(
        _("Sessions d’assistance"), "support:agent", Place.AUTHORITY, Permission.SUPPORT_ASK,
        _("Demander à un établissement de voir ses écrans."), "help",
    ),
    Entry(
        _("Journal"), "trail:search", Place.AUTHORITY, Permission.TRAIL_SEARCH,
        _("Chercher qui a consulté ou décidé quoi."), "search",
    ),
)  # fmt: skip
