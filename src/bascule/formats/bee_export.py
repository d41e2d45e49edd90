"""What all the exports of the Base élèves share: their header, and the addresses.

Source: specification of the BEE exports, v17.4 (25/09/2017), §3.1 and §9.6.
"""

from typing import Final

from bascule.formats.description import Block, Container, Leaf, LeafKind

EXPORT_HEADER: Final = Block(
    "PARAMETRES",
    (
        Leaf("UAJ", 8, required=True),
        Leaf("ANNEE_SCOLAIRE", 4, LeafKind.INTEGER, required=True),
        Leaf("DATE_EXPORT", 10, LeafKind.DATE_FR, required=True),
        Leaf("HORODATAGE", 19, LeafKind.INSTANT_FR, required=True),
    ),
    required=True,
)

#: Addresses of pupils or of persons; written empty in the "SansAdresses" files.
ADDRESSES: Final = Container(
    "ADRESSES",
    (
        Block(
            "ADRESSE",
            (
                Leaf("LIGNE1_ADRESSE", 38),
                Leaf("LIGNE2_ADRESSE", 38),
                Leaf("LIGNE3_ADRESSE", 38),
                Leaf("LIGNE4_ADRESSE", 38),
                Leaf("BOITE_POSTALE", 7),
                Leaf("COMMUNE_ETRANGERE", 32),
                Leaf("CODE_POSTAL", 5),
                Leaf("CODE_PAYS", 3),
                Leaf("CODE_COMMUNE_INSEE", 5),
                Leaf("LL_PAYS", 40),
                Leaf("CODE_DEPARTEMENT", 3),
                Leaf("LIBELLE_POSTAL", 32),
            ),
            attributes=("ADRESSE_ID",),
        ),
    ),
    always_written=True,
)
