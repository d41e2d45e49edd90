"""What the site keeps about people, as the public notice tells it: the code is what it must match."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bascule.journal.retention import Kind
from bascule.web.components.lasting import in_years


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of data.

    Attributes:
        what: what is kept.
        why: what for.
        who: who sees it.
        time: how long, with the name of a kind where its time stands.
    """

    what: Promise
    why: Promise
    who: Promise
    time: Promise

    def how_long(self, days: Mapping[Kind, int]) -> str:
        """Say how long it is kept.

        Args:
            days (Mapping[Kind, int]): of each kind, as the authority set them.

        Returns:
            str: a sentence.
        """
        return str(self.time) % {kind.value: in_years(count) for kind, count in days.items()}


_NEVER = _("Sans limite : rien ne s’efface seul.")
_AS_PUPIL = _("Comme le dossier de l’élève.")

KEPT: tuple[Kept, ...] = (
    Kept(
        _("Identité, naissance, INE, scolarité, options et régime de l’élève"),
        _("Scolariser, échanger avec le logiciel de l’établissement, compter les effectifs."),
        _("L’établissement ; au rectorat, les services qui suivent les élèves."),
        _("%(pupil)s après la sortie, puis %(archive)s d’archive ; ensuite, il s’efface seul."),
    ),
    Kept(
        _("Adresses, téléphones et courriels de l’élève et de ses responsables"),
        _("Joindre la famille."),
        _("Dans l’établissement, qui en a le droit."),
        _AS_PUPIL,
    ),
    Kept(
        _("Nationalité, bourses, profession des responsables"),
        _("Ce que l’administration demande à l’établissement."),
        _("Dans l’établissement, le chef et ceux à qui il en donne le droit."),
        _AS_PUPIL,
    ),
    Kept(
        _(
            "Base académique : identité, naissance, INE, adresse, lien et profession des responsables, scolarité"
        ),
        _("Statistiques, examens, orientation, moyens des établissements."),
        _("L’établissement pour ses élèves ; au rectorat, les services qui en ont l’usage."),
        _AS_PUPIL,
    ),
    Kept(
        _("Base académique, à part : nationalité"),
        _("La statistique, et rien d’autre."),
        _("Au rectorat, le service statistique."),
        _AS_PUPIL,
    ),
    Kept(
        _("Identité et INE de chaque élève dans le répertoire académique"),
        _("Reconnaître un élève d’un établissement à l’autre, et lui garder le même INE."),
        _("Au rectorat, le service qui gère les INE."),
        _("%(person)s après la sortie du dernier établissement ; ensuite, cela s’efface seul."),
    ),
    Kept(
        _("Fichiers déposés et comptes rendus"),
        _("Expliquer un import, l’annuler, le reprendre."),
        _("L’établissement ; le rectorat quand il suit l’import."),
        _(
            "Fichiers : %(file)s après l’import ; comptes rendus : %(report)s. Ensuite, ils s’effacent seuls ;"
            " il en reste des nombres et une empreinte."
        ),
    ),
    Kept(
        _("Effectifs signés par le chef d’établissement, et ses explications"),
        _("Prouver ce qui a été signé."),
        _("L’établissement ; au rectorat, les services qui suivent le constat."),
        _NEVER,
    ),
    Kept(
        _("État précédent de chaque donnée modifiée"),
        _("Annuler un import, répondre de ce qui a changé."),
        _("Personne directement : il sert aux annulations."),
        _AS_PUPIL,
    ),
    Kept(
        _("Actes : qui a fait quoi, et quand (sans nom d’élève)"),
        _("Prouver ce qui a été fait."),
        _("L’établissement pour les siens ; au rectorat, le délégué à la protection des données."),
        _("Sans limite : chaque acte prouve qu’aucun autre n’a été retiré."),
    ),
    Kept(
        _(
            "Connexions, consultations de dossiers, documents produits, avec l’adresse d’où elles viennent"
        ),
        _("Savoir qui a vu quoi, déceler un abus."),
        _("Chacun pour soi ; le chef d’établissement ; le délégué à la protection des données."),
        _("%(access)s ; ensuite, elles s’effacent seules."),
    ),
    Kept(
        _("Comptes : nom, identifiant, courriel, droits ; empreinte du mot de passe"),
        _("Reconnaître qui se connecte et ce qui lui est ouvert."),
        _("La personne ; qui gère les comptes de son établissement ou du rectorat."),
        _("Sans limite : un compte se désactive ; son identifiant n’est jamais donné à un autre."),
    ),
    Kept(
        _("Clés : nature, numéro, porteur, et ce qui leur arrive"),
        _("Remettre, remplacer et retirer les clés."),
        _("La personne ; au rectorat, le service qui gère le parc."),
        _NEVER,
    ),
    Kept(
        _("Sessions : adresse, navigateur, saisie en attente"),
        _("Rester connecté, et retrouver ce qu’une fin de session aurait perdu."),
        _("La personne."),
        _("Un jour après leur fin ; ensuite, elles s’effacent seules."),
    ),
    Kept(
        _("Essais de connexion manqués, par adresse"),
        _("Ralentir qui essaie des mots de passe."),
        _("Personne : le site seul s’en sert."),
        _("Un jour ; ensuite, ils s’effacent seuls."),
    ),
)
