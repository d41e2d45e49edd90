"""The header of what a school's own software sends: pupils, or links between pupils and groups."""

from bascule.formats.description import Block, Leaf, LeafKind

HEADER = Block(
    "PARAMETRES",
    (
        Leaf("UAJ", 8, required=True),
        Leaf("ANNEE_SCOLAIRE", 4, LeafKind.INTEGER, required=True),
        Leaf("DATE_IMPORT", 10, LeafKind.DATE_FR, required=True),
        Leaf("NUM_ENVOI", 5, LeafKind.INTEGER, required=True),
        Leaf("LOGICIEL", 10, required=True),
    ),
    required=True,
)
