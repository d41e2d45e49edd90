"""`Communs.xml`: the school's address, its head, its calendar. Pure.

Source: Spécifications détaillées des exports BEE 17.4, §8.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from bascule.exchange.outgoing.words import Sending, french_day, given, header, numbered
from bascule.formats.record import Record

#: Blocks that may repeat: where they are kept, and their element.
_LISTS = (("PERIODES", "PERIODE"), ("FERMETURES", "FERMETURE"))
_LONGEST_NAME = 30


@dataclass(frozen=True, slots=True)
class CommonData:
    """What a school and its year have in common with nobody.

    Attributes:
        name: the school's name.
        starts_on: first day of the year for pupils.
        ends_on: last day, included.
        content: what was last received, in the words of the file; empty when nothing was.
    """

    name: str
    starts_on: date
    ends_on: date
    content: dict[str, Any]


def communs(sending: Sending, common: CommonData) -> Iterator[Record]:
    """Write a school's common data; without any received, its name and the bounds of its year.

    Args:
        sending (Sending): the export.
        common (CommonData): the school and its year.

    Yields:
        Record: the file.
    """
    content = common.content
    # The bounds that count are those of the year, which a person may have changed since.
    bounds = given(
        {
            "DATE_DEBUT_ELEVE": french_day(common.starts_on),
            "DATE_FIN_ELEVE": french_day(common.ends_on),
        }
    )
    yield header(sending)
    yield Record("UAJ", 0, 1, content.get("UAJ") or {"DENOM_PRINC": common.name[:_LONGEST_NAME]})
    yield Record("ANNEE_SCOLAIRE", 0, 1, {**(content.get("ANNEE_SCOLAIRE") or {}), **bounds})
    yield Record("ANNEE_SCOLAIRE_AD", 0, 1, content.get("ANNEE_SCOLAIRE_AD") or {})
    for name, tag in _LISTS:
        yield from numbered(tag, content.get(name) or ())
