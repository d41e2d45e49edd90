"""What the site keeps about people, as the public notice tells it: the code is what it must match."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of data.

    Attributes:
        what: what is kept.
        why: what for.
        who: who sees it.
        proposed: how long the controller is advised to keep it.
        today: what the site does by itself.
    """

    what: Promise
    why: Promise
    who: Promise
    proposed: Promise
    today: Promise


_NEVER = _("Rien ne s’efface seul.")
_AS_PUPIL = _("Comme le dossier de l’élève")

KEPT: tuple[Kept, ...] = (
    Kept(
        _("Identité, naissance, INE, scolarité, options et régime de l’élève"),
        _("Scolariser, échanger avec le logiciel de l’établissement, compter les effectifs."),
        _("L’établissement ; au rectorat, les services qui suivent les élèves."),
        _("La scolarité et un an, puis un an d’archive"),
        _NEVER,
    ),
    Kept(
        _("Adresses, téléphones et courriels de l’élève et de ses responsables"),
        _("Joindre la famille."),
        _("Dans l’établissement, qui en a le droit."),
        _AS_PUPIL,
        _NEVER,
    ),
    Kept(
        _("Nationalité, bourses, profession des responsables"),
        _("Ce que l’administration demande à l’établissement."),
        _("Dans l’établissement, le chef et ceux à qui il en donne le droit."),
        _AS_PUPIL,
        _NEVER,
    ),
    Kept(
        _(
            "Base académique : identité, naissance, INE, adresse, lien et profession des responsables, scolarité"
        ),
        _("Statistiques, examens, orientation, moyens des établissements."),
        _("L’établissement pour ses élèves ; au rectorat, les services qui en ont l’usage."),
        _("À fixer ; chaque nuit y reste, pour pouvoir la montrer"),
        _NEVER,
    ),
    Kept(
        _("Base académique, à part : nationalité"),
        _("La statistique, et rien d’autre."),
        _("Au rectorat, le service statistique."),
        _("À fixer"),
        _NEVER,
    ),
    Kept(
        _("Fichiers déposés et comptes rendus"),
        _("Expliquer un import, l’annuler, le reprendre."),
        _("L’établissement ; le rectorat quand il suit l’import."),
        _("Trente jours après l’import, puis une empreinte et des comptes"),
        _NEVER,
    ),
    Kept(
        _("État précédent de chaque donnée modifiée"),
        _("Annuler un import, répondre de ce qui a changé."),
        _("Personne directement : il sert aux annulations."),
        _AS_PUPIL,
        _NEVER,
    ),
    Kept(
        _("Actes : qui a fait quoi, et quand (sans nom d’élève)"),
        _("Prouver ce qui a été fait."),
        _("L’établissement pour les siens ; au rectorat, le délégué à la protection des données."),
        _("À fixer ; l’enchaînement des actes suppose une longue durée"),
        _NEVER,
    ),
    Kept(
        _(
            "Connexions, consultations de dossiers, documents produits, avec l’adresse d’où elles viennent"
        ),
        _("Savoir qui a vu quoi, déceler un abus."),
        _("Chacun pour soi ; le chef d’établissement ; le délégué à la protection des données."),
        _("Douze mois"),
        _NEVER,
    ),
    Kept(
        _("Comptes : nom, identifiant, courriel, droits ; empreinte du mot de passe"),
        _("Reconnaître qui se connecte et ce qui lui est ouvert."),
        _("La personne ; qui gère les comptes de son établissement ou du rectorat."),
        _("Le temps des fonctions, puis un an"),
        _("Un compte se désactive ; son identifiant n’est jamais donné à un autre."),
    ),
    Kept(
        _("Clés : nature, numéro, porteur, et ce qui leur arrive"),
        _("Remettre, remplacer et retirer les clés."),
        _("La personne ; au rectorat, le service qui gère le parc."),
        _("Le temps des fonctions, puis un an"),
        _NEVER,
    ),
    Kept(
        _("Sessions : adresse, navigateur, saisie en attente"),
        _("Rester connecté, et retrouver ce qu’une fin de session aurait perdu."),
        _("La personne."),
        _("Un jour après leur fin"),
        _("Elles s’effacent un jour après leur fin."),
    ),
    Kept(
        _("Essais de connexion manqués, par adresse"),
        _("Ralentir qui essaie des mots de passe."),
        _("Personne : le site seul s’en sert."),
        _("Un jour"),
        _("Ils s’effacent dans la journée."),
    ),
)
