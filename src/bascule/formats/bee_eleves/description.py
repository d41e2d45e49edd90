"""What `BEE_ELEVES` holds, in the order of the real files of schema 3.0.

Source: specification of the BEE exports, v17.4 (25/09/2017), §9; order of elements, `DATE_SORTIE`,
`DATE_ENTREE`, `CODE_REGIME` and `CODE_STATUT` as the exports of 2019 give them.
"""

from bascule.formats.bee_export import ADDRESSES, EXPORT_HEADER
from bascule.formats.description import Block, Container, Document, Leaf, LeafKind

_INTEGER = LeafKind.INTEGER
_FLAG = LeafKind.FLAG
_DATE = LeafKind.DATE_FR

#: Older names of the leaves of a pupil, and the names of today.
OLD_NAMES = {
    "NOM": "NOM_DE_FAMILLE",
    "DATE_SORTIE_ETAB": "DATE_SORTIE",
    "DATE_ENTREE_ELE": "DATE_ENTREE",
    "CODE_REGIME2": "CODE_REGIME",
}

_LAST_YEAR = Block(
    "SCOLARITE_AN_DERNIER",
    (
        Leaf("CODE_MEF", 11),
        Leaf("CODE_STRUCTURE", 8),
        Leaf("CODE_RNE", 8),
        Leaf("CODE_NATURE", 3),
        Leaf("SIGLE", 14),
        Leaf("DENOM_PRINC", 30),
        Leaf("DENOM_COMPL", 30),
        Leaf("LIGNE1_ADRESSE", 38),
        Leaf("LIGNE2_ADRESSE", 38),
        Leaf("LIGNE3_ADRESSE", 38),
        Leaf("LIGNE4_ADRESSE", 38),
        Leaf("BOITE_POSTALE", 7),
        Leaf("COMMUNE_ETRANGERE", 32),
        Leaf("MEL", 254),
        Leaf("TELEPHONE", 20),
        Leaf("CODE_COMMUNE_INSEE", 5),
        Leaf("LL_COMMUNE_INSEE", 32),
    ),
)

_KEYS = ("ELEVE_ID", "ELENOET")

_PUPIL = Block(
    "ELEVE",
    (
        Leaf("ID_NATIONAL", 11),
        Leaf("INE_BEA", 11),
        Leaf("INE_RNIE", 11),
        Leaf("ELENOET", 5, _INTEGER),
        Leaf("ID_ELEVE_ETAB", 11),
        Leaf("ID_PRV_ELE", 10, _INTEGER),
        Leaf("NOM_DE_FAMILLE", 100, required=True),
        Leaf("NOM_USAGE", 100),
        Leaf("PRENOM", 100, required=True),
        Leaf("PRENOM2", 100),
        Leaf("PRENOM3", 100),
        Leaf("DATE_NAISS", 10, _DATE, required=True),
        Leaf("DOUBLEMENT", 1, _FLAG, required=True),
        Leaf("TEL_PROFESSIONNEL", 20),
        Leaf("CODE_PAYS", 3),
        Leaf("ACCEPTE_SMS", 1, _FLAG),
        Leaf("DATE_MODIFICATION", 10, _DATE),
        Leaf("DATE_SORTIE", 10, _DATE),
        Leaf("MEL", 254),
        Leaf("CODE_REGIME", 2, required=True),
        Leaf("DATE_ENTREE", 10, _DATE),
        Leaf("VILLE_NAISS", 32),
        Leaf("ADRESSE_ID", 10, _INTEGER),
        Leaf("CODE_MOTIF_SORTIE", 2),
        Leaf("TEL_PERSONNEL", 20),
        Leaf("CODE_SEXE", 1),
        Leaf("TEL_PORTABLE", 20),
        Leaf("CODE_PAYS_NAT", 3),
        Leaf("CODE_STATUT", 2),
        Leaf("CODE_MEF", 11),
        Leaf("CODE_DEPARTEMENT_NAISS", 3),
        Leaf("CODE_COMMUNE_INSEE_NAISS", 5),
        Leaf("ADHESION_TRANSPORT", 1, _FLAG, required=True),
        Leaf("CODE_PROVENANCE", 1),
        _LAST_YEAR,
        *(Leaf(name) for name in OLD_NAMES),
    ),
    attributes=_KEYS,
)

#: Names swapped since schema 1.32: `OPTION` is the pupil's list, `OPTIONS_ELEVE` one option.
_ONE_OPTION = (
    Leaf("NUM_OPTION", 2, _INTEGER),
    Leaf("CODE_MODALITE_ELECT", 1),
    Leaf("CODE_MATIERE", 6),
)
_OPTIONS = Block("OPTION", (Block("OPTIONS_ELEVE", _ONE_OPTION, many=True),), attributes=_KEYS)
_OPTIONS_BEFORE = Block(
    "OPTIONS_ELEVE", (Block("OPTION", _ONE_OPTION, many=True),), attributes=_KEYS
)

_STRUCTURES = Block(
    "STRUCTURES_ELEVE",
    (
        Block(
            "STRUCTURE",
            (Leaf("CODE_STRUCTURE", 8, required=True), Leaf("TYPE_STRUCTURE", 1, required=True)),
            many=True,
        ),
    ),
    attributes=_KEYS,
)
#: Seen in newer files.
_SCHOOLINGS = Block(
    "SCOLARITE_ELEVE",
    (Block("SCOLARITE", (Leaf("CODE_MEF", 11), Leaf("CODE_STRUCTURE", 8)), many=True),),
    attributes=_KEYS,
)
#: The specification does not give the names inside `BOURSES`: these are ours.
_GRANT = Block(
    "BOURSE",
    (Leaf("CODE_BOURSE", 1), Leaf("NB_PART", 2, _INTEGER)),
    attributes=_KEYS,
)

DESCRIPTION = Document(
    "BEE_ELEVES",
    EXPORT_HEADER,
    (
        Container(
            "DONNEES",
            (
                Container("ELEVES", (_PUPIL,), always_written=True),
                Container("OPTIONS", (_OPTIONS, _OPTIONS_BEFORE), always_written=True),
                Container("STRUCTURES", (_STRUCTURES,), always_written=True),
                Container("SCOLARITES", (_SCHOOLINGS,)),
                Container("BOURSES", (_GRANT,), always_written=True),
                ADDRESSES,
            ),
            always_written=True,
        ),
    ),
    version="3.0",
)
