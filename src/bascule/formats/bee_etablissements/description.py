"""What `BEE_ETABLISSEMENTS` holds, in the official order.

The specification gives the fields, not whether `CODE_RNE` is an attribute: it is written as one,
and read either way, in any container.

Source: specification of the BEE exports, v17.4 (25/09/2017), §6.
"""

from bascule.formats.bee_export import EXPORT_HEADER
from bascule.formats.description import ANY_TAG, Block, Container, Document, Leaf, LeafKind

_SCHOOL = Block(
    "ETABLISSEMENT",
    (
        Leaf("CODE_ACADEMIE", 2),
        Leaf("CODE_RNE", 8),
        Leaf("CODE_NATURE", 3),
        Leaf("CODE_TYPE_ETAB", 4, required=True),
        Leaf("CODE_SECTEUR", 2),
        Leaf("SIGLE", 14),
        Leaf("CODE_PAYS", 3),
        Leaf("DENOM_PRINC", 30),
        Leaf("DENOM_COMPL", 30),
        Leaf("MINISTERE", 2),
        Leaf("LIGNE1_ADRESSE", 38),
        Leaf("LIGNE2_ADRESSE", 38),
        Leaf("LIGNE3_ADRESSE", 38),
        Leaf("LIGNE4_ADRESSE", 38),
        Leaf("BOITE_POSTALE", 7),
        Leaf("CODE_COMMUNE_INSEE", 5),
        Leaf("CODE_POSTAL", 5),
        Leaf("COMMUNE_ETRANGERE", 32),
        Leaf("DATE_OUVERTURE", 10, LeafKind.DATE_FR),
        Leaf("DATE_FERMETURE", 10, LeafKind.DATE_FR),
        Leaf("MEL", 60),
        Leaf("TELEPHONE", 15),
    ),
    attributes=("CODE_RNE",),
)

DESCRIPTION = Document(
    "BEE_ETABLISSEMENTS",
    EXPORT_HEADER,
    (
        Container(
            "DONNEES",
            (
                Container("ETABLISSEMENTS", (_SCHOOL,), always_written=True),
                Container(ANY_TAG, (_SCHOOL,)),
            ),
            always_written=True,
        ),
    ),
    version="1.0",
)
