"""The families of the rules: what each is about, why it is looked at, and who answers for it.

What a page says of a rule is made of its declaration and of these texts.
"""

from typing import Final

from bascule.findings import Effect, Rule

#: The families of the official import, and what each is about.
OFFICIAL_FAMILIES: Final = {
    "ACDIV": "division",
    "ACMEF": "MEF de l’année",
    "ACOMPL": "indicateur « à compléter »",
    "ADRES": "adresse",
    "BOURS": "bourses",
    "CIVIL": "civilité",
    "COMAD": "accord pour communiquer l’adresse",
    "CREAT": "identification de la fiche",
    "CSEXE": "sexe",
    "DNAIS": "date de naissance",
    "ELNAT": "nationalité",
    "ELNOM": "changement de nom",
    "HETAB": "établissement de l’an dernier, établissement d’hébergement",
    "IDNAT": "identifiant national",
    "INOPT": "inscription aux options",
    "LNAIS": "lieu de naissance",
    "MEFAD": "MEF de l’an dernier",
    "MODCH": "modalité d’élection des options",
    "NBENF": "enfants à charge",
    "OPFAC": "options facultatives",
    "OPOBL": "options obligatoires",
    "PAREN": "responsables de l’élève",
    "PEPCS": "profession",
    "PESIT": "situation d’emploi",
    "PROVE": "provenance",
    "REGIM": "régime",
    "SCOAC": "scolarité active",
    "SCOPR": "scolarité précédente, doublement",
    "SORTI": "sortie",
    "STATU": "statut",
    "TELEP": "téléphone et courriel",
    "TRANS": "transport scolaire",
}
#: Official families that no rule of ours belongs to, and why.
WITHOUT_RULE: Final = {
    "ACOMPL": "it tells that a record was marked incomplete. Here that mark is not data of the file: it follows from "
    "the findings that keep a record back from the academic base, and each of them already says so.",
    "PESIT": "it was about the employment of guardians (`CODE_SITUATION`). Version 2.0 of the file, in 2017, dropped "
    "the element, so no file that is read has it.",
}
#: The families of the official import of groups, which come in a file of their own.
GROUP_FAMILIES: Final = {
    "ELEGRP": "dates d’un élève dans un groupe",
    "GROUPE": "groupe d’un élève",
    "REJELEGROUPE": "élève d’un fichier de groupes",
}
#: Families of ours.
OWN_FAMILIES: Final = {
    "FICHI": "fichier",
    "FORMA": "texte trop long ou illisible",
}

_PREFIXES: Final = ("INF_", "REJEL_", "REJRE_")

#: Why each family is looked at, in French, for whoever meets one of its rules.
WHY: Final = {
    "ACDIV": "La division place l’élève dans les effectifs et les listes. Une division que l’établissement n’a pas "
    "créée, ou qui ne reçoit pas ce MEF, fausserait les deux.",
    "ACMEF": "Le MEF dit la formation que suit l’élève : il fonde les moyens, les options, les examens et la remontée "
    "au rectorat. Seuls les MEF retenus par l’établissement sont acceptés.",
    "ADRES": "L’adresse sert au courrier, aux bourses et aux transports. Une adresse à moitié juste envoie le courrier "
    "ailleurs : elle est reprise entière ou pas du tout.",
    "BOURS": "La bourse ouvre un droit versé chaque trimestre : son code et son nombre de parts doivent être exacts.",
    "CIVIL": "La civilité sert à l’en-tête des courriers adressés aux responsables.",
    "COMAD": "L’adresse d’une famille ne peut être donnée aux associations de parents qu’avec son accord, dit par oui ou "
    "par non. Sans réponse lisible, la famille est protégée : c’est un refus.",
    "CREAT": "Chaque fiche doit désigner une seule personne, toujours la même d’un import à l’autre. Dans le doute, "
    "rien n’est mélangé : la fiche est laissée de côté.",
    "CSEXE": "Le sexe fait partie de l’état civil et entre dans le calcul de l’identifiant national.",
    "DNAIS": "La date de naissance fait partie de l’état civil : avec le nom et le prénom, elle permet de reconnaître "
    "l’élève.",
    "ELEGRP": "Les dates d’un élève dans un groupe tiennent dans l’année scolaire, et la fin suit le début.",
    "ELNAT": "La nationalité est demandée pour les statistiques et pour certains droits.",
    "ELNOM": "Un nom ou un prénom qui change peut être une correction, ou le signe que deux élèves ont été confondus.",
    "FICHI": "Le fichier lui-même, avant les fiches qu’il contient : ce qui n’est pas conforme est signalé à l’éditeur.",
    "FORMA": "Une valeur trop longue ou illisible ne peut pas être gardée sans être abîmée : elle n’est pas reprise.",
    "GROUPE": "Un groupe se remplit d’élèves des divisions et des formations qu’il accueille : les autres liens sont des "
    "erreurs de saisie, ou un groupe à compléter.",
    "HETAB": "L’établissement d’origine ou d’hébergement se désigne par son numéro (UAI), avec sa lettre de contrôle.",
    "IDNAT": "L’identifiant national suit l’élève toute sa scolarité. Un identifiant faux, ou donné à deux élèves, "
    "mélangerait deux dossiers.",
    "INOPT": "Les options s’enseignent et se comptent par matière : seules celles que l’établissement a retenues sont "
    "acceptées, chacune une fois.",
    "LNAIS": "Le lieu de naissance fait partie de l’état civil : une commune pour une naissance en France, un pays et une "
    "ville pour une naissance à l’étranger.",
    "MEFAD": "La formation de l’an dernier sert à suivre les parcours et à reconnaître les redoublements.",
    "MODCH": "La modalité dit si l’option est obligatoire ou facultative : elle change son décompte.",
    "NBENF": "Le nombre d’enfants à charge sert au calcul des bourses ; il est d’au moins un.",
    "OPFAC": "Une option facultative doit figurer au programme de la formation de l’élève.",
    "OPOBL": "Chaque formation demande un nombre d’options obligatoires, prises dans son programme.",
    "PAREN": "Chaque élève a un ou deux représentants légaux, qui signent et reçoivent les courriers. Sans eux, personne "
    "ne répond de l’élève.",
    "PEPCS": "La profession des responsables est demandée pour les statistiques sociales, sans nom.",
    "PROVE": "La provenance dit d’où vient l’élève : elle sert aux effectifs de rentrée.",
    "REGIM": "Le régime dit si l’élève est externe, demi-pensionnaire ou interne : il fonde l’accueil et la facturation.",
    "REJELEGROUPE": "Chaque fiche d’un fichier de groupes désigne un élève de la base, une seule fois. Dans le doute, rien "
    "n’est deviné.",
    "SCOAC": "La scolarité active dit où est l’élève, et depuis quand : elle fonde les effectifs. Ses dates tiennent dans "
    "l’année scolaire.",
    "SCOPR": "La scolarité de l’an dernier et le doublement décrivent le parcours de l’élève.",
    "SORTI": "Une sortie retire l’élève des effectifs : elle a toujours une date et un motif.",
    "STATU": "Le statut distingue scolaires, apprentis et stagiaires, qui ne se comptent pas ensemble.",
    "TELEP": "Le téléphone et le courriel servent à joindre la famille, d’abord en cas d’urgence.",
    "TRANS": "L’adhésion au transport scolaire est transmise à la collectivité qui l’organise.",
}

#: What the import does, said to the school.
EFFECTS: Final = {
    Effect.NOTE: "La fiche est reprise entière. Ce point est seulement signalé à votre attention.",
    Effect.DEFAULT: "Une valeur par défaut est mise à la place de celle du fichier, si rien n’était connu.",
    Effect.PART: "La donnée n’est pas reprise. Si une valeur était déjà connue, elle reste.",
    Effect.RECORD: "La fiche entière est laissée de côté : rien de ce qu’elle contient n’est repris, et ce qui était "
    "déjà connu reste.",
}
_BLOCKED: Final = "La fiche n’est pas transmise à la base élèves académique tant que l’anomalie n’est pas corrigée."
_SENT: Final = (
    "La fiche est transmise à la base élèves académique, sans cette donnée si elle manque."
)
_NOT_CONCERNED: Final = "Les groupes ne sont pas transmis à la base élèves académique : la fiche de l’élève l’est comme avant."
_WHOLE: Final = "La fiche est transmise à la base élèves académique, telle quelle."

_EDITOR: Final = "l’éditeur de votre logiciel"
_PROFILE: Final = "l’établissement, dans son profil et ses structures, ou dans son logiciel"
_DOUBT: Final = "l’établissement, avec l’aide du rectorat en cas de doute"
_SCHOOL: Final = "l’établissement, dans son logiciel ou ici"
_ANSWERS: Final = {
    "ACMEF_B_01": _PROFILE, "ACDIV_B_01": _PROFILE, "MEFAD_C_02": _PROFILE, "INOPT_A_01": _PROFILE,
    "REJEL_CREAT_C_01": _DOUBT, "REJEL_CREAT_C_02": _DOUBT, "REJRE_CREAT_C_01": _DOUBT, "IDNAT_D_01": _DOUBT,
    "IDNAT_E_01": _DOUBT, "PAREN_C_02": _EDITOR,
}  # fmt: skip


def family_of(code: str) -> str:
    """Give the family of a rule.

    Args:
        code (str): code of the rule.

    Returns:
        str: the code without its prefix, letter and number (`CREAT` for `REJRE_CREAT_A_01`).
    """
    for prefix in _PREFIXES:
        code = code.removeprefix(prefix)
    return code.partition("_")[0]


def family_title(family: str) -> str:
    """Name a family.

    Args:
        family (str): its five letters.

    Returns:
        str: French.
    """
    return (OFFICIAL_FAMILIES | GROUP_FAMILIES | OWN_FAMILIES)[family]


def answers_for(rule: Rule) -> str:
    """Tell who answers for what a rule finds.

    Args:
        rule (Rule): the rule.

    Returns:
        str: French.
    """
    if rule.family == "FICHI":
        return _EDITOR
    return _ANSWERS.get(rule.code, _SCHOOL)


def sent_on(rule: Rule) -> str:
    """Tell what becomes of the record in the academic base.

    Args:
        rule (Rule): the rule.

    Returns:
        str: French.
    """
    if rule.family in GROUP_FAMILIES:
        return _NOT_CONCERNED
    if rule.blocks or rule.effect is Effect.RECORD:
        return _BLOCKED
    return _WHOLE if rule.effect is Effect.NOTE else _SENT
