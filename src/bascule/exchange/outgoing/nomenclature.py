"""`Nomenclature.xml`: the school's profile for a year, as it was sent down to it. Pure.

Source: Spécifications détaillées des exports BEE 17.4, §4.
"""

from collections.abc import Iterable, Iterator

from bascule.exchange.outgoing.words import Sending, header
from bascule.formats.record import Record


def nomenclature(sending: Sending, entries: Iterable[Record]) -> Iterator[Record]:
    """Write a profile.

    Args:
        sending (Sending): the export.
        entries (Iterable[Record]): its entries, in the words and the order of the file.

    Yields:
        Record: the file.
    """
    yield header(sending)
    yield from entries
