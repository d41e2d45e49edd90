"""What `BEE_STRUCTURES` holds, in the official order.

Source: specification of the BEE exports, v17.4 (25/09/2017), §7.1. The STSWEB file says the same
with `CODE` attributes, which the reader accepts too.
"""

from bascule.formats.bee_export import EXPORT_HEADER
from bascule.formats.description import Block, Container, Document, Leaf

_MEFS = Block(
    "MEFS_APPARTENANCE",
    (
        Block(
            "MEF_APPARTENANCE",
            (Leaf("CODE_MEF", 11, required=True),),
            attributes=("CODE",),
            many=True,
        ),
    ),
)
_DIVISIONS = Block(
    "DIVISIONS_APPARTENANCE",
    (
        Block(
            "DIVISION_APPARTENANCE",
            (Leaf("CODE_STRUCTURE", 8, required=True),),
            attributes=("CODE",),
            many=True,
        ),
    ),
)
_LABELS = (Leaf("LIBELLE_LONG", 20), Leaf("CODE_CONTRAT", 1), Leaf("CODE_RNE", 8))
_KEYS = ("CODE_STRUCTURE", "CODE")

DESCRIPTION = Document(
    "BEE_STRUCTURES",
    EXPORT_HEADER,
    (
        Container(
            "DONNEES",
            (
                Container(
                    "DIVISIONS",
                    (Block("DIVISION", (*_LABELS, _MEFS), attributes=_KEYS),),
                    always_written=True,
                ),
                Container(
                    "GROUPES",
                    (Block("GROUPE", (*_LABELS, _MEFS, _DIVISIONS), attributes=_KEYS),),
                    always_written=True,
                ),
            ),
            always_written=True,
        ),
    ),
    version="2.0",
)
