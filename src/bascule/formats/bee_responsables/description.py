"""What `BEE_RESPONSABLES` holds, in the order of the real files of schema 2.1.

Before the model of 2018, a link said `RESP_LEGAL`, `RESP_FINANCIER`, `PERS_PAIEMENT` and
`PERS_CONTACT`, and its kinship code had one character: these are read as they are, because what
they mean today is a rule and not a shape.

Source: specification of the BEE exports, v17.4 (25/09/2017), §10.
"""

from bascule.formats.bee_export import ADDRESSES, EXPORT_HEADER
from bascule.formats.description import Block, Container, Document, Leaf, LeafKind

_INTEGER = LeafKind.INTEGER
_FLAG = LeafKind.FLAG
_BOOLEAN = LeafKind.BOOLEAN

_PERSON = Block(
    "PERSONNE",
    (
        Leaf("ID_PRV_PER", 10, _INTEGER),
        Leaf("LC_CIVILITE", 5),
        Leaf("LL_CIVILITE", 20),
        Leaf("NOM_DE_FAMILLE", 100, required=True),
        Leaf("NOM_USAGE", 100),
        Leaf("PRENOM", 100, required=True),
        Leaf("TEL_PERSONNEL", 20),
        Leaf("TEL_PORTABLE", 20),
        Leaf("ACCEPTE_SMS", 1, _FLAG),
        Leaf("TEL_PROFESSIONNEL", 20),
        Leaf("MEL", 254),
        Leaf("COMMUNICATION_ADRESSE", 1, _FLAG),
        Leaf("ADRESSE_ID", 10, _INTEGER),
        Leaf("CODE_PROFESSION", 2),
        Leaf("NOM", 100),  # before 2016, for NOM_DE_FAMILLE
    ),
    attributes=("PERSONNE_ID",),
)
_LINK = Block(
    "RESPONSABLE_ELEVE",
    (
        Leaf("ELEVE_ID", 10, _INTEGER, required=True),
        Leaf("PERSONNE_ID", 10, _INTEGER, required=True),
        Leaf("NIVEAU_RESPONSABILITE", 1),
        Leaf("RESP_LEGAL", 1),
        Leaf("CODE_PARENTE", 2),
        Leaf("PAIE_FRAIS_SCOLAIRES", 1, _FLAG),
        Leaf("RESP_FINANCIER", 1, _FLAG),
        Leaf("PERCOIT_LES_AIDES", 5, _BOOLEAN),
        Leaf("PERS_PAIEMENT", 1, _FLAG),
        Leaf("PERS_PAIMENT", 1, _FLAG),
        Leaf("HEBERGE_ELEVE", 5, _BOOLEAN),
        Leaf("A_CONTACTER_EN_PRIORITE", 5, _BOOLEAN),
        Leaf("PERS_CONTACT", 1, _FLAG),
    ),
)

DESCRIPTION = Document(
    "BEE_RESPONSABLES",
    EXPORT_HEADER,
    (
        Container(
            "DONNEES",
            (
                Container("PERSONNES", (_PERSON,), always_written=True),
                Container("RESPONSABLES", (_LINK,), always_written=True),
                ADDRESSES,
            ),
            always_written=True,
        ),
    ),
    version="2.1",
)
