"""Rules that look at the base or at the whole file, not at one record alone.

Their conditions stand in the stages `match` and `plan`, which name them.
"""

from bascule.exchange.rules.declare import OWN, SCHEMA, rule
from bascule.findings import Effect, Subject

INF_FICHI_A_01 = rule(
    "INF_FICHI_A_01", Effect.NOTE, "Élément que l’import ne connaît pas : il n’est pas lu", subject=Subject.FILE,
    source=OWN, remedy="Signalez-le à l’éditeur de votre logiciel.",
)  # fmt: skip
INF_FICHI_A_02 = rule(
    "INF_FICHI_A_02", Effect.NOTE, "Nom de fichier qui n’a pas la forme officielle", subject=Subject.FILE,
    source="protocole de qualification des éditeurs, v1.5, 2018",
    remedy="Rien à faire : le contenu fait foi. Ne renommez pas les fichiers que produit votre logiciel.",
)  # fmt: skip
INF_FICHI_B_01 = rule(
    "INF_FICHI_B_01", Effect.NOTE, "Version annoncée différente du contenu : le contenu fait foi", "VERSION",
    subject=Subject.FILE, source=OWN, remedy="Signalez-le à l’éditeur de votre logiciel.",
)  # fmt: skip
INF_FICHI_C_01 = rule(
    "INF_FICHI_C_01", Effect.NOTE, "Fiches d’élèves qui ne sont plus dans l’établissement : elles ne sont pas reprises",
    subject=Subject.FILE, source=OWN, remedy="Vérifiez que ces élèves sont bien partis.",
)  # fmt: skip
INF_FICHI_D_01 = rule(
    "INF_FICHI_D_01", Effect.NOTE, "Écart à la norme du fichier", subject=Subject.FILE, source=OWN,
    remedy="Signalez-le à l’éditeur du logiciel d’origine.",
)  # fmt: skip
REJEL_CREAT_C_01 = rule(
    "REJEL_CREAT_C_01", Effect.RECORD, "Les identifiants désignent deux élèves différents de la base",
    "ID_SIECLE_ELE", "ID_NATIONAL", "ID_PRV_ELE", source=OWN,
    remedy="Vérifiez l’identifiant national et l’identité dans votre logiciel ; en cas de doute, demandez de l’aide.",
)  # fmt: skip
REJEL_CREAT_C_02 = rule(
    "REJEL_CREAT_C_02", Effect.RECORD, "Deux élèves de la base ont cette identité", "NOM_DE_FAMILLE", "PRENOM", "DATE_NAISS",
    source=OWN, remedy="Donnez l’identifiant national de l’élève dans votre logiciel, puis renvoyez le fichier.",
)  # fmt: skip
REJEL_CREAT_C_03 = rule(
    "REJEL_CREAT_C_03", Effect.RECORD, "Plusieurs fiches du fichier désignent le même élève de la base",
    "ID_SIECLE_ELE", "ID_NATIONAL", "ID_PRV_ELE", source=OWN,
    remedy="Gardez une seule fiche pour cet élève dans votre logiciel, puis renvoyez le fichier.",
)  # fmt: skip
INF_CREAT_D_01 = rule(
    "INF_CREAT_D_01", Effect.NOTE, "Identifiant de votre logiciel déjà donné à un autre enfant : un nouvel élève est créé",
    "ID_PRV_ELE", source=OWN,
    remedy="Rien à faire si c’est un autre enfant ; sinon, corrigez nom et date de naissance dans votre logiciel.",
)  # fmt: skip
INF_CREAT_D_02 = rule(
    "INF_CREAT_D_02", Effect.NOTE,
    "Identifiant de votre logiciel déjà donné à une autre personne : un nouveau responsable est créé", "ID_PRV_PER",
    subject=Subject.PERSON, source=OWN,
    remedy="Rien à faire si c’est une autre personne ; sinon, corrigez nom et prénom dans votre logiciel.",
)  # fmt: skip
INF_ELNOM_A_01 = rule(
    "INF_ELNOM_A_01", Effect.NOTE, "Nom ou prénom différent de celui de la base : il est changé", "NOM_DE_FAMILLE", "PRENOM",
    remedy="Vérifiez que ce changement est voulu.",
)  # fmt: skip
IDNAT_D_01 = rule(
    "IDNAT_D_01", Effect.PART, "Identifiant national différent de celui de la base : celui de la base est gardé",
    "ID_NATIONAL", "INE_BEA", "INE_RNIE",
    remedy="Reprenez l’identifiant national de la base dans votre logiciel ; s’il est faux, demandez sa correction.",
)  # fmt: skip
IDNAT_E_01 = rule(
    "IDNAT_E_01", Effect.PART, "Identifiant national connu pour un autre état civil : il n’est pas repris",
    "ID_NATIONAL", "INE_BEA", "INE_RNIE",
    remedy="Vérifiez l’identifiant national et la date de naissance dans votre logiciel.",
)  # fmt: skip
IDNAT_F_01 = rule(
    "IDNAT_F_01", Effect.PART, "Même identifiant national pour plusieurs élèves du fichier : il n’est pas repris",
    "ID_NATIONAL", "INE_BEA", "INE_RNIE", source=SCHEMA,
)  # fmt: skip
INF_SCOAC_F_01 = rule(
    "INF_SCOAC_F_01", Effect.NOTE, "Changement de MEF en cours d’année : une nouvelle période de scolarité est ouverte",
    "CODE_MEF", "DATE_DEB_SCO", source=OWN, remedy="Vérifiez que ce changement est voulu.",
)  # fmt: skip
