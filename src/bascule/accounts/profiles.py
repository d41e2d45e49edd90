"""Profiles, and what each may do: the one table of rights. Pure.

A permission is one thing that a page, a route or a command asks for. A profile is a trade of the
académie or of a school. Where a right holds (which school, which département) is said by the right.
"""

from enum import Enum

from bascule.values.words import said as _

#: What rows of the authority bear for school.
AUTHORITY = "AUTORITE"


class Permission(Enum):
    """One thing somebody may do: stable code, French words, and whether a head may delegate it."""

    # In a school
    PUPILS_READ = ("pupils.read", _("Consulter les élèves"), True)
    CONTACTS_READ = ("contacts.read", _("Voir adresses et téléphones des familles"), True)
    SENSITIVE_READ = (
        "sensitive.read",
        _("Voir bourses, nationalité et autres données sensibles"),
        True,
    )
    PUPILS_WRITE = ("pupils.write", _("Corriger les dossiers des élèves"), True)
    IMPORT = ("import.deposit", _("Déposer un fichier et lire son compte rendu"), True)
    IMPORT_CONFIRM = ("import.confirm", _("Confirmer ou annuler un import"), True)
    IMPORT_RELEASE = ("import.release", _("Libérer un import retenu"), False)
    EXPORT = ("export.make", _("Produire les exports"), True)
    PREPARE = ("year.prepare", _("Suivre la préparation de l’année"), True)
    COMMON_DATA = ("common.write", _("Modifier et vérifier les données communes"), True)
    STRUCTURES = ("structures.write", _("Modifier divisions et groupes"), True)
    PROFILE = ("profile.validate", _("Choisir et valider le profilage"), True)
    ALLOWANCES_ENTER = ("allowances.enter", _("Saisir les indemnités"), True)
    ALLOWANCES_VALIDATE = ("allowances.validate", _("Valider les indemnités"), True)
    OWN_SERVICE = ("service.own", _("Voir son service et ses indemnités"), False)
    CENSUS_SIGN = ("census.sign", _("Signer le constat de rentrée"), False)
    STAFF = ("staff.manage", _("Gérer les comptes et déléguer"), False)
    KEYS_LOCAL = ("keys.local", _("Remplacer la clé d’un collègue, à deux"), True)
    TOKENS = ("tokens.manage", _("Relier le logiciel de l’établissement"), True)
    TRAIL_SCHOOL = ("trail.school", _("Voir qui a consulté quoi dans l’établissement"), True)
    SUPPORT_ANSWER = ("support.answer", _("Accepter une session d’assistance"), True)
    # For the authority
    SCHOOLS_FOLLOW = ("schools.follow", _("Suivre les établissements"), False)
    CAMPAIGN = ("campaign.drive", _("Relancer les établissements, nommer leurs conseillers"), False)
    HEADS = ("heads.manage", _("Créer les comptes des chefs d’établissement"), False)
    FLEET = ("keys.fleet", _("Gérer le parc des clés"), False)
    UNLOCK = ("keys.unlock", _("Débloquer un compte"), False)
    IMPORT_RELEASE_WIDE = (
        "import.release-wide",
        _("Libérer un import retenu pour le rectorat"),
        False,
    )
    AGGREGATES = ("aggregates.read", _("Voir les effectifs, sans nom"), False)
    CENSUS_LEAD = ("census.lead", _("Ouvrir et suivre le constat de rentrée"), False)
    IDENTITIES = ("identities.settle", _("Régler les identités (BEA, INE)"), False)
    NIGHTS = ("nights.follow", _("Suivre et relancer les nuits"), False)
    TICKETS = ("tickets.answer", _("Répondre aux demandes d’assistance"), False)
    SUPPORT_ASK = ("support.ask", _("Demander une session d’assistance"), False)
    OPERATIONS = ("operations.run", _("Conduire l’exploitation"), False)
    YEARS = ("years.open", _("Ouvrir et clore les années"), False)
    NOMENCLATURES = ("nomenclatures.publish", _("Diffuser les nomenclatures"), False)
    SOFTWARE = ("software.qualify", _("Tenir le registre des logiciels qualifiés"), False)
    TRAIL_SEARCH = ("trail.search", _("Chercher dans le journal"), False)
    NEWS = ("news.write", _("Publier les actualités"), False)
    SANDBOX = ("sandbox.use", _("Utiliser le bac à sable des éditeurs"), False)

    def __init__(self, code: str, label: str, is_delegable: bool) -> None:  # noqa: FBT001 - a table
        self.code = code
        self.label = label
        self.is_delegable = is_delegable

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Give what a field of a model takes.

        Returns:
            list[tuple[str, str]]: codes and French words.
        """
        return [(one.code, one.label) for one in cls]

    @classmethod
    def of(cls, code: str) -> "Permission":
        """Find a permission by its code.

        Args:
            code (str): a code.

        Returns:
            Permission: the permission.

        Raises:
            KeyError: if there is none of this code.
        """
        return _BY_CODE[code]


_BY_CODE = {one.code: one for one in Permission}

_READING = (Permission.PUPILS_READ, Permission.CONTACTS_READ)
_OFFICE = (
    *_READING,
    Permission.PUPILS_WRITE,
    Permission.IMPORT,
    Permission.IMPORT_CONFIRM,
    Permission.EXPORT,
    Permission.PREPARE,
    Permission.COMMON_DATA,
    Permission.STRUCTURES,
    Permission.PROFILE,
    Permission.ALLOWANCES_ENTER,
    Permission.KEYS_LOCAL,
    Permission.SUPPORT_ANSWER,
)


class Profile(Enum):
    """A trade, where it is exercised (in a school or for the authority), and what it may do."""

    HEAD = (
        "head",
        _("chef d’établissement"),
        False,
        (
            *_OFFICE,
            Permission.SENSITIVE_READ,
            Permission.IMPORT_RELEASE,
            Permission.ALLOWANCES_VALIDATE,
            Permission.OWN_SERVICE,
            Permission.CENSUS_SIGN,
            Permission.STAFF,
            Permission.TOKENS,
            Permission.TRAIL_SCHOOL,
        ),
    )
    SECRETARY = ("secretary", _("secrétaire"), False, _OFFICE)
    TEACHER = ("teacher", _("enseignant"), False, (Permission.OWN_SERVICE,))
    #: What a head gave right by right: the right itself names the permission.
    DELEGATE = ("delegate", _("délégation"), False, ())
    #: What an accepted support session lets an agent see: nothing that writes.
    SUPPORT = (
        "support",
        _("session d’assistance"),
        False,
        (Permission.PUPILS_READ, Permission.IMPORT, Permission.PREPARE),
    )
    DEEP = (
        "deep",
        _("gestionnaire DEEP"),
        True,
        (
            Permission.SCHOOLS_FOLLOW,
            Permission.CAMPAIGN,
            Permission.HEADS,
            Permission.PUPILS_READ,
            Permission.IMPORT,
            Permission.IMPORT_RELEASE_WIDE,
            Permission.AGGREGATES,
            Permission.CENSUS_LEAD,
            Permission.TICKETS,
            Permission.NEWS,
            Permission.PREPARE,
            Permission.YEARS,
            Permission.NOMENCLATURES,
            Permission.SOFTWARE,
        ),
    )
    PAPEP = (
        "papep",
        _("statistiques (PAPEP)"),
        True,
        (Permission.AGGREGATES, Permission.CENSUS_LEAD),
    )
    BEA_INE = (
        "bea-ine",
        _("gestionnaire BEA et INE"),
        True,
        (
            Permission.SCHOOLS_FOLLOW,
            Permission.PUPILS_READ,
            Permission.IDENTITIES,
            Permission.NIGHTS,
        ),
    )
    CECOIA = (
        "cecoia",
        _("conseiller CECOIA"),
        True,
        (
            Permission.SCHOOLS_FOLLOW,
            Permission.CAMPAIGN,
            Permission.TICKETS,
            Permission.SUPPORT_ASK,
            Permission.UNLOCK,
            Permission.NEWS,
        ),
    )
    OPERATIONS = (
        "operations",
        _("exploitation (DI)"),
        True,
        (
            Permission.SCHOOLS_FOLLOW,
            Permission.FLEET,
            Permission.UNLOCK,
            Permission.OPERATIONS,
            Permission.NIGHTS,
            Permission.YEARS,
            Permission.NOMENCLATURES,
            Permission.SOFTWARE,
        ),
    )
    DSDEN = ("dsden", _("IA-DSDEN"), True, (Permission.AGGREGATES,))
    INSPECTOR = ("inspector", _("inspection"), True, (Permission.AGGREGATES,))
    SAIO = ("saio", _("SAIO"), True, (Permission.AGGREGATES,))
    DAET = ("daet", _("DAET"), True, (Permission.AGGREGATES,))
    SCHOOL_LIFE = ("school-life", _("proviseur vie scolaire"), True, (Permission.AGGREGATES,))
    DPO = ("dpo", _("délégué à la protection des données"), True, (Permission.TRAIL_SEARCH,))
    EDITOR = ("editor", _("éditeur de logiciel"), True, (Permission.SANDBOX,))

    def __init__(
        self,
        code: str,
        label: str,
        is_of_authority: bool,  # noqa: FBT001 - a table
        permissions: tuple[Permission, ...],
    ) -> None:
        self.code = code
        self.label = label
        self.is_of_authority = is_of_authority
        self.permissions = frozenset(permissions)

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Give what a field of a model takes.

        Returns:
            list[tuple[str, str]]: codes and French words.
        """
        return [(one.code, one.label) for one in cls]

    @classmethod
    def of(cls, code: str) -> "Profile":
        """Find a profile by its code.

        Args:
            code (str): a code.

        Returns:
            Profile: the profile.

        Raises:
            KeyError: if there is none of this code.
        """
        return _PROFILES[code]


_PROFILES = {one.code: one for one in Profile}
