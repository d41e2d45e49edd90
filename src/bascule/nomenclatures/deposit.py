"""Open a file sent down to a school, as deposited: an XML file, or the ZIP that holds it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import chain

from bascule.formats import xml_reader
from bascule.formats.bee_commun.reader import read as read_common
from bascule.formats.bee_nomenclatures.description import DESCRIPTION as NOMENCLATURE
from bascule.formats.bee_structures.reader import read as read_structures
from bascule.formats.envelope import open_xml
from bascule.formats.record import Record
from bascule.nomenclatures.heading import Heading, MissingHeadingError, heading_of


class Sort(StrEnum):
    """What is sent down, by the root of its file."""

    NOMENCLATURE = "BEE_NOMENCLATURES"
    STRUCTURES = "BEE_STRUCTURES"
    COMMON = "BEE_COMMUN"


_READERS: dict[Sort, Callable[[Iterable[bytes]], Iterator[Record]]] = {
    Sort.NOMENCLATURE: partial(xml_reader.read, NOMENCLATURE),
    Sort.STRUCTURES: read_structures,
    Sort.COMMON: read_common,
}


@dataclass(frozen=True, slots=True)
class Deposit:
    """A file sent down, opened.

    Attributes:
        heading: whose it is, and for which year.
        records: the whole file, heading first; to be read once. Refusals may come until its end.
    """

    heading: Heading
    records: Iterator[Record]


def open_sent(name: str, content: bytes, *, sort: Sort) -> Deposit:
    """Open a file that must be of a given sort.

    Args:
        name (str): name of the file.
        content (bytes): its bytes.
        sort (Sort): what it must be.

    Returns:
        Deposit: its heading and its records.

    Raises:
        MissingHeadingError: if it does not say whose it is.
    """
    envelope = open_xml(name, content)
    records = iter(_READERS[sort](envelope.chunks()))
    first = next(records, None)
    if first is None:
        raise MissingHeadingError
    return Deposit(heading_of(first), chain([first], records))
