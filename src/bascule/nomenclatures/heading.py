"""The heading of a file sent down to a school: whose it is, and for which year.

`Nomenclature.xml`, `Structures.xml` and `Communs.xml` begin alike; each belongs to one school and
one year, and is refused for any other before it changes anything.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bascule.errors import RefusedError
from bascule.formats.record import Record
from bascule.values import school_year
from bascule.values.uai import normalise_uai

_HEADER = "PARAMETRES"


class MissingHeadingError(RefusedError):
    """The file does not say whose it is, or for which year.

    Args:
        found (str): what stands in place of the school and of the year.
    """

    code = "file.heading-missing"

    def __init__(self, found: str = "") -> None:
        what = f" On y lit : {found}." if found else ""
        super().__init__(
            "Le fichier ne dit pas pour quel établissement ni pour quelle année il est fait"
            f" (bloc {_HEADER}, champs UAJ et ANNEE_SCOLAIRE).{what} Demandez un nouvel export."
        )
        self.found = found


class OtherSchoolError(RefusedError):
    """The file is another school's.

    Args:
        found (str): UAI in the file.
        expected (str): UAI it was given for.
    """

    code = "file.other-school"

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(
            f"Ce fichier est celui de l’établissement {found} ; il est déposé pour {expected}."
            " Rien n’a été changé : choisissez le bon fichier."
        )
        self.found, self.expected = found, expected


class OtherYearError(RefusedError):
    """The file is for another year.

    Args:
        found (int): first calendar year in the file.
        expected (int): year it was given for.
    """

    code = "file.other-year"

    def __init__(self, found: int, expected: int) -> None:
        super().__init__(
            f"Ce fichier est celui de l’année {school_year.label(found)} ; il est déposé pour"
            f" {school_year.label(expected)}. Rien n’a été changé : choisissez le bon fichier."
        )
        self.found, self.expected = found, expected


@dataclass(frozen=True, slots=True)
class Heading:
    """What a file says of itself.

    Attributes:
        uai: the school.
        year: first calendar year.
    """

    uai: str
    year: int


def heading_of(record: Record) -> Heading:
    """Read a heading.

    Args:
        record (Record): the first record of the file.

    Returns:
        Heading: school and year. The key of the UAI is not judged: fictional schools exist.

    Raises:
        MissingHeadingError: if the school or the year is not there, or not readable.
    """
    if record.tag != _HEADER:
        raise MissingHeadingError
    said, said_year = (str(record.fields.get(tag, "")) for tag in ("UAJ", "ANNEE_SCOLAIRE"))
    uai, year = normalise_uai(said), school_year.parse(said_year)
    if uai is None or year is None:
        raise MissingHeadingError(", ".join(filter(None, (said, said_year))))
    return Heading(uai, year)


def take_heading(records: Iterable[Record], *, uai: str, year: int) -> Iterator[Record]:
    """Check that a file is for this school and this year.

    Args:
        records (Iterable[Record]): the file, heading first.
        uai (str): the school it is given for.
        year (int): the year it is given for.

    Returns:
        Iterator[Record]: the records after the heading.

    Raises:
        MissingHeadingError: if the file does not say whose it is.
        OtherSchoolError: if it is another school's.
        OtherYearError: if it is for another year.
    """
    remaining = iter(records)
    first = next(remaining, None)
    if first is None:
        raise MissingHeadingError
    heading = heading_of(first)
    if heading.uai != uai:
        raise OtherSchoolError(heading.uai, uai)
    if heading.year != year:
        raise OtherYearError(heading.year, year)
    return remaining
