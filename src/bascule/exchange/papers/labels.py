"""Address labels as PDF: 24 on an A4 page, each 70 × 37 mm. Pure."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from bascule.formats.pdf import typeset

_TEMPLATE: Final = "labels.typ"


class Label(NamedTuple):
    """One label: who is written to, where, and whose parents they are."""

    guardians: Sequence[str]
    lines: Sequence[str]
    pupils: str


def render_labels(*, labels: Sequence[Label], author: str, at: datetime) -> bytes:
    """Write labels as PDF.

    Args:
        labels (Sequence[Label]): in order.
        author (str): the school.
        at (datetime): when.

    Returns:
        bytes: the document.
    """
    content = {
        "title": "Étiquettes d’adresses",
        "author": author,
        "labels": [label._asdict() for label in labels],
    }
    return typeset(template=_template(), content=content, at=at)


@cache
def _template() -> bytes:
    return resources.files(__package__ or "").joinpath(_TEMPLATE).read_bytes()
