"""What `BEE_GEOGRAPHIQUE` holds.

The specification gives the fields, not the names of the containers: those written are ours, and
the reader takes the items in any container, their code as an attribute or as an element.

Source: specification of the BEE exports, v17.4 (25/09/2017), §5.
"""

from bascule.formats.bee_export import EXPORT_HEADER
from bascule.formats.description import ANY_TAG, Block, Container, Document, Leaf, LeafKind

#: The code of each item: an attribute when written, sometimes an element when read.
KEYS = {
    "PAYS": "CODE_PAYS",
    "PAYS_NATIONALITE": "CODE_PAYS",
    "DEPARTEMENT": "CODE_DEPARTEMENT_INSEE",
    "COMMUNE": "CODE_COMMUNE_INSEE",
}

_COUNTRY = (
    Leaf("CODE_PAYS", 3),
    Leaf("LIBELLE_COURT", 10),
    Leaf("LIBELLE_LONG", 40),
    Leaf("DATE_OUVERTURE", 10, LeafKind.DATE_FR),
    Leaf("DATE_FERMETURE", 10, LeafKind.DATE_FR),
)
_ITEMS = (
    Block("PAYS", _COUNTRY, attributes=("CODE_PAYS",)),
    Block(
        "DEPARTEMENT",
        (
            Leaf("CODE_ACADEMIE", 2),
            Leaf("CODE_DEPARTEMENT_MEN", 3, required=True),
            Leaf("CODE_DEPARTEMENT_INSEE", 3),
            Leaf("LIBELLE_LONG", 40),
        ),
        attributes=("CODE_DEPARTEMENT_INSEE", "CODE_DEPARTEMENT_MEN", "CODE_ACADEMIE"),
    ),
    Block(
        "COMMUNE",
        (
            Leaf("CODE_COMMUNE_INSEE", 5),
            Leaf("CODE_DEPARTEMENT_INSEE", 3),
            Leaf("LIBELLE_LONG", 32, required=True),
        ),
        attributes=("CODE_COMMUNE_INSEE", "CODE_DEPARTEMENT_INSEE"),
    ),
)
_NATIONALITY = Block("PAYS_NATIONALITE", _COUNTRY, attributes=("CODE_PAYS",))

DESCRIPTION = Document(
    "BEE_GEOGRAPHIQUE",
    EXPORT_HEADER,
    (
        Container(
            "DONNEES",
            (
                Container("LISTE_PAYS", (_ITEMS[0],), always_written=True),
                Container("DEPARTEMENTS", (_ITEMS[1],), always_written=True),
                Container("COMMUNES", (_ITEMS[2],), always_written=True),
                Container(ANY_TAG, (*_ITEMS, _NATIONALITY)),
            ),
            always_written=True,
        ),
    ),
    version="1.0",
)
