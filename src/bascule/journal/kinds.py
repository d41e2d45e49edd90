"""What the kinds of the journal are called: one place for pages, commands and exports.

A capability names its acts and its lines by codes; whoever reads them is shown these words. A test
fails when a kind has none.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bascule.values.words import said as _

#: What an act did.
ACTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "access.forget": _("accès supprimés, leur durée passée"),
        "access.seal": _("scellement des accès"),
        "account.reissue": _("nouveau code d’activation d’un compte"),
        "account.unlock": _("compte débloqué"),
        "address.merge": _("écritures d’une même adresse réunies"),
        "anomaly.announce": _("anomalies annoncées à corriger dans le logiciel"),
        "anomaly.explain": _("anomalies expliquées"),
        "base.restore": _("base remise depuis une sauvegarde"),
        "bea.cancel-resend": _("renvoi à la base académique annulé"),
        "bea.night": _("nuit de la base académique commencée ou demandée"),
        "bea.resend": _("renvoi à la base académique demandé"),
        "bea.send": _("élèves envoyés à la base académique"),
        "campaign.adviser": _("conseiller d’un établissement"),
        "campaign.decide": _("décision du rectorat sur une tâche"),
        "campaign.letter": _("texte des relances modifié"),
        "campaign.remind": _("établissement relancé"),
        "campaign.task": _("tâche du rectorat commencée ou terminée"),
        "certificate.issue": _("certificats établis"),
        "certificate.withdraw": _("certificat annulé"),
        "common.load": _("chargement des données communes"),
        "common.save": _("données communes modifiées"),
        "common.verify": _("données communes vérifiées"),
        "constat.close": _("constat de rentrée clos"),
        "constat.open": _("constat de rentrée ouvert"),
        "constat.prolong": _("dates du constat de rentrée changées"),
        "constat.reopen": _("constat de rentrée rouvert pour un établissement"),
        "constat.sign": _("constat de rentrée signé"),
        "export": _("production d’un export"),
        "gep.stop": _("arrêt de GEP"),
        "gep.restore": _("arrêt de GEP annulé"),
        "guardian.merge": _("fiches d’un responsable fusionnées"),
        "import.apply": _("import intégré"),
        "import.restore": _("import rétabli"),
        "import.undo": _("import annulé"),
        "ine.apart": _("deux identités déclarées différentes"),
        "ine.apart-withdraw": _("déclaration de différence retirée"),
        "ine.different": _("litige d’INE : deux élèves différents"),
        "ine.give": _("INE demandés et donnés"),
        "ine.hand": _("litige d’INE transmis"),
        "ine.merge-ask": _("fusion d’identités demandée"),
        "ine.merge-confirm": _("fusion d’identités confirmée"),
        "ine.merge-refuse": _("fusion d’identités refusée"),
        "ine.national-again": _("INE redemandé au service national"),
        "ine.national-answer": _("réponses du service national des INE"),
        "ine.national-ask": _("INE demandés au service national"),
        "ine.same": _("litige d’INE : même élève"),
        "ine.split": _("fiche séparée de son identité"),
        "ine.undo": _("décision sur une identité annulée"),
        "ine.weights": _("poids de la comparaison des élèves mis en vigueur"),
        "key.activated": _("clé activée"),
        "key.added": _("clé ajoutée"),
        "key.code-renewed": _("nouveau code d’activation d’une clé"),
        "key.expired": _("clés arrivées à leur fin"),
        "key.handed": _("clé remise"),
        "key.lost": _("clé déclarée perdue"),
        "key.received": _("clés entrées en stock"),
        "key.replace": _("clé remplacée par deux personnes de l’établissement"),
        "key.replaced": _("clé remplacée"),
        "key.reserved": _("clé changée de réserve"),
        "key.restocked": _("clé remise en stock"),
        "key.resumed": _("fin de suspension d’une clé"),
        "key.returned": _("clé rendue"),
        "key.suspended": _("clé suspendue"),
        "key.withdrawn": _("clé retirée du parc"),
        "keys.rotate": _("changement de la clé qui chiffre les graines"),
        "news.publish": _("actualité publiée"),
        "news.withdraw": _("actualité retirée"),
        "nomenclatures.diffuse": _("choix des MEF diffusés"),
        "nomenclatures.national": _("chargement de tables nationales"),
        "nomenclatures.profile": _("chargement des nomenclatures"),
        "nomenclatures.publish": _("publication des nomenclatures"),
        "nomenclatures.receive": _("nomenclatures reçues du rectorat"),
        "person.change": _("compte modifié"),
        "person.create": _("compte créé"),
        "person.disable": _("compte désactivé"),
        "person.enable": _("compte réactivé"),
        "person.unblock": _("compte débloqué"),
        "pupil.amend": _("fiche corrigée à la main"),
        "pupil.undo-amend": _("correction ou explication annulée"),
        "profile.compute": _("profilage lancé"),
        "profile.etp": _("choix des matières ETP"),
        "profile.mefs": _("choix des MEF de l’établissement"),
        "profile.move": _("élèves et divisions déplacés vers un autre MEF"),
        "profile.origins": _("choix des formations d’origine"),
        "profile.subjects": _("choix des matières optionnelles"),
        "profile.undo-move": _("déplacement vers un autre MEF annulé"),
        "profile.validate": _("profilage validé"),
        "purge.files": _("fichiers, comptes rendus et relances supprimés, leur durée passée"),
        "purge.persons": _("identités supprimées du répertoire, leur durée passée"),
        "purge.pupils": _("élèves supprimés, leur durée passée"),
        "purge.run": _("suppression de ce dont la durée est passée"),
        "purge.set": _("durée de conservation changée"),
        "right.delegate": _("droit délégué"),
        "right.end": _("date de fin d’un droit changée"),
        "right.give": _("droit donné"),
        "right.withdraw": _("droit retiré"),
        "schedule.run": _("tâche de fond demandée"),
        "school-year.open": _("ouverture d’une année"),
        "school-year.software": _("changement de logiciel"),
        "school-year.software-version": _("version du logiciel dite"),
        "school-year.state": _("changement d’état d’une année"),
        "school.register": _("inscription d’un établissement"),
        "software.distrust-key": _("clé de signature retirée"),
        "software.qualify": _("logiciel qualifié"),
        "software.restore": _("retrait d’un logiciel annulé"),
        "software.trust-key": _("clé de signature reconnue"),
        "software.withdraw": _("qualification d’un logiciel retirée"),
        "structures.carry": _("bascule STS"),
        "structures.division": _("ajout ou rattachement d’une division"),
        "structures.load": _("chargement des structures"),
        "structures.remove": _("division ou groupe retiré"),
        "structures.save": _("division ou groupe créé ou modifié"),
        "structures.sconet": _("réponse à « Utilisez-vous Sconet ? »"),
        "structures.undo": _("modification des structures annulée"),
        "structures.validate": _("divisions et groupes validés"),
        "support.answer": _("réponse à une demande d’assistance"),
        "support.ask": _("session d’assistance demandée"),
        "support.end": _("session d’assistance terminée"),
        "table.columns": _("colonnes d’un tableau précisées"),
        "token.create": _("jeton créé"),
        "token.rotate": _("jeton renouvelé"),
        "token.withdraw": _("jeton retiré"),
        "year.close": _("clôture d’une année"),
        "year.open": _("ouverture d’une année et reprise de ses élèves"),
        "year.press": _("ouverture d’une année demandée pour des établissements"),
        "year.reopen": _("clôture d’une année annulée"),
        "year.resume": _("reprise d’une ouverture d’année"),
        "year.stop": _("arrêt d’une ouverture d’année demandé"),
        "year.undo-opening": _("ouverture d’une année annulée"),
        "year.undo-press": _("annulation d’une ouverture d’année demandée"),
    }
)

#: What was looked at, or tried.
ACCESSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account.activated": _("compte activé par sa lettre"),
        "activation.failed": _("code d’activation refusé"),
        "api.call": _("appel du logiciel de l’établissement"),
        "api.refused": _("appel refusé au logiciel"),
        "door.closed": _("page ou donnée refusée"),
        "identity.read": _("identité d’un élève consultée"),
        "identity.searched": _("identité cherchée par nom"),
        "key.lost": _("clé déclarée perdue"),
        "key.resync": _("clé remise au pas"),
        "key.vouch-failed": _("code refusé pour remplacer la clé d’un collègue"),
        "paper.taken": _("document emporté"),
        "password.changed": _("mot de passe changé"),
        "record.copied": _("copie de ce qui est tenu sur un élève (droit d’accès)"),
        "record.read": _("dossier d’élève consulté"),
        "signin.done": _("connexion"),
        "signin.failed": _("connexion refusée"),
        "signin.locked": _("compte bloqué après trop d’essais"),
        "signin.out": _("déconnexion"),
        "signin.throttled": _("adresse mise en attente après trop d’essais"),
        "support.page": _("page ouverte en session d’assistance"),
        "trail.export": _("journal emporté"),
        "trail.search": _("recherche dans le journal"),
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
