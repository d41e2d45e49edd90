"""What `BEE_COMMUN` holds, in the official order.

The specification gives the fields of the periods and closures, not the names of their elements:
`PERIODES/PERIODE` and `FERMETURES/FERMETURE` are ours, and the reader takes these items in any
container.

Source: specification of the BEE exports, v17.4 (25/09/2017), §8. Its §8.2 writes `DATE_DEB_ELEVE`
where software reads `DATE_DEBUT_ELEVE`: the second is written, both are read.
"""

from bascule.formats.bee_export import EXPORT_HEADER
from bascule.formats.description import ANY_TAG, Block, Container, Document, Leaf, LeafKind

_DATE = LeafKind.DATE_FR

_SCHOOL = Block(
    "UAJ",
    (
        Leaf("ETAB_UAJ_ID", 10, LeafKind.INTEGER, required=True),
        Leaf("NUM_SIREN", 9),
        Leaf("DENOM_PRINC", 30),
        Leaf("DENOM_COMPL", 30),
        Leaf("NOM_RESP", 25),
        Leaf("QUAL_RESP", 15),
        Leaf("LIGNE1_ADRESSE", 38),
        Leaf("LIGNE2_ADRESSE", 38),
        Leaf("LIGNE3_ADRESSE", 38),
        Leaf("LIGNE4_ADRESSE", 38),
        Leaf("BOITE_POST", 7),
        Leaf("COMMUNE_ETRANGERE", 32),
        Leaf("TELEPHONE", 15),
        Leaf("TELECOPIE", 15),
        Leaf("MEL_1", 60),
        Leaf("MEL_2", 60),
        Leaf("CODE_TYPE_ETAB", 4),
        Leaf("SECTEUR_CODE", 2),
        Leaf("CODE_POSTAL", 5),
        Leaf("CODE_COMMUNE_INSEE", 5),
        Leaf("CODE_PAYS", 3),
        Leaf("LIBELLE_POSTAL", 32),
    ),
)
_YEAR = (
    Leaf("DATE_DEBUT_ELEVE", 10, _DATE),
    Leaf("DATE_FIN_ELEVE", 10, _DATE),
    Leaf("DATE_DEBUT_PROF", 10, _DATE),
    Leaf("DATE_FIN_PROF", 10, _DATE),
)
_OLD_SPELLINGS = (Leaf("DATE_DEB_ELEVE", 10, _DATE), Leaf("DATE_DEB_PROF", 10, _DATE))
_PERIOD = Block(
    "PERIODE",
    (
        Leaf("CODE_PERIODE", 3, required=True),
        Leaf("DATE_DEBUT", 10, _DATE),
        Leaf("DATE_FIN", 10, _DATE),
        Leaf("LL_PERIODE", 20),
        Leaf("LL_ORIENTATION", 40),
        Leaf("INDICE", 3, LeafKind.INTEGER, required=True),
        Leaf("CODE_TYPE_PERIODE", 1, required=True),
    ),
)
_CLOSURE = Block(
    "FERMETURE",
    (
        Leaf("LC_MOTIF", 10, required=True),
        Leaf("LL_MOTIF", 40),
        Leaf("DATE_DEBUT", 10, _DATE, required=True),
        Leaf("DATE_FIN", 10, _DATE, required=True),
        Leaf("LL_FERMETURE", 40),
    ),
)

DESCRIPTION = Document(
    "BEE_COMMUN",
    EXPORT_HEADER,
    (
        Container(
            "DONNEES",
            (
                _SCHOOL,
                Block("ANNEE_SCOLAIRE", (*_YEAR, *_OLD_SPELLINGS)),
                Block("ANNEE_SCOLAIRE_AD", (*_YEAR, *_OLD_SPELLINGS)),
                Container("PERIODES", (_PERIOD,)),
                Container("FERMETURES", (_CLOSURE,)),
                Container(ANY_TAG, (_PERIOD, _CLOSURE)),
            ),
            always_written=True,
        ),
    ),
    version="1.0",
)
