"""What a file of links between pupils and groups holds, element by element, in the official order.

It shares its root element with the import of pupils. A pupil is named by one of three ids, and by a
civil status for when the id means nobody. Version 1.3 says `NOM` for `NOM_DE_FAMILLE`.

Source: `schema_Import_EleGroupes` 1.4 (20/09/2016), and 1.3.
"""

from bascule.formats.description import Block, Container, Document, Leaf, LeafKind
from bascule.formats.import_header import HEADER

VERSION = "1.4"
#: The name of a pupil in version 1.3.
OLD_NAME = "NOM"
#: What may name a pupil, in the order in which it is believed.
IDS = ("ELEVE_ID", "ID_NATIONAL", "ID_PRV_ELE")

_GROUP = Block(
    "GROUPE",
    (
        Leaf("CODE_GROUPE", 8, required=True),
        Leaf("DATE_DEBUT_GROUPE", 10, LeafKind.DATE),
        Leaf("DATE_FIN_GROUPE", 10, LeafKind.DATE),
    ),
    many=True,
)

_PUPIL = (
    Leaf("ELEVE_ID", 10, LeafKind.INTEGER),
    Leaf("ID_NATIONAL", 11),
    Leaf("ID_PRV_ELE", 5, LeafKind.INTEGER),
    Leaf("NOM_DE_FAMILLE", 100, required=True),
    Leaf("NOM_USAGE", 100),
    Leaf("PRENOM", 100, required=True),
    Leaf("PRENOM2", 100),
    Leaf("PRENOM3", 100),
    Leaf("DATE_NAISS", 10, LeafKind.DATE, required=True),
    Block("GROUPES", (_GROUP,), required=True),
)


def _document(*children: Leaf | Block) -> Document:
    return Document(
        "IMPORT_ELEVES",
        HEADER,
        (
            Container(
                "DONNEES",
                (Container("ELEVES", (Block("ELEVE", children),), always_written=True),),
                always_written=True,
            ),
        ),
        version=VERSION,
    )


DESCRIPTION = _document(*_PUPIL)

#: Both versions at once: what the reader takes.
ANY_VERSION = _document(*_PUPIL, Leaf(OLD_NAME, 100))
